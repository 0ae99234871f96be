/** Time and chance that a test holds in its hand. */
import type { Now, Random } from '../../src/protocol/machine.ts';

/** Long after any header that {@link mine} makes by default, so that none is ahead of the clock. */
export const DEFAULT_UNIX_SECONDS = 1_400_000_000;

/** A clock that stands still until it is told to go on. The monotonic part starts at a number of no meaning. */
export class FalseClock {
  readonly #startMs = 5_000;
  readonly #startUnixSeconds: number;
  #ms = this.#startMs;

  constructor(unixSeconds: number = DEFAULT_UNIX_SECONDS) {
    this.#startUnixSeconds = unixSeconds;
  }

  get ms(): number {
    return this.#ms;
  }

  get now(): Now {
    const passedSeconds = Math.floor((this.#ms - this.#startMs) / 1000);
    return { ms: this.#ms, unixSeconds: this.#startUnixSeconds + passedSeconds };
  }

  /** Lets time pass. */
  advance(ms: number): Now {
    this.#ms += ms;
    return this.now;
  }

  /** Lets time pass up to a moment; a moment of the past changes nothing. */
  advanceTo(ms: number): Now {
    this.#ms = Math.max(this.#ms, ms);
    return this.now;
  }
}

/** Chance that repeats itself: the same seed gives the same numbers, and their low bits are as good as their high ones. */
export function seededRandom(seed: number = 1): Random {
  let state = BigInt(seed) + 0x1234_5678_9abc_def1n;
  return () => {
    for (const [shift, isLeft] of [
      [13n, true],
      [7n, false],
      [17n, true],
    ] as const) {
      state ^= BigInt.asUintN(64, isLeft ? state << shift : state >> shift);
    }
    return BigInt.asUintN(64, state + (state >> 32n));
  };
}
