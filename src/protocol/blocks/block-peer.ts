/** One peer in the fetching of blocks: what it was asked, in order, what a block takes it, and whether it is late. */

import type { HashKey } from '../../bytes/hash-key.ts';
import type { Now } from '../machine.ts';

/** What a block takes one that has not delivered any, milliseconds: a guess. */
const FIRST_BLOCK_MS = 1_000;
/** The most that is held against one, milliseconds; twice that is the most that anybody is waited for. */
const MAX_BLOCK_MS = 30_000;
/** How fast one that was slow once is believed to be fast again. */
const RECOVERY = 0.25;

export interface BlockPeerLimits {
  /** Blocks that a peer is asked for at a time. */
  readonly maxInFlightPerPeer: number;
  /**
   * Time a block may take, from when it is the next that the peer owes: a block may be four million bytes. One whose
   * blocks come, but take longer, is given twice as long as they take.
   */
  readonly lateAfterMs: number;
  /** Time after which one that is late is not expected to answer any more. */
  readonly pauseMs: number;
}

export class BlockPeer {
  readonly #limits: BlockPeerLimits;
  /** Blocks that it owes, oldest first: a peer answers in order. */
  #asked: readonly { readonly key: HashKey; readonly ms: number }[] = [];
  #heardMs = Number.NEGATIVE_INFINITY;
  /** What blocks take it: as long as the slowest of late. */
  #blockMs = FIRST_BLOCK_MS;
  /** Since when it owed what it was given up for, if it has not delivered anything since. */
  #silentSinceMs: number | undefined;
  /** Whether it is asked nothing more. */
  #isDismissed = false;

  constructor(limits: BlockPeerLimits) {
    this.#limits = limits;
  }

  /** When it is late, or when it is given up that was late; undefined when it owes nothing. */
  deadline(now: Now): number | undefined {
    const dueMs = this.#dueMs;
    return dueMs === undefined || now.ms < dueMs ? dueMs : dueMs + this.#limits.pauseMs;
  }

  isLate(now: Now): boolean {
    const dueMs = this.#dueMs;
    return dueMs !== undefined && now.ms >= dueMs;
  }

  /** Whether it can be asked for one more: one that is late, or slower than we wait by default, has enough to do. */
  hasRoom(now: Now): boolean {
    const { lateAfterMs, maxInFlightPerPeer } = this.#limits;
    const isSlow = this.#silentSinceMs !== undefined || this.#blockMs >= lateAfterMs;
    if (this.#isDismissed || this.isLate(now)) return false;
    return this.#asked.length < (isSlow ? 1 : maxInFlightPerPeer);
  }

  /** How long one more block would take it, milliseconds, with those that it owes already. */
  get expectedMs(): number {
    const leastMs = this.#silentSinceMs === undefined ? 0 : this.#limits.lateAfterMs;
    return Math.max(leastMs, this.#blockMs) * (this.#asked.length + 1);
  }

  owes(key: HashKey): boolean {
    return this.#asked.some((asked) => asked.key === key);
  }

  ask(key: HashKey, now: Now): void {
    this.#asked = [...this.#asked, { key, ms: now.ms }];
  }

  /** What is late for long is not expected any more, and the peer may be asked again: for one at a time. */
  writeOff(now: Now): void {
    const dueMs = this.#dueMs;
    if (dueMs === undefined || now.ms < dueMs + this.#limits.pauseMs) return;
    this.#silentSinceMs ??= this.#sinceMs;
    this.#asked = [];
  }

  /** It is about to be hung up on. */
  dismiss(): void {
    this.#isDismissed = true;
    this.#asked = [];
  }

  /** It has answered. Whatever it was asked for before that will not come: Core says nothing about blocks that it lacks. */
  answered(key: HashKey, now: Now): void {
    this.#asked = this.#asked.slice(this.#asked.findIndex((asked) => asked.key === key) + 1);
    this.#heardMs = now.ms;
  }

  /** The answer was a block: says how fast it is. */
  delivered(key: HashKey, now: Now): void {
    const sinceMs = this.#silentSinceMs ?? this.#sinceMs;
    if (sinceMs !== undefined) {
      const change = Math.min(now.ms - sinceMs, MAX_BLOCK_MS) - this.#blockMs;
      this.#blockMs += change > 0 ? change : change * RECOVERY;
    }
    this.#silentSinceMs = undefined;
    this.answered(key, now);
  }

  /** Since when the oldest that it owes is the next to come. */
  get #sinceMs(): number | undefined {
    const [oldest] = this.#asked;
    return oldest && Math.max(oldest.ms, this.#heardMs);
  }

  /** When that should be there. */
  get #dueMs(): number | undefined {
    const sinceMs = this.#sinceMs;
    return sinceMs === undefined
      ? undefined
      : sinceMs + Math.max(this.#limits.lateAfterMs, 2 * this.#blockMs);
  }
}
