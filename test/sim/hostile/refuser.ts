/** Gives nothing: an empty answer, or none at all, though its line is up and its pongs are prompt. */
import type { MessageOf } from '../../../src/wire/message.ts';
import { versionOf } from '../../support/messages.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

export class Refuser extends HonestPeer {
  readonly #isPolite = this.chance.maybe(0.6);
  readonly #claimsNothing = this.chance.maybe(0.3);

  protected override version(caller: Caller): MessageOf<'version'> {
    const { payload } = super.version(caller);
    return versionOf({ ...payload, startHeight: this.#claimsNothing ? 0 : this.chain.height });
  }

  protected override answerGetHeaders(caller: Caller): void {
    if (this.#isPolite) this.sendBlocks(caller, []);
  }
}
