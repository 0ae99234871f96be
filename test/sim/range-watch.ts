/** Counts what a client asks for between anchors: how far ahead of what it has, and how much of one peer at a time. */
import { toHex } from '../../src/bytes/hex.ts';
import type { AnchorTable } from '../../src/networks/anchor-table.ts';
import type { PeerId } from '../../src/protocol/peer.ts';
import { prevOf } from '../../src/wire/header.ts';
import { type LocatorRequestPayload, NO_STOP } from '../../src/wire/messages/locator-request.ts';

/** Ranges that may wait to be checked, and one that is being checked. */
const MAX_AHEAD = 97;
/** Requests that one peer has to answer, but for those that it passed over. */
const MAX_UNANSWERED = 8;
/** What was not answered for so long is not waited for any more. */
const GIVEN_UP_MS = 12_000;

interface Asked {
  /** Hash after which headers were asked for, hexadecimal. */
  readonly from: string;
  readonly ms: number;
}

export class RangeWatch {
  readonly #anchors: AnchorTable;
  readonly #indexes = new Map<string, number>();
  /** The oldest first. */
  readonly #unanswered = new Map<PeerId, readonly Asked[]>();

  constructor(anchors: AnchorTable) {
    this.#anchors = anchors;
    for (let index = 0; index < anchors.count; index++)
      this.#indexes.set(toHex(anchors.at(index).hash), index);
  }

  /** Takes note of a getheaders; says what is wrong with it. */
  ask(
    peer: PeerId,
    { locator, stop }: LocatorRequestPayload,
    { tipHeight, ms }: { tipHeight: number; ms: number },
  ): string | undefined {
    if (stop === NO_STOP) return undefined;
    const index = this.#indexes.get(toHex(stop));
    if (index === undefined) return 'headers are asked for up to a hash that is no anchor';
    const ahead = index - this.#anchors.indexBelow(tipHeight);
    if (ahead > MAX_AHEAD) return `the range ${ahead} anchors ahead is asked for`;
    const waited = (this.#unanswered.get(peer) ?? []).filter((asked) => asked.ms + GIVEN_UP_MS > ms);
    const unanswered = [...waited, { from: toHex(locator[0] as Uint8Array), ms }];
    this.#unanswered.set(peer, unanswered);
    return unanswered.length > MAX_UNANSWERED
      ? `${unanswered.length} requests to peer ${peer} at a time`
      : undefined;
  }

  /** Takes note of an answer: to what it goes on from, and those before will never be answered; else to the oldest. */
  answered(peer: PeerId, headers: Uint8Array): void {
    const unanswered = this.#unanswered.get(peer) ?? [];
    const prev = toHex(prevOf(headers, 0));
    const index = unanswered.findIndex(({ from }) => from === prev);
    this.#unanswered.set(peer, unanswered.slice(Math.max(0, index) + 1));
  }

  forget(peer: PeerId): void {
    this.#unanswered.delete(peer);
  }
}
