/** The real clocks, and one that can be held. */

import type { Now } from '../protocol/machine.ts';

export function systemClock(): Now {
  return { ms: performance.now(), unixSeconds: Math.floor(Date.now() / 1000) };
}

/**
 * A clock whose milliseconds stand still while it is held: time in which we do not listen to our peers is not to count
 * against them. The wall clock goes on.
 */
export class HeldClock {
  readonly #clock: () => Now;
  #heldSinceMs: number | undefined;
  /** All the time that it was held before. */
  #lostMs = 0;

  constructor(clock: () => Now) {
    this.#clock = clock;
  }

  get isHeld(): boolean {
    return this.#heldSinceMs !== undefined;
  }

  now(): Now {
    const { ms, unixSeconds } = this.#clock();
    return { ms: (this.#heldSinceMs ?? ms) - this.#lostMs, unixSeconds };
  }

  hold(): void {
    this.#heldSinceMs ??= this.#clock().ms;
  }

  release(): void {
    if (this.#heldSinceMs === undefined) return;
    this.#lostMs += this.#clock().ms - this.#heldSinceMs;
    this.#heldSinceMs = undefined;
  }
}
