/** Announces what does not exist: by inv, or by headers whose parents nobody has, for ever. */
import { encodeHeaders } from '../../../src/wire/header.ts';
import { INVENTORY } from '../../../src/wire/inventory.ts';
import type { LocatorRequestPayload } from '../../../src/wire/messages/locator-request.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

/** It would never tire; the simulation need not listen to all of it. */
const QUICK_CRIES = 50;
const SLOW_PAUSE_MS = 20_000;

export class Crier extends HonestPeer {
  readonly #byInv = this.chance.maybe(0.5);
  readonly #answersToo = this.chance.maybe(0.5);
  readonly #pauseMs = this.chance.int(200, 5_000);
  #cries = 0;

  protected override established(caller: Caller): void {
    super.established(caller);
    this.repeat(
      caller.line,
      () => (this.#cries < QUICK_CRIES ? this.#pauseMs : SLOW_PAUSE_MS),
      () => this.#cry(caller),
    );
  }

  protected override answerGetHeaders(caller: Caller, request: LocatorRequestPayload): void {
    if (!this.#answersToo) this.#cry(caller);
    else super.answerGetHeaders(caller, request);
  }

  #cry({ line }: Caller): void {
    this.#cries++;
    const hash = this.chance.bytes(32);
    if (this.#byInv) line.send({ command: 'inv', payload: { items: [{ type: INVENTORY.BLOCK, hash }] } });
    else line.send({ command: 'headers', payload: { headers: encodeHeaders([this.#orphan(hash)]) } });
  }

  #orphan(prev: Uint8Array) {
    for (let nonce = 0; ; nonce++) {
      const header = { ...this.chain.tip.header, prev, nonce };
      if (this.terrain.hasProof(header)) return header;
    }
  }
}
