/** Notices that nothing new comes, which may be the peers' fault (Core: src/net_processing.cpp, CheckForStaleTipAndEvictPeers). */

import type { Now } from './machine.ts';

/** Time without a new block after which the peers that we have are doubted: three times the time between blocks. */
const STALE_MS = 30 * 60_000;
/** Time between two looks. */
const CHECK_INTERVAL_MS = 10 * 60_000;
/** Time that a peer which came in addition has to show something better. */
const TRIAL_MS = 60_000;

export class TipWatch {
  #checkMs: number | undefined;
  #trialEndsMs: number | undefined;

  deadline(): number | undefined {
    return this.#trialEndsMs ?? this.#checkMs;
  }

  /** A synchronisation is over: from now on new blocks are expected. */
  start(now: Now): void {
    this.#checkMs = now.ms + STALE_MS;
  }

  /** One peer more than wanted is connected. */
  beginTrial(now: Now): void {
    this.#trialEndsMs ??= now.ms + TRIAL_MS;
  }

  /**
   * @param grownMs when the best chain last grew.
   * @returns what to do: call one peer more than wanted, part with one again, or nothing.
   */
  tick(grownMs: number | undefined, now: Now): 'call-one-more' | 'part-with-one' | undefined {
    if (this.#trialEndsMs !== undefined) {
      if (now.ms < this.#trialEndsMs) return undefined;
      this.#trialEndsMs = undefined;
      return 'part-with-one';
    }
    if (this.#checkMs === undefined || now.ms < this.#checkMs) return undefined;
    this.#checkMs = now.ms + CHECK_INTERVAL_MS;
    const isStale = grownMs === undefined || now.ms >= grownMs + STALE_MS;
    return isStale ? 'call-one-more' : undefined;
  }
}
