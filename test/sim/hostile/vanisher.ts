/** Serves for a while, and is gone: it hangs up, or its line hangs without a word. */
import type { LocatorRequestPayload } from '../../../src/wire/messages/locator-request.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

export class Vanisher extends HonestPeer {
  readonly #saysSo = this.chance.maybe(0.5);
  readonly #answers = this.chance.int(1, 12);
  readonly #given = new WeakMap<Caller, number>();

  protected override answerGetHeaders(caller: Caller, request: LocatorRequestPayload): void {
    const given = this.#given.get(caller) ?? 0;
    this.#given.set(caller, given + 1);
    if (given < this.#answers) super.answerGetHeaders(caller, request);
    else if (this.#saysSo) this.hangUp(caller.line);
    else caller.line.hang();
  }
}
