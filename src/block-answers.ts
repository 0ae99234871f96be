/** Blocks that the user of a client asks for, each answered once. */

import { fromDisplayHex, toDisplayHex } from './bytes/hex.ts';
import { type HashKey, hashKey } from './bytes/hash-key.ts';
import type { HeaderTree } from './chain/header-tree.ts';
import { ClientError } from './client-error.ts';
import { Outcome } from './outcome.ts';
import type { FetchedBlock } from './protocol/blocks/block-download.ts';
import type { BlockNews } from './protocol/blocks/block-requests.ts';
import type { Header } from './wire/header.ts';
import type { IdentifiedTx } from './wire/identified-tx.ts';

/** A block of which the transactions are those that its header commits to. */
export interface BlockInfo {
  readonly height: number;
  /** Display order. */
  readonly hash: string;
  readonly header: Header;
  /** The coinbase first. */
  readonly transactions: readonly IdentifiedTx[];
}

/** What fetches blocks. */
interface Fetcher {
  fetchBlock(block: { readonly height: number; readonly hash: Uint8Array }): void;
}

export class BlockAnswers {
  readonly #waiting = new Map<HashKey, Outcome<FetchedBlock>>();

  /** @param which a height, or a hash in display order. */
  async fetch(which: number | string, tree: HeaderTree, fetcher: Fetcher): Promise<BlockInfo> {
    const block = find(which, tree);
    const key = hashKey(block.hash);
    let outcome = this.#waiting.get(key);
    if (outcome === undefined) {
      outcome = new Outcome();
      this.#waiting.set(key, outcome);
      fetcher.fetchBlock(block);
    }
    const { height, hash, header, transactions } = await outcome.promise();
    return { height, hash: toDisplayHex(hash), header, transactions };
  }

  answer(news: BlockNews): void {
    const key = hashKey(news.block.hash);
    const outcome = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (news.event === 'block-fetched') outcome?.resolve(news.block);
    else outcome?.reject(new ClientError(news.code, news.message));
  }

  /** No more answers will come. */
  end(error: ClientError): void {
    for (const outcome of this.#waiting.values()) outcome.reject(error);
    this.#waiting.clear();
  }
}

function find(which: number | string, tree: HeaderTree): { height: number; hash: Uint8Array } {
  const height = typeof which === 'number' ? which : heightOf(which, tree);
  if (
    !Number.isInteger(height) ||
    height === undefined ||
    height < tree.firstHeight ||
    height > tree.tip.height
  )
    throw new ClientError(
      'block-not-found',
      `${describe(which)} is not on the best chain, which ends at height ${tree.tip.height}`,
    );
  // A copy: what the tree gives is a view of what may change.
  return { height, hash: tree.hashAt(height).slice() };
}

function heightOf(hash: string, tree: HeaderTree): number | undefined {
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/i.test(hash))
    throw new TypeError(`fetchBlock: ${JSON.stringify(hash)} is not a height or 64 hexadecimal digits`);
  return tree.heightOf(fromDisplayHex(hash));
}

function describe(which: number | string): string {
  return typeof which === 'number' ? `height ${which}` : `block ${which}`;
}
