/** The blocks of a stretch of whose filters peers tell different things: what becomes of each of them. */

import { earliest, type Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import type { FetchedBlock } from '../blocks/block-download.ts';
import { FilterDispute, type FilterRequest, type Liars } from './filter-dispute.ts';
import type { FilterVote } from './filter-vote.ts';
import type { Stretch } from './stretch.ts';

/** Disputes that are open at a time where no block is needed to settle them. */
const MAX_OPEN = 32;
/** Of those, how many are remembered until the block comes, which may show who lies though nobody waits for that. */
const MAX_AWAITING_BLOCKS = 32;

/** What is needed to settle disputes. */
export interface Settling {
  readonly opinionsNeeded: number;
  /** Whether blocks have been found not to show who lies: then it is only asked whether it matters. */
  readonly isFutile: boolean;
  /** Blocks that may still be looked at because of those who left without showing their filters: then they are passed over. */
  readonly absentLeft: number;
  /** Whether a filter excludes what is looked for. */
  readonly excludes: (filter: Uint8Array, blockHash: Uint8Array) => boolean;
  readonly hashAt: (height: number) => Uint8Array;
  /** Time that a peer has to show a filter. */
  readonly timeoutMs: number;
}

export interface Settled {
  readonly liars: readonly Liars[];
  readonly requests: readonly FilterRequest[];
  /** Disputes that the block did not decide. */
  readonly undecidedCount: number;
  /** Blocks to be looked at because somebody who said otherwise has left. */
  readonly absentCount: number;
}

export class FilterDisputes {
  readonly #stretch: Stretch;
  readonly #vote: FilterVote;
  readonly #agreed: (height: number, hash: Uint8Array) => void;
  /** Heights in ascending order that are yet to be looked into. */
  #heights: readonly number[];
  #open: readonly FilterDispute[] = [];
  /** Those that are settled and whose blocks have to be looked at all the same. */
  #awaitingBlocks: readonly FilterDispute[] = [];
  #absentCount = 0;

  /** @param agreed told where a hash is not in dispute any more. */
  constructor(
    stretch: Stretch,
    vote: FilterVote,
    heights: readonly number[],
    agreed: (height: number, hash: Uint8Array) => void,
  ) {
    this.#stretch = stretch;
    this.#vote = vote;
    this.#heights = heights;
    this.#agreed = agreed;
  }

  get isOver(): boolean {
    return this.#heights.length === 0 && this.#open.length === 0;
  }

  /** Heights of blocks that are waited for. */
  get blockHeights(): number[] {
    return this.#open.filter(({ lacksBlock }) => lacksBlock).map(({ height }) => height);
  }

  /** The one about a block; undefined when there is none. */
  at(height: number): FilterDispute | undefined {
    return this.#open.find((dispute) => dispute.height === height);
  }

  /** Gets on as far as that is possible. */
  settle(settling: Settling, now: Now): Settled {
    const liars: Liars[] = [];
    let undecidedCount = 0;
    for (;;) {
      this.#openMore(settling);
      const settled = this.#open.find((dispute) => this.#close(dispute, settling, liars));
      if (settled === undefined) break;
      if (settled.isUndecided) undecidedCount++;
      if (settled.needsBlock && settled.hasAbsent) this.#absentCount++;
      this.#open = this.#open.filter((dispute) => dispute !== settled);
    }
    this.#awaitingBlocks = this.#awaitingBlocks.filter((dispute) => !this.#judge(dispute, liars));
    const requests = this.#open.flatMap((dispute) => dispute.take(settling.timeoutMs, now));
    const absentCount = this.#absentCount;
    this.#absentCount = 0;
    return { liars, requests, undecidedCount, absentCount };
  }

  /** One at a time where blocks may show who lies: then the others may be over. */
  #openMore(settling: Settling): void {
    const max = settling.isFutile ? MAX_OPEN : 1;
    while (this.#open.length < max) {
      const [height, ...others] = this.#heights;
      if (height === undefined) return;
      this.#heights = others;
      const dispute = this.#begin(height, settling);
      if (dispute !== undefined) this.#open = [...this.#open, dispute];
    }
  }

  /** @returns undefined where there is nothing to find out. */
  #begin(
    height: number,
    { opinionsNeeded, isFutile, absentLeft, hashAt }: Settling,
  ): FilterDispute | undefined {
    const all = this.#vote.hashesAt(height);
    const present = all.filter(({ members }) => members.length > 0);
    const sides = this.#absentCount >= absentLeft && present.length > 0 ? present : all;
    const [side] = sides;
    if (sides.length <= 1) {
      // Those who said otherwise were found out.
      const isBacked = side !== undefined && side.opinions >= opinionsNeeded;
      if (isBacked) this.#agreed(height, side.hash);
      this.#stretch.set(height, isBacked ? 'filter' : 'block');
      return undefined;
    }
    const isComplete = present.length === sides.length;
    // With one side alone nobody can be found out.
    const isOpen = isFutile ? isComplete : present.length > 1;
    this.#stretch.set(height, isFutile && isOpen ? 'undecided' : 'block');
    if (isOpen) return new FilterDispute(height, hashAt(height).slice(), sides, !isFutile);
    this.#absentCount++;
    return undefined;
  }

  /** @returns whether it is settled. */
  #close(dispute: FilterDispute, { excludes }: Settling, liars: Liars[]): boolean {
    if (dispute.needsBlock) return this.#judge(dispute, liars);
    const isClear = dispute.isMoot ? false : dispute.isExcludedByAll(excludes);
    if (isClear === undefined) return false;
    this.#stretch.set(dispute.height, isClear ? 'clear' : 'block');
    if (!isClear) this.#awaitingBlocks = [...this.#awaitingBlocks, dispute].slice(-MAX_AWAITING_BLOCKS);
    return true;
  }

  /** @returns whether that is over. */
  #judge(dispute: FilterDispute, liars: Liars[]): boolean {
    const found = dispute.judge();
    for (const { hash } of found ?? []) this.#vote.strike(dispute.height, hash);
    liars.push(...(found ?? []));
    return found !== undefined;
  }

  blockCame(block: FetchedBlock): void {
    for (const dispute of [...this.#open, ...this.#awaitingBlocks])
      if (dispute.height === block.height) dispute.blockCame(block);
  }

  /** Who does not show a filter that it told the hash of: what it told stays said, and nobody need wait for it again. */
  takeMute(now: Now): PeerId[] {
    const mute = this.#open.flatMap((dispute) => dispute.takeLate(now));
    for (const peer of mute) {
      this.#vote.leave(peer);
      this.peerLost(peer);
    }
    return mute;
  }

  heard(peer: PeerId, dueMs: number): void {
    for (const dispute of this.#open) dispute.heard(peer, dueMs);
  }

  /** A peer has been proven to lie. */
  expel(peer: PeerId): void {
    for (const dispute of [...this.#open, ...this.#awaitingBlocks]) dispute.expel(peer);
  }

  peerLost(peer: PeerId): void {
    for (const dispute of this.#open) dispute.peerLost(peer);
  }

  deadline(): number | undefined {
    return earliest(...this.#open.map((dispute) => dispute.deadline()));
  }
}
