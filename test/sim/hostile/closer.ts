/** Hangs up: at once, after the handshake has begun, or when it is asked for anything. */
import type { MessageOf } from '../../../src/wire/message.ts';
import type { LineEnd } from '../line.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

export class Closer extends HonestPeer {
  readonly #when = this.chance.pick(['at once', 'greeted', 'asked'] as const);

  override opened(line: LineEnd): void {
    super.opened(line);
    if (this.#when === 'at once') this.hangUp(line);
  }

  protected override receiveVersion(caller: Caller, message: MessageOf<'version'>): void {
    if (this.#when === 'greeted') this.hangUp(caller.line);
    else super.receiveVersion(caller, message);
  }

  protected override answerGetHeaders({ line }: Caller): void {
    this.hangUp(line);
  }
}
