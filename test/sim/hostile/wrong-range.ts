/** Answers with headers of its chain, but not those that it was asked for. */
import { type Caller, HonestPeer } from '../honest-peer.ts';

const FULL = 2000;

export class WrongRange extends HonestPeer {
  readonly #count = this.chance.pick([1, 20, FULL]);

  protected override answerGetHeaders(caller: Caller): void {
    const from = this.chance.int(1, Math.max(1, this.chain.height));
    this.sendBlocks(caller, this.chain.blocks.slice(from, from + this.#count));
  }
}
