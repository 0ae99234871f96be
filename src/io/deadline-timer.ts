/** Rings when a deadline may have come. */

/** The longest that Node.js can wait at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** A deadline that stays where it was, in the past, whatever is done about it, is not rung for all the time. */
const MIN_TIMER_MS = 1;
/**
 * Later than this only a process is that did not run, because it or the machine was stopped: then what came meanwhile is
 * heard before anybody is blamed for silence.
 */
const OVERSLEPT_MS = 3_000;
const OVERSLEPT_PAUSE_MS = 1_000;

/**
 * A deadline that moves away, as it does with nearly every message, costs nothing: the timer rings when it was to ring,
 * and whoever is rung looks whether it is time.
 */
export class DeadlineTimer {
  readonly #ring: () => void;
  readonly #clockMs: () => number;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #atMs = Number.POSITIVE_INFINITY;
  /** The deadline that was last rung for without a wait. */
  #rungForMs: number | undefined;

  /** @param clockMs milliseconds of a clock that never goes back. */
  constructor(ring: () => void, clockMs: () => number = () => performance.now()) {
    this.#ring = ring;
    this.#clockMs = clockMs;
  }

  /** Rings at a deadline, or earlier, and not again. Both in milliseconds of the same clock. */
  ringBy(deadlineMs: number, nowMs: number): void {
    const leastMs = deadlineMs === this.#rungForMs ? MIN_TIMER_MS : 0;
    const waitMs = Math.min(MAX_TIMER_MS, Math.max(leastMs, Math.ceil(deadlineMs - nowMs)));
    if (nowMs + waitMs >= this.#atMs) return;
    this.clear();
    this.#atMs = nowMs + waitMs;
    if (waitMs === 0) {
      // Work that is done piece by piece: others have their turn in between.
      this.#immediate = setImmediate(() => {
        this.clear();
        this.#rungForMs = deadlineMs;
        this.#ring();
      });
      return;
    }
    const wakeMs = this.#clockMs() + waitMs;
    this.#timer = setTimeout(() => {
      this.clear();
      if (this.#clockMs() < wakeMs + OVERSLEPT_MS) this.#ring();
      else this.#timer = setTimeout(() => this.#ring(), OVERSLEPT_PAUSE_MS);
    }, waitMs);
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#atMs = Number.POSITIVE_INFINITY;
  }
}
