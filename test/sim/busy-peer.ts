/** An honest node at its own beginning: no help with the chain, but it knows others. It must not be taken for a hostile one. */
import { type Caller, HonestPeer, type PeerOptions } from './honest-peer.ts';

export class BusyPeer extends HonestPeer {
  readonly #isPolite: boolean;

  constructor(options: PeerOptions) {
    super(options);
    this.chain = this.chain.upTo(this.chance.int(0, this.chain.height));
    this.#isPolite = this.chance.maybe(0.5);
  }

  /** As nodes do whose chain has less work than they believe in: an empty answer, or, of older ones, none. */
  protected override answerGetHeaders(caller: Caller): void {
    if (this.#isPolite) this.sendBlocks(caller, []);
  }

  /** All that it knows: it may be the only one that knows anybody. */
  protected override answerGetAddr(caller: Caller): void {
    this.tell(
      caller,
      this.known.map((endpoint) => this.gossipOf(endpoint)),
    );
  }

  override adopt(): void {}
}
