/** How much was done for each second since the start. */

export interface RateMeter {
  /** Items a second, when so many are done by now. */
  of(count: number): number;
  /** Seconds since the start, to the millisecond. */
  seconds(): number;
}

export function rateMeter(): RateMeter {
  const startMs = performance.now();
  const seconds = (): number => Math.round(performance.now() - startMs) / 1000;
  return { seconds, of: (count) => (seconds() > 0 ? Math.round(count / seconds()) : 0) };
}
