/** Takes its time for each answer, one after the other. */
import type { LocatorRequestPayload } from '../../../src/wire/messages/locator-request.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

/** It would never hurry; the simulation need not wait for all of it. */
const MAX_SLOW = 20;

export class Dawdler extends HonestPeer {
  readonly #pauseMs = this.chance.pick([400, 3_000, 8_000]);
  #freeMs = 0;
  #slow = MAX_SLOW;

  protected override answerGetHeaders(caller: Caller, request: LocatorRequestPayload): void {
    const blocks = this.chain.answer(request, this.terrain);
    const { ms } = this.world;
    const pauseMs = this.#slow-- > 0 ? this.#pauseMs + this.chance.int(0, this.#pauseMs) : 0;
    this.#freeMs = Math.max(ms, this.#freeMs) + pauseMs;
    this.sendBlocksLater(caller, blocks, this.#freeMs - ms);
  }
}
