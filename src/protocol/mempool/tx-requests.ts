/** Which transaction is asked of whom, and when (Core: src/txrequest.h, src/node/txdownloadman.h). Sends nothing itself. */

import type { HashKey } from '../../bytes/hash-key.ts';
import { earliest, type Now, type Random } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import { below } from '../peers/chance.ts';
import { DelayedAnnouncements } from './delayed-announcements.ts';
import { LinkedList } from './linked-list.ts';
import {
  type Announcement,
  type Announcer,
  isPreferred,
  moveTo,
  type TxRequestPeer,
  type Wanted,
} from './tx-announcement.ts';
import { MAX_KEYS_PER_REQUEST, type TxRequestOptions } from './tx-request-options.ts';

export type { TxRequestPeer } from './tx-announcement.ts';
export { TX_REQUEST_DEFAULTS, type TxRequestOptions } from './tx-request-options.ts';

/** What is to be asked of a peer in one getdata. */
export interface TxRequest {
  readonly peer: PeerId;
  /** In the order in which the peer announced them, so that parents come first. */
  readonly keys: readonly HashKey[];
}

/**
 * Keeps who announced which transaction, and hands out requests: one at a time for each transaction, to a peer chosen by
 * chance among those that announced it, the preferred ones first. When that peer has nothing, leaves, or stays silent, the
 * next is asked; no peer twice. What has no candidate left is forgotten, until somebody announces it anew.
 *
 * A peer that announces everything first and delivers nothing can put off each transaction by one timeout. Therefore who
 * has let a request time out is slow: until it delivers what it was asked for it is not preferred. From its first timeout
 * on it holds back only what no preferred peer announces within two seconds.
 */
export class TxRequests {
  readonly #options: TxRequestOptions;
  readonly #random: Random;
  readonly #peers = new Map<PeerId, Announcer>();
  readonly #wanted = new Map<HashKey, Wanted>();
  readonly #delayed = new DelayedAnnouncements();
  readonly #asked = new LinkedList<Announcement>();
  #wtxidPeerCount = 0;
  #announcementCount = 0;
  #ignoredCount = 0;
  #sequence = 0;
  #firstTurn = 0;
  #lastTurn = 0;

