/** Whatever it is asked for, it answers from genesis, as one that knows none of our hashes. */
import { type Caller, HonestPeer } from '../honest-peer.ts';

const FULL = 2000;

export class FromGenesis extends HonestPeer {
  readonly #count = this.chance.pick([FULL, FULL, this.chance.int(1, FULL)]);

  protected override answerGetHeaders(caller: Caller): void {
    this.sendBlocks(caller, this.chain.blocks.slice(1, 1 + this.#count));
  }
}
