/** Adding up work, header by header: as long as the bits stay the same, that is only counting. */

import { WorkMeter } from './work.ts';

export class WorkSum {
  readonly #meter = new WorkMeter();
  #settled: bigint;
  #bits = 0;
  /** Headers of these bits that are not in the settled sum yet. */
  #count = 0;

  constructor(start: bigint) {
    this.#settled = start;
  }

  /** Adds the work of a header with these bits. */
  add(bits: number): void {
    if (bits !== this.#bits) {
      this.#settled = this.total;
      this.#bits = bits;
      this.#count = 0;
    }
    this.#count++;
  }

  get total(): bigint {
    return this.#count === 0
      ? this.#settled
      : this.#settled + BigInt(this.#count) * this.#meter.of(this.#bits);
  }
}
