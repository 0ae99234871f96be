/** Transactions that spend the same output: only one of them can be confirmed. Which one do the peers hold for it? */

import { descendantEntries, ancestorEntries } from './families.ts';
import type { Mempool } from './mempool.ts';
import { type PoolEntry, voicesOf, wordAgainst, wordOf } from './pool-entry.ts';

/** Transactions in the list that may spend one output: each further one drives out the one with the weakest word. */
const MAX_SPENDERS = 5;
/** Rivals that one transaction may have; nodes replace no more than these at once either (BIP 125, rule 5). */
const MAX_RIVALS = 100;

/** What a newcomer's rivals make of it. */
export type Rivalry =
  /** It can never be valid, or there is no room for one more such: it is not taken in. */
  | { readonly kind: 'impossible' | 'too-many' }
  /** These make room for it. */
  | { readonly kind: 'room'; readonly leaving: readonly PoolEntry[] };

/** Looks at what a newcomer contradicts, before it is taken in. */
export function judgeNewcomer(entry: PoolEntry, pool: Mempool): Rivalry {
  const leaving = new Set<PoolEntry>();
  const rivals = new Set<PoolEntry>();
  for (const spent of entry.spends) {
    const spenders = pool.spendersOf(spent);
    if (spenders.length >= MAX_SPENDERS) leaving.add(weakestOf(spenders));
    for (const spender of spenders) rivals.add(spender);
  }
  // What two announced drives out what one made up.
  const isBelieved = wordOf(voicesOf(entry)) > 1;
  if (rivals.size > MAX_RIVALS && isBelieved)
    for (const rival of rivals) if (isWeak(rival)) leaving.add(rival);
  if (rivals.size - leaving.size > MAX_RIVALS) return { kind: 'too-many' };
  if (rivals.size === 0) return { kind: 'room', leaving: [] };
  const ancestors = ancestorEntries(entry, pool);
  if (ancestors === undefined) return { kind: 'too-many' };
  for (const rival of rivals) {
    if (ancestors.has(rival)) return { kind: 'impossible' };
    if (rival.rivalCount < MAX_RIVALS || !isCrowded(rival, pool)) continue;
    // So many would not contradict one that is right.
    if (isWeak(rival)) leaving.add(rival);
    else if (!isBelieved) return { kind: 'too-many' };
  }
  return { kind: 'room', leaving: [...leaving] };
}

function isWeak(entry: PoolEntry): boolean {
  return !entry.isOwn && wordOf(voicesOf(entry)) < 2;
}

/** Whether no further rival is welcome. Those that contradict it in several outputs count once. */
function isCrowded({ spends }: PoolEntry, pool: Mempool): boolean {
  const rivals = new Set<PoolEntry>();
  for (const spent of spends) {
    for (const rival of pool.spendersOf(spent)) rivals.add(rival);
    // Itself is among them.
    if (rivals.size > MAX_RIVALS) return true;
  }
  return false;
}

/** Of several, the one that the fewest peers announced; of those the one that came last. Never one of our own. */
function weakestOf(spenders: readonly PoolEntry[]): PoolEntry {
  return spenders.reduce((weakest, other) => (strengthOf(other) <= strengthOf(weakest) ? other : weakest));
}

function strengthOf(entry: PoolEntry): number {
  return entry.isOwn ? Number.POSITIVE_INFINITY : wordOf(voicesOf(entry));
}

/** What becomes of the rivals of an entry that is in the list. */
export interface Settlement {
  /** Those whose place it takes. */
  readonly replaced: readonly PoolEntry[];
  /** Those that need it, and can therefore never be valid. */
  readonly impossible: readonly PoolEntry[];
  /** Those that go on contradicting it. */
  readonly left: readonly PoolEntry[];
}

/** @param listenerCount peers that we chose and listen to. */
export function settle(entry: PoolEntry, pool: Mempool, listenerCount: number): Settlement {
  const rivals = [...pool.rivalsOf(entry)];
  if (rivals.length === 0) return { replaced: [], impossible: [], left: [] };
  const descendants = descendantEntries(entry, pool);
  if (descendants === undefined) return { replaced: [], impossible: [], left: rivals };
  const spends = new Set(entry.spends);
  const impossible = rivals.filter((rival) => descendants.has(rival));
  const possible = rivals.filter((rival) => !descendants.has(rival));
  const isReplaced = (rival: PoolEntry): boolean => takesPlaceOf(entry, rival, spends, listenerCount);
  return {
    impossible,
    replaced: possible.filter(isReplaced),
    left: possible.filter((rival) => !isReplaced(rival)),
  };
}

/**
 * Whether a newcomer comes too late: another one has its place, and all who announced the newcomer have announced that one
 * since. Where anybody still stands by it, it is a conflict that has to be told.
 */
export function isPast(newcomer: PoolEntry, pool: Mempool, listenerCount: number): boolean {
  for (const rival of pool.rivalsOf(newcomer)) {
    if (wordAgainst(newcomer, voicesOf(rival)) > 0) continue;
    if (takesPlaceOf(rival, newcomer, new Set(rival.spends), listenerCount)) return true;
  }
  return false;
}

/**
 * Whether a transaction has taken the place of another (BIP 125, and what nodes do today without its signal).
 *
 * We cannot check signatures, so a stranger may make up a transaction that spends what another one spends. It takes the other's
 * place when it pays more and its word is good: two peers of our choice announced it, and not the other one later; or the
 * only one that we have did. Where the fees cannot be compared, more must stand by it than by the other.
 *
 * @param spends what the first of them spends.
 */
function takesPlaceOf(
  entry: PoolEntry,
  rival: PoolEntry,
  spends: ReadonlySet<string>,
  listenerCount: number,
): boolean {
  const isBetter = paysMore(entry, rival, spends);
  if (isBetter === false) return false;
  const [own, others] = [voicesOf(entry), voicesOf(rival)];
  const word = wordAgainst(own, others);
  return word >= neededWord(listenerCount) && (isBetter === true || word > wordAgainst(others, own));
}

/** How much must speak for a transaction that contradicts another one: two peers, where there are two. */
export function neededWord(listenerCount: number): number {
  return Math.min(2, Math.max(1, listenerCount));
}

/** Whether the fee is higher; undefined when that cannot be known. */
function paysMore(entry: PoolEntry, rival: PoolEntry, spends: ReadonlySet<string>): boolean | undefined {
  if (entry.feeSats !== undefined && rival.feeSats !== undefined) return entry.feeSats > rival.feeSats;
  if (rival.spends.length > spends.size || !rival.spends.every((spent) => spends.has(spent)))
    return undefined;
  const isLess = entry.outputTotalSats < rival.outputTotalSats;
  // What further inputs bring can only add to the fee.
  return spends.size === rival.spends.length || isLess ? isLess : undefined;
}
