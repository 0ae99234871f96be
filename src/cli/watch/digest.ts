/** What happened in the mempool for some seconds, in numbers. */

import type { ClientEvent, TxRemovalReason } from '../../index.ts';

/** Where the buckets of fee rates begin, satoshis for a virtual byte. The last has no end. */
const BUCKET_STARTS = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024] as const;

/** New transactions of known fee rate, from the one (included) to the other (not included). */
export interface FeeBucket {
  readonly from: number;
  /** Null for no end. */
  readonly to: number | null;
  count: number;
  vsize: number;
}

export type Removals = Record<TxRemovalReason, number>;

export interface Digest extends Removals {
  readonly seconds: number;
  readonly new: number;
  readonly updated: number;
  readonly transactionsPerSecond: number;
  readonly vbytesPerSecond: number;
  readonly feeRates: readonly FeeBucket[];
  /** New ones whose fee was not known when they came. */
  readonly feeUnknown: number;
}

export class DigestCounter {
  #new = 0;
  #vsize = 0;
  #updated = 0;
  #feeUnknown = 0;
  readonly #removed: Removals = { confirmed: 0, replaced: 0, conflict: 0, expired: 0, evicted: 0 };
  readonly #buckets: readonly FeeBucket[] = BUCKET_STARTS.map((from, i) => ({
    from,
    to: BUCKET_STARTS[i + 1] ?? null,
    count: 0,
    vsize: 0,
  }));
  readonly #startMs: number;

  constructor(nowMs: number) {
    this.#startMs = nowMs;
  }

  note(event: ClientEvent): void {
    if (event.event === 'tx-updated') this.#updated++;
    if (event.event === 'tx-removed') this.#removed[event.reason]++;
    if (event.event !== 'tx') return;
    const { feeRate, vsize } = event;
    this.#new++;
    this.#vsize += vsize;
    if (feeRate === null) {
      this.#feeUnknown++;
      return;
    }
    const bucket = this.#buckets.findLast(({ from }) => feeRate >= from);
    if (bucket === undefined) return;
    bucket.count++;
    bucket.vsize += vsize;
  }

  at(nowMs: number): Digest {
    const seconds = (nowMs - this.#startMs) / 1000;
    return {
      seconds: Math.round(1000 * seconds) / 1000,
      new: this.#new,
      ...this.#removed,
      updated: this.#updated,
      transactionsPerSecond: perSecond(this.#new, seconds),
      vbytesPerSecond: perSecond(this.#vsize, seconds),
      feeRates: this.#buckets,
      feeUnknown: this.#feeUnknown,
    };
  }
}

/** To one decimal. */
function perSecond(count: number, seconds: number): number {
  return seconds > 0 ? Math.round((10 * count) / seconds) / 10 : 0;
}
