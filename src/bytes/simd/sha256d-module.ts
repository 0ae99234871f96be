/** A WebAssembly module that hashes messages of one size twice with SHA-256, four at a time. */

import {
  addInts,
  assemble,
  call,
  get,
  int,
  load,
  type Local,
  Locals,
  type Code,
  repeatWhile,
  set,
  shuffle,
  store,
  tee,
  type WasmFunction,
} from './assembler.ts';
import {
  beginMessage,
  BLOCK_SIZE_BYTES,
  blocksOf,
  compression,
  copyState,
  FREE_ADDRESS,
  LANES,
  LANES_SIZE_BYTES,
  padding,
  sha256Constants,
  stateWord,
  swapBytes,
} from './sha256-lanes.ts';

const PAGE_SIZE_BYTES = 65_536;
const HASH_SIZE_BYTES = 32;
/** What a vector takes of the messages at a time: four words of each. */
const COLUMN_SIZE_BYTES = 16;
const COMPRESS = 0;

// The words of two vectors in turns, as bytes: those of their low halves, and those of their high halves.
const LOW_HALVES = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
const HIGH_HALVES = [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31];

export interface Sha256dModule {
  readonly bytes: Uint8Array;
  /** Where the messages are put, one after another. */
  readonly inputAddress: number;
  /** Where their hashes are found, 32 bytes each, when its function `hash` returns. */
  readonly outputAddress: number;
}

/**
 * The module that exports `memory`, and `hash`, whose parameter is how many groups of four messages there are.
 *
 * @param sizeBytes of a message: a multiple of 16.
 * @param capacity messages that memory has room for: a multiple of 4.
 */
export function sha256dModule(sizeBytes: number, capacity: number): Sha256dModule {
  const messageAddress = FREE_ADDRESS;
  const digestAddress = messageAddress + blocksOf(sizeBytes) * BLOCK_SIZE_BYTES;
  const inputAddress = digestAddress + BLOCK_SIZE_BYTES;
  const outputAddress = inputAddress + capacity * sizeBytes;
  const pages = Math.ceil((outputAddress + capacity * HASH_SIZE_BYTES) / PAGE_SIZE_BYTES);
  const hash = hashFunction(sizeBytes, { messageAddress, digestAddress, inputAddress, outputAddress });
  const data = [
    sha256Constants(),
    padding(messageAddress, sizeBytes),
    padding(digestAddress, HASH_SIZE_BYTES),
  ];
  return { bytes: assemble([compression(), hash], pages, data), inputAddress, outputAddress };
}

interface Addresses {
  readonly messageAddress: number;
  readonly digestAddress: number;
  readonly inputAddress: number;
  readonly outputAddress: number;
}

function hashFunction(sizeBytes: number, at: Addresses): WasmFunction {
  const [groups, locals] = [0, new Locals(1)];
  const [input, output] = [locals.integer(), locals.integer()];
  const square = { rows: locals.vectors(LANES), spare: locals.vectors(LANES) };
  const columns = indexes(sizeBytes / COLUMN_SIZE_BYTES);
  const gather = columns.flatMap((column) => [
    ...square.rows.map((row, lane) =>
      set(row, load(get(input), lane * sizeBytes + column * COLUMN_SIZE_BYTES)),
    ),
    ...transpose(square),
    ...square.rows.map((word, i) =>
      store(int(at.messageAddress), (column * 4 + i) * LANES_SIZE_BYTES, swapBytes(word)),
    ),
  ]);
  const scatter = indexes(HASH_SIZE_BYTES / COLUMN_SIZE_BYTES).flatMap((column) => [
    ...square.rows.map((word, i) => set(word, stateWord(column * 4 + i))),
    ...transpose(square),
    ...square.rows.map((row, lane) =>
      store(get(output), lane * HASH_SIZE_BYTES + column * COLUMN_SIZE_BYTES, swapBytes(row)),
    ),
  ]);
  return {
    name: 'hash',
    locals,
    body: [
      set(input, int(at.inputAddress)),
      set(output, int(at.outputAddress)),
      repeatWhile(
        tee(groups, addInts(get(groups), int(-1))),
        ...gather,
        ...beginMessage(),
        ...indexes(blocksOf(sizeBytes)).map((block) =>
          call(COMPRESS, int(at.messageAddress + block * BLOCK_SIZE_BYTES)),
        ),
        ...copyState(at.digestAddress),
        ...beginMessage(),
        call(COMPRESS, int(at.digestAddress)),
        ...scatter,
        set(input, addInts(get(input), int(LANES * sizeBytes))),
        set(output, addInts(get(output), int(LANES * HASH_SIZE_BYTES))),
      ),
    ],
  };
}

/** Four vectors of four words each, and as many to work with. */
interface Square {
  readonly rows: readonly Local[];
  readonly spare: readonly Local[];
}

/** Makes columns of the rows: the first words of all four, then the second ones, and so on. */
function transpose({ rows, spare }: Square): Code[] {
  return [...interleave(rows, spare), ...interleave(spare, rows)];
}

/** The words of the first and third, and of the second and fourth, in turns. Done twice it turns rows into columns. */
function interleave(from: readonly Local[], to: readonly Local[]): Code[] {
  return to.map((target, i) => {
    const pair = i >> 1;
    const order = i % 2 === 0 ? LOW_HALVES : HIGH_HALVES;
    return set(target, shuffle(order, get(from[pair] as Local), get(from[pair + 2] as Local)));
  });
}

function indexes(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
