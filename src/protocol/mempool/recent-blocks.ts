/** The last blocks that we took in: what they confirmed comes back when they leave the best chain. */

import { type HashKey, hashKey } from '../../bytes/hash-key.ts';
import type { IdentifiedTx } from '../../wire/identified-tx.ts';
import { bytesOf, type OutPointKey, outPointKey, type PoolEntry } from './pool-entry.ts';

/** Blocks that are kept: no honest reorganisation of the last years was longer. */
const MAX_BLOCKS = 24;
/** Room for what they confirmed; where it is not enough the oldest blocks go, but never the last one. */
const MAX_BYTES = 50_000_000;

interface RecentBlock {
  readonly key: HashKey;
  /** Names of all its transactions, txids and wtxids, and the outputs that they spend: these keys are longer. */
  readonly keys: readonly string[];
  /** Those that were in the list before, in the order of the block. */
  readonly confirmed: readonly PoolEntry[];
  readonly bytes: number;
}

export class RecentBlocks {
  #blocks: RecentBlock[] = [];
  readonly #keys = new Set<string>();

  /** Whether one of these blocks holds a transaction. @param key of a txid or a wtxid. */
  holds(key: HashKey): boolean {
    return this.#keys.has(key);
  }

  /** Whether one of these blocks spends an output. */
  spends(spent: OutPointKey): boolean {
    return this.#keys.has(spent);
  }

  /** Takes in the next block of the best chain. */
  add(hash: Uint8Array, transactions: readonly IdentifiedTx[], confirmed: readonly PoolEntry[]): void {
    const keys: string[] = [];
    for (const { tx, txid, wtxid } of transactions) {
      keys.push(hashKey(txid));
      if (txid !== wtxid) keys.push(hashKey(wtxid));
      for (const { previous } of tx.inputs) keys.push(outPointKey(previous));
    }
    for (const key of keys) this.#keys.add(key);
    const bytes = confirmed.reduce((sum, entry) => sum + bytesOf(entry), 0);
    this.#blocks.push({ key: hashKey(hash), keys, confirmed, bytes });
    let total = this.#blocks.reduce((sum, block) => sum + block.bytes, 0);
    while (this.#blocks.length > MAX_BLOCKS || (total > MAX_BYTES && this.#blocks.length > 1)) {
      total -= this.#drop(this.#blocks.shift()).bytes;
    }
  }

  /** The last block left the best chain: what it had confirmed. Undefined when it is not known. */
  takeBack(hash: Uint8Array): readonly PoolEntry[] | undefined {
    if (this.#blocks.at(-1)?.key !== hashKey(hash)) return undefined;
    return this.#drop(this.#blocks.pop()).confirmed;
  }

  #drop(block: RecentBlock | undefined): RecentBlock {
    if (block === undefined) throw new RangeError('there is no block to drop');
    for (const key of block.keys) this.#keys.delete(key);
    return block;
  }
}
