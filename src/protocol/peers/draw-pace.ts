/** How fast addresses of the book are called: most of a book is dead, and nobody shall be flooded with attempts. */

import type { Now } from '../machine.ts';

/** So many at once, then one after each pause. */
const AT_ONCE = 16;
const PAUSE_MS = 100;
/** After so many calls in vain, with nobody connected, it is more likely that our own line is dead: then it is slower. */
const DEAD_LINE_FAILURES = 64;
const DEAD_LINE_PAUSE_MS = 1_000;

export class DrawPace {
  #nextMs = Number.NEGATIVE_INFINITY;
  /** Calls in vain since somebody was last reached. */
  #failuresInRow = 0;

  /** The earliest moment of the next call; often in the past. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /**
   * A call is made.
   *
   * @param isAnybodyConnected whether our own line is known to work.
   */
  note(isAnybodyConnected: boolean, now: Now): void {
    const isLineDead = this.#failuresInRow >= DEAD_LINE_FAILURES && !isAnybodyConnected;
    const [pauseMs, atOnce] = isLineDead ? [DEAD_LINE_PAUSE_MS, 1] : [PAUSE_MS, AT_ONCE];
    this.#nextMs = Math.max(this.#nextMs, now.ms - pauseMs * (atOnce - 1)) + pauseMs;
  }

  noteSuccess(): void {
    this.#failuresInRow = 0;
  }

  noteFailure(): void {
    this.#failuresInRow++;
  }
}
