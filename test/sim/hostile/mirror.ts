/** Claims our own nonce, as if we had called ourselves. */
import type { MessageOf } from '../../../src/wire/message.ts';
import { versionOf } from '../../support/messages.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

export class Mirror extends HonestPeer {
  protected override version(caller: Caller): MessageOf<'version'> {
    const { payload } = super.version(caller);
    const nonce = caller.version?.nonce ?? 0n;
    return versionOf({ ...payload, nonce });
  }
}
