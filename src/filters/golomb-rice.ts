/**
 * Golomb-Rice coding of a set of numbers that are spread evenly over a known range (BIP 158; Core: src/util/golombrice.h).
 *
 * The numbers are put in order, and the differences between them written one after another: divided by 2^19, the quotient
 * as so many ones and a zero, then the remainder in 19 bits. Before them stands their count, a CompactSize; the last byte
 * is filled with zeros.
 */

import { DecodeError } from '../bytes/decode-error.ts';
import { Reader } from '../bytes/reader.ts';
import { Writer } from '../bytes/writer.ts';
import { readCount, writeCount } from '../wire/compact-size.ts';

/** Bits of a remainder (BIP 158: P). */
const REMAINDER_BITS = 19;
const DIVISOR = 2 ** REMAINDER_BITS;
const REMAINDER_MASK = DIVISOR - 1;
/** The range is as many times the count: so rare is it that a number drawn by chance is in the set (BIP 158: M). */
const RANGE_PER_NUMBER = 784_931;

/** The shortest a number can be: no ones, a zero, the remainder. */
const MIN_NUMBER_BITS = 1 + REMAINDER_BITS;
/** Bits that are read in one step, wherever in a byte they begin. */
const WINDOW_BITS = 25;
const MAX_ONES_IN_WINDOW: number = WINDOW_BITS - MIN_NUMBER_BITS;

const MAX_COUNT_SIZE_BYTES = 5;

/** What the numbers of a set of so many are below. */
export function rangeOf(count: number): number {
  return count * RANGE_PER_NUMBER;
}

/** Most ones of all quotients together: the differences add up to less than the range. */
function maxOnes(count: number): number {
  return Math.floor(rangeOf(count) / DIVISOR);
}

/** Writes a set. @param numbers ascending, each below {@link rangeOf} of how many they are. */
export function encodeSet(numbers: Float64Array): Uint8Array {
  const count = numbers.length;
  const header = new Writer(MAX_COUNT_SIZE_BYTES);
  writeCount(header, count);
  const start = header.finish().length;
  const bytes = new Uint8Array(start + Math.ceil((count * MIN_NUMBER_BITS + maxOnes(count)) / 8));
  bytes.set(header.finish());

  let bit = 8 * start;
  let previous = 0;
  for (const number of numbers) {
    const difference = number - previous;
    previous = number;
    const onesEnd = bit + Math.floor(difference / DIVISOR);
    for (; bit < onesEnd; bit++) bytes[bit >>> 3]! |= 0x80 >> (bit & 7);
    const remainder = difference % DIVISOR;
    bit += MIN_NUMBER_BITS;
    for (let i = 0; i < REMAINDER_BITS; i++) {
      const place = bit - 1 - i;
      bytes[place >>> 3]! |= ((remainder >>> i) & 1) << (7 - (place & 7));
    }
  }
  return bytes.slice(0, Math.ceil(bit / 8));
}

/** Reads sets, one after another into the same room. */
export class SetDecoder {
  #room = new Float64Array(0);

  /**
   * The numbers of a set in ascending order: a view, good until the next call. The same number may stand there twice.
   *
   * Before any work the count is held against the bytes: they must be enough, and not more than the numbers can take.
   *
   * @throws {DecodeError} when the bytes are not what {@link encodeSet} writes of some set.
   */
  decode(encoded: Uint8Array): Float64Array {
    const reader = new Reader(encoded);
    const count = readCount(reader);
    const bits = 8 * reader.remaining;
    const least = count * MIN_NUMBER_BITS;
    if (bits < least) {
      throw new DecodeError('unexpected-end', `${count} numbers in ${reader.remaining} bytes`, reader.offset);
    }
    if (bits > least + maxOnes(count) + 7) {
      throw new DecodeError('trailing-bytes', `${count} numbers in ${reader.remaining} bytes`, reader.offset);
    }
    if (this.#room.length < count) this.#room = new Float64Array(count);
    const numbers = this.#room.subarray(0, count);
    checkEnd(encoded, readNumbers(encoded, 8 * reader.offset, numbers));
    return numbers;
  }
}

/** Fills `numbers` with what begins at a bit, counted from the highest of the first byte; returns where it ends. */
function readNumbers(bytes: Uint8Array, start: number, numbers: Float64Array): number {
  const range = rangeOf(numbers.length);
  const lastWindow = bytes.length - 4;
  let bit = start;
  let number = 0;
  for (let i = 0; i < numbers.length; i++) {
    const at = bit >>> 3;
    let ones = WINDOW_BITS;
    let window = 0;
    if (at <= lastWindow) {
      window =
        (((bytes[at] as number) << 24) |
          ((bytes[at + 1] as number) << 16) |
          ((bytes[at + 2] as number) << 8) |
          (bytes[at + 3] as number)) <<
        (bit & 7);
      ones = Math.clz32(~window);
    }
    if (ones <= MAX_ONES_IN_WINDOW) {
      bit += ones + MIN_NUMBER_BITS;
      number += ones * DIVISOR + ((window >>> (32 - MIN_NUMBER_BITS - ones)) & REMAINDER_MASK);
    } else {
      // A large difference, or one in the last bytes.
      const onesStart = bit;
      while (bitAt(bytes, bit) === 1) bit++;
      number += (bit - onesStart) * DIVISOR + bitsAt(bytes, bit + 1, REMAINDER_BITS);
      bit += MIN_NUMBER_BITS;
    }
    if (number >= range) {
      throw new DecodeError('bad-value', `number ${i} is ${number}, the range ends at ${range}`, at);
    }
    numbers[i] = number;
  }
  return bit;
}

function checkEnd(bytes: Uint8Array, bit: number): void {
  const left = 8 * bytes.length - bit;
  if (left >= 8 || (left > 0 && bitsAt(bytes, bit, left) !== 0)) {
    throw new DecodeError('trailing-bytes', `${left} bits left over`, bit >>> 3);
  }
}

function bitsAt(bytes: Uint8Array, start: number, count: number): number {
  let bits = 0;
  for (let bit = start; bit < start + count; bit++) bits = (bits << 1) | bitAt(bytes, bit);
  return bits;
}

function bitAt(bytes: Uint8Array, bit: number): number {
  const at = bit >>> 3;
  if (at >= bytes.length)
    throw new DecodeError('unexpected-end', 'the bytes end within a number', bytes.length);
  return ((bytes[at] as number) >> (7 - (bit & 7))) & 1;
}
