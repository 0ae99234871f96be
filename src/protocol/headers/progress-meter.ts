/** How fast headers come, and when to say so. */

import type { HeaderEvent } from '../events.ts';
import type { Now } from '../machine.ts';

/** Often enough for a bar that moves, and no burden. */
const REPORT_INTERVAL_MS = 200;
/** The rate is that of about the last five seconds. */
const SAMPLES = 25;

export class ProgressMeter {
  #startedMs: number | undefined;
  #count = 0;
  #samples: { readonly ms: number; readonly count: number }[] = [];

  /** Notes when the work began; later calls change nothing. */
  start(now: Now): void {
    if (this.#startedMs !== undefined) return;
    this.#startedMs = now.ms;
    this.#samples = [{ ms: now.ms, count: 0 }];
  }

  /** Seconds since the start. */
  seconds(now: Now): number {
    return (now.ms - (this.#startedMs ?? now.ms)) / 1000;
  }

  /** Counts headers; returns a progress event when one is due. */
  add(
    count: number,
    position: {
      readonly height: number;
      readonly target: number;
      readonly countedHeight?: number;
    },
    now: Now,
  ): HeaderEvent[] {
    this.#count += count;
    const last = this.#samples.at(-1);
    if (last !== undefined && now.ms - last.ms < REPORT_INTERVAL_MS) return [];
    this.#samples.push({ ms: now.ms, count: this.#count });
    if (this.#samples.length > SAMPLES) this.#samples.shift();
    const first = this.#samples[0] ?? { ms: now.ms, count: 0 };
    const elapsedSeconds = (now.ms - first.ms) / 1000;
    const headersPerSecond =
      elapsedSeconds > 0 ? Math.round((this.#count - first.count) / elapsedSeconds) : 0;
    return [{ event: 'progress', ...position, headersPerSecond }];
  }
}
