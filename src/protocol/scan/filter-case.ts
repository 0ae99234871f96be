/** One stretch on its way to a decision: what peers say of its filters, and what they differ over. */

import { segmentFirst, segmentLast } from '../../filters/filter-segment.ts';
import { earliest, type Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import { FilterDisputes } from './filter-disputes.ts';
import { FilterVote } from './filter-vote.ts';
import { type FilterCheck, checkByHashes, type Stretch } from './stretch.ts';

/** Time that those are waited for who were asked, when enough others have told: two that are quick shall not decide alone. */
const STRAGGLER_MS = 10_000;
/** The same for those who have not shown the last block yet. */
const BEHIND_MS = 2_000;

export class FilterCase {
  readonly stretch: Stretch;
  readonly vote: FilterVote;
  /** Hash of its last block. */
  readonly stopHash: Uint8Array;
  /** Until when more peers are waited for; undefined when that is over. */
  #patienceDueMs: number | undefined;
  /** Since when as many have told as have to agree. */
  #enoughSinceMs: number | undefined;
  /** When those are not waited for any more who are later; undefined when that is over. */
  #tiredMs: number | undefined;
  /** Whether it begins and ends at checkpoints. */
  readonly isWhole: boolean;
  #isDecided = false;
  #isByBlocks = false;
  /** By place in the stretch; undefined where the block has to be looked at. */
  readonly #hashes: (Uint8Array | undefined)[] = [];
  /** What peers differ over; undefined before the decision, and when there is nothing. */
  #disputes: FilterDisputes | undefined;

  /** @param patienceDueMs until when more peers are waited for, if there are too few. */
  constructor(stretch: Stretch, stopHash: Uint8Array, patienceDueMs: number) {
    const { first, last } = stretch;
    this.stretch = stretch;
    this.vote = new FilterVote(first, last);
    this.stopHash = stopHash;
    this.#patienceDueMs = patienceDueMs;
    this.isWhole = first === segmentFirst(first) && last === segmentLast(last);
  }

  /** Whether it is known of every block what to look at, but for those that peers differ over. */
  get isDecided(): boolean {
    return this.#isDecided;
  }

  /** Whether all blocks have to be looked at for want of opinions. */
  get isByBlocks(): boolean {
    return this.#isByBlocks;
  }

  /** What peers differ over; undefined when there is nothing. */
  get disputes(): FilterDisputes | undefined {
    return this.#disputes;
  }

  isPatient(now: Now): boolean {
    if (this.#patienceDueMs !== undefined && now.ms >= this.#patienceDueMs) this.#patienceDueMs = undefined;
    return this.#patienceDueMs !== undefined;
  }

  /**
   * Whether enough was said so long ago that the rest is not waited for.
   *
   * @param isEnough whether it is now.
   * @param isAsked whether somebody was asked and has not answered.
   */
  isTired(isEnough: boolean, isAsked: boolean, now: Now): boolean {
    this.#enoughSinceMs = isEnough ? (this.#enoughSinceMs ?? now.ms) : undefined;
    const patienceMs = isAsked ? STRAGGLER_MS : BEHIND_MS;
    const tiredMs = this.#enoughSinceMs === undefined ? undefined : this.#enoughSinceMs + patienceMs;
    const isTired = tiredMs !== undefined && now.ms >= tiredMs;
    this.#tiredMs = isTired ? undefined : tiredMs;
    return isTired;
  }

  /** Enough has been said. */
  decide(): void {
    const { stretch, vote } = this;
    vote.close();
    const disputed: number[] = [];
    for (let height = stretch.first; height <= stretch.last; height++) {
      const [side, ...others] = vote.hashesAt(height);
      const isAgreed = others.length === 0;
      this.#hashes.push(isAgreed ? side?.hash : undefined);
      if (isAgreed) stretch.set(height, 'filter');
      else disputed.push(height);
    }
    if (disputed.length > 0)
      this.#disputes = new FilterDisputes(stretch, vote, disputed, (height, hash) => {
        this.#hashes[height - stretch.first] = hash;
      });
    stretch.checkWith((height, hash) => checkByHashes(stretch.first, this.#hashes)(height, hash));
    this.#isDecided = true;
  }

  /** The filters are known already. */
  readonly decideBy = (check: FilterCheck): void => {
    this.vote.close();
    this.stretch.checkWith(check);
    this.stretch.setAll('filter');
    this.#isDecided = true;
  };

  /** Nothing can be said about the filters. */
  decideByBlocks(): void {
    this.#isByBlocks = true;
    // Who has not told yet is not late: nobody waits.
    this.vote.close();
    const { stretch } = this;
    for (let height = stretch.first; height <= stretch.last; height++)
      if (stretch.stateOf(height) !== 'clear') stretch.set(height, 'block');
    this.#isDecided = true;
  }

  /** A peer has been proven to lie: what it alone said is as if it had not been said. */
  expel(peer: PeerId): void {
    this.vote.withdraw(peer);
    this.#disputes?.expel(peer);
  }

  /** A peer sends something else than what it is waited for. */
  heard(peer: PeerId, dueMs: number): void {
    this.vote.heard(peer, dueMs);
    this.#disputes?.heard(peer, dueMs);
  }

  takeLate(now: Now): PeerId[] {
    return this.vote.takeLate(now);
  }

  deadline(): number | undefined {
    const patience = this.#isDecided ? undefined : earliest(this.#patienceDueMs, this.#tiredMs);
    return earliest(this.vote.deadline(), this.#disputes?.deadline(), patience);
  }

  peerLost(peer: PeerId): void {
    if (this.#isDecided) this.vote.leave(peer);
    else this.vote.withdraw(peer);
    this.#disputes?.peerLost(peer);
  }
}
