/** Gives each answer several times, at once or much later. */
import type { LocatorRequestPayload } from '../../../src/wire/messages/locator-request.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

export class Echo extends HonestPeer {
  readonly #count = this.chance.int(1, 3);
  readonly #delayMs = this.chance.pick([0, 500, 20_000]);

  protected override answerGetHeaders(caller: Caller, request: LocatorRequestPayload): void {
    const blocks = this.chain.answer(request, this.terrain);
    this.sendBlocks(caller, blocks);
    for (let i = 1; i <= this.#count; i++) this.sendBlocksLater(caller, blocks, i * this.#delayMs);
  }
}
