/** Answers with headers that break a rule, each kind in its own way. */
import { expandBits } from '../../../src/chain/compact-target.ts';
import { encodeHeaders, type Header } from '../../../src/wire/header.ts';
import type { LocatorRequestPayload } from '../../../src/wire/messages/locator-request.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

type Fault = 'no work' | 'bits' | 'old' | 'version' | 'gap' | 'far target';

export class FaultyHeaders extends HonestPeer {
  readonly #fault = this.chance.pick<Fault>(['no work', 'bits', 'old', 'version', 'gap', 'far target']);

  protected override answerGetHeaders({ line }: Caller, request: LocatorRequestPayload): void {
    const headers = this.chain.answer(request, this.terrain).map(({ header }) => header);
    const at = this.chance.int(0, Math.max(0, headers.length - 1));
    const before = headers[at - 1];
    const victim = headers[at];
    if (victim === undefined) return;
    // What it breaks is mined again, and nothing follows: nobody looks further than the first fault.
    const bad = this.#spoil(victim, before?.time ?? victim.time);
    const spoiled = this.#fault === 'gap' ? headers.toSpliced(at, 1) : [...headers.slice(0, at), bad];
    line.send({ command: 'headers', payload: { headers: encodeHeaders(spoiled) } });
  }

  #spoil(victim: Header, parentTime: number): Header {
    switch (this.#fault) {
      case 'no work':
        return this.#mined(victim, false);
      case 'bits':
        return this.#mined({ ...victim, bits: 0x201ffffe }, true);
      case 'old':
        return this.#mined({ ...victim, time: Math.max(1, parentTime - 100_000_000) }, true);
      case 'version':
        return this.#mined({ ...victim, version: this.chance.pick([1, 3, -1]) }, true);
      case 'far target':
        return { ...victim, bits: this.chance.pick([0, 0x21008000, 0x01800001, 0xffffffff]) };
      case 'gap':
        return victim;
    }
  }

  #mined(header: Header, hasProof: boolean): Header {
    if (expandBits(header.bits).target === 0n) return header;
    for (let nonce = 0; ; nonce++) {
      const tried = { ...header, nonce };
      if (this.terrain.hasProof(tried) === hasProof) return tried;
    }
  }
}
