/** Fetches new blocks of the best chain, one after another, from peers that have them. */

import { type BlockRule, checkBlock } from '../../chain/check-block.ts';
import type { ChainPoint } from '../../chain/tree-change.ts';
import { equalBytes } from '../../bytes/hash.ts';
import { type HashKey, hashKey } from '../../bytes/hash-key.ts';
import type { Block } from '../../wire/block.ts';
import { headerHash } from '../../wire/header.ts';
import { type IdentifiedTx, identify } from '../../wire/identified-tx.ts';
import { INVENTORY } from '../../wire/inventory.ts';
import type { Message } from '../../wire/message.ts';
import type { Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';

/** Time after which another peer is asked as well; the first is not in fault yet: a block may be four million bytes. */
const ANOTHER_AFTER_MS = 10_000;
/** Time to wait when all were asked in vain, and between two looks for somebody who was not asked yet. */
const PAUSE_MS = 30_000;
const LOOK_INTERVAL_MS = 2_000;
/** Blocks that may wait; beyond these, which is over ten days, the oldest are not looked at. */
const MAX_WAITING = 2_016;

/** A block whose transactions are the ones that its header commits to. */
export interface FetchedBlock extends ChainPoint {
  readonly transactions: readonly IdentifiedTx[];
}

export type BlockOutcome =
  | { readonly kind: 'fetched'; readonly block: FetchedBlock }
  | { readonly kind: 'refused'; readonly rule: BlockRule; readonly detail: string }
  /** It is not the one that is wanted. */
  | { readonly kind: 'unwanted' };

export class BlockFetch {
  readonly #holdersOf: (height: number) => readonly PeerId[];
  /** Oldest first; the first is the one that is asked for. */
  #waiting: ChainPoint[] = [];
  /** Peers that were asked for the first block: any of them may bring it, however late. */
  readonly #asked = new Set<PeerId>();
  /** Those that were asked in this round, and those of them that have not answered. */
  readonly #tried = new Set<PeerId>();
  readonly #pending = new Set<PeerId>();
  #dueMs: number | undefined;
  /** When those who were asked in vain are asked again. */
  #nextRoundMs: number | undefined;
  readonly #lateCounts = new Map<PeerId, number>();

  /** @param holdersOf the peers that have the block of the best chain at a height, the best to ask first. */
  constructor(holdersOf: (height: number) => readonly PeerId[]) {
    this.#holdersOf = holdersOf;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** A block joined the best chain. */
  want({ height, hash }: ChainPoint, now: Now): void {
    this.#waiting.push({ height, hash });
    if (this.#waiting.length > MAX_WAITING) this.#next(now);
    else if (this.#waiting.length === 1) this.#dueMs = now.ms;
  }

  /** The last block left the best chain. Returns whether it was still waited for. */
  drop(hash: Uint8Array, now: Now): boolean {
    const last = this.#waiting.at(-1);
    if (last === undefined || !equalBytes(last.hash, hash)) return false;
    if (this.#waiting.length === 1) this.#next(now);
    else this.#waiting.pop();
    return true;
  }

  peerLost(peer: PeerId, now: Now): void {
    this.#asked.delete(peer);
    this.#tried.delete(peer);
    this.#lateCounts.delete(peer);
    if (this.#pending.delete(peer) && this.#pending.size === 0) this.#dueMs = now.ms;
  }

  /** The peer does not have it. */
  notFound(peer: PeerId, key: HashKey, now: Now): void {
    const first = this.#waiting[0];
    if (first === undefined || hashKey(first.hash) !== key) return;
    if (this.#pending.delete(peer) && this.#pending.size === 0) this.#dueMs = now.ms;
  }

  /** A block came. Whoever sends what its header does not commit to is told by the outcome; then another peer is asked. */
  receive(peer: PeerId, block: Block, now: Now): BlockOutcome {
    const wanted = this.#waiting[0];
    // Nobody is hashed for whom we did not ask.
    if (wanted === undefined || !this.#asked.has(peer) || !equalBytes(headerHash(block.header), wanted.hash))
      return { kind: 'unwanted' };
    const transactions = block.transactions.map(identify);
    const fault = checkBlock(block.header, transactions);
    if (fault !== undefined) {
      this.#pending.delete(peer);
      if (this.#pending.size === 0) this.#dueMs = now.ms;
      return { kind: 'refused', ...fault };
    }
    this.#lateCounts.delete(peer);
    this.#next(now);
    return { kind: 'fetched', block: { ...wanted, transactions } };
  }

  /** What is to be asked now. */
  take(now: Now): { readonly peer: PeerId; readonly message: Message } | undefined {
    const wanted = this.#waiting[0];
    if (wanted === undefined || this.#dueMs === undefined || now.ms < this.#dueMs) return undefined;
    if (this.#nextRoundMs !== undefined && now.ms >= this.#nextRoundMs) this.#beginRound();
    const fresh = this.#holdersOf(wanted.height).filter((peer) => !this.#tried.has(peer));
    if (fresh.length === 0) {
      this.#nextRoundMs ??= now.ms + PAUSE_MS;
      this.#dueMs = Math.min(this.#nextRoundMs, now.ms + LOOK_INTERVAL_MS);
      return undefined;
    }
    for (const late of this.#pending) this.#lateCounts.set(late, (this.#lateCounts.get(late) ?? 0) + 1);
    const lateness = (peer: PeerId): number => this.#lateCounts.get(peer) ?? 0;
    const peer = fresh.reduce((best, other) => (lateness(other) < lateness(best) ? other : best));
    for (const set of [this.#asked, this.#tried, this.#pending]) set.add(peer);
    this.#dueMs = now.ms + ANOTHER_AFTER_MS;
    const items = [{ type: INVENTORY.WITNESS_BLOCK, hash: wanted.hash }];
    return { peer, message: { command: 'getdata', payload: { items } } };
  }

  deadline(): number | undefined {
    return this.#waiting.length === 0 ? undefined : this.#dueMs;
  }

  #beginRound(): void {
    this.#nextRoundMs = undefined;
    this.#tried.clear();
    this.#pending.clear();
  }

  #next(now: Now): void {
    this.#waiting = this.#waiting.slice(1);
    this.#asked.clear();
    this.#beginRound();
    this.#dueMs = this.#waiting.length === 0 ? undefined : now.ms;
  }
}
