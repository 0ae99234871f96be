/** Shows the best chain until its work is known, and another one when it is asked for it again. */
import type { LocatorRequestPayload } from '../../../src/wire/messages/locator-request.ts';
import type { Chain } from '../chains.ts';
import { type Caller, HonestPeer, type PeerOptions } from '../honest-peer.ts';
import { rivalOf } from '../rival.ts';

export class TwoFaced extends HonestPeer {
  readonly #shown: Chain;
  /** Answers after which it turns to the other one even if nobody asks again. */
  readonly #most = this.chance.int(1, 5);
  readonly #given = new WeakMap<Caller, { readonly count: number; readonly height: number }>();

  constructor(options: PeerOptions) {
    super(options);
    this.#shown = this.chain;
    this.chain = rivalOf(this.chain, this.terrain, this.chance);
  }

  protected override answerGetHeaders(caller: Caller, request: LocatorRequestPayload): void {
    const height = this.terrain.find(request.locator[0] ?? request.stop)?.height ?? 0;
    const given = this.#given.get(caller) ?? { count: 0, height: 0 };
    this.#given.set(caller, { count: given.count + 1, height: Math.max(given.height, height) });
    const isShown = height >= given.height && given.count < this.#most;
    const chain = isShown ? this.#shown : this.chain;
    this.sendBlocks(caller, chain.answer(request, this.terrain));
  }

  override adopt(): void {}
}
