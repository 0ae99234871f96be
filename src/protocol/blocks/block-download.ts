/**
 * Fetches blocks of the best chain from several peers at once.
 *
 * A block is asked of one peer, and of another as well when it does not come in time; whoever was asked may still bring
 * it. Several are asked of a peer at a time, so that its line does not rest for a round trip after each. Fast peers are
 * asked first, and one that is late is asked for nothing more until it delivers. When all who have a block were asked in
 * vain they are asked again after a pause, and who comes to have it meanwhile is asked at once.
 */

import { type HashKey, hashKey } from '../../bytes/hash-key.ts';
import type { ChainPoint } from '../../chain/tree-change.ts';
import type { Block } from '../../wire/block.ts';
import { headerHash } from '../../wire/header.ts';
import { INVENTORY } from '../../wire/inventory.ts';
import type { Message } from '../../wire/message.ts';
import { earliest, type Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import { BlockPeer, type BlockPeerLimits } from './block-peer.ts';
import { type BlockOutcome, examineBlock } from './fetched-block.ts';

export type { BlockOutcome, FetchedBlock } from './fetched-block.ts';

/** Time between two looks for somebody who can be asked. */
const LOOK_INTERVAL_MS = 2_000;

/** How much longer than the quickest, with all that it owes, a peer may take. */
const SLOWNESS = 10;

export interface BlockDownloadLimits extends BlockPeerLimits {
  /** Blocks that are asked for at a time; when peers are late more may come, but no two of them for the same wish. */
  readonly maxInFlight: number;
}

export const BLOCK_DOWNLOAD_DEFAULTS: BlockDownloadLimits = {
  maxInFlight: 16,
  maxInFlightPerPeer: 4,
  lateAfterMs: 10_000,
  pauseMs: 30_000,
};

export interface BlockDownloadSurroundings {
  /** The peers that have the best chain's block at a height, the best to ask first. */
  readonly holdersOf: (height: number) => readonly PeerId[];
}

export interface BlockRequest {
  readonly peer: PeerId;
  readonly message: Message;
}

interface Wanted {
  readonly block: ChainPoint;
  /** Peers that were asked: any of them may bring it, however late. */
  readonly asked: Set<PeerId>;
  /** Those that were asked in this round. */
  readonly tried: Set<PeerId>;
  /** When those that were asked in vain are asked again. */
  nextRoundMs: number | undefined;
  /** Since when no other is wanted longer. */
  firstMs: number | undefined;
}

export class BlockDownload {
  readonly #surroundings: BlockDownloadSurroundings;
  readonly #limits: BlockDownloadLimits;
  /** In the order of wish. */
  readonly #wanted = new Map<HashKey, Wanted>();
  /** Those that were asked for something. */
  readonly #peers = new Map<PeerId, BlockPeer>();
  /** What is to be expected of all others. */
  readonly #stranger: BlockPeer;
  /** When there may be something to ask. */
  #dueMs: number | undefined;

  constructor(surroundings: BlockDownloadSurroundings, limits: Partial<BlockDownloadLimits> = {}) {
    this.#surroundings = surroundings;
    this.#limits = { ...BLOCK_DOWNLOAD_DEFAULTS, ...limits };
    this.#stranger = new BlockPeer(this.#limits);
  }

  /** Blocks that are wanted and have not come, in flight or not. */
  get waitingCount(): number {
    return this.#wanted.size;
  }

  /** Blocks that are wanted and that some peer is about to bring. */
  get inFlightCount(): number {
    let count = 0;
    for (const [key, wanted] of this.#wanted) if (this.#isInFlight(key, wanted)) count++;
    return count;
  }

  /**
   * The block that is wanted longest, and since when it is the one, in {@link Now.ms}: when that is long ago nobody
   * delivers it.
   */
  get firstUnserved(): { readonly block: ChainPoint; readonly sinceMs: number } | undefined {
    const [first] = this.#wanted.values();
    return first?.firstMs === undefined ? undefined : { block: first.block, sinceMs: first.firstMs };
  }

  /** A block is wanted, after all that are already. */
  want({ height, hash }: ChainPoint, now: Now): void {
    const key = hashKey(hash);
    if (this.#wanted.has(key)) return;
    // One that was wanted before may be on its way still.
    const askedBefore = Array.from(this.#peers).flatMap(([id, peer]) => (peer.owes(key) ? [id] : []));
    this.#wanted.set(key, {
      block: { height, hash },
      asked: new Set(askedBefore),
      tried: new Set(askedBefore),
      nextRoundMs: undefined,
      firstMs: this.#wanted.size === 0 ? now.ms : undefined,
    });
    this.#dueMs = now.ms;
  }

  /** A block is not wanted any more. */
  forget(hash: Uint8Array): void {
    if (this.#wanted.delete(hashKey(hash))) this.#dueMs = Number.NEGATIVE_INFINITY;
  }

  peerLost(peer: PeerId, now: Now): void {
    if (!this.#peers.delete(peer)) return;
    for (const { asked, tried } of this.#wanted.values()) {
      asked.delete(peer);
      tried.delete(peer);
    }
    this.#dueMs = now.ms;
  }

  /** A peer says that it does not have a block. */
  notFound(peer: PeerId, key: HashKey, now: Now): void {
    const state = this.#peers.get(peer);
    if (state?.owes(key) !== true) return;
    state.answered(key, now);
    this.#dueMs = now.ms;
  }

  /**
   * A peer sends a block. What it was not asked for, and what has come already, is not looked at. One whose block is
   * refused is to be hung up on, and asked nothing more.
   */
  receive(peer: PeerId, block: Block, now: Now): BlockOutcome {
    const state = this.#peers.get(peer);
    if (state === undefined) return { kind: 'unwanted' };
    const key = hashKey(headerHash(block.header));
    const wanted = this.#wanted.get(key);
    const isAsked = wanted?.asked.delete(peer) === true;
    if (isAsked || state.owes(key)) {
      state.delivered(key, now);
      this.#dueMs = now.ms;
    }
    if (wanted === undefined || !isAsked) return { kind: 'unwanted' };
    const outcome = examineBlock(wanted.block, block);
    if (outcome.kind === 'refused') state.dismiss();
    else this.#wanted.delete(key);
    return outcome;
  }

  /** What is to be asked now. */
  take(now: Now): BlockRequest[] {
    if (this.#dueMs === undefined || now.ms < this.#dueMs) return [];
    for (const peer of this.#peers.values()) peer.writeOff(now);
    const [first] = this.#wanted.values();
    if (first !== undefined) first.firstMs ??= now.ms;
    const hashes = new Map<PeerId, Uint8Array[]>();
    let inFlight = this.inFlightCount;
    let lookMs: number | undefined;
    for (const [key, wanted] of this.#wanted) {
      const isInFlight = this.#isInFlight(key, wanted);
      if (isInFlight ? this.#isExpected(key, wanted, now) : inFlight >= this.#limits.maxInFlight) continue;
      const peer = this.#choose(wanted, now);
      if (peer === undefined) {
        lookMs = earliest(lookMs, wanted.nextRoundMs, now.ms + LOOK_INTERVAL_MS);
        continue;
      }
      if (!isInFlight) inFlight++;
      this.#ask(peer, key, wanted, now);
      const { hash } = wanted.block;
      const others = hashes.get(peer);
      if (others === undefined) hashes.set(peer, [hash]);
      else others.push(hash);
    }
    this.#dueMs = earliest(lookMs, ...Array.from(this.#peers.values(), (peer) => peer.deadline(now)));
    return Array.from(hashes, ([peer, wanted]) => ({ peer, message: getData(wanted) }));
  }

  /** When to call {@link take}, in {@link Now.ms}, though nothing happens. */
  deadline(): number | undefined {
    return this.#wanted.size === 0 ? undefined : this.#dueMs;
  }

  /** Whether some peer owes it. */
  #isInFlight(key: HashKey, { asked }: Wanted): boolean {
    for (const peer of asked) if (this.#peers.get(peer)?.owes(key) === true) return true;
    return false;
  }

  /** Whether some peer owes it that is not late. */
  #isExpected(key: HashKey, { asked }: Wanted, now: Now): boolean {
    for (const id of asked) {
      const peer = this.#peers.get(id);
      if (peer?.owes(key) === true && !peer.isLate(now)) return true;
    }
    return false;
  }

  /** The peer that would bring a block first; undefined when nobody can be asked now. */
  #choose(wanted: Wanted, now: Now): PeerId | undefined {
    const { block, tried } = wanted;
    if (wanted.nextRoundMs !== undefined && now.ms >= wanted.nextRoundMs) {
      wanted.nextRoundMs = undefined;
      tried.clear();
    }
    const fresh = this.#surroundings.holdersOf(block.height).filter((peer) => !tried.has(peer));
    if (fresh.length === 0) wanted.nextRoundMs ??= now.ms + this.#limits.pauseMs;
    let chosen: PeerId | undefined;
    let leastMs = Number.POSITIVE_INFINITY;
    let quickestMs = Number.POSITIVE_INFINITY;
    for (const id of fresh) {
      const peer = this.#peers.get(id) ?? this.#stranger;
      if (!peer.isLate(now)) quickestMs = Math.min(quickestMs, peer.expectedMs);
      if (!peer.hasRoom(now) || peer.expectedMs >= leastMs) continue;
      chosen = id;
      leastMs = peer.expectedMs;
    }
    // What a slow one would take longer for than somebody who is busy now is not asked of it.
    return leastMs > SLOWNESS * quickestMs ? undefined : chosen;
  }

  #ask(id: PeerId, key: HashKey, { asked, tried }: Wanted, now: Now): void {
    asked.add(id);
    tried.add(id);
    const peer = this.#peers.get(id) ?? new BlockPeer(this.#limits);
    this.#peers.set(id, peer);
    peer.ask(key, now);
  }
}

function getData(hashes: readonly Uint8Array[]): Message {
  const items = hashes.map((hash) => ({ type: INVENTORY.WITNESS_BLOCK, hash }));
  return { command: 'getdata', payload: { items } };
}
