/** Looking numbers up in a set that was decoded: in ascending order, and spread evenly over its range. */

import { rangeOf } from './golomb-rice.ts';

/** Whether a number is one of those, in ascending order: by halves, in some twenty steps at most. */
export function includes(numbers: Float64Array, number: number): boolean {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) < number) low = middle + 1;
    else high = middle;
  }
  return numbers[low] === number;
}

/** Stretches of the range for each number, so that of those without a number there are many. */
const STRETCHES_PER_NUMBER = 16;
const STRETCHES_PER_UNIT: number = STRETCHES_PER_NUMBER / rangeOf(1);
/** To mark the stretches of so many numbers takes as long as to look one up. */
const MARKED_PER_LOOKUP = 32;

/** Looks many numbers up in one set after another. */
export class SetSearch {
  /** For each stretch of the range whether a number lies in it. */
  #marks = new Uint8Array(0);

  /**
   * Whether any of some numbers is in a set. Many are looked up eight times as fast as one by one: most lie where the set has
   * nothing, which takes one look to see. However the numbers of a set lie, none takes longer than by halves.
   *
   * @param numbers of the set, ascending, below {@link rangeOf} their count.
   * @param wanted in any order, below it too.
   */
  includesAny(numbers: Float64Array, wanted: Float64Array): boolean {
    if (wanted.length * MARKED_PER_LOOKUP < numbers.length) {
      return wanted.some((number) => includes(numbers, number));
    }
    const marks = this.#mark(numbers);
    for (const number of wanted) {
      if (marks[stretchOf(number)] === 1 && includes(numbers, number)) return true;
    }
    return false;
  }

  #mark(numbers: Float64Array): Uint8Array {
    const count = STRETCHES_PER_NUMBER * numbers.length + 1;
    if (this.#marks.length < count) this.#marks = new Uint8Array(count);
    else this.#marks.fill(0, 0, count);
    for (const number of numbers) this.#marks[stretchOf(number)] = 1;
    return this.#marks;
  }
}

function stretchOf(number: number): number {
  return Math.floor(number * STRETCHES_PER_UNIT);
}
