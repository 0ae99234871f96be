/** Serves the best chain up to some height, and from there on another one, of less work. */
import type { Block } from '../chains.ts';
import { HonestPeer, type PeerOptions } from '../honest-peer.ts';

const MAX_OTHER = 300;

export class Turncoat extends HonestPeer {
  constructor(options: PeerOptions) {
    super(options);
    const { chain, chance, terrain } = this;
    if (chain.height < 2) return;
    const count = chance.int(1, Math.min(MAX_OTHER, chain.height - 1));
    const salt = chance.int(1, 1_000_000);
    const fork = chance.int(0, chain.height - 1 - count);
    const blocks = [chain.at(fork)];
    for (let i = 0; i < count; i++) blocks.push(terrain.mine(blocks.at(-1) as Block, { salt }));
    this.chain = chain.with(...blocks.slice(1));
  }

  override adopt(): void {}
}
