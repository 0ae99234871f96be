/** The branch a run of headers attaches to, growing by one header of the run after another as they are checked. */

import type { Network } from '../networks/network.ts';
import type { BestChain } from './best-chain.ts';
import type { Branch } from './branch.ts';
import type { HeaderRun } from './header-run.ts';
import { recentTimesOf } from './least-median.ts';
import { MEDIAN_TIME_SPAN } from './median-time.ts';
import type { RecentTimes } from './recent-times.ts';
import { isRegular, lastRegularBits, RETARGET_INTERVAL } from './required-bits.ts';
import type { SideHeader } from './side-headers.ts';

/** Headers of a branch that the rules look at: a period and a bit. Deeper ones need not be walked to. */
export const RULES_DEPTH: number = RETARGET_INTERVAL + MEDIAN_TIME_SPAN;

/** Where a run attaches: a header of the best chain, or a side header. */
export interface Attachment {
  /** Height of the header below those of `side`. It is on the best chain, or too deep for any rule. */
  readonly lowHeight: number;
  /** The newest side headers of the branch, oldest first; at least {@link RULES_DEPTH} where it has so many. */
  readonly side: readonly SideHeader[];
}

export class GrowingBranch implements Branch {
  readonly baseHeight: number;
  height: number;
  lastRegularBits = 0;
  readonly recentTimes: RecentTimes;
  readonly #best: BestChain;
  readonly #place: Attachment;
  readonly #run: HeaderRun;
  /** Height of the run's header 0. */
  readonly #runHeight: number;
  readonly #network: Network;

  /** @param first index of the run's first header that is not in the branch yet. */
  constructor(best: BestChain, place: Attachment, run: HeaderRun, first: number, network: Network) {
    this.#best = best;
    this.#place = place;
    this.#run = run;
    this.#network = network;
    this.baseHeight = best.firstHeight;
    this.height = place.lowHeight + place.side.length;
    this.#runHeight = this.height + 1 - first;
    this.recentTimes = recentTimesOf(this);
    if (network.minDifficultyBlocks) this.lastRegularBits = lastRegularBits(this, network);
  }

  /** Takes in the run's next header. */
  extend(): void {
    this.height++;
    this.recentTimes.push(this.timeAt(this.height));
    const bits = this.bitsAt(this.height);
    if (isRegular(this.height, bits, this.#network)) this.lastRegularBits = bits;
  }

  timeAt(height: number): number {
    const { lowHeight, side } = this.#place;
    if (height <= lowHeight) return this.#best.timeAt(height);
    const header = side[height - lowHeight - 1];
    return header === undefined ? this.#run.timeAt(height - this.#runHeight) : header.time;
  }

  bitsAt(height: number): number {
    const { lowHeight, side } = this.#place;
    if (height <= lowHeight) return this.#best.bitsAt(height);
    const header = side[height - lowHeight - 1];
    return header === undefined ? this.#run.bitsAt(height - this.#runHeight) : header.bits;
  }
}
