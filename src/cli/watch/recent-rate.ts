/** How many in a second, over the last few: what a person calls the rate now. */

/** Seconds that are looked back on. */
const SPAN_SECONDS = 10;

export class RecentRate {
  /** Counts of the last seconds, each in the place of its second. */
  readonly #counts = Array.from({ length: SPAN_SECONDS }, () => 0);
  readonly #startMs: number;
  #second = 0;

  constructor(nowMs: number) {
    this.#startMs = nowMs;
  }

  note(nowMs: number): void {
    this.#moveTo(nowMs);
    const place = this.#second % SPAN_SECONDS;
    this.#counts[place] = (this.#counts[place] as number) + 1;
  }

  /** Per second. The second that has only begun counts as what it is. */
  at(nowMs: number): number {
    this.#moveTo(nowMs);
    const sum = this.#counts.reduce((total, count) => total + count, 0);
    const elapsed = (nowMs - this.#startMs) / 1000;
    const span = SPAN_SECONDS - 1 + (elapsed - Math.floor(elapsed));
    return sum / Math.max(1, Math.min(elapsed, span));
  }

  #moveTo(nowMs: number): void {
    const second = Math.max(this.#second, Math.floor((nowMs - this.#startMs) / 1000));
    const emptied = Math.min(SPAN_SECONDS, second - this.#second);
    for (let i = 1; i <= emptied; i++) this.#counts[(this.#second + i) % SPAN_SECONDS] = 0;
    // After a long pause all are empty, wherever the places begin.
    this.#second = second;
  }
}
