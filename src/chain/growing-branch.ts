/** The branch a run of headers attaches to, growing by one header of the run after another as they are checked. */

import type { Network } from '../networks/network.ts';
import type { BestChain } from './best-chain.ts';
import type { Branch } from './branch.ts';
import type { HeaderRun } from './header-run.ts';
import { isRegular, lastRegularBits } from './required-bits.ts';
import type { SideHeader } from './side-headers.ts';

/** Where a run attaches: a header of the best chain, and side headers on top of it. */
export interface Attachment {
  /** Height of the last header of the best chain that the branch holds. */
  readonly forkHeight: number;
  /** The headers above the fork, oldest first. */
  readonly side: readonly SideHeader[];
}

export class GrowingBranch implements Branch {
  readonly baseHeight = 0;
  height: number;
  lastRegularBits: number;
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
    this.height = place.forkHeight + place.side.length;
    this.#runHeight = this.height + 1 - first;
    this.lastRegularBits = network.minDifficultyBlocks ? lastRegularBits(this.#plain(), network) : 0;
  }

  /** Takes in the run's next header. */
  extend(): void {
    this.height++;
    const bits = this.bitsAt(this.height);
    if (isRegular(this.height, bits, this.#network)) this.lastRegularBits = bits;
  }

  timeAt(height: number): number {
    const { forkHeight, side } = this.#place;
    if (height <= forkHeight) return this.#best.timeAt(height);
    const header = side[height - forkHeight - 1];
    return header === undefined ? this.#run.timeAt(height - this.#runHeight) : header.time;
  }

  bitsAt(height: number): number {
    const { forkHeight, side } = this.#place;
    if (height <= forkHeight) return this.#best.bitsAt(height);
    const header = side[height - forkHeight - 1];
    return header === undefined ? this.#run.bitsAt(height - this.#runHeight) : header.bits;
  }

  /** The branch without the shortcut, for the one walk that sets it up. */
  #plain(): Branch {
    return {
      height: this.height,
      baseHeight: this.baseHeight,
      timeAt: (height) => this.timeAt(height),
      bitsAt: (height) => this.bitsAt(height),
    };
  }
}
