/** Begins to serve and then stops, or serves one header at a time, or as slowly as it may. */
import type { LocatorRequestPayload } from '../../../src/wire/messages/locator-request.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

type Manner = 'stops' | 'one by one' | 'late';

/** Answers that are late: it need not be all of those between hundreds of anchors. */
const MAX_LATE = 20;

export class Staller extends HonestPeer {
  readonly #manner = this.chance.pick<Manner>(['stops', 'one by one', 'late']);
  readonly #delayMs = this.chance.int(5_000, 11_500);
  #late = MAX_LATE;
  #answers = this.chance.int(0, 1);

  protected override answerGetHeaders(caller: Caller, request: LocatorRequestPayload): void {
    const blocks = this.chain.answer(request, this.terrain);
    switch (this.#manner) {
      case 'stops':
        if (--this.#answers >= 0) this.sendBlocks(caller, blocks);
        return;
      case 'one by one':
        this.sendBlocks(caller, blocks.slice(0, 1));
        return;
      case 'late':
        this.sendBlocksLater(caller, blocks, this.#late-- > 0 ? this.#delayMs : 0);
        return;
    }
  }
}
