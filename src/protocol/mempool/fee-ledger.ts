/** Works out what transactions pay, as soon as all that they spend was seen. */

import { type HashKey, hashKey } from '../../bytes/hash-key.ts';
import { MAX_MONEY_SATS } from '../../chain/check-transaction.ts';
import type { IdentifiedTx } from '../../wire/identified-tx.ts';
import type { Mempool } from './mempool.ts';
import { keyOfOutput, type OutPointKey, type PoolEntry, positionOf, txKeyOf } from './pool-entry.ts';
import { SeenOutputs } from './seen-outputs.ts';
import type { TxFault } from './tx-fault.ts';

const MAX_MONEY = Number(MAX_MONEY_SATS);

export class FeeLedger {
  readonly #pool: Mempool;
  readonly #outputs = new SeenOutputs();

  constructor(pool: Mempool) {
    this.#pool = pool;
  }

  /** Works out the fee of an entry, or how many of the outputs that it spends are yet to be seen. */
  assess(entry: PoolEntry): TxFault | undefined {
    if (entry.feeSats !== undefined) return undefined;
    let spentSats = 0;
    entry.unseenCount = 0;
    for (const spent of entry.spends) {
      const value = this.#valueOf(spent);
      if (value === undefined) entry.unseenCount++;
      else if (Number.isNaN(value)) {
        const detail = `its parent has no output ${positionOf(spent)}`;
        return { rule: 'bad-txns-inputs-missingorspent', detail };
      } else spentSats += value;
    }
    if (spentSats > MAX_MONEY)
      return { rule: 'bad-txns-inputvalues-outofrange', detail: `it spends ${spentSats} satoshis` };
    if (entry.unseenCount > 0) return undefined;
    const { outputTotalSats } = entry;
    if (spentSats < outputTotalSats)
      return { rule: 'bad-txns-in-belowout', detail: `it spends ${spentSats}, and pays ${outputTotalSats}` };
    entry.feeSats = spentSats - outputTotalSats;
    return undefined;
  }

  /**
   * The outputs of a transaction became known: that of each entry that spends one of them one thing less is unknown.
   *
   * @returns those of which nothing seems to be unknown any more: they are worth another look.
   */
  see(key: HashKey, outputCount: number): Set<PoolEntry> {
    const complete = new Set<PoolEntry>();
    for (let n = 0; n < outputCount; n++) {
      for (const spender of this.#pool.spendersOf(keyOfOutput(key, n))) {
        // An output may be seen twice, so this may be too few; then the look will tell. It is never too many.
        if (spender.feeSats === undefined && --spender.unseenCount <= 0) complete.add(spender);
      }
    }
    return complete;
  }

  /** A block came: what its transactions pay out is known from now on. */
  seeBlock(transactions: readonly IdentifiedTx[]): Set<PoolEntry> {
    const complete = new Set<PoolEntry>();
    for (const { tx, txid } of transactions) {
      const key = hashKey(txid);
      this.#outputs.add(
        key,
        Float64Array.from(tx.outputs, ({ valueSats }) => Number(valueSats)),
      );
      for (const entry of this.see(key, tx.outputs.length)) complete.add(entry);
    }
    return complete;
  }

  #valueOf(spent: OutPointKey): number | undefined {
    const parent = this.#pool.get(txKeyOf(spent));
    if (parent === undefined) return this.#outputs.valueOf(spent);
    return parent.valuesSats[positionOf(spent)] ?? Number.NaN;
  }
}
