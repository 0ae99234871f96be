/** What the rules may ask about a header's own branch: never the best chain, unless it is the same. */

import { medianTime, MEDIAN_TIME_SPAN } from './median-time.ts';
import type { RecentTimes } from './recent-times.ts';

/** The headers from some height up to the parent of the header being checked. */
export interface Branch {
  /** Height of the last header: the parent of the one being checked. */
  readonly height: number;
  /** Lowest height that can be asked for: 0, or where a store that starts later begins. */
  readonly baseHeight: number;
  /** Time of the header at a height, Unix seconds. */
  timeAt(height: number): number;
  /** Compact target of the header at a height. */
  bitsAt(height: number): number;
  /**
   * What {@link requiredBits} would find by walking back over headers of the easiest target. A branch that grows header
   * by header keeps it, else the walk of up to 2,015 steps would be taken again for each.
   */
  readonly lastRegularBits?: number;
  /** Its newest times, when it keeps them in order as it grows; else they would be sorted again for each header. */
  readonly recentTimes?: RecentTimes;
}

/** Median time past of the branch's last header: what the next header's time must exceed. */
export function medianTimePast(branch: Branch): number {
  const times: number[] = [];
  const lowest = Math.max(branch.baseHeight, branch.height - MEDIAN_TIME_SPAN + 1);
  for (let height = branch.height; height >= lowest; height--) times.push(branch.timeAt(height));
  return medianTime(times);
}
