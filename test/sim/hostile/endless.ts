/** A chain of the easiest headers that goes on and on; each is made when it is asked for, and none is kept. */
import { toHex } from '../../../src/bytes/hex.ts';
import { sha256d } from '../../../src/bytes/hash.ts';
import { HEADER_SIZE_BYTES } from '../../../src/wire/header.ts';
import type { MessageOf } from '../../../src/wire/message.ts';
import type { LocatorRequestPayload } from '../../../src/wire/messages/locator-request.ts';
import { versionOf } from '../../support/messages.ts';
import { mine } from '../../support/mine.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

const FULL = 2000;
/** Where blocks may be easy when they are late, these are. */
const SPACING_SECONDS = 1201;

export class Endless extends HonestPeer {
  /** What it does after each so many headers. */
  onGiven: (count: number) => void = () => undefined;
  /** Headers that it gives in all. */
  most: number = 1_000_000;
  given = 0;
  /** The last header that it made: asked from there it goes on, else it begins anew. */
  #last = this.#genesis;

  protected override version(caller: Caller): MessageOf<'version'> {
    return versionOf({ ...super.version(caller).payload, startHeight: this.most });
  }

  protected override answerGetHeaders({ line }: Caller, { locator }: LocatorRequestPayload): void {
    if (this.given >= this.most) return;
    const [from] = locator;
    if (from === undefined || toHex(from) !== toHex(sha256d(this.#last))) this.#last = this.#genesis;
    const headers = mine(FULL, { parent: this.#last, spacingSeconds: SPACING_SECONDS });
    this.#last = headers.slice(-HEADER_SIZE_BYTES);
    this.given += FULL;
    this.onGiven(this.given);
    line.send({ command: 'headers', payload: { headers } });
  }

  override adopt(): void {}

  get #genesis(): Uint8Array {
    return Uint8Array.from(Buffer.from(this.terrain.network.genesisHeaderHex, 'hex'));
  }
}
