/** What a scan has found so far, what is told of it, and what of it is yet to be written. */

import { equalBytes } from '../../bytes/hash.ts';
import type { ChainPoint } from '../../chain/tree-change.ts';
import type { FilterSegment } from '../../filters/filter-segment.ts';
import { Ledger } from '../../ledger/ledger.ts';
import { type BlockPayments, totalSats } from '../../ledger/payment.ts';
import type { FetchedBlock } from '../blocks/block-download.ts';
import type { Now } from '../machine.ts';
import type { ScanNews, ScanOutput, ScanState } from './scan-contract.ts';

/** Time between two writes while blocks are looked at. */
const SAVE_INTERVAL_MS = 2_000;

export class History {
  readonly #ledger: Ledger;
  #added: BlockPayments[] = [];
  /** Of what was written nothing above this is true; undefined when all is. */
  #keepUpTo: number | undefined;
  #savedHash: Uint8Array | undefined;
  #saveDueMs: number | undefined;
  #toldHash: Uint8Array | undefined;

  constructor(scripts: readonly Uint8Array[], resumed: ScanState | undefined) {
    this.#ledger = new Ledger(scripts);
    for (const block of resumed?.blocks ?? []) this.#ledger.append(block);
  }

  /** Tells what earlier runs found. */
  tellStored(): ScanOutput[] {
    let balanceSats = 0n;
    return Array.from(this.#ledger.history(), (found) => {
      const event = { event: 'payments', found, balanceSats, isStored: true } as const;
      balanceSats += netOf(found);
      return { do: 'report', event };
    });
  }

  /** Looks at a block, the next that has to be looked at, and tells what it holds. */
  lookAt({ height, hash, header, transactions }: FetchedBlock): ScanOutput[] {
    const { balanceSats } = this.#ledger;
    const found = this.#ledger.examine({ height, hash, blockTime: header.time, transactions });
    if (found === undefined) return [];
    this.#ledger.append(found);
    this.#added.push(found);
    return [{ do: 'report', event: { event: 'payments', found, balanceSats, isStored: false } }];
  }

  /** The blocks above a height left the best chain. */
  undoAbove(height: number): ScanOutput[] {
    let { balanceSats } = this.#ledger;
    this.#added = this.#added.filter((block) => block.height <= height);
    this.#keepUpTo = Math.min(this.#keepUpTo ?? height, height);
    return this.#ledger.undoAbove(height).map((found) => {
      const event = { event: 'payments-removed', found, balanceSats } as const;
      balanceSats -= netOf(found);
      return { do: 'report', event };
    });
  }

  /** Whether it is time to write what is new. */
  isDue(now: Now): boolean {
    this.#saveDueMs ??= now.ms + SAVE_INTERVAL_MS;
    if (now.ms < this.#saveDueMs) return false;
    this.#saveDueMs = undefined;
    return true;
  }

  deadline(): number | undefined {
    return this.#saveDueMs;
  }

  /** @param scanned the last block that was looked at; undefined when none was. */
  save(scanned: ChainPoint | undefined, segments: readonly FilterSegment[]): ScanOutput[] {
    const isNew =
      this.#keepUpTo !== undefined || (scanned !== undefined && !isSame(scanned.hash, this.#savedHash));
    this.#saveDueMs = undefined;
    if (!isNew && segments.length === 0) return [];
    const undone = this.#keepUpTo === undefined ? {} : { keepUpTo: this.#keepUpTo };
    const change = { ...undone, added: this.#added, scanned, segments };
    this.#added = [];
    this.#keepUpTo = undefined;
    this.#savedHash = scanned?.hash;
    return [{ do: 'save-scan', change }];
  }

  /** Whether the tip is another than when the summary was last told. */
  hasChanged(tip: ChainPoint): boolean {
    return !isSame(tip.hash, this.#toldHash);
  }

  summary(
    tip: ChainPoint,
  ): Pick<
    ScanNews & { event: 'scanned' },
    'balanceSats' | 'immatureSats' | 'receivedSats' | 'spentSats' | 'payments' | 'unspent' | 'unknownSpends'
  > {
    this.#toldHash = tip.hash;
    const { balanceSats, receivedSats, spentSats, paymentCount, unspentCount, unknownSpendCount } =
      this.#ledger;
    return {
      balanceSats,
      immatureSats: this.#ledger.immatureSats(tip.height),
      receivedSats,
      spentSats,
      payments: paymentCount,
      unspent: unspentCount,
      unknownSpends: unknownSpendCount,
    };
  }
}

function netOf({ payments }: BlockPayments): bigint {
  return payments.reduce((sum, { received, spent }) => sum + totalSats(received) - totalSats(spent), 0n);
}

function isSame(hash: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && equalBytes(hash, other);
}
