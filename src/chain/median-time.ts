/** Median time past: the clock of the chain, which a header must be ahead of (Core: src/chain.h, GetMedianTimePast). */

/** How many headers the median is taken of: the parent and up to ten of its ancestors. */
export const MEDIAN_TIME_SPAN = 11;

/**
 * The median of up to eleven header times, the later of the two middle ones when their number is even.
 *
 * @param times Unix seconds, in any order, at least one.
 */
export function medianTime(times: readonly number[]): number {
  const median = times.toSorted((a, b) => a - b)[times.length >>> 1];
  if (median === undefined) throw new RangeError('a median of no times');
  return median;
}
