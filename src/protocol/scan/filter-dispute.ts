/**
 * Peers say different things of the filter of one block: each is asked for the filter that it speaks of, and those that the
 * block contradicts are liars (BIP 157, "Client Operation"). It may be that the block contradicts none: not every script that it
 * spends can be seen in it. That block is looked at itself, whatever comes out here.
 */

import { equalBytes } from '../../bytes/hash.ts';
import { BASIC_FILTER_TYPE, filterHash, FilterMatcher, judgeFilter } from '../../filters/index.ts';
import type { Message } from '../../wire/message.ts';
import type { FetchedBlock } from '../blocks/block-download.ts';
import type { Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';

/** The longest that one is waited for who sends other things first: what it owes is some thousand filters at most. */
const LONGEST_WAIT_MS = 60_000;
/** Looks for nothing: only tells whether a filter can be read. */
const reader = new FilterMatcher([]);

interface Side {
  readonly hash: Uint8Array;
  readonly members: Set<PeerId>;
  asked: { readonly peer: PeerId; readonly dueMs: number; readonly latestMs: number } | undefined;
  filter: Uint8Array | undefined;
}

export interface FilterRequest {
  readonly peer: PeerId;
  readonly message: Message;
}

/** Peers that lied, and about which filter. */
export interface Liars {
  readonly hash: Uint8Array;
  readonly members: readonly PeerId[];
  readonly detail: string;
}

export class FilterDispute {
  readonly height: number;
  /** Whether the block is to show who lies; else it is only asked whether it matters. */
  readonly needsBlock: boolean;
  readonly #blockHash: Uint8Array;
  #sides: readonly Side[];
  #block: FetchedBlock | undefined;
  #isUndecided = false;

  constructor(
    height: number,
    blockHash: Uint8Array,
    sides: readonly { readonly hash: Uint8Array; readonly members: readonly PeerId[] }[],
    needsBlock: boolean,
  ) {
    this.height = height;
    this.needsBlock = needsBlock;
    this.#blockHash = blockHash;
    this.#sides = sides.map(({ hash, members }) => ({
      hash,
      members: new Set(members),
      asked: undefined,
      filter: undefined,
    }));
  }

  get lacksBlock(): boolean {
    return this.needsBlock && this.#block === undefined;
  }

  /** Asks for the filters that are not there, one peer of each side. */
  take(timeoutMs: number, now: Now): FilterRequest[] {
    const requests: FilterRequest[] = [];
    for (const side of this.#sides) {
      const [peer] = side.members;
      if (side.filter !== undefined || side.asked !== undefined || peer === undefined) continue;
      side.asked = { peer, dueMs: now.ms + timeoutMs, latestMs: now.ms + LONGEST_WAIT_MS };
      const stopHash = this.#blockHash.slice();
      const payload = { filterType: BASIC_FILTER_TYPE, startHeight: this.height, stopHash };
      requests.push({ peer, message: { command: 'getcfilters', payload } });
    }
    return requests;
  }

  /** A filter of the block came. Returns whether it was asked for, and what is wrong with it. */
  receive(peer: PeerId, filter: Uint8Array): { readonly fault: string | undefined } | undefined {
    const side = this.#sides.find(({ asked }) => asked?.peer === peer);
    if (side === undefined) return undefined;
    side.asked = undefined;
    if (!equalBytes(filterHash(filter), side.hash))
      return { fault: `the filter at height ${this.height} is not the one that it spoke of` };
    if (reader.matches(filter, this.#blockHash) === 'malformed')
      return { fault: `the filter at height ${this.height} cannot be read` };
    // A copy: the bytes of a message are only lent.
    side.filter = filter.slice();
    return { fault: undefined };
  }

  blockCame(block: FetchedBlock): void {
    this.#block = block;
  }

  /** A peer that was asked sends something else. It answers in order, so more time is due to it. */
  heard(peer: PeerId, dueMs: number): void {
    for (const side of this.#sides) {
      if (side.asked?.peer !== peer) continue;
      const { dueMs: oldMs, latestMs } = side.asked;
      side.asked = { peer, dueMs: Math.max(oldMs, Math.min(dueMs, latestMs)), latestMs };
    }
  }

  /** Who did not answer in time has nothing more to say about it. */
  takeLate(now: Now): PeerId[] {
    return this.#sides.flatMap((side) => {
      if (side.asked === undefined || now.ms < side.asked.dueMs) return [];
      const { peer } = side.asked;
      side.asked = undefined;
      side.members.delete(peer);
      return [peer];
    });
  }

  peerLost(peer: PeerId): void {
    for (const side of this.#sides) {
      side.members.delete(peer);
      if (side.asked?.peer === peer) side.asked = undefined;
    }
  }

  /** A peer has been proven to lie, here or elsewhere: what it alone said is as if it had not been said. */
  expel(peer: PeerId): void {
    const own = this.#sides.find(({ members }) => members.has(peer));
    this.peerLost(peer);
    if (own?.members.size === 0) this.#sides = this.#sides.filter((side) => side !== own);
  }

  deadline(): number | undefined {
    const dues = this.#sides.flatMap(({ asked }) => (asked === undefined ? [] : [asked.dueMs]));
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  /** Whether the block was there, and showed nobody's filter to be wrong. */
  get isUndecided(): boolean {
    return this.#isUndecided;
  }

  /** Whether there is nothing to be found out any more, because all but one were found out elsewhere. */
  get isMoot(): boolean {
    return this.#sides.length <= 1;
  }

  /** Whether somebody has left who did not show the filter that it spoke of. */
  get hasAbsent(): boolean {
    return this.#sides.some(({ filter, members }) => filter === undefined && members.size === 0);
  }

  /** Who lied, when all is there that can be had; undefined before. */
  judge(): Liars[] | undefined {
    if (this.isMoot) return [];
    const block = this.#block;
    if (block === undefined || this.#isWaiting) return undefined;
    const liars = this.#sides.flatMap(({ hash, members, filter }) => {
      if (filter === undefined) return [];
      const judgement = judgeFilter(filter, this.#blockHash, block.transactions);
      if (judgement.kind !== 'wrong') return [];
      const detail = `the filter at height ${this.height} is not that of the block: ${judgement.detail}`;
      return [{ hash, members: [...members], detail }];
    });
    this.#isUndecided = liars.length === 0 && !this.hasAbsent;
    return liars;
  }

  /** Whether the filter is one that excludes what is looked for, whoever is right; undefined while that is not known. */
  isExcludedByAll(excludes: (filter: Uint8Array, blockHash: Uint8Array) => boolean): boolean | undefined {
    if (this.#isWaiting) return undefined;
    return this.#sides.every(({ filter }) => filter !== undefined && excludes(filter, this.#blockHash));
  }

  get #isWaiting(): boolean {
    return this.#sides.some(({ filter, members }) => filter === undefined && members.size > 0);
  }
}
