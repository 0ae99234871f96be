/**
 * The numbers of many scripts, in WebAssembly: it has integers of 64 bits, and so takes a sixth of the time of JavaScript. The
 * same as `script-numbers.ts` does, and held against it by the tests.
 */

import {
  addInts,
  addLongs,
  assemble,
  type Code,
  get,
  int,
  isLess,
  loadInt,
  loadLong,
  type Local,
  Locals,
  lowerHalf,
  multiplyLongs,
  repeatWhile,
  rotateLongLeft,
  set,
  steps,
  storeAsFloat,
  toLong,
  upperHalf,
  xorLongs,
} from '../bytes/simd/assembler.ts';
import { instantiate } from '../bytes/simd/web-assembly.ts';

/**
 * What the scripts are in a filter. A view, good until the next call.
 *
 * @param state that hashing begins with, see `siphash.ts`.
 * @param range a whole number below 2^52.
 */
export type SwiftNumbers = (state: Int32Array, range: number) => Float64Array;

// What memory holds: the state, the range, the words of all scripts, their numbers, and where the words of each end.
const RANGE_ADDRESS = 32;
const WORDS_ADDRESS = 40;
const INT_BYTES = 4;
const LONG_BYTES = 8;
const PAGE_SIZE_BYTES = 65_536;

/** WebAssembly's memory begins with the low byte of a number, and typed arrays with that of the platform. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Makes it for some scripts, which takes some milliseconds.
 *
 * @param words of all scripts, as `siphash.ts` has them; they are copied.
 * @param ends for each script where its words end; at least one.
 * @returns undefined where the platform cannot do it.
 */
export function swiftNumbers(words: Int32Array, ends: Int32Array): SwiftNumbers | undefined {
  const numbersAddress = WORDS_ADDRESS + INT_BYTES * words.length;
  const endsAddress = numbersAddress + LONG_BYTES * ends.length;
  const size = endsAddress + INT_BYTES * ends.length;
  const module = numbersModule(numbersAddress, endsAddress, ends.length, Math.ceil(size / PAGE_SIZE_BYTES));
  const instance = IS_LITTLE_ENDIAN ? instantiate<{ run(): void }>(module) : undefined;
  if (instance === undefined) return undefined;
  const { buffer } = instance.memory;
  const ints = new Int32Array(buffer);
  const numbers = new Float64Array(buffer, numbersAddress, ends.length);
  ints.set(words, WORDS_ADDRESS / INT_BYTES);
  ints.set(
    ends.map((end) => WORDS_ADDRESS + INT_BYTES * end),
    endsAddress / INT_BYTES,
  );
  return (state, range) => {
    ints.set(state);
    ints[RANGE_ADDRESS / INT_BYTES] = range;
    ints[RANGE_ADDRESS / INT_BYTES + 1] = Math.floor(range / 2 ** 32);
    instance.exports.run();
    return numbers;
  };
}

/** A module that exports its `memory`, and `run`, which makes the numbers of all scripts. */
function numbersModule(
  numbersAddress: number,
  endsAddress: number,
  count: number,
  pages: number,
): Uint8Array {
  const locals = new Locals(0);
  const [words, end, number, endPlace] = four(() => locals.integer());
  const state = four(() => locals.long());
  const [word, hash] = [locals.long(), locals.long()];
  const body = [
    set(words, int(WORDS_ADDRESS)),
    set(number, int(numbersAddress)),
    set(endPlace, int(endsAddress)),
    repeatWhile(
      isLess(get(endPlace), int(endsAddress + INT_BYTES * count)),
      ...state.map((one, i) => set(one, loadLong(int(0), i * LONG_BYTES))),
      set(end, loadInt(get(endPlace), 0)),
      repeatWhile(
        isLess(get(words), get(end)),
        set(word, loadLong(get(words), 0)),
        ...mixIn(word, state),
        advance(words, LONG_BYTES),
      ),
      ...finish(state, hash),
      storeAsFloat(get(number), 0, shareOf(loadLong(int(0), RANGE_ADDRESS), get(hash))),
      advance(number, LONG_BYTES),
      advance(endPlace, INT_BYTES),
    ),
  ];
  return assemble([{ name: 'run', locals, body }], pages, []);
}

type FourLocals = readonly [Local, Local, Local, Local];

function four(next: () => Local): FourLocals {
  return [next(), next(), next(), next()];
}

function advance(place: Local, bytes: number): Code {
  return set(place, addInts(get(place), int(bytes)));
}

function mixIn(word: Local, state: FourLocals): Code[] {
  const [v0, , , v3] = state;
  return [
    set(v3, xorLongs(get(v3), get(word))),
    sipRound(state),
    sipRound(state),
    set(v0, xorLongs(get(v0), get(word))),
  ];
}

function finish(state: FourLocals, hash: Local): Code[] {
  const v2 = state[2];
  const rounds = Array.from({ length: 4 }, () => sipRound(state));
  return [
    set(v2, xorLongs(get(v2), toLong(int(0xff)))),
    ...rounds,
    set(hash, xorLongs(...state.map((one) => get(one)))),
  ];
}

function sipRound([v0, v1, v2, v3]: FourLocals): Code {
  return steps(
    set(v0, addLongs(get(v0), get(v1))),
    set(v1, xorLongs(rotateLongLeft(get(v1), 13), get(v0))),
    set(v0, rotateLongLeft(get(v0), 32)),
    set(v2, addLongs(get(v2), get(v3))),
    set(v3, xorLongs(rotateLongLeft(get(v3), 16), get(v2))),
    set(v0, addLongs(get(v0), get(v3))),
    set(v3, xorLongs(rotateLongLeft(get(v3), 21), get(v0))),
    set(v2, addLongs(get(v2), get(v1))),
    set(v1, xorLongs(rotateLongLeft(get(v1), 17), get(v2))),
    set(v2, rotateLongLeft(get(v2), 32)),
  );
}

/** (hash * range) >> 64, in halves. */
function shareOf(range: Code, hash: Code): Code {
  const [low, high] = [lowerHalf(hash), upperHalf(hash)];
  const [rangeLow, rangeHigh] = [lowerHalf(range), upperHalf(range)];
  const middle = addLongs(
    lowerHalf(multiplyLongs(high, rangeLow)),
    multiplyLongs(low, rangeHigh),
    upperHalf(multiplyLongs(low, rangeLow)),
  );
  return addLongs(
    multiplyLongs(high, rangeHigh),
    upperHalf(multiplyLongs(high, rangeLow)),
    upperHalf(middle),
  );
}
