/** Answers every getheaders with the same headers. */
import { type Caller, HonestPeer } from '../honest-peer.ts';

export class Repeater extends HonestPeer {
  readonly #from = this.chance.pick([1, this.chance.int(1, Math.max(1, this.chain.height))]);
  readonly #count = this.chance.pick([1, 10, 2000]);

  protected override answerGetHeaders(caller: Caller): void {
    this.sendBlocks(caller, this.chain.blocks.slice(this.#from, this.#from + this.#count));
  }
}
