/** Hosts that did what no honest node does: for a day they are not called, and not let in when room is short. */

import type { Now } from '../machine.ts';

/** Time for which a host is remembered. */
const DISCOURAGED_SECONDS = 24 * 3_600;
/** Hosts remembered; the oldest are forgotten first. */
const MAX_HOSTS = 10_000;

export class Discouraged {
  readonly #noteChange: (host: string) => void;
  /** When each is forgotten, Unix seconds; those added last come last. */
  readonly #untilSeconds = new Map<string, number>();

  /** @param noteChange told each host that was added or removed, at least once. */
  constructor(noteChange: (host: string) => void = () => {}) {
    this.#noteChange = noteChange;
  }

  /** Remembers a host for a day from now. */
  add(host: string, now: Now): void {
    this.#forgetExpired(now);
    this.#remove(host);
    this.#untilSeconds.set(host, Math.floor(now.unixSeconds) + DISCOURAGED_SECONDS);
    this.#noteChange(host);
    const [oldest] = this.#untilSeconds.keys();
    if (this.#untilSeconds.size > MAX_HOSTS && oldest !== undefined) this.#remove(oldest);
  }

  has(host: string, now: Now): boolean {
    return now.unixSeconds < (this.#untilSeconds.get(host) ?? 0);
  }

  /** When a host is forgotten, Unix seconds; undefined for one that is not remembered. */
  untilSeconds(host: string): number | undefined {
    return this.#untilSeconds.get(host);
  }

  /** Takes in what an earlier run remembered, as far as it is not over; times that no clock of ours made are cut. */
  restore(remembered: readonly (readonly [host: string, untilSeconds: number])[], now: Now): void {
    const latest = Math.floor(now.unixSeconds) + DISCOURAGED_SECONDS;
    const oldestFirst = remembered.toSorted(([, one], [, other]) => one - other);
    const overCount = Math.max(0, oldestFirst.length - MAX_HOSTS);
    for (const [i, [host, untilSeconds]] of oldestFirst.entries()) {
      const isOver = i < overCount || untilSeconds <= now.unixSeconds;
      if (!isOver) this.#untilSeconds.set(host, Math.min(untilSeconds, latest));
      if (isOver || untilSeconds > latest) this.#noteChange(host);
    }
  }

  #forgetExpired(now: Now): void {
    for (const [host, untilSeconds] of this.#untilSeconds) {
      if (untilSeconds > now.unixSeconds) return;
      this.#remove(host);
    }
  }

  #remove(host: string): void {
    if (this.#untilSeconds.delete(host)) this.#noteChange(host);
  }
}
