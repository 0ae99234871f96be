/** Feeds branches that keep all rules and have little work: one, or another one whenever it is asked. */
import type { LocatorRequestPayload } from '../../../src/wire/messages/locator-request.ts';
import { HILLY } from '../chains.ts';
import { type Caller, HonestPeer, type PeerOptions } from '../honest-peer.ts';
import { lowWorkFork } from '../low-work-fork.ts';

/** Branches beyond which it begins again: there is only so much that one can mine. */
const MAX_BRANCHES = 20;

export class ForkFeeder extends HonestPeer {
  readonly #isEndless = this.chance.maybe(0.5);
  readonly #trunk;
  #branches = 1;

  constructor(options: PeerOptions) {
    super(options);
    this.#trunk = this.chain;
    this.chain = lowWorkFork(this.#trunk, this.terrain, this.chance);
  }

  protected override answerGetHeaders(caller: Caller, request: LocatorRequestPayload): void {
    if (this.#isEndless && this.#branches < MAX_BRANCHES) {
      this.#branches++;
      this.chain = lowWorkFork(this.#trunk, this.terrain, this.chance);
    }
    super.answerGetHeaders(caller, request);
  }

  /** More blocks than the honest chain has, where that is possible with less work. */
  get isLonger(): boolean {
    return this.terrain === HILLY && this.chain.height > this.#trunk.height;
  }

  override adopt(): void {}
}
