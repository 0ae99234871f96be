/** The filter headers that a peer gives for every thousandth block (BIP 157, `cfcheckpt`). */

import { equalBytes } from '../../bytes/hash.ts';
import { CHECKPOINT_INTERVAL, segmentFirst } from '../../filters/filter-segment.ts';
import { NO_FILTER_HEADER } from '../../filters/index.ts';
import type { Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import type { Ends } from './filter-vote.ts';

interface Known {
  asked: { readonly stopHeight: number; readonly stopHash: Uint8Array; readonly dueMs: number } | undefined;
  /** Of blocks 1,000, 2,000 and so on. */
  headers: readonly Uint8Array[];
}

export class Checkpoints {
  readonly #peers = new Map<PeerId, Known>();

  /** The last height of a checkpoint that is known from a peer; 0 when none is. */
  heightOf(peer: PeerId): number {
    return CHECKPOINT_INTERVAL * (this.#peers.get(peer)?.headers.length ?? 0);
  }

  isAsked(peer: PeerId): boolean {
    return this.#peers.get(peer)?.asked !== undefined;
  }

  /** A peer is asked for all up to a block. */
  ask(peer: PeerId, stopHeight: number, stopHash: Uint8Array, dueMs: number): void {
    const asked = { stopHeight, stopHash, dueMs };
    this.#peers.set(peer, { headers: this.#peers.get(peer)?.headers ?? [], asked });
  }

  /** @returns whether it was asked for, and what is wrong with it. */
  receive(
    peer: PeerId,
    stopHash: Uint8Array,
    headers: readonly Uint8Array[],
  ): { readonly fault: string | undefined } | undefined {
    const asked = this.#peers.get(peer)?.asked;
    if (asked === undefined || !equalBytes(asked.stopHash, stopHash)) return undefined;
    const count = Math.floor(asked.stopHeight / CHECKPOINT_INTERVAL);
    if (headers.length !== count)
      return { fault: `${headers.length} checkpoints up to height ${asked.stopHeight}, not ${count}` };
    // Copies: the bytes of a message are only lent.
    this.#peers.set(peer, { asked: undefined, headers: headers.map((header) => header.slice()) });
    return { fault: undefined };
  }

  /** What a peer's checkpoints say of a stretch; undefined where it does not begin and end at such, or none are known. */
  endsOf(peer: PeerId, first: number, last: number): Ends | undefined {
    const headers = this.#peers.get(peer)?.headers ?? [];
    if (first !== segmentFirst(first) || last === 0 || last % CHECKPOINT_INTERVAL !== 0) return undefined;
    const previous = first === 0 ? NO_FILTER_HEADER : headers[(first - 1) / CHECKPOINT_INTERVAL - 1];
    const end = headers[last / CHECKPOINT_INTERVAL - 1];
    return previous === undefined || end === undefined ? undefined : { previous, last: end };
  }

  /** The blocks above a height are other ones now. */
  forgetAbove(height: number): void {
    const count = Math.floor(height / CHECKPOINT_INTERVAL);
    for (const known of this.#peers.values()) {
      known.headers = known.headers.slice(0, count);
      if (known.asked !== undefined && known.asked.stopHeight > height) known.asked = undefined;
    }
  }

  /** A peer that was asked sends something else. It answers in order, so more time is due to it. */
  heard(peer: PeerId, dueMs: number): void {
    const known = this.#peers.get(peer);
    if (known?.asked !== undefined)
      known.asked = { ...known.asked, dueMs: Math.max(known.asked.dueMs, dueMs) };
  }

  takeLate(now: Now): PeerId[] {
    const late: PeerId[] = [];
    for (const [peer, known] of this.#peers) {
      if (known.asked === undefined || now.ms < known.asked.dueMs) continue;
      known.asked = undefined;
      late.push(peer);
    }
    return late;
  }

  deadline(): number | undefined {
    const dues = Array.from(this.#peers.values()).flatMap(({ asked }) =>
      asked === undefined ? [] : [asked.dueMs],
    );
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  peerLost(peer: PeerId): void {
    this.#peers.delete(peer);
  }
}
