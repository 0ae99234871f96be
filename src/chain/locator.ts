/** Block locators: hashes by which a peer finds the last header that its chain and ours share (Core: src/chain.cpp). */

/** Newest headers that a locator lists one by one; below them the steps double. */
const SINGLE_STEPS = 10;

/**
 * The heights of a locator, highest first: the ten most recent one by one, then in steps of 2, 4, 8 and so on, and at
 * last the lowest. Below 2^32 headers that is at most 41 of the 101 a peer accepts.
 *
 * @param height where to start: the tip, or a header below it.
 * @param lowest height of genesis, or of the base that the chain begins at.
 */
export function locatorHeights(height: number, lowest: number = 0): number[] {
  const heights: number[] = [];
  let step = 1;
  for (let next = height; next > lowest; next -= step) {
    heights.push(next);
    if (heights.length >= SINGLE_STEPS) step *= 2;
  }
  heights.push(lowest);
  return heights;
}
