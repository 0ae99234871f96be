/** Accepts connections and says nothing, or stops in the middle of the handshake. */
import type { MessageOf } from '../../../src/wire/message.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

export class SilentPeer extends HonestPeer {
  readonly #saysVersion = this.chance.maybe(0.5);

  protected override receiveVersion(caller: Caller, _message: MessageOf<'version'>): void {
    if (this.#saysVersion) caller.line.send(this.version(caller));
  }
}
