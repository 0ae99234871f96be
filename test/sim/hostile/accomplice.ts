/** Has just what the anchors ask for, whatever they are worth: no proof of work, another branch; else nothing unusual. */
import { HonestPeer, type PeerOptions } from '../honest-peer.ts';

export class Accomplice extends HonestPeer {
  constructor(options: PeerOptions) {
    super(options);
    this.chain = options.anchored ?? this.chain.upTo(this.chain.height >>> 1);
  }

  override adopt(): void {}
}
