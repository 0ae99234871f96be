/** Sees to it that some of the peers serve compact filters: most nodes do not. */

import { SERVICES } from '../../wire/services.ts';
import type { Now } from '../machine.ts';

/** One more than have to agree by default, so that one may be lost. */
const WANTED_COUNT = 3;
/** Time between two peers that are parted with to make room for such a one; longer each time that it was in vain. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

export class FilterPeerSearch {
  readonly #wantedCount: number;
  #servingCount = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #dueMs: number | undefined;

  /** @param opinionsNeeded peers that have to agree on a filter. */
  constructor(opinionsNeeded: number) {
    this.#wantedCount = Math.max(WANTED_COUNT, opinionsNeeded + 1);
  }

  /** Services that peers should offer beside blocks, if there is a choice. */
  get preferredServices(): bigint {
    return this.isSearching ? SERVICES.COMPACT_FILTERS : 0n;
  }

  get isSearching(): boolean {
    return this.#servingCount < this.#wantedCount;
  }

  /** @returns whether it is time to part with a peer that serves no filters. */
  tick(servingCount: number, now: Now): boolean {
    if (servingCount > this.#servingCount) this.#pauseMs = FIRST_PAUSE_MS;
    this.#servingCount = servingCount;
    if (!this.isSearching) {
      this.#dueMs = undefined;
      return false;
    }
    this.#dueMs ??= now.ms + this.#pauseMs;
    if (now.ms < this.#dueMs) return false;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.#pauseMs);
    this.#dueMs = now.ms + this.#pauseMs;
    return true;
  }

  deadline(): number | undefined {
    return this.#dueMs;
  }
}
