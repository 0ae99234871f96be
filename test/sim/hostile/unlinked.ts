/** Answers as many headers as it is asked for, each with its proof of work, but they are not linked. */
import type { LocatorRequestPayload } from '../../../src/wire/messages/locator-request.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

export class Unlinked extends HonestPeer {
  readonly #manner = this.chance.pick(['backwards', 'one twice', 'one left out'] as const);

  protected override answerGetHeaders(caller: Caller, request: LocatorRequestPayload): void {
    const blocks = this.chain.answer(request, this.terrain);
    const at = this.chance.int(0, Math.max(0, blocks.length - 2));
    switch (this.#manner) {
      case 'backwards':
        this.sendBlocks(caller, blocks.toReversed());
        return;
      case 'one twice':
        this.sendBlocks(caller, [...blocks.slice(0, at + 1), ...blocks.slice(at)].slice(0, 2000));
        return;
      case 'one left out':
        this.sendBlocks(caller, blocks.toSpliced(at, 1));
        return;
    }
  }
}
