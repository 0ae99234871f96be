/** Puts headers of its own on top of whatever it is asked from, up to where it is asked to: with proof of work, or without. */
import type { LocatorRequestPayload } from '../../../src/wire/messages/locator-request.ts';
import type { Block } from '../chains.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

const FULL = 2000;
/** It would never tire; the simulation need not mine all of it. */
const MAX_FORGED = 4_000;

export class Forger extends HonestPeer {
  readonly #hasProof = this.chance.maybe(0.5);
  readonly #salt = this.chance.int(1, 1_000_000);
  #forged = 0;

  protected override answerGetHeaders(caller: Caller, { locator, stop }: LocatorRequestPayload): void {
    const [first] = locator;
    const from = first && this.terrain.find(first);
    if (from === undefined || this.#forged > MAX_FORGED) return;
    // Never as much work as the best chain.
    const end = Math.min(this.chain.height - 1, this.terrain.find(stop)?.height ?? this.chain.height);
    const count = Math.max(0, Math.min(FULL, end - from.height));
    this.#forged += count;
    const blocks: Block[] = [];
    for (let parent = from; blocks.length < count; parent = blocks.at(-1) as Block)
      blocks.push(
        this.#hasProof ? this.terrain.mine(parent, { salt: this.#salt }) : this.terrain.forge(parent),
      );
    this.sendBlocks(caller, blocks);
  }

  override adopt(): void {}
}
