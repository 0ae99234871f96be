/** The blocks that a scan has to look at: a few at a time are fetched, and held until it is their turn. */

import { equalBytes } from '../../bytes/hash.ts';
import type { HashKey } from '../../bytes/hash-key.ts';
import type { Block } from '../../wire/block.ts';
import {
  BlockDownload,
  type BlockOutcome,
  type BlockRequest,
  type FetchedBlock,
} from '../blocks/block-download.ts';
import type { Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import type { Stretch } from './stretch.ts';

/** Blocks that are fetched or held: a large one takes some ten megabytes when it is decoded. */
const MAX_BLOCKS = 12;

export class ScanBlocks {
  readonly #download: BlockDownload;
  /** Hashes of those that are fetched, by height. */
  readonly #wanted = new Map<number, Uint8Array>();
  /** Heights of those that it is not the turn of: they are shown when they come, and not held. */
  readonly #urgent = new Set<number>();
  readonly #held = new Map<number, FetchedBlock>();
  #fetchedCount = 0;
  #invalid: (BlockOutcome & { kind: 'invalid' }) | undefined;

  /** @param holdersOf the peers that have the block of the best chain at a height, the best to ask first. */
  constructor(holdersOf: (height: number) => readonly PeerId[]) {
    this.#download = new BlockDownload({ holdersOf });
  }

  /** Blocks that came. */
  get fetchedCount(): number {
    return this.#fetchedCount;
  }

  get isWaiting(): boolean {
    return this.#wanted.size > 0;
  }

  /** A block of the best chain that breaks a rule, whoever delivers it; undefined when there is none. */
  get invalid(): (BlockOutcome & { kind: 'invalid' }) | undefined {
    return this.#invalid;
  }

  /** Wishes for the blocks that others wait for, and for the next ones in order. */
  want(
    urgent: readonly number[],
    stretches: readonly Stretch[],
    next: number,
    hashAt: (height: number) => Uint8Array,
    now: Now,
  ): void {
    if (stretches[0]?.stateOf(next) === 'block') {
      this.#wantOne(next, hashAt, now);
      this.#urgent.delete(next);
    }
    for (const stretch of stretches) {
      let height = stretch.nextIn('block', next);
      while (height !== undefined && this.#hasRoom(next)) {
        this.#wantOne(height, hashAt, now);
        this.#urgent.delete(height);
        height = stretch.nextIn('block', height + 1);
      }
    }
    for (const height of urgent) if (this.#wantOne(height, hashAt, now)) this.#urgent.add(height);
  }

  /** One place is kept for the next block: if those behind it took all, they would wait for it for ever. */
  #hasRoom(next: number): boolean {
    const isNextThere = (this.#wanted.has(next) && !this.#urgent.has(next)) || this.#held.has(next);
    const count = this.#wanted.size - this.#urgent.size + this.#held.size;
    return count < MAX_BLOCKS - (isNextThere ? 0 : 1);
  }

  /** @returns whether it was not wanted yet. */
  #wantOne(height: number, hashAt: (height: number) => Uint8Array, now: Now): boolean {
    if (this.#wanted.has(height) || this.#held.has(height)) return false;
    const hash = hashAt(height).slice();
    this.#wanted.set(height, hash);
    this.#download.want({ height, hash }, now);
    return true;
  }

  take(now: Now): BlockRequest[] {
    return this.#download.take(now);
  }

  receive(peer: PeerId, block: Block, now: Now): BlockOutcome {
    const outcome = this.#download.receive(peer, block, now);
    if (outcome.kind === 'invalid') this.#invalid = outcome;
    if (outcome.kind === 'fetched') {
      const { height, hash } = outcome.block;
      const wanted = this.#wanted.get(height);
      // Of the chain as it was before it changed.
      if (wanted === undefined || !equalBytes(wanted, hash)) return { kind: 'unwanted' };
      this.#wanted.delete(height);
      if (!this.#urgent.delete(height)) this.#held.set(height, outcome.block);
      this.#fetchedCount++;
    }
    return outcome;
  }

  notFound(peer: PeerId, key: HashKey, now: Now): void {
    this.#download.notFound(peer, key, now);
  }

  peerLost(peer: PeerId, now: Now): void {
    this.#download.peerLost(peer, now);
  }

  /** The block at a height, if it is there; it is not held any more. */
  takeHeld(height: number): FetchedBlock | undefined {
    const block = this.#held.get(height);
    this.#held.delete(height);
    return block;
  }

  /** The blocks are other ones now. */
  forgetAll(): void {
    for (const hash of this.#wanted.values()) this.#download.forget(hash);
    this.#wanted.clear();
    this.#urgent.clear();
    this.#held.clear();
    this.#invalid = undefined;
  }

  deadline(): number | undefined {
    return this.#download.deadline();
  }
}
