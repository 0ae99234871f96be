/** Which transactions a user is told of: those that a filter lets through, and then all that becomes of them. */

import type { ClientEvent, ReportedEvent } from './client-events.ts';
import type { TxEvent } from './mempool-events.ts';
import { revealedScripts } from './script/revealed-script.ts';
import type { TxFilter } from './tx-filter.ts';

export class ShownTransactions {
  readonly #filter: TxFilter;
  /** Txids, of what is in the list now. */
  readonly #shown = new Set<string>();

  constructor(filter: TxFilter) {
    this.#filter = filter;
  }

  /**
   * Whether the user wants to be told.
   *
   * @param reported the same event as the node reported it.
   */
  admits(event: ClientEvent, reported: ReportedEvent): boolean {
    if (this.#filter.isEmpty) return true;
    if (event.event === 'tx') return this.#admitsNew(event, reported);
    if (event.event === 'tx-updated') return this.#shown.has(event.txid);
    return event.event !== 'tx-removed' || this.#shown.delete(event.txid);
  }

  #admitsNew(event: TxEvent, reported: ReportedEvent): boolean {
    const known = reported.event === 'tx' ? reported.tx.spentScripts : [];
    // Looked at only where it may matter: it takes hashing.
    const scripts = this.#filter.needsSpentScripts
      ? [...known, ...event.transaction.inputs.flatMap(revealedScripts)]
      : [];
    if (!this.#filter.matches(event, scripts)) return false;
    this.#shown.add(event.txid);
    return true;
  }
}
