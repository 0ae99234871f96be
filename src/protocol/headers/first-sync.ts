/**
 * The first synchronisation: who is asked for the chain, and when enough peers were heard for it to be over.
 *
 * Where anchors are built in, several peers are asked for ranges at once. Beyond them one peer has the slot and is asked
 * for one message after the other; when its chain comes to an end, all others are asked whether theirs is better.
 */

import type { HeaderTree } from '../../chain/header-tree.ts';
import { earliest, type Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import type { HeaderRequests } from './header-requests.ts';
import type { ProgressMeter } from './progress-meter.ts';
import type { RangeSync } from './range-sync.ts';
import { Settling } from './settling.ts';
import type { HeaderSyncOutput, Surroundings } from './sync-contract.ts';
import type { SyncPeer, SyncPeers } from './sync-peers.ts';
import { SyncSlot } from './sync-slot.ts';

/** What it shares with what comes after it. */
export interface FirstSyncParts {
  readonly tree: HeaderTree;
  readonly peers: SyncPeers;
  readonly requests: HeaderRequests;
  /** Undefined where there are no anchors to go by. */
  readonly ranges: RangeSync | undefined;
  readonly progress: ProgressMeter;
  readonly areOthersComing: Surroundings['areOthersComing'];
}

export class FirstSync {
  readonly #tree: HeaderTree;
  readonly #peers: SyncPeers;
  readonly #requests: HeaderRequests;
  readonly #ranges: RangeSync | undefined;
  readonly #progress: ProgressMeter;
  readonly #areOthersComing: () => boolean;
  readonly #slot = new SyncSlot();
  readonly #settling = new Settling();
  #isOver = false;

  constructor({ tree, peers, requests, ranges, progress, areOthersComing }: FirstSyncParts) {
    this.#tree = tree;
    this.#peers = peers;
    this.#requests = requests;
    this.#ranges = ranges;
    this.#progress = progress;
    this.#areOthersComing = areOthersComing;
  }

  /** Whether peers have served us their chains to the end. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether some chain came to its end, and the others are heard. */
  get isSettling(): boolean {
    return !this.#isOver && this.#settling.isUnderWay;
  }

  /** The peer that is asked for the chain; undefined when there is none, or all are asked. */
  get leader(): PeerId | undefined {
    return this.#slot.holder;
  }

  /** Whether the chain is fetched from several peers at once, and nobody has the slot. */
  get usesRanges(): boolean {
    return !this.#isOver && this.#ranges?.isUsable === true;
  }

  /** Whether one peer after another is asked, and none has given its chain to the end. */
  get isOneByOne(): boolean {
    return !this.#isOver && !this.#settling.isUnderWay && !this.usesRanges;
  }

  /** Whether ranges are there to be checked. */
  get hasToCheck(): boolean {
    return !this.#isOver && this.#ranges?.hasToCheck === true;
  }

  /** Whether another peer could take the place of the one that is asked. */
  get othersWait(): boolean {
    return !this.#isOver && this.#peers.areOthersThan(this.#slot.holder);
  }

  /** Since when a peer owes a range. */
  owesSinceMs(peer: PeerId): number | undefined {
    return this.#isOver ? undefined : this.#ranges?.owesSinceMs(peer);
  }

  join(peer: PeerId, { info, isInbound }: Pick<SyncPeer, 'info' | 'isInbound'>): void {
    if (!isInbound) this.#ranges?.join(peer, info.startHeight);
    if (this.usesRanges) this.#slot.release();
    // Who called us may have come first, but one of our own choice comes before it.
    if (this.#holder?.isInbound === true && !isInbound) this.#slot.release();
  }

  /** A peer gave nothing, and is left alone for a while. */
  rest(peer: PeerId, { info, isInbound }: SyncPeer): void {
    this.leave(peer);
    if (!isInbound) this.#ranges?.join(peer, info.startHeight);
  }

  leave(peer: PeerId): void {
    this.#ranges?.leave(peer);
    this.#slot.release(peer);
  }

  /** Does what is to be done whoever it was that was heard. */
  goOn(now: Now): HeaderSyncOutput[] {
    return [...this.#fetchRanges(now), ...this.#fillSlot(now), ...this.#settle(now)];
  }

  /** Checks a little of what was fetched. */
  checkNext(now: Now): HeaderSyncOutput[] {
    return (this.#isOver ? undefined : this.#ranges?.checkNext(now)) ?? [];
  }

  /** The peer that takes too long for the whole chain while others are ready. */
  slowLeader(now: Now): PeerId | undefined {
    const { holder, dueMs = Number.POSITIVE_INFINITY } = this.#slot;
    return this.othersWait && now.ms >= dueMs ? holder : undefined;
  }

  deadline(nowMs: number): number | undefined {
    return earliest(
      this.othersWait ? this.#slot.dueMs : undefined,
      this.#ranges?.deadline(),
      this.#isOver ? undefined : this.#settling.dueMs(this.#isAnybodyAsked),
      this.#nextRestedMs(nowMs),
    );
  }

  /** The work of a peer's chain is being counted. Only one at a time may take our time with that. */
  mayCount(peer: PeerId, now: Now): boolean {
    if (this.#isOver || this.#slot.holder === peer) return true;
    if (this.#slot.holder !== undefined || this.usesRanges) return false;
    if (!this.#settling.isUnderWay) this.#giveSlot(peer, now);
    return true;
  }

  /** A peer has more. @returns whether it is to be asked for that now. */
  mayGoOn(peer: PeerId, state: SyncPeer, now: Now): boolean {
    if (this.#isOver || this.#slot.holder === peer) return true;
    // It will be asked again when the one that has the slot is done.
    if (!this.#mayLead(state)) return this.#slot.holder === undefined;
    this.#settling.reset();
    // It is one of several that are asked for ranges.
    if (this.usesRanges) return false;
    this.#giveSlot(peer, now);
    return true;
  }

  /** A peer has given its chain to the end: when it is the first, the others are asked. */
  noteEnd(peer: PeerId, chainwork: bigint, now: Now): HeaderSyncOutput[] {
    if (this.#isOver) return [];
    this.#slot.release(peer);
    const isFirst = this.#settling.note(chainwork, now);
    return isFirst ? this.#requests.askOthers(now, Number.POSITIVE_INFINITY) : [];
  }

  #fetchRanges(now: Now): HeaderSyncOutput[] {
    const requests = (this.#isOver ? undefined : this.#ranges?.fetch(now)) ?? [];
    if (requests.some((output) => output.do === 'send')) this.#progress.start(now);
    return requests;
  }

  /** Chooses whom to ask for the chain, when nobody is asked and nobody came to the end of one. */
  #fillSlot(now: Now): HeaderSyncOutput[] {
    if (!this.isOneByOne || this.#slot.holder !== undefined) return [];
    const owes = (peer: PeerId): boolean => this.#ranges?.isAsked(peer) === true;
    const peer = this.#peers.best(now.ms, this.#tree.tip.height, owes);
    if (peer === undefined) return [];
    this.#giveSlot(peer, now);
    return this.#requests.ask(peer, now);
  }

  #giveSlot(peer: PeerId, now: Now): void {
    this.#progress.start(now);
    this.#slot.give(peer, this.#peers.get(peer)?.info.startHeight ?? 0, this.#tree, now);
  }

  get #holder(): SyncPeer | undefined {
    return this.#slot.holder === undefined ? undefined : this.#peers.get(this.#slot.holder);
  }

  /** Whether one that has more, but not the slot, gets it. */
  #mayLead({ isInbound, reached }: SyncPeer): boolean {
    const holder = this.#holder;
    // One that has brought nothing has no claim to it.
    if (holder !== undefined) return holder.reached === undefined && (holder.isInbound || !isInbound);
    // What we have, or what is worth less than it, is no reason to begin anew.
    const { chainwork } = this.#settling;
    return chainwork === undefined || (reached?.chainwork ?? 0n) > chainwork;
  }

  /** When some chain came to its end and the others had their say, we are synced. */
  #settle(now: Now): HeaderSyncOutput[] {
    if (this.#isOver || !this.#settling.isOver(this.#isAnybodyAsked, this.#areOthersComing, now)) return [];
    if ((this.#settling.chainwork ?? 0n) < this.#tree.tip.chainwork) {
      // Somebody had more, and has not come to the end of it.
      this.#settling.reset();
      return this.#fillSlot(now);
    }
    this.#isOver = true;
    this.#slot.release();
    const event = { event: 'synced', tip: this.#tree.tip, seconds: this.#progress.seconds(now) } as const;
    return [{ do: 'report', event }];
  }

  get #isAnybodyAsked(): boolean {
    return this.#peers.isAnybodyAsked || this.usesRanges;
  }

  /** When somebody could be given the slot that is free. */
  #nextRestedMs(nowMs: number): number | undefined {
    if (this.usesRanges) return this.#peers.nextRestMs(nowMs);
    if (!this.isOneByOne || this.#slot.holder !== undefined) return undefined;
    return this.#peers.nextRestedMs(this.#tree.tip.height);
  }
}
