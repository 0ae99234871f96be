/** Proof of work on demand: the nonce of a header looked for in four lanes at once, some millions a second. */

import {
  add,
  addInts,
  areUnequal,
  assemble,
  call,
  type Code,
  get,
  int,
  load,
  loadSplat,
  Locals,
  repeatWhile,
  set,
  store,
  type WasmFunction,
} from '../../src/bytes/simd/assembler.ts';
import {
  beginMessage,
  BLOCK_SIZE_BYTES,
  compression,
  copyState,
  FREE_ADDRESS,
  LANES,
  LANES_SIZE_BYTES,
  padding,
  resumeState,
  sha256Constants,
  STATE_ADDRESS,
  stateWord,
  swapBytes,
} from '../../src/bytes/simd/sha256-lanes.ts';
import { instantiate } from '../../src/bytes/simd/web-assembly.ts';
import { expandBits, targetBytes } from '../../src/chain/compact-target.ts';
import { HEADER_OFFSETS, HEADER_SIZE_BYTES } from '../../src/wire/header.ts';

/** Nonces tried before WebAssembly is left and entered again, so that its faster code is taken up when it is ready. */
const BATCH = 1 << 16;
const NONCES = 2 ** 32;

// Where things lie in memory.
const LANE_NUMBERS = FREE_ADDRESS;
/** The state after the header's first block, in which there is no nonce. */
const MIDSTATE = LANE_NUMBERS + LANES_SIZE_BYTES;
/** The header as it is. */
const INPUT = MIDSTATE + BLOCK_SIZE_BYTES;
/** Its words in all lanes. */
const HEADER = INPUT + HEADER_SIZE_BYTES;
const NONCE = HEADER + (HEADER_OFFSETS.nonce / 4) * LANES_SIZE_BYTES;
const DIGEST = HEADER + 2 * BLOCK_SIZE_BYTES;
const COMPRESS = 0;

const WORDS_BEFORE_NONCE = Array.from({ length: HEADER_OFFSETS.nonce / 4 }, (_, i) => i);

interface Miner {
  readonly memory: Uint8Array;
  readonly view: DataView;
  readonly search: (first: number, end: number, highest: number) => void;
}

let miner: Miner | undefined;

/** Gives a header the lowest nonce with which it meets its own bits, and returns its hash. Signet's take some seconds. */
export function prove(header: Uint8Array): Uint8Array {
  const bits = new DataView(header.buffer, header.byteOffset).getUint32(HEADER_OFFSETS.bits, true);
  const hash = findNonce(header, targetBytes(expandBits(bits).target));
  if (hash === undefined) throw new Error('no nonce makes the header meet its bits');
  return hash;
}

/**
 * Gives a header the lowest nonce that makes its hash at most a target, and returns the hash.
 *
 * @param header 80 bytes, of which the last four are changed.
 * @param target 32 bytes, lowest first.
 * @returns undefined when there is no such nonce.
 */
export function findNonce(header: Uint8Array, target: Uint8Array): Uint8Array | undefined {
  miner ??= makeMiner();
  const { memory, view } = miner;
  memory.set(header, INPUT);
  const highest =
    ((target[31] as number) << 24) |
    ((target[30] as number) << 16) |
    ((target[29] as number) << 8) |
    (target[28] as number);
  for (let first = 0; first < NONCES;) {
    miner.search(first, Math.min(first + BATCH, NONCES), highest);
    const tried = view.getUint32(NONCE);
    for (let lane = 0; lane < LANES; lane++) {
      const hash = hashIn(memory, lane);
      if (!isAtMost(hash, target)) continue;
      for (let i = 0; i < 4; i++) header[HEADER_OFFSETS.nonce + i] = (tried + lane) >>> (8 * i);
      return hash;
    }
    first = tried + LANES;
  }
  return undefined;
}

function makeMiner(): NonNullable<typeof miner> {
  const module = assemble([compression(), searchFunction()], 1, [
    sha256Constants(),
    { address: LANE_NUMBERS, bytes: [0, 1, 2, 3].flatMap((lane) => [lane, 0, 0, 0]) },
    padding(HEADER, HEADER_SIZE_BYTES),
    padding(DIGEST, 32),
  ]);
  const instance = instantiate<Pick<Miner, 'search'>>(module);
  if (instance === undefined) throw new Error('mining needs WebAssembly with vectors');
  const { memory, exports } = instance;
  return { memory, view: new DataView(memory.buffer), search: exports.search };
}

/**
 * Tries nonces from the first parameter up to but without the second, and stops after the first four of which one gives a
 * hash whose highest word is at most the third.
 */
function searchFunction(): WasmFunction {
  const locals = new Locals(3);
  const [nonce, end, highest] = [0, 1, 2];
  const [tried, last] = [locals.vector(), locals.vector()];
  const isFound = isAnySet(isEachAtMost(swapBytes(last), splat(get(highest))));
  return {
    name: 'search',
    locals,
    body: [
      ...WORDS_BEFORE_NONCE.flatMap((word) => [
        set(last, loadSplat(int(INPUT), 4 * word)),
        store(int(HEADER), LANES_SIZE_BYTES * word, swapBytes(last)),
      ]),
      ...beginMessage(),
      call(COMPRESS, int(HEADER)),
      ...copyState(MIDSTATE),
      repeatWhile(
        both(not(isFound), areUnequal(get(nonce), get(end))),
        set(tried, add(splat(get(nonce)), load(int(LANE_NUMBERS), 0))),
        store(int(NONCE), 0, swapBytes(tried)),
        ...resumeState(MIDSTATE),
        call(COMPRESS, int(HEADER + BLOCK_SIZE_BYTES)),
        ...copyState(DIGEST),
        ...beginMessage(),
        call(COMPRESS, int(DIGEST)),
        set(last, stateWord(7)),
        set(nonce, addInts(get(nonce), int(LANES))),
      ),
    ],
  };
}

// Instructions that nothing but mining needs.

function splat(value: Code): Code {
  return `${value}\xfd\x11`;
}

/** All ones in the lanes where a is at most b, as numbers without a sign. */
function isEachAtMost(a: Code, b: Code): Code {
  return `${a}${b}\xfd\x3e`;
}

/** 1 when some bit of a vector is set, else 0. */
function isAnySet(value: Code): Code {
  return `${value}\xfd\x53`;
}

function not(value: Code): Code {
  return `${value}\x45`;
}

function both(a: Code, b: Code): Code {
  return `${a}${b}\x71`;
}

function hashIn(memory: Uint8Array, lane: number): Uint8Array {
  const hash = new Uint8Array(32);
  for (let i = 0; i < hash.length; i++) {
    // The words have their highest byte first, and WebAssembly's last.
    const [word, byte] = [i >> 2, 3 - (i & 3)];
    hash[i] = memory[STATE_ADDRESS + LANES_SIZE_BYTES * word + 4 * lane + byte] as number;
  }
  return hash;
}

function isAtMost(hash: Uint8Array, target: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    if (hash[i] !== target[i]) return (hash[i] as number) < (target[i] as number);
  }
  return true;
}
