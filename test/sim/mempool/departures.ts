/** Why real transactions left the list, and whether that is so. */
import { toHex } from '../../../src/bytes/hex.ts';
import type { TxNews } from '../../../src/protocol/mempool/mempool-news.ts';
import { Violation } from '../client.ts';
import { areRivals, outPointText, type RealTx } from './ledger.ts';
import type { Truth } from './truth.ts';

export type Removed = Extract<TxNews, { event: 'tx-removed' }>;

/** What one transaction took the place of another with. */
export interface Replacement {
  readonly key: string;
  readonly spends: readonly string[];
}

export class Departures {
  readonly #truth: Truth;

  constructor(truth: Truth) {
    this.#truth = truth;
  }

  /** Returns the key of the block. */
  checkConfirmed(key: string, { block }: Removed): string {
    const body = block && this.#truth.ledger.bodyOf(block.hash);
    const isThere = body?.transactions.some(({ txid }) => toHex(txid) === key);
    if (block === undefined || isThere !== true)
      throw new Violation(`${key} is not in the block that is named`);
    return toHex(block.hash);
  }

  checkConflict(tx: RealTx, { block }: Removed): void {
    const body = block && this.#truth.ledger.bodyOf(block.hash);
    if (body === undefined) throw new Violation(`${tx.key} conflicts with no block`);
    const lineage = this.#truth.ledger.lineage(tx);
    const names = new Set(lineage.map(({ key }) => key));
    const others = body.transactions.filter(({ txid }) => !names.has(toHex(txid)));
    const spent = others.flatMap((other) => other.tx.inputs.map(({ previous }) => outPointText(previous)));
    if (!lineage.some(({ spends }) => areRivals(spends, spent)))
      throw new Violation(`${tx.key} does not conflict with the block that is named`);
  }

  /**
   * Where fees cannot be compared, peers that are behind may be many enough for the lesser one to win for a while.
   *
   * @param standsBy how many honest peers that are there have announced a transaction.
   */
  checkReplaced(tx: RealTx, { key, spends }: Replacement, standsBy: (key: string) => number): void {
    const { ledger, hostileCount } = this.#truth;
    const rivals = ledger.lineage(tx).filter((member) => areRivals(member.spends, spends));
    if (rivals.length === 0)
      throw new Violation(`${tx.key} was replaced by ${key}, which spends other things`);
    const real = ledger.get(key);
    if (real === undefined && rivals.some((rival) => standsBy(rival.key) > 0))
      throw new Violation(`${tx.key} was replaced by ${key}, which is made up`);
    // Where fees cannot be compared the most words win, and hostile peers have theirs.
    const isBelieved = (rival: RealTx): boolean =>
      areSame(spends, rival.spends) || standsBy(rival.key) > Math.max(1, hostileCount);
    const isWrong = (rival: RealTx): boolean => rival.feeSats >= (real?.feeSats ?? 0) && isBelieved(rival);
    if (real !== undefined && rivals.some(isWrong))
      throw new Violation(`${tx.key} was replaced by ${key}, which pays less`);
  }

  /**
   * What several peers stand by goes after all that only one does, unless it needs what went.
   *
   * @param isWeak whether there is anything left that only one peer announced.
   */
  checkEvicted(evicted: readonly { tx: RealTx; peerCount: number }[], isWeak: () => boolean): void {
    for (const { tx, peerCount } of evicted) {
      if (this.#truth.hasRoom) throw new Violation(`${tx.key} was evicted`);
      const isAlone = tx.parents.every((key) => !evicted.some((other) => other.tx.key === key));
      if (peerCount > 1 && isAlone && isWeak())
        throw new Violation(`${tx.key} was evicted before what one peer made up`);
    }
  }

  /** One that no honest node has any more may stay only where the client cannot know better. */
  checkLeftOver(
    tx: RealTx,
    present: ReadonlySet<string>,
    { isTold, isKnown }: Record<'isTold' | 'isKnown', (key: string) => boolean>,
  ): void {
    const { ledger } = this.#truth;
    const lineage = ledger.lineage(tx);
    // What became of a parent that was never announced cannot be known.
    if (!lineage.every(({ key }) => isTold(key))) return;
    const winners = [...ledger.all()].filter(
      (other) =>
        present.has(other.key) &&
        !lineage.includes(other) &&
        lineage.some(({ spends }) => areRivals(spends, other.spends)),
    );
    if (winners.length > 0 && !winners.some(({ key }) => isKnown(key))) return;
    const instead = winners.map(({ key }) => key).join(', ');
    throw new Violation(`${tx.key} is in the list, and no honest node has it; instead: ${instead}`);
  }
}

/** Whether two of them spend the same, so that their fees can be compared. */
function areSame(spends: readonly string[], others: readonly string[]): boolean {
  return spends.length === others.length && spends.every((spend) => others.includes(spend));
}
