/** An honest node that has not heard of the best chain: its own is another one, with less work. */
import { HonestPeer, type PeerOptions } from './honest-peer.ts';
import { rivalOf } from './rival.ts';

export class RivalPeer extends HonestPeer {
  constructor(options: PeerOptions) {
    super(options);
    this.chain = rivalOf(this.chain, this.terrain, this.chance);
  }

  override adopt(): void {}
}
