/** The unconfirmed transactions that a client holds, as users see them. */

import { hashKey } from './bytes/hash-key.ts';
import { fromDisplayHex, toDisplayHex } from './bytes/hex.ts';
import type { TxEvent } from './mempool-events.ts';
import type { Network } from './networks/network.ts';
import type { Mempool } from './protocol/mempool/mempool.ts';
import { seenTxOf } from './protocol/mempool/mempool-news.ts';
import { toTxEvent } from './tx-events.ts';

export class MempoolView {
  readonly #pool: Mempool;
  readonly #network: Network;
  /** Memory that they may take, bytes. */
  readonly maxBytes: number;

  constructor(pool: Mempool, network: Network, maxBytes: number) {
    this.#pool = pool;
    this.#network = network;
    this.maxBytes = maxBytes;
  }

  get count(): number {
    return this.#pool.count;
  }

  /** Memory that they take, bytes, about. */
  get bytes(): number {
    return this.#pool.bytes;
  }

  /** Txids in display order, the oldest first. What comes or goes meanwhile may be among them or not. */
  *txids(): Generator<string> {
    for (const { txid } of this.#pool.entries()) yield toDisplayHex(txid);
  }

  /**
   * What is known of a transaction now; undefined when it is not there.
   *
   * @param txid display order; a wtxid will do as well.
   * @throws {TypeError} when it is not 64 hexadecimal digits.
   */
  transaction(txid: string): TxEvent | undefined {
    if (typeof txid !== 'string' || !/^[0-9a-f]{64}$/i.test(txid))
      throw new TypeError(`transaction: ${JSON.stringify(txid)} is not 64 hexadecimal digits`);
    const entry = this.#pool.find(hashKey(fromDisplayHex(txid)));
    if (entry === undefined) return undefined;
    const stamp = { time: new Date().toISOString(), network: this.#network.name };
    return toTxEvent(seenTxOf(entry, this.#pool), stamp, this.#network);
  }
}
