/** The times that a median time past is taken of, kept in order while a branch grows header by header. */

import { MEDIAN_TIME_SPAN } from './median-time.ts';

export class RecentTimes {
  /** The newest ones; the oldest at {@link #oldest} once there are eleven. */
  readonly #ring = new Uint32Array(MEDIAN_TIME_SPAN);
  readonly #sorted = new Uint32Array(MEDIAN_TIME_SPAN);
  #oldest = 0;
  #count = 0;

  /** Adds the time of the next header, Unix seconds; the twelfth newest is forgotten. */
  push(time: number): void {
    const sorted = this.#sorted;
    let place = this.#count;
    if (place === MEDIAN_TIME_SPAN) {
      const gone = this.#ring[this.#oldest] as number;
      this.#ring[this.#oldest] = time;
      this.#oldest = (this.#oldest + 1) % MEDIAN_TIME_SPAN;
      place = sorted.indexOf(gone);
      for (; place + 1 < MEDIAN_TIME_SPAN; place++) sorted[place] = sorted[place + 1] as number;
    } else {
      this.#ring[this.#count++] = time;
    }
    for (; place > 0 && (sorted[place - 1] as number) > time; place--)
      sorted[place] = sorted[place - 1] as number;
    sorted[place] = time;
  }

  /** The median of them, the later of the two middle ones when their number is even; undefined when there are none. */
  get median(): number | undefined {
    return this.#count === 0 ? undefined : this.#sorted[this.#count >>> 1];
  }

  /** The lowest that the median of eleven can be when those that are missing are not known; undefined when any. */
  get leastMedian(): number | undefined {
    const place = (MEDIAN_TIME_SPAN >>> 1) - (MEDIAN_TIME_SPAN - this.#count);
    return place < 0 ? undefined : this.#sorted[place];
  }
}
