/** Its chain keeps all rules, and ends a block or two before its work would be enough. */
import { HonestPeer, type PeerOptions } from '../honest-peer.ts';

export class JustBelow extends HonestPeer {
  constructor(options: PeerOptions) {
    super(options);
    const { chain, terrain, chance } = this;
    if (chain.height < 3) this.chain = chain.upTo(0);
    else if (chance.maybe(0.5)) this.chain = chain.upTo(chain.height - chance.int(1, 2));
    else this.chain = terrain.branch(0, chain.height - chance.int(1, 2));
  }

  override adopt(): void {}
}
