/** Consecutive blocks that are looked at together, and what is known of the filter of each. */

import { equalBytes } from '../../bytes/hash.ts';

/**
 * What is to be done about a block.
 *
 * - `undecided`: nobody knows yet which filter is the right one.
 * - `filter`: its filter is to be fetched.
 * - `asked`: somebody was asked for the filter.
 * - `clear`: its filter holds none of the scripts.
 * - `block`: the block itself has to be looked at.
 */
export type BlockState = 'undecided' | 'filter' | 'asked' | 'clear' | 'block';

const STATES: readonly BlockState[] = ['undecided', 'filter', 'asked', 'clear', 'block'];

/** Tells whether a filter with this hash is the one that a block has. */
export type FilterCheck = (height: number, filterHash: Uint8Array) => boolean;

export class Stretch {
  readonly first: number;
  readonly last: number;
  readonly #states: Uint8Array;
  #check: FilterCheck = () => false;

  /** Both heights belong to it. */
  constructor(first: number, last: number) {
    this.first = first;
    this.last = last;
    this.#states = new Uint8Array(last - first + 1);
  }

  get count(): number {
    return this.#states.length;
  }

  /** Whether all of it was looked at. */
  isOver = false;

  has(height: number): boolean {
    return height >= this.first && height <= this.last;
  }

  stateOf(height: number): BlockState {
    return STATES[this.#states[height - this.first] as number] as BlockState;
  }

  set(height: number, state: BlockState): void {
    this.#states[height - this.first] = STATES.indexOf(state);
  }

  setAll(state: BlockState): void {
    this.#states.fill(STATES.indexOf(state));
  }

  /** How to tell the right filters, of the blocks where that is known. */
  checkWith(check: FilterCheck): void {
    this.#check = check;
  }

  isRightFilter(height: number, filterHash: Uint8Array): boolean {
    return this.#check(height, filterHash);
  }

  /** The first height from one on that is in a state; undefined when there is none. */
  nextIn(state: BlockState, fromHeight: number): number | undefined {
    const place = this.#states.indexOf(STATES.indexOf(state), Math.max(0, fromHeight - this.first));
    return place === -1 ? undefined : this.first + place;
  }

  /** The first run of blocks in a state, at most so many. */
  firstRun(state: BlockState, maxCount: number): { first: number; last: number } | undefined {
    const wanted = STATES.indexOf(state);
    const start = this.#states.indexOf(wanted);
    if (start === -1) return undefined;
    let end = start + 1;
    while (end < this.count && end - start < maxCount && this.#states[end] === wanted) end++;
    return { first: this.first + start, last: this.first + end - 1 };
  }
}

/** @param hashes 32 bytes each, of the blocks from `first` on; undefined where none is right. */
export function checkByHashes(first: number, hashes: readonly (Uint8Array | undefined)[]): FilterCheck {
  return (height, filterHash) => {
    const hash = hashes[height - first];
    return hash !== undefined && equalBytes(hash, filterHash);
  };
}
