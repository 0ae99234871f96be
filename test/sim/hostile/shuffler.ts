/** Answers out of order: the last question first, or that one alone. */
import type { LocatorRequestPayload } from '../../../src/wire/messages/locator-request.ts';
import type { Block } from '../chains.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

const PAUSE_MS = 300;

export class Shuffler extends HonestPeer {
  readonly #skips = this.chance.maybe(0.3);
  #answers: (readonly Block[])[] = [];

  protected override answerGetHeaders(caller: Caller, request: LocatorRequestPayload): void {
    this.#answers.push(this.chain.answer(request, this.terrain));
    if (this.#answers.length > 1) return;
    this.world.after(PAUSE_MS, () => {
      const answers = this.#answers.toReversed();
      this.#answers = [];
      if (!this.callers.has(caller.line)) return;
      for (const blocks of this.#skips ? answers.slice(0, 1) : answers) this.sendBlocks(caller, blocks);
    });
  }
}
