/** Lies about its height: claims a million and has little, or claims little and has all. What it has is genuine. */
import type { MessageOf } from '../../../src/wire/message.ts';
import { versionOf } from '../../support/messages.ts';
import { type Caller, HonestPeer, type PeerOptions } from '../honest-peer.ts';

export class Liar extends HonestPeer {
  readonly #claims: number;

  constructor(options: PeerOptions) {
    super(options);
    const hasAll = this.chance.maybe(0.3);
    if (!hasAll) this.chain = this.chain.upTo(this.chance.int(0, Math.max(0, this.chain.height - 1)));
    this.#claims = hasAll ? 0 : this.chance.pick([1_000_000, 2 ** 31 - 1, this.chain.height, -1]);
  }

  protected override version(caller: Caller): MessageOf<'version'> {
    return versionOf({ ...super.version(caller).payload, startHeight: this.#claims });
  }

  /** It does not want to know more than it does. */
  override adopt(): void {}
}
