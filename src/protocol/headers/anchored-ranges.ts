/**
 * Headers from many peers at once.
 *
 * A chain of headers can only be asked for from one end to the other: a peer says what comes after a hash, and the hash of
 * the last header of its answer has to be known before it can be asked on. So one peer and one round trip after another
 * set the pace. Anchors, hashes of old blocks that are built in, break the chain into ranges that can be asked for all at
 * once: each starts in one anchor and must end in the next.
 *
 * An anchor is a hint where to ask and nothing else. What came between two of them is checked by every rule, in the order
 * of heights, as if it had come from one peer; only that it is linked from one anchor to the other is seen at once, and by
 * that a peer on another chain is known. A table of anchors that is wrong therefore costs time alone: no peer can answer,
 * `isUsable` ends, and whoever uses this asks for one message after the other.
 *
 * A range goes to one peer. When no other is left within the bound on ranges that wait to be checked, those that are
 * late are asked of a second peer: so the slow ones hold nobody up, and the last ranges are asked twice.
 */

import { equalBytes } from '../../bytes/hash.ts';
import type { HeaderRun } from '../../chain/header-run.ts';
import type { HeaderTree } from '../../chain/header-tree.ts';
import type { Anchor, AnchorTable } from '../../networks/anchor-table.ts';
import type { LocatorRequestPayload } from '../../wire/messages/locator-request.ts';
import { PROTOCOL_VERSION } from '../../wire/protocol-version.ts';
import { earliest, type Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import { type AnchoredRange, fitInto } from './anchored-range.ts';
import { type Attempt, RangePeer } from './range-peer.ts';

/** Ranges asked for or waiting to be checked: at 2,016 headers each about 20 MB. */
const WINDOW = 96;
/** Peers that a range is asked of at a time, and the least time before the next is. */
const MAX_ATTEMPTS = 4;
const LATE_MS = 300;

/** What an answer was. */
export type RangeAnswer =
  /** Nothing that was asked for here. */
  | 'not-asked'
  /** It fits, or came too late to be of use. */
  | 'taken'
  /** The peer does not know the anchor, its chain ends before the next, or it is on another chain: no crime. */
  | 'lacking'
  /** Its headers are not linked. */
  | 'broken';

/** A range that is whole, and who gave it. */
export interface WholeRange {
  readonly peer: PeerId;
  readonly runs: readonly HeaderRun[];
}

export interface RangeRequest {
  readonly peer: PeerId;
  readonly payload: LocatorRequestPayload;
}

/** A range of the window. */
interface Slot {
  readonly range: AnchoredRange;
  attempts: Attempt[];
  whole: WholeRange | undefined;
}

export class AnchoredRanges {
  readonly #anchors: AnchorTable;
  readonly #tree: HeaderTree;
  readonly #peers = new Map<PeerId, RangePeer>();
  /** The next ranges to be checked, by index. */
  readonly #slots = new Map<number, Slot>();
  /** Index of the range that is checked next. */
  #next: number;
  #isGivenUp = false;
  /** When a range will be late enough to be asked of one more peer. */
  #lateMs: number | undefined;

  constructor(anchors: AnchorTable, tree: HeaderTree) {
    this.#anchors = anchors;
    this.#tree = tree;
    this.#next = anchors.indexBelow(tree.tip.height) + 1;
    while (this.#next > 0 && !tree.has(anchors.at(this.#next - 1).hash)) this.#next--;
  }

  /** Whether there is something to fetch, or to check, and somebody to fetch it from. */
  get isUsable(): boolean {
    if (this.#isOver) return false;
    if (this.hasWhole) return true;
    if (!this.#isStartKnown) return false;
    for (const { limit } of this.#peers.values()) if (limit > this.#next) return true;
    return false;
  }

  /** Whether a range can be taken to be checked. */
  get hasWhole(): boolean {
    return !this.#isOver && this.#slots.get(this.#next)?.whole !== undefined;
  }

  /** A height whose anchor peers claim to have passed, though none of them has it; undefined when there is none. */
  get disputedHeight(): number | undefined {
    if (this.#isOver || this.isUsable) return undefined;
    const { height } = this.#anchors.at(this.#next);
    for (const { claimedHeight } of this.#peers.values()) if (claimedHeight >= height) return height;
    return undefined;
  }

  /** Whether the next range goes on from what the tree has: not where it passed an anchor that its chain lacks. */
  get #isStartKnown(): boolean {
    return this.#next === 0 || this.#tree.has(this.#anchors.at(this.#next - 1).hash);
  }

  get #isOver(): boolean {
    return this.#isGivenUp || this.#next >= this.#anchors.count;
  }

  /** @param claimedHeight a peer is asked for no more than it says it has. */
  join(peer: PeerId, claimedHeight: number): void {
    this.#peers.set(peer, new RangePeer(this.#limitOf(claimedHeight), claimedHeight));
  }

  leave(id: PeerId): void {
    for (const attempt of this.#peers.get(id)?.attempts ?? []) this.#end(attempt);
    this.#peers.delete(id);
  }

  /** Nothing more is fetched: what lies between anchors breaks a rule, so they are not to be relied on. */
  giveUp(): void {
    this.#isGivenUp = true;
    this.#slots.clear();
  }

  /** Since when a peer owes an answer. */
  owesSinceMs(peer: PeerId): number | undefined {
    return this.#isOver ? undefined : this.#peers.get(peer)?.owesSinceMs;
  }

  /** When {@link requests} will have one more to make, though nothing happens. */
  deadline(): number | undefined {
    return this.#isOver ? undefined : this.#lateMs;
  }

  /** Whether a peer has yet to answer something, be it of use or not. */
  isAsked(peer: PeerId): boolean {
    return this.#peers.get(peer)?.isAsked === true;
  }

  /** When the oldest of the requests that a peer has yet to answer was made. */
  askedMs(peer: PeerId): number | undefined {
    return this.#peers.get(peer)?.askedMs;
  }

  /** Whether headers that a peer sent go on from where it was asked. */
  isAskedFrom(peer: PeerId, prev: Uint8Array): boolean {
    return this.#peers.get(peer)?.isAskedFrom(prev) === true;
  }

  /** What is to be asked now. */
  requests(isFree: (peer: PeerId) => boolean, now: Now): RangeRequest[] {
    this.#lateMs = undefined;
    if (this.#isOver || !this.#isStartKnown) return [];
    const requests: RangeRequest[] = [];
    for (const [id, peer] of this.#peers) {
      while (peer.hasRoom && isFree(id)) {
        const slot = this.#unasked(peer) ?? this.#late(id, peer, now);
        if (slot === undefined) break;
        const attempt = { peer: id, range: slot.range, startedMs: now.ms, runs: [], isOver: false };
        slot.attempts.push(attempt);
        requests.push(this.#ask(peer, attempt, slot.range.from.hash, now));
      }
    }
    return requests;
  }

  /** Takes an answer; where it is one of several for a range, also says what to ask next. */
  take(id: PeerId, run: HeaderRun, now: Now): { readonly answer: RangeAnswer; readonly next?: RangeRequest } {
    const peer = this.#peers.get(id);
    const answered = peer?.answered(run.count === 0 ? undefined : run.prevAt(0), now.ms);
    if (peer === undefined || answered === undefined) return { answer: 'not-asked' };
    const { attempt, fits, passedOver } = answered;
    for (const unanswered of passedOver) this.#end(unanswered);
    if (attempt.isOver || this.#isOver) return { answer: 'taken' };
    if (!fits) return { answer: this.#lacks(peer, attempt) };
    const count = attempt.runs.reduce((sum, part) => sum + part.count, 0);
    switch (fitInto(attempt.range, count, run)) {
      case 'broken':
        this.#end(attempt);
        return { answer: 'broken' };
      case 'another-chain':
        return { answer: this.#lacks(peer, attempt) };
      case 'more':
        attempt.runs.push(run);
        return { answer: 'taken', next: this.#ask(peer, attempt, run.hashAt(run.count - 1), now) };
      case 'whole': {
        const { from, to } = attempt.range;
        attempt.runs.push(run.part(0, to.height - from.height - count));
        this.#complete(attempt);
        return { answer: 'taken' };
      }
    }
  }

  /** The next range in order of height, when it is whole. */
  takeWhole(): WholeRange | undefined {
    const whole = this.#isOver ? undefined : this.#slots.get(this.#next)?.whole;
    if (whole !== undefined) this.#slots.delete(this.#next++);
    return whole;
  }

  /** The tree has grown by other means: what it has passed need not be fetched. */
  skipKnown(): void {
    const { height } = this.#tree.tip;
    const first = this.#next;
    while (!this.#isOver && this.#anchors.at(this.#next).height <= height) {
      for (const attempt of this.#slots.get(this.#next)?.attempts ?? []) attempt.isOver = true;
      this.#slots.delete(this.#next++);
    }
    if (this.#next === first || this.#isOver || !this.#isStartKnown) return;
    // The anchor below is right. Who lacked one further down, which may have been wrong, may have the next.
    for (const peer of this.#peers.values()) {
      if (peer.limit < this.#next) peer.limit = this.#limitOf(peer.claimedHeight);
    }
  }

  #limitOf(claimedHeight: number): number {
    return this.#anchors.indexBelow(claimedHeight) + 1;
  }

  #ask(peer: RangePeer, attempt: Attempt, from: Uint8Array, now: Now): RangeRequest {
    peer.ask(attempt, from, now.ms);
    const { range } = attempt;
    const locator = [...(equalBytes(from, range.from.hash) ? [] : [from]), ...this.#locator(range)];
    return { peer: attempt.peer, payload: { version: PROTOCOL_VERSION, locator, stop: range.to.hash } };
  }

  /** From the start of a range down: a peer that lacks it answers with what comes after the highest that it has. */
  #locator({ index, from }: AnchoredRange): Uint8Array[] {
    const locator = [from.hash];
    for (let below = index - 2, step = 1; below >= 0; below -= step, step *= 2)
      locator.push(this.#anchors.at(below).hash);
    const first = this.#tree.hashAt(this.#tree.baseHeight);
    return equalBytes(locator.at(-1) as Uint8Array, first) ? locator : [...locator, first];
  }

  /** The lowest range that was asked of nobody. */
  #unasked({ limit }: RangePeer): Slot | undefined {
    const end = Math.min(limit, this.#next + WINDOW, this.#anchors.count);
    for (let index = this.#next; index < end; index++) {
      const slot = this.#slotAt(index);
      if (slot.attempts.length === 0 && slot.whole === undefined) return slot;
    }
    return undefined;
  }

  /** The lowest range that others are late with: the next in line first, for all that comes after it waits. */
  #late(id: PeerId, { limit, answerMs }: RangePeer, now: Now): Slot | undefined {
    for (const [index, slot] of Array.from(this.#slots).toSorted(([a], [b]) => a - b)) {
      const { attempts, whole } = slot;
      if (index >= limit || whole !== undefined || attempts.length >= MAX_ATTEMPTS) continue;
      if (attempts.some(({ peer }) => peer === id)) continue;
      const youngestMs = Math.max(...attempts.map(({ startedMs }) => startedMs));
      const lateMs = youngestMs + Math.max(LATE_MS, answerMs) * 2 ** attempts.length;
      if (now.ms >= lateMs) return slot;
      this.#lateMs = earliest(this.#lateMs, lateMs);
    }
    return undefined;
  }

  #slotAt(index: number): Slot {
    const present = this.#slots.get(index);
    if (present !== undefined) return present;
    const slot = { range: this.#rangeAt(index), attempts: [], whole: undefined };
    this.#slots.set(index, slot);
    return slot;
  }

  #rangeAt(index: number): AnchoredRange {
    const { baseHeight } = this.#tree;
    const base: Anchor = { height: baseHeight, hash: this.#tree.hashAt(baseHeight) };
    return { index, from: index === 0 ? base : this.#anchors.at(index - 1), to: this.#anchors.at(index) };
  }

  #complete({ peer, range, runs }: Attempt): void {
    const slot = this.#slots.get(range.index);
    if (slot === undefined) return;
    for (const attempt of slot.attempts) attempt.isOver = true;
    slot.attempts = [];
    slot.whole = { peer, runs };
  }

  #lacks(peer: RangePeer, attempt: Attempt): 'lacking' {
    this.#end(attempt);
    peer.limit = Math.min(peer.limit, attempt.range.index);
    for (const other of peer.attempts) if (other.range.index >= peer.limit) this.#end(other);
    return 'lacking';
  }

  /** The range is free for others. */
  #end(attempt: Attempt): void {
    attempt.isOver = true;
    const slot = this.#slots.get(attempt.range.index);
    if (slot !== undefined) slot.attempts = slot.attempts.filter((other) => other !== attempt);
  }
}
