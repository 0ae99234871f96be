/** Says wild things of itself: all services or none, versions of the far past and the far future. */
import type { MessageOf } from '../../../src/wire/message.ts';
import { versionOf } from '../../support/messages.ts';
import { type Caller, HonestPeer } from '../honest-peer.ts';

const CLAIMS = [
  { services: 2n ** 64n - 1n, version: 2 ** 31 - 1, startHeight: 2 ** 31 - 1 },
  { services: 0n },
  { services: 1n },
  { version: 31_800 },
  { version: -1 },
  { services: 2n ** 64n - 1n, userAgent: 'x'.repeat(256), time: -1n },
] as const;

export class Boaster extends HonestPeer {
  readonly #claim = this.chance.pick(CLAIMS);

  protected override version(caller: Caller): MessageOf<'version'> {
    return versionOf({ ...super.version(caller).payload, ...this.#claim });
  }

  protected override answerGetHeaders(): void {}
}
