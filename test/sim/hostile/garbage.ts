/** Sends bytes that are no messages: the byte stream ends there, and says why. */
import type { LocatorRequestPayload } from '../../../src/wire/messages/locator-request.ts';
import type { LineEnd } from '../line.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

export class Garbage extends HonestPeer {
  readonly #reason = this.chance.pick(['wrong-magic', 'malformed-message', 'oversized-message'] as const);
  readonly #isLate = this.chance.maybe(0.5);

  override opened(line: LineEnd): void {
    super.opened(line);
    if (!this.#isLate) this.#spoil(line);
  }

  protected override answerGetHeaders({ line }: Caller, _request: LocatorRequestPayload): void {
    this.#spoil(line);
  }

  #spoil(line: LineEnd): void {
    line.spoil({ reason: this.#reason, detail: 'garbage' });
  }
}
