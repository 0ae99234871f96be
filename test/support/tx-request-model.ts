/** The rules of who is asked for which transaction, once more and as plainly as can be: everything is searched each time. */

import type { HashKey } from '../../src/bytes/hash-key.ts';
import type { Now, Random } from '../../src/protocol/machine.ts';
import type { PeerId } from '../../src/protocol/peer.ts';
import { below } from '../../src/protocol/peers/chance.ts';
import type { TxRequestOptions, TxRequestPeer } from '../../src/protocol/mempool/tx-requests.ts';

interface Announced {
  readonly peer: PeerId;
  readonly key: HashKey;
  state: 'delayed' | 'ready' | 'asked' | 'failed';
  /** When it is ready or, once asked for, when the time is over. */
  dueMs: number;
  /** Of those that may be asked for, the lowest comes first; of those asked for, the lowest was asked first. */
  turn: number;
}

export class TxRequestModel {
  readonly #options: TxRequestOptions;
  readonly #random: Random;
  readonly #peers = new Map<PeerId, TxRequestPeer & { isSlow: boolean }>();
  /** In order of announcement. */
  #all: Announced[] = [];
  #firstTurn = 0;
  #lastTurn = 0;
  ignoredCount = 0;

  constructor(options: TxRequestOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  get size(): number {
    return new Set(this.#all.map(({ key }) => key)).size;
  }

  get announcementCount(): number {
    return this.#all.length;
  }

  inFlight(peer: PeerId): number {
    return this.#all.filter((one) => one.peer === peer && one.state === 'asked').length;
  }

  isWanted(key: HashKey): boolean {
    return this.announcersOf(key).length > 0;
  }

  announcersOf(key: HashKey): PeerId[] {
    return this.#all.filter((one) => one.key === key).map(({ peer }) => peer);
  }

  addPeer(peer: PeerId, traits: TxRequestPeer): void {
    if (!this.#peers.has(peer)) this.#peers.set(peer, { ...traits, isSlow: false });
  }

  removePeer(peer: PeerId): void {
    this.#peers.delete(peer);
    for (const one of this.#all) if (one.peer === peer) this.#fail(one);
    this.#all = this.#all.filter((one) => one.peer !== peer);
    this.#forgetHopeless();
  }

  announce(id: PeerId, key: HashKey, now: Now): void {
    const peer = this.#peers.get(id);
    if (peer === undefined || this.announcersOf(key).includes(id)) return;
    const { maxAnnouncements, maxInFlight, maxTotal } = this.#options;
    const ownCount = this.#all.filter((one) => one.peer === id).length;
    const max = peer.isPreferred ? maxAnnouncements.preferred : maxAnnouncements.other;
    if (ownCount >= max || (this.#all.length >= maxTotal && ownCount >= maxInFlight)) {
      this.ignoredCount++;
      return;
    }
    let delayMs = 0;
    if (!peer.isPreferred || peer.isSlow) delayMs += this.#options.otherDelayMs;
    const isAnyWtxid = Array.from(this.#peers.values()).some(({ usesWtxid }) => usesWtxid);
    if (!peer.usesWtxid && isAnyWtxid) delayMs += this.#options.txidDelayMs;
    if (this.inFlight(id) >= this.#options.overloadCount) delayMs += this.#options.overloadDelayMs;
    const state = delayMs === 0 ? 'ready' : 'delayed';
    this.#all.push({ peer: id, key, state, dueMs: now.ms + delayMs, turn: this.#lastTurn++ });
  }

  /** Who is asked for what, each peer's in order of announcement. */
  take(now: Now): Map<PeerId, HashKey[]> {
    const due = this.#all.filter(({ dueMs }) => dueMs <= now.ms);
    const delayed = due.filter(({ state }) => state === 'delayed');
    for (const one of delayed.toSorted((a, b) => a.dueMs - b.dueMs)) {
      one.state = 'ready';
      one.turn = this.#lastTurn++;
    }
    const asked = due.filter(({ state }) => state === 'asked');
    for (const one of asked.toSorted((a, b) => a.turn - b.turn)) {
      this.#fail(one);
      const peer = this.#peers.get(one.peer);
      if (peer !== undefined) peer.isSlow = true;
    }
    this.#forgetHopeless();
    const taken = new Set<Announced>();
    for (let [first] = this.#askable(); first !== undefined; [first] = this.#askable()) {
      const { key } = first;
      const askable = new Set(this.#askable());
      const sameKey = this.#all.filter((one) => one.key === key && askable.has(one));
      const preferred = sameKey.filter(({ peer }) => this.#isPreferred(peer));
      const best = preferred.length > 0 ? preferred : sameKey;
      const chosen = best[best.length === 1 ? 0 : below(best.length, this.#random)] as Announced;
      chosen.state = 'asked';
      chosen.dueMs = now.ms + this.#options.timeoutMs;
      chosen.turn = this.#lastTurn++;
      taken.add(chosen);
    }
    const requests = new Map<PeerId, HashKey[]>();
    for (const one of this.#all) {
      if (taken.has(one)) requests.set(one.peer, [...(requests.get(one.peer) ?? []), one.key]);
    }
    return requests;
  }

  failed(peer: PeerId, key: HashKey): void {
    for (const one of this.#all) if (one.peer === peer && one.key === key) this.#fail(one);
    this.#forgetHopeless();
  }

  forget(key: HashKey, from?: PeerId): void {
    const asked = this.#all.find((one) => one.key === key && one.state === 'asked');
    const peer = asked?.peer === from && from !== undefined ? this.#peers.get(from) : undefined;
    if (peer !== undefined) peer.isSlow = false;
    this.#all = this.#all.filter((one) => one.key !== key);
  }

  /** When there is something to do; now, if that is the past. */
  deadline(now: Now): number | undefined {
    const timed = this.#all.filter(({ state }) => state === 'delayed' || state === 'asked');
    const dueMs = [...timed, ...this.#askable()].map((one) => Math.max(one.dueMs, now.ms));
    return dueMs.length === 0 ? undefined : Math.min(...dueMs);
  }

  #isPreferred(id: PeerId): boolean {
    const peer = this.#peers.get(id);
    return peer !== undefined && peer.isPreferred && !peer.isSlow;
  }

  #askable(): Announced[] {
    const asked = new Set(this.#all.filter(({ state }) => state === 'asked').map(({ key }) => key));
    const askable = this.#all.filter(
      ({ peer, key, state }) =>
        state === 'ready' && !asked.has(key) && this.inFlight(peer) < this.#options.maxInFlight,
    );
    return askable.toSorted((a, b) => a.turn - b.turn);
  }

  /** Others that have the same come before anything new. */
  #fail(failed: Announced): void {
    const wasAsked = failed.state === 'asked';
    failed.state = 'failed';
    if (!wasAsked) return;
    for (const one of this.#all) {
      if (one.key === failed.key && one.state === 'ready') one.turn = --this.#firstTurn;
    }
  }

  #forgetHopeless(): void {
    const hopeful = new Set(this.#all.filter(({ state }) => state !== 'failed').map(({ key }) => key));
    this.#all = this.#all.filter(({ key }) => hopeful.has(key));
  }
}
