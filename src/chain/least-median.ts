/** Median time past where a chain begins at a base: the times below are not known, and nothing right may be refused. */

import type { Branch } from './branch.ts';
import { MEDIAN_TIME_SPAN } from './median-time.ts';
import { RecentTimes } from './recent-times.ts';

/**
 * What the next header's time must exceed for certain: the median time past of the branch's last header, or, while not
 * all eleven times are known, the lowest that it can be, with every unknown one below the others. The median of the
 * known ones alone would be too high: times go back now and then.
 *
 * @returns undefined when so few are known that the median can be any.
 */
export function leastMedianTimePast(branch: Branch): number | undefined {
  const times = branch.recentTimes ?? recentTimesOf(branch);
  return branch.baseHeight === 0 ? times.median : times.leastMedian;
}

/** The newest times of a branch, in order. */
export function recentTimesOf(branch: Branch): RecentTimes {
  const times = new RecentTimes();
  const lowest = Math.max(branch.baseHeight, branch.height - MEDIAN_TIME_SPAN + 1);
  for (let height = lowest; height <= branch.height; height++) times.push(branch.timeAt(height));
  return times;
}
