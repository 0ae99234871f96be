/** What leaves the list when there is no room: what has waited longest of what pays least. */

import { descendantsOf } from './families.ts';
import type { Mempool } from './mempool.ts';
import { feeRateOf, type PoolEntry, wordOf } from './pool-entry.ts';

/** Room is made for more than one at a time, or each would cost a look at all. */
const KEPT_SHARE = 0.95;

/**
 * The entries that should go first, in this order, until little enough is left; whoever removes them removes what needs
 * them as well.
 *
 * Where several peers are listened to, those go first that only one of them announced: a stranger who makes up transactions
 * drives out his own. A fee that is not known counts as none: it would be the first thing to lie about.
 *
 * @param listenerCount peers that announce transactions to us.
 */
export function* evictionOrder(pool: Mempool, listenerCount: number): Generator<PoolEntry> {
  const ranked = Array.from(pool.entries(), (entry) => ({
    entry,
    isConfirmedByOthers: entry.isOwn || listenerCount < 2 || wordOf(entry) > 1,
    rate: rateOf(entry, pool),
  }));
  ranked.sort(
    (a, b) =>
      Number(a.entry.isOwn) - Number(b.entry.isOwn) ||
      Number(a.isConfirmedByOthers) - Number(b.isConfirmedByOthers) ||
      a.rate - b.rate ||
      a.entry.firstSeenMs - b.entry.firstSeenMs,
  );
  for (const { entry } of ranked) yield entry;
}

/** Room that is left when enough was evicted. */
export function bytesToKeep(maxBytes: number): number {
  return Math.floor(KEPT_SHARE * maxBytes);
}

/** A parent is worth what its children pay for it. */
function rateOf(entry: PoolEntry, pool: Mempool): number {
  const own = feeRateOf(entry) ?? 0;
  const family = descendantsOf(entry, pool);
  return family?.feeSats === undefined ? own : Math.max(own, family.feeSats / family.vsize);
}
