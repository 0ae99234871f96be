/** An honest node that has less of the chain, and gives it: a pruned or a forgotten one. It must not be taken for hostile. */
import { HonestPeer, type PeerOptions } from './honest-peer.ts';

export class OldPeer extends HonestPeer {
  constructor(options: PeerOptions) {
    super(options);
    this.chain = this.chain.upTo(this.chance.int(0, this.chain.height));
  }

  override adopt(): void {}
}
