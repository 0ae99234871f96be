/**
 * What peers say of the filters of a stretch (BIP 157, `cfheaders`). Filter headers are in no block: that several peers say
 * the same is all there is to go by, and where they do not the block itself decides.
 *
 * Those who gave the same checkpoints at both ends of the stretch cannot differ in between, so one answers for all of them.
 */

import { equalBytes } from '../../bytes/hash.ts';
import { type HashKey, hashKey } from '../../bytes/hash-key.ts';
import { filterHeader, NO_FILTER_HEADER } from '../../filters/index.ts';
import type { Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';

/** Filter headers below a stretch and at its end. */
export interface Ends {
  readonly previous: Uint8Array;
  readonly last: Uint8Array;
}

/** What some peers say. */
interface Claim {
  /** What it has to lead from and to, where that is known. */
  readonly ends: Ends | undefined;
  /** Those who can be asked about it. */
  readonly members: Set<PeerId>;
  /** How many said it, those included who left when the vote was over. */
  opinions: number;
  asked: { readonly peer: PeerId; readonly dueMs: number } | undefined;
  told: FilterHashes | undefined;
}

export interface FilterHashes {
  /** Filter header below the first. */
  readonly previous: Uint8Array;
  readonly hashes: readonly Uint8Array[];
}

export class FilterVote {
  readonly #first: number;
  readonly #count: number;
  #claims: Claim[] = [];

  constructor(first: number, last: number) {
    this.#first = first;
    this.#count = last - first + 1;
  }

  /** Whether a peer has a part in it already. */
  has(peer: PeerId): boolean {
    return this.#claims.some(({ members }) => members.has(peer));
  }

  /** @param ends what the peer's checkpoints say, if the stretch begins and ends at such. */
  add(peer: PeerId, ends: Ends | undefined): void {
    const same = ends && this.#claims.find((claim) => claim.ends !== undefined && areSame(claim.ends, ends));
    if (same === undefined) {
      this.#claims.push({ ends, members: new Set([peer]), opinions: 1, asked: undefined, told: undefined });
      return;
    }
    same.members.add(peer);
    same.opinions++;
  }

  /** Peers that have an opinion, told or to be told. */
  get opinionCount(): number {
    return this.#claims.reduce((sum, { opinions }) => sum + opinions, 0);
  }

  /** Peers whose opinion is known. */
  get toldCount(): number {
    return this.#claims.reduce((sum, { opinions, told }) => sum + (told === undefined ? 0 : opinions), 0);
  }

  /** Whether nothing is waited for. */
  get isTold(): boolean {
    return this.#claims.every(({ told }) => told !== undefined);
  }

  /** Those who have not told by now are not waited for. */
  close(): void {
    this.#claims = this.#claims.filter(({ told }) => told !== undefined);
  }

  /** Whether a peer was asked and has not answered. */
  isAsked(peer: PeerId): boolean {
    return this.#claims.some(({ asked }) => asked?.peer === peer);
  }

  /** What all say who have told; undefined when they differ, or nobody did. */
  get common(): FilterHashes | undefined {
    const [first, ...others] = this.#told();
    if (first === undefined) return undefined;
    const isCommon = others.every(
      ({ previous, hashes }) =>
        equalBytes(previous, first.previous) &&
        hashes.every((hash, i) => equalBytes(hash, first.hashes[i] as Uint8Array)),
    );
    return isCommon ? first : undefined;
  }

  /** What all say of the ends; undefined when they differ, or somebody says nothing of them. */
  get commonEnds(): Ends | undefined {
    const first = this.#claims[0]?.ends;
    return this.#claims.length === 1 ? first : undefined;
  }

  /** The different hashes that the filter of a block has according to those who told, and who stands behind each. */
  hashesAt(
    height: number,
  ): { readonly hash: Uint8Array; readonly members: readonly PeerId[]; readonly opinions: number }[] {
    const found = new Map<HashKey, { hash: Uint8Array; members: PeerId[]; opinions: number }>();
    for (const { told, members, opinions } of this.#claims) {
      const hash = told?.hashes[height - this.#first];
      if (hash === undefined) continue;
      const key = hashKey(hash);
      const same = found.get(key);
      if (same === undefined) found.set(key, { hash, members: [...members], opinions });
      else {
        same.members.push(...members);
        same.opinions += opinions;
      }
    }
    return Array.from(found.values());
  }

  /** Picks peers to ask: one for each opinion that is not known. */
  ask(mayAsk: (peer: PeerId) => boolean, dueMs: number): PeerId[] {
    const asked: PeerId[] = [];
    for (const claim of this.#claims) {
      if (claim.told !== undefined || claim.asked !== undefined) continue;
      const peer = Array.from(claim.members).find(mayAsk);
      if (peer === undefined) continue;
      claim.asked = { peer, dueMs };
      asked.push(peer);
    }
    return asked;
  }

  /**
   * A peer tells its opinion, which it was asked for.
   *
   * @returns what is wrong with it; undefined when nothing is.
   */
  receive(peer: PeerId, { previous, hashes }: FilterHashes): string | undefined {
    const claim = this.#claims.find(({ asked }) => asked?.peer === peer);
    if (claim === undefined) return undefined;
    const fault = this.#faultOf(claim, previous, hashes);
    if (fault !== undefined) return fault;
    claim.asked = undefined;
    // Copies: the bytes of a message are only lent.
    claim.told = { previous: previous.slice(), hashes: hashes.map((hash) => hash.slice()) };
    return undefined;
  }

  #faultOf({ ends }: Claim, previous: Uint8Array, hashes: readonly Uint8Array[]): string | undefined {
    if (hashes.length !== this.#count)
      return `${hashes.length} filter hashes for ${this.#count} blocks from height ${this.#first}`;
    if (this.#first === 0 && !equalBytes(previous, NO_FILTER_HEADER))
      return 'the filter header below genesis is not zero';
    if (ends === undefined) return undefined;
    if (!equalBytes(previous, ends.previous))
      return `the filter header below height ${this.#first} is not that of its checkpoint`;
    const last = hashes.reduce((header, hash) => filterHeader(hash, header), previous);
    if (equalBytes(last, ends.last)) return undefined;
    return `the filter hashes from height ${this.#first} on do not lead to its next checkpoint`;
  }

  /** A peer that was asked sends something else. It answers in order, so more time is due to it. */
  heard(peer: PeerId, dueMs: number): void {
    for (const claim of this.#claims)
      if (claim.asked?.peer === peer) claim.asked = { peer, dueMs: Math.max(claim.asked.dueMs, dueMs) };
  }

  /** Who did not answer in time. */
  takeLate(now: Now): PeerId[] {
    const late: PeerId[] = [];
    for (const claim of this.#claims) {
      if (claim.asked === undefined || now.ms < claim.asked.dueMs) continue;
      late.push(claim.asked.peer);
      claim.asked = undefined;
    }
    return late;
  }

  deadline(): number | undefined {
    const dues = this.#claims.flatMap(({ asked }) => (asked === undefined ? [] : [asked.dueMs]));
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  /** A peer that has no part in it any more, as if it had never said anything: under another name it may be back at once. */
  withdraw(peer: PeerId): void {
    for (const claim of this.#claims) {
      if (!claim.members.delete(peer)) continue;
      if (claim.asked?.peer === peer) claim.asked = undefined;
      claim.opinions--;
    }
    this.#claims = this.#claims.filter(({ opinions }) => opinions > 0);
  }

  /** A peer that can be asked nothing more, when the vote is over: what it said stays said. */
  leave(peer: PeerId): void {
    for (const { members } of this.#claims) members.delete(peer);
  }

  /** Those who stand behind a hash have lied: nothing that they said counts any more. */
  strike(height: number, hash: Uint8Array): void {
    this.#claims = this.#claims.filter(({ told }) => {
      const said = told?.hashes[height - this.#first];
      return said === undefined || !equalBytes(said, hash);
    });
  }

  #told(): FilterHashes[] {
    return this.#claims.flatMap(({ told }) => (told === undefined ? [] : [told]));
  }
}

function areSame(a: Ends, b: Ends): boolean {
  return equalBytes(a.previous, b.previous) && equalBytes(a.last, b.last);
}
