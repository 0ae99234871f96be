/** A branch over arrays: the simplest that the rules can be asked about. */

import type { Branch } from '../../src/chain/branch.ts';

/** What the rules look at in an ancestor. */
export interface BranchEntry {
  readonly time: number;
  readonly bits: number;
}

/** Refuses heights it does not have, so that a rule that looks too far back fails instead of reading undefined. */
export class ArrayBranch implements Branch {
  readonly baseHeight: number;
  readonly #times: number[] = [];
  readonly #bits: number[] = [];

  /** @param baseHeight height of the first entry. */
  constructor(entries: Iterable<BranchEntry> = [], baseHeight: number = 0) {
    this.baseHeight = baseHeight;
    for (const entry of entries) this.push(entry);
  }

  get height(): number {
    return this.baseHeight + this.#times.length - 1;
  }

  /** Makes the entry the branch's last. */
  push(entry: BranchEntry): void {
    this.#times.push(entry.time);
    this.#bits.push(entry.bits);
  }

  timeAt(height: number): number {
    return this.#at(this.#times, height);
  }

  bitsAt(height: number): number {
    return this.#at(this.#bits, height);
  }

  #at(values: readonly number[], height: number): number {
    const value = values[height - this.baseHeight];
    if (value === undefined) {
      throw new RangeError(`height ${height} is not within ${this.baseHeight} to ${this.height}`);
    }
    return value;
  }
}
