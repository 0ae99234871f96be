/** Gives real headers in full messages, each of them a header further than the one before, just in time to look busy. */
import type { MessageOf } from '../../../src/wire/message.ts';
import { versionOf } from '../../support/messages.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

const FULL = 2000;
const PAUSE_MS = 11_000;

export class Creeper extends HonestPeer {
  #from = 1;

  protected override version(caller: Caller): MessageOf<'version'> {
    return versionOf({ ...super.version(caller).payload, startHeight: 2 ** 31 - 1 });
  }

  protected override answerGetHeaders(caller: Caller): void {
    const from = this.#from++;
    // Without enough for a full message it would have to admit that it has no more.
    const blocks = this.chain.blocks.slice(from, from + FULL);
    if (blocks.length < FULL) return;
    this.world.after(PAUSE_MS, () => {
      if (this.callers.has(caller.line)) this.sendBlocks(caller, blocks);
    });
  }
}
