/** The list of unconfirmed transactions of an honest node: what pays more replaces what pays less, and blocks decide. */
import type { Chain } from '../chains.ts';
import { areRivals, type Ledger, type RealTx } from './ledger.ts';

export class NodePool {
  readonly #ledger: Ledger;
  #chain: Chain;
  readonly #entries = new Map<string, RealTx>();
  /** Their parents have not come yet. */
  readonly #orphans = new Map<string, RealTx>();
  /** What was replaced, contradicted or refused. */
  readonly #lost = new Set<string>();
  /** How often each has come in. */
  readonly #visits = new Map<string, number>();

  constructor(ledger: Ledger, chain: Chain) {
    this.#ledger = ledger;
    this.#chain = chain;
  }

  get keys(): ReadonlySet<string> {
    return new Set(this.#entries.keys());
  }

  entries(): RealTx[] {
    return [...this.#entries.values()];
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Differs when it was away in between. */
  visitOf(key: string): number {
    return this.#visits.get(key) ?? 0;
  }

  /** A transaction came. @returns those that came in by it. */
  offer(tx: RealTx): RealTx[] {
    if (!this.#enter(tx)) return [];
    return [tx, ...this.#adoptOrphans()];
  }

  /** Another chain is the best one. @returns orphans that came in by it; what a left block held comes in silently. */
  follow(chain: Chain): RealTx[] {
    const { confirmed } = this.#ledger.stateAt(this.#chain);
    this.#chain = chain;
    const now = this.#ledger.stateAt(chain);
    for (const tx of this.entries())
      if (now.confirmed.has(tx.key)) this.#entries.delete(tx.key);
      else if (tx.spends.some((spend) => now.spent.has(spend))) this.#remove(tx);
    for (const key of confirmed) {
      const tx = this.#ledger.get(key);
      if (tx !== undefined && !now.confirmed.has(key)) this.#enter(tx);
    }
    // What they needed may have left with a block and not come back.
    for (const tx of this.entries()) if (!this.#hasParents(tx)) this.#remove(tx);
    return this.#adoptOrphans();
  }

  #enter(tx: RealTx): boolean {
    const { confirmed, spent } = this.#ledger.stateAt(this.#chain);
    if (this.#entries.has(tx.key) || confirmed.has(tx.key)) return false;
    const rivals = this.entries().filter(({ spends }) => areRivals(spends, tx.spends));
    const isLate =
      tx.spends.some((spend) => spent.has(spend)) ||
      rivals.some(({ feeSats }) => feeSats >= tx.feeSats) ||
      tx.parents.some((parent) => this.#lost.has(parent) && !this.#isThere(parent));
    if (isLate) {
      this.#lose(tx);
      return false;
    }
    if (!this.#hasParents(tx)) {
      this.#orphans.set(tx.key, tx);
      return false;
    }
    for (const rival of rivals) this.#remove(rival);
    this.#entries.set(tx.key, tx);
    this.#visits.set(tx.key, this.visitOf(tx.key) + 1);
    return true;
  }

  #hasParents({ parents }: RealTx): boolean {
    return parents.every((parent) => this.#isThere(parent));
  }

  #isThere(key: string): boolean {
    return this.#entries.has(key) || this.#ledger.stateAt(this.#chain).confirmed.has(key);
  }

  /** Others have thrown out what needs it: so that all agree, it must not wait here either. */
  #lose(tx: RealTx): void {
    this.#lost.add(tx.key);
    for (const orphan of this.#orphans.values()) {
      if (!orphan.parents.includes(tx.key) || !this.#orphans.delete(orphan.key)) continue;
      this.#lose(orphan);
    }
  }

  #remove(tx: RealTx): void {
    if (!this.#entries.delete(tx.key)) return;
    this.#lose(tx);
    for (const child of this.entries()) if (child.parents.includes(tx.key)) this.#remove(child);
  }

  #adoptOrphans(): RealTx[] {
    const adopted: RealTx[] = [];
    for (const orphan of this.#orphans.values()) {
      if (!this.#hasParents(orphan)) continue;
      this.#orphans.delete(orphan.key);
      if (this.#enter(orphan)) adopted.push(orphan, ...this.#adoptOrphans());
    }
    return adopted;
  }
}