  constructor(options: TxRequestOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** Transactions that were announced and have not arrived. */
  get size(): number {
    return this.#wanted.size;
  }

  /** Announcements that are kept, those that failed included. */
  get announcementCount(): number {
    return this.#announcementCount;
  }

  /** Announcements for which there was no room, since the beginning. */
  get ignoredCount(): number {
    return this.#ignoredCount;
  }

  /** Requests on their way to a peer. */
  inFlight(peer: PeerId): number {
    return this.#peers.get(peer)?.inFlight ?? 0;
  }

  /** Whether somebody announced it and it has not arrived. */
  isWanted(key: HashKey): boolean {
    return this.#wanted.has(key);
  }

  /** Who announced it, in this order, those included that have failed; nobody when it is not wanted. */
  announcersOf(key: HashKey): PeerId[] {
    return this.#wanted.get(key)?.announcements.map(({ peer }) => peer.id) ?? [];
  }

  /**
   * Who announced it and still stands by it, and when each did: without those that had nothing, or left it unanswered.
   *
   * @param from the peer that brings it, however late.
   */
  standingBy(key: HashKey, from: PeerId): { readonly peer: PeerId; readonly atMs: number }[] {
    return (this.#wanted.get(key)?.announcements ?? [])
      .filter(({ state, peer }) => state !== 'failed' || peer.id === from)
      .map(({ peer, announcedMs }) => ({ peer: peer.id, atMs: announcedMs }));
  }

  /** Whether it has announced anything that has not arrived. */
  hasAnnounced(peer: PeerId): boolean {
    return (this.#peers.get(peer)?.announcements.size ?? 0) > 0;
  }

  addPeer(id: PeerId, traits: TxRequestPeer): void {
    if (this.#peers.has(id)) return;
    const askable = new LinkedList<Announcement>();
    this.#peers.set(id, { id, traits, announcements: new Map(), askable, inFlight: 0, isSlow: false });
    if (traits.usesWtxid) this.#wtxidPeerCount++;
  }

  /** The peer's announcements are gone; what it was asked for goes to the next candidate at once. */
  removePeer(id: PeerId): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    this.#peers.delete(id);
    if (peer.traits.usesWtxid) this.#wtxidPeerCount--;
    for (const announcement of peer.announcements.values()) {
      const { wanted } = announcement;
      this.#end(announcement);
      wanted.announcements.splice(wanted.announcements.indexOf(announcement), 1);
      this.#announcementCount--;
      this.#dropIfHopeless(wanted);
    }
  }

  /** A peer announced a transaction. What it announced before, and what goes beyond its room, changes nothing. */
  announce(id: PeerId, key: HashKey, now: Now): void {
    const peer = this.#peers.get(id);
    if (peer === undefined || peer.announcements.has(key)) return;
    if (!this.#hasRoomFor(peer)) {
      this.#ignoredCount++;
      return;
    }
    const wanted = this.#wanted.get(key) ?? { key, announcements: [], asked: undefined };
    const announcement: Announcement = {
      peer,
      wanted,
      announcedMs: now.ms,
      sequence: this.#sequence++,
      state: 'delayed',
      dueMs: now.ms,
      turn: 0,
      list: undefined,
      previous: undefined,
      next: undefined,
    };
    this.#wanted.set(key, wanted);
    wanted.announcements.push(announcement);
    peer.announcements.set(key, announcement);
    this.#announcementCount++;
    this.#delay(announcement);
  }

  /** What is to be asked for now; it counts as asked from now on. */
  take(now: Now): TxRequest[] {
    this.#passTime(now.ms);
    const requests = new Map<Announcer, Announcement[]>();
    for (let first = this.#firstAskable(); first !== undefined; first = this.#firstAskable()) {
      const chosen = this.#choose(first.wanted);
      this.#ask(chosen, now.ms);
      const sameFor = requests.get(chosen.peer);
      if (sameFor === undefined) requests.set(chosen.peer, [chosen]);
      else sameFor.push(chosen);
    }
    return Array.from(requests).flatMap(([{ id }, announcements]) => inMessages(id, announcements));
  }

  /** A peer does not have it, or sent something else: the next candidate is asked. */
  failed(id: PeerId, key: HashKey): void {
    const announcement = this.#peers.get(id)?.announcements.get(key);
    if (announcement === undefined) return;
    this.#end(announcement);
    this.#dropIfHopeless(announcement.wanted);
  }

  /**
   * It is there, or not wanted for other reasons.
   *
   * @param from the peer that brought it; if it was asked for it, it is slow no longer.
   */
  forget(key: HashKey, from?: PeerId): void {
    const wanted = this.#wanted.get(key);
    if (wanted === undefined) return;
    if (wanted.asked !== undefined && wanted.asked.peer.id === from) wanted.asked.peer.isSlow = false;
    this.#drop(wanted);
  }

  /** When to call {@link take} at the latest. It costs as much as there are peers, whatever they have announced. */
  deadline(): number | undefined {
    return earliest(this.#firstAskable()?.dueMs, this.#delayed.first?.dueMs, this.#asked.first?.dueMs);
  }

  #hasRoomFor({ traits, announcements }: Announcer): boolean {
    const { maxAnnouncements, maxInFlight, maxTotal } = this.#options;
    // Else those who fill the room could keep out what all others have to tell.
    if (this.#announcementCount >= maxTotal && announcements.size >= maxInFlight) return false;
    return announcements.size < (traits.isPreferred ? maxAnnouncements.preferred : maxAnnouncements.other);
  }

  #delayMsOf(peer: Announcer): number {
    const { otherDelayMs, txidDelayMs, overloadDelayMs, overloadCount } = this.#options;
    let delayMs = isPreferred(peer) ? 0 : otherDelayMs;
    if (!peer.traits.usesWtxid && this.#wtxidPeerCount > 0) delayMs += txidDelayMs;
    if (peer.inFlight >= overloadCount) delayMs += overloadDelayMs;
    return delayMs;
  }

  #delay(announcement: Announcement): void {
    const delayMs = this.#delayMsOf(announcement.peer);
    if (delayMs === 0) return this.#makeReady(announcement);
    announcement.dueMs += delayMs;
    this.#delayed.add(announcement, delayMs);
  }

  #makeReady(announcement: Announcement): void {
    const { wanted, peer } = announcement;
    announcement.state = 'ready';
    announcement.turn = this.#lastTurn++;
    moveTo(wanted.asked === undefined ? peer.askable : undefined, announcement);
  }

  #passTime(nowMs: number): void {
    for (const due of whileDue(() => this.#delayed.first, nowMs)) this.#makeReady(due);
    for (const due of whileDue(() => this.#asked.first, nowMs)) {
      due.peer.isSlow = true;
      this.#end(due);
      this.#dropIfHopeless(due.wanted);
    }
  }

  /** Of all that may be asked for now, the one whose turn it is. */
  #firstAskable(): Announcement | undefined {
    let first: Announcement | undefined;
    for (const peer of this.#peers.values()) {
      const own = peer.askable.first;
      if (own === undefined || !this.#mayBeAsked(peer)) continue;
      if (first === undefined || own.turn < first.turn) first = own;
    }
    return first;
  }

  #mayBeAsked(peer: Announcer): boolean {
    return peer.inFlight < this.#options.maxInFlight;
  }

  /** @param wanted one that a peer with room has ready. */
  #choose({ announcements }: Wanted): Announcement {
    const ready = announcements.filter(({ state, peer }) => state === 'ready' && this.#mayBeAsked(peer));
    const preferred = ready.filter(({ peer }) => isPreferred(peer));
    const best = preferred.length > 0 ? preferred : ready;
    return best[best.length === 1 ? 0 : below(best.length, this.#random)] as Announcement;
  }

  #ask(chosen: Announcement, nowMs: number): void {
    for (const other of chosen.wanted.announcements) if (other.state === 'ready') moveTo(undefined, other);
    chosen.wanted.asked = chosen;
    chosen.state = 'asked';
    chosen.dueMs = nowMs + this.#options.timeoutMs;
    chosen.peer.inFlight++;
    moveTo(this.#asked, chosen);
  }

  /** Nothing more is expected of an announcement; if it was being asked for, others may be asked, before anything new. */
  #end(announcement: Announcement): void {
    const { state, wanted } = announcement;
    this.#takeOut(announcement);
    announcement.state = 'failed';
    if (state !== 'asked') return;
    wanted.asked = undefined;
    for (const other of wanted.announcements) {
      if (other.state !== 'ready') continue;
      other.turn = --this.#firstTurn;
      other.list = other.peer.askable;
      other.list.addFirst(other);
    }
  }

  #takeOut(announcement: Announcement): void {
    if (announcement.state === 'asked') announcement.peer.inFlight--;
    moveTo(undefined, announcement);
  }

  /** When all who announced it have failed, somebody else may begin anew. */
  #dropIfHopeless(wanted: Wanted): void {
    if (wanted.announcements.every(({ state }) => state === 'failed')) this.#drop(wanted);
  }

  #drop(wanted: Wanted): void {
    this.#wanted.delete(wanted.key);
    this.#announcementCount -= wanted.announcements.length;
    for (const announcement of wanted.announcements) {
      this.#takeOut(announcement);
      announcement.peer.announcements.delete(wanted.key);
    }
  }
}

/** @param first gives the next one; once it was given it is to be taken out of where it stands. */
function* whileDue(first: () => Announcement | undefined, nowMs: number): Iterable<Announcement> {
  for (let due = first(); due !== undefined && due.dueMs <= nowMs; due = first()) yield due;
}

function inMessages(peer: PeerId, announcements: Announcement[]): TxRequest[] {
  announcements.sort((one, other) => one.sequence - other.sequence);
  const requests: TxRequest[] = [];
  for (let i = 0; i < announcements.length; i += MAX_KEYS_PER_REQUEST) {
    const part = announcements.slice(i, i + MAX_KEYS_PER_REQUEST);
    requests.push({ peer, keys: part.map(({ wanted }) => wanted.key) });
  }
  return requests;
}
