/** The numbers that stand for scripts in a block's filter (BIP 158). */

import { HASH_SIZE_BYTES } from '../bytes/hash.ts';
import { SIP_KEY_BYTES, sipHash, sipState, sipWords } from './siphash.ts';
import { type SwiftNumbers, swiftNumbers } from './swift-numbers.ts';

/** What hashes swiftly is made when so many were hashed: to make it takes as long as to hash some ten thousand. */
const MANY_HASHES = 16_384;

/** A few scripts, ready to be hashed under the keys of many blocks. */
export class ScriptNumbers {
  /** The words of all scripts, and where those of each end. */
  readonly #words: Int32Array;
  readonly #ends: Int32Array;
  readonly #numbers: Float64Array;
  #hashed = 0;
  #isPrepared = false;
  #swift: SwiftNumbers | undefined;

  /** @param scripts of which copies are kept. */
  constructor(scripts: readonly Uint8Array[]) {
    const words = scripts.map(sipWords);
    this.#numbers = new Float64Array(scripts.length);
    this.#ends = new Int32Array(scripts.length);
    let end = 0;
    words.forEach(({ length }, i) => (this.#ends[i] = end += length));
    this.#words = new Int32Array(end);
    words.forEach((one, i) => this.#words.set(one, (this.#ends[i] as number) - one.length));
  }

  /**
   * What the scripts are in the filter of a block, in their order: each hash, taken as a fraction of 2^64, of the range. A
   * view, good until the next call.
   *
   * @param blockHash 32 bytes in wire order; RangeError when it has another length.
   * @param range a whole number below 2^52.
   */
  numbersIn(blockHash: Uint8Array, range: number): Float64Array {
    const state = filterState(blockHash);
    this.#hashed += this.#numbers.length;
    if (!this.#isPrepared && this.#hashed > MANY_HASHES) {
      this.#swift = swiftNumbers(this.#words, this.#ends);
      this.#isPrepared = true;
    }
    return this.#swift?.(state, range) ?? this.#plainNumbers(state, range);
  }

  #plainNumbers(state: Int32Array, range: number): Float64Array {
    const numbers = this.#numbers;
    const hash = new Uint32Array(2);
    const rangeHigh = Math.floor(range / 2 ** 32);
    const rangeLow = range >>> 0;
    let start = 0;
    for (let i = 0; i < numbers.length; i++) {
      const end = this.#ends[i] as number;
      sipHash(state, this.#words, start, end, hash);
      start = end;
      // (hash * range) >> 64 without a product of more than 53 bits.
      const low = hash[0] as number;
      const high = hash[1] as number;
      const middle = lowerHalf(high, rangeLow) + low * rangeHigh + upperHalf(low, rangeLow);
      numbers[i] = high * rangeHigh + upperHalf(high, rangeLow) + Math.floor(middle / 2 ** 32);
    }
    return numbers;
  }
}

/** The key of a block's filter is the first half of its hash. */
function filterState(blockHash: Uint8Array): Int32Array {
  if (blockHash.length !== HASH_SIZE_BYTES) throw new RangeError(`a block hash of ${blockHash.length} bytes`);
  return sipState(blockHash.subarray(0, SIP_KEY_BYTES));
}

/** (a * b) mod 2^32. */
function lowerHalf(a: number, b: number): number {
  return Math.imul(a, b) >>> 0;
}

/** (a * b) >> 32 of numbers of 32 bits, by products of 48 bits. */
function upperHalf(a: number, b: number): number {
  const lower = a * (b & 0xffff);
  const upper = a * (b >>> 16);
  return Math.floor((upper + Math.floor(lower / 2 ** 16)) / 2 ** 16);
}
