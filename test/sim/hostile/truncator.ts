/** Gives a part of what it is asked for, as if its chain ended there. */
import type { LocatorRequestPayload } from '../../../src/wire/messages/locator-request.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

export class Truncator extends HonestPeer {
  readonly #most = this.chance.pick([1, 10, 100, 1999]);

  protected override answerGetHeaders(caller: Caller, request: LocatorRequestPayload): void {
    const blocks = this.chain.answer(request, this.terrain);
    const count = Math.min(this.#most, this.chance.int(0, Math.max(0, blocks.length - 1)));
    this.sendBlocks(caller, blocks.slice(0, count));
  }
}
