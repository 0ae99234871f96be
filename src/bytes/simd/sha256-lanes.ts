/**
 * SHA-256 of four messages at once, one in each lane of WebAssembly's vectors (FIPS 180-4). A word of all four lies in 16
 * bytes, so that every step of the standard is one instruction for all.
 */

import {
  add,
  addInts,
  and,
  areUnequal,
  get,
  int,
  load,
  loadSplat,
  type Local,
  Locals,
  type Code,
  repeatWhile,
  set,
  shiftLeft,
  shiftRight,
  shuffle,
  steps,
  store,
  tee,
  type WasmData,
  type WasmFunction,
  xor,
} from './assembler.ts';

/** Messages hashed at once. */
export const LANES = 4;
/** A word of all lanes, in bytes. */
export const LANES_SIZE_BYTES = 16;
/** Words in a block of a message. */
export const BLOCK_WORDS = 16;
/** A block of all lanes, in bytes. */
export const BLOCK_SIZE_BYTES: number = BLOCK_WORDS * LANES_SIZE_BYTES;
const STATE_WORDS = 8;
const ROUNDS = 64;

// Section 4.2.2 of the standard: the cube roots of the first 64 primes.
const ROUND_CONSTANTS = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
];
// Section 5.3.3: the square roots of the first eight.
const INITIAL_STATE = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

// Where things lie in memory: numbers that are the same in all lanes once, then the state of all lanes.
const INITIAL_STATE_ADDRESS = 4 * ROUNDS;
/** The eight words of the state; the hash, when the last block is compressed. */
export const STATE_ADDRESS: number = INITIAL_STATE_ADDRESS + 4 * STATE_WORDS;
/** The first address that is free for others. */
export const FREE_ADDRESS: number = STATE_ADDRESS + STATE_WORDS * LANES_SIZE_BYTES;

/** What memory must hold for {@link compression}. */
export function sha256Constants(): WasmData {
  return { address: 0, bytes: [...ROUND_CONSTANTS, ...INITIAL_STATE].flatMap(littleEndian) };
}

/** The function of one parameter that mixes into the state the block at an address (section 6.2.2). */
export function compression(): WasmFunction {
  const [block, locals] = [0, new Locals(1)];
  const constants = locals.integer();
  const words = locals.vectors(BLOCK_WORDS);
  const state = locals.vectors(STATE_WORDS);
  const [sum, differences] = [locals.vector(), locals.vectors(2)];
  // Sixteen rounds at a time: each word has a variable, in which the word that comes sixteen later takes its place.
  const rounds = words.map((word, i) => {
    const input = add(get(word), loadSplat(get(constants), 4 * i));
    return round(rotated(state, -i), input, { sum, differences: rotated(differences, i) });
  });
  return {
    locals,
    body: [
      ...words.map((word, i) => set(word, load(get(block), LANES_SIZE_BYTES * i))),
      ...state.map((word, i) => set(word, stateWord(i))),
      set(differences[0] as Local, xor(get(state[1] as Local), get(state[2] as Local))),
      ...rounds,
      repeatWhile(
        areUnequal(get(constants), int(4 * (ROUNDS - BLOCK_WORDS))),
        set(constants, addInts(get(constants), int(4 * BLOCK_WORDS))),
        ...rounds.flatMap((code, i) => [set(words[i] as Local, laterWord(rotated(words, i))), code]),
      ),
      ...state.map((word, i) => setStateWord(i, add(get(word), stateWord(i)))),
    ],
  };
}

/** A word of the state of all lanes, before or after a compression. */
export function stateWord(index: number): Code {
  return load(int(STATE_ADDRESS), LANES_SIZE_BYTES * index);
}

function setStateWord(index: number, value: Code): Code {
  return store(int(STATE_ADDRESS), LANES_SIZE_BYTES * index, value);
}

/** The steps before the first block of a message. */
export function beginMessage(): Code[] {
  return INITIAL_STATE.map((_, i) => setStateWord(i, loadSplat(int(INITIAL_STATE_ADDRESS), 4 * i)));
}

/** The steps that put the state, or the hash that it has become, at an address too. */
export function copyState(address: number): Code[] {
  return INITIAL_STATE.map((_, i) => store(int(address), LANES_SIZE_BYTES * i, stateWord(i)));
}

/** The steps that take a state up again which was put at an address. */
export function resumeState(address: number): Code[] {
  return INITIAL_STATE.map((_, i) => setStateWord(i, load(int(address), LANES_SIZE_BYTES * i)));
}

/** The words of a vector with their bytes turned around: the standard has the highest first, WebAssembly has it last. */
export function swapBytes(words: Local): Code {
  return shuffle([3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12], get(words), get(words));
}

/** Blocks that a message of so many bytes makes with its padding: a bit, zeros, and its length in eight bytes. */
export function blocksOf(sizeBytes: number): number {
  return Math.ceil((sizeBytes + 1 + 8) / (BLOCK_WORDS * 4));
}

/** What memory must hold where the blocks of such messages are put together: the padding of all lanes (section 5.1.1). */
export function padding(address: number, sizeBytes: number): WasmData {
  const first = sizeBytes / 4;
  const words = Array.from({ length: blocksOf(sizeBytes) * BLOCK_WORDS - first }, () => 0);
  words[0] = 0x80000000;
  words[words.length - 1] = sizeBytes * 8;
  const bytes = words.flatMap((word) => [word, word, word, word].flatMap(littleEndian));
  return { address: address + first * LANES_SIZE_BYTES, bytes };
}

interface Scratch {
  readonly sum: Local;
  /** Where b and c differ, from the round before; and room for where a and b do, for the next one. */
  readonly differences: readonly Local[];
}

/** One round. Nothing moves from a to b, b to c and so on: for the next round they are named anew ({@link rotated}). */
function round(state: readonly Local[], input: Code, { sum, differences }: Scratch): Code {
  const [a, b, , d, e, f, g, h] = state as [Local, Local, Local, Local, Local, Local, Local, Local];
  const [bc, ab] = differences as [Local, Local];
  const choice = xor(and(xor(get(f), get(g)), get(e)), get(g));
  // Where b and c differ and a and b do too, it is not b.
  const majority = xor(and(tee(ab, xor(get(a), get(b))), get(bc)), get(b));
  return steps(
    set(sum, add(get(h), input, spread(get(e), [6, 11, 25]), choice)),
    set(d, add(get(sum), get(d))),
    set(h, add(get(sum), spread(get(a), [2, 13, 22]), majority)),
  );
}

/** The word that comes sixteen after the first of these. */
function laterWord(words: readonly Local[]): Code {
  const word = (index: number): Code => get(words[index] as Local);
  return add(spread(word(14), [17, 19], 10), word(9), spread(word(1), [7, 18], 3), word(0));
}

/** The exclusive or of a word rotated right by so many bits each, and where that is asked for shifted right. */
function spread(word: Code, rotations: readonly number[], shift?: number): Code {
  const parts = rotations.flatMap((bits) => [shiftRight(word, bits), shiftLeft(word, 32 - bits)]);
  if (shift !== undefined) parts.push(shiftRight(word, shift));
  return xor(...parts);
}

/** The list with what was at an index first, and what was before that last. */
function rotated<T>(values: readonly T[], index: number): T[] {
  const start = ((index % values.length) + values.length) % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}

function littleEndian(word: number): number[] {
  return [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24];
}
