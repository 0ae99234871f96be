/** Amounts of outputs in the blocks that we saw: what a later transaction spends of them is its fee's one half. */

import type { HashKey } from '../../bytes/hash-key.ts';
import { type OutPointKey, positionOf, txKeyOf } from './pool-entry.ts';

/** Transactions whose amounts are kept, and amounts in all: some thirty full blocks, about 25 MB. */
const MAX_TRANSACTIONS = 100_000;
const MAX_OUTPUTS = 500_000;

export class SeenOutputs {
  /** Two generations, of which the older is dropped whole, as in `RollingKeys`. */
  #young = new Map<HashKey, Float64Array>();
  #old = new Map<HashKey, Float64Array>();
  /** Amounts in the younger one. */
  #outputCount = 0;

  /** @param valuesSats amounts of all outputs of a transaction, in their order. */
  add(key: HashKey, valuesSats: Float64Array): void {
    if (this.#young.has(key)) return;
    this.#young.set(key, valuesSats);
    this.#outputCount += valuesSats.length;
    if (2 * this.#young.size < MAX_TRANSACTIONS && 2 * this.#outputCount < MAX_OUTPUTS) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#outputCount = 0;
  }

  /** Satoshis; undefined when the transaction was not seen. NaN when it has no such output. */
  valueOf(spent: OutPointKey): number | undefined {
    const key = txKeyOf(spent);
    const values = this.#young.get(key) ?? this.#old.get(key);
    return values && (values[positionOf(spent)] ?? Number.NaN);
  }
}
