/** One peer in the fetching of anchored ranges: what it was asked, in order, and how much at a time it is good for. */

import { equalBytes } from '../../bytes/hash.ts';
import type { HeaderRun } from '../../chain/header-run.ts';
import type { PeerId } from '../peer.ts';
import type { AnchoredRange } from './anchored-range.ts';

/** Requests in flight to a peer: two at first, so that its line never rests, more where answers come fast. */
const FIRST_DEPTH = 2;
const MAX_DEPTH = 8;
/** An answer that took less is a reason to ask for more at a time, one that took longer for less. */
const FAST_ANSWER_MS = 1_000;
const SLOW_ANSWER_MS = 4_000;

/** A peer at work on a range, which may take it several answers. */
export interface Attempt {
  readonly peer: PeerId;
  readonly range: AnchoredRange;
  readonly startedMs: number;
  /** What came so far, linked to the range's start. */
  readonly runs: HeaderRun[];
  /** Whether its answers are of no use any more: another was faster, or the peer lacks the range. */
  isOver: boolean;
}

interface Asked {
  readonly attempt: Attempt;
  /** Hash after which headers were asked for. */
  readonly from: Uint8Array;
  readonly ms: number;
}

export class RangePeer {
  /** Ranges with a lower index are those that it may have. */
  limit: number;
  /** Height that it claims. */
  readonly claimedHeight: number;
  /** Getheaders that are not answered, oldest first: a peer answers in order. */
  #asked: readonly Asked[] = [];
  #depth = FIRST_DEPTH;
  #maxDepth = MAX_DEPTH;
  #lastAnswerMs = Number.NEGATIVE_INFINITY;
  #answerMs = FAST_ANSWER_MS;

  constructor(limit: number, claimedHeight: number) {
    this.limit = limit;
    this.claimedHeight = claimedHeight;
  }

  /** Whether requests are not answered. */
  get isAsked(): boolean {
    return this.#asked.length > 0;
  }

  /** When the oldest of them was. */
  get askedMs(): number | undefined {
    return this.#asked[0]?.ms;
  }

  /** Whether it can be given another range now. */
  get hasRoom(): boolean {
    return this.#asked.length < this.#depth;
  }

  /** What an answer takes it, milliseconds; a guess before the first. */
  get answerMs(): number {
    return this.#answerMs;
  }

  /** Its ranges that are still worth something. */
  get attempts(): Attempt[] {
    return this.#asked.map(({ attempt }) => attempt).filter(({ isOver }) => !isOver);
  }

  /** Since when it owes an answer, be it of use or not: one that owes for long will owe for ever. */
  get owesSinceMs(): number | undefined {
    const [oldest] = this.#asked;
    return oldest && Math.max(oldest.ms, this.#lastAnswerMs);
  }

  ask(attempt: Attempt, from: Uint8Array, nowMs: number): void {
    this.#asked = [...this.#asked, { attempt, from, ms: nowMs }];
  }

  /** Whether headers after a hash are what it was asked for, and still worth something. */
  isAskedFrom(prev: Uint8Array): boolean {
    return this.#asked.some(({ attempt, from }) => !attempt.isOver && equalBytes(from, prev));
  }

  /**
   * Finds what an answer answers: the request for what comes after `prev`, and those before it never will be; else the
   * oldest.
   *
   * @returns undefined when nothing was asked.
   */
  answered(
    prev: Uint8Array | undefined,
    nowMs: number,
  ):
    | { readonly attempt: Attempt; readonly fits: boolean; readonly passedOver: readonly Attempt[] }
    | undefined {
    const found = prev === undefined ? -1 : this.#asked.findIndex(({ from }) => equalBytes(from, prev));
    const entry = this.#asked[Math.max(0, found)];
    if (entry === undefined) return undefined;
    const passedOver = this.#asked.slice(0, Math.max(0, found)).map(({ attempt }) => attempt);
    this.#asked = this.#asked.slice(Math.max(0, found) + 1);
    this.#measure(nowMs - Math.max(entry.ms, this.#lastAnswerMs), nowMs - entry.ms);
    this.#lastAnswerMs = nowMs;
    // One that passes over questions gets one at a time from now on, or we would ask more than it answers.
    if (found > 0) this.#maxDepth = this.#depth = 1;
    return { attempt: entry.attempt, fits: found >= 0, passedOver };
  }

  /** @param ownMs the time that this answer took alone; `waitMs` with those before it. */
  #measure(ownMs: number, waitMs: number): void {
    this.#answerMs = waitMs;
    if (ownMs < FAST_ANSWER_MS) this.#depth = Math.min(this.#maxDepth, this.#depth + 1);
    else if (ownMs > SLOW_ANSWER_MS) this.#depth = Math.max(1, this.#depth - 1);
  }
}
