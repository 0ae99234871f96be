/** Fetches new blocks of the best chain, one after another, from peers that have them. */

import { equalBytes } from '../../bytes/hash.ts';
import type { HashKey } from '../../bytes/hash-key.ts';
import type { ChainPoint } from '../../chain/tree-change.ts';
import type { Block } from '../../wire/block.ts';
import { BlockDownload, type BlockRequest } from '../blocks/block-download.ts';
import type { BlockOutcome } from '../blocks/fetched-block.ts';
import type { Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';

/** Blocks that may wait; beyond these, which is over ten days, the oldest are not looked at. */
const MAX_WAITING = 2_016;

export class BlockFetch {
  /** Wants the first one only: what a block confirms must be known before the next is looked at. */
  readonly #download: BlockDownload;
  /** Oldest first. */
  #waiting: ChainPoint[] = [];

  /** @param holdersOf the peers that have the block of the best chain at a height, the best to ask first. */
  constructor(holdersOf: (height: number) => readonly PeerId[]) {
    this.#download = new BlockDownload({ holdersOf });
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** A block joined the best chain. */
  want({ height, hash }: ChainPoint, now: Now): void {
    this.#waiting.push({ height, hash });
    if (this.#waiting.length > MAX_WAITING) this.#next(now);
    else if (this.#waiting.length === 1) this.#download.want({ height, hash }, now);
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
    this.#download.peerLost(peer, now);
  }

  /** The peer does not have it. */
  notFound(peer: PeerId, key: HashKey, now: Now): void {
    this.#download.notFound(peer, key, now);
  }

  /** A block came. One that no peer can have without fault is passed over. */
  receive(peer: PeerId, block: Block, now: Now): BlockOutcome {
    const outcome = this.#download.receive(peer, block, now);
    if (outcome.kind === 'fetched' || outcome.kind === 'invalid') this.#next(now);
    return outcome;
  }

  /** What is to be asked now. */
  take(now: Now): BlockRequest[] {
    return this.#download.take(now);
  }

  deadline(): number | undefined {
    return this.#download.deadline();
  }

  #next(now: Now): void {
    const [first, ...rest] = this.#waiting;
    if (first !== undefined) this.#download.forget(first.hash);
    this.#waiting = rest;
    const [next] = rest;
    if (next !== undefined) this.#download.want(next, now);
  }
}
