/** Transactions that stand or fall together: what one needs, and what needs it. */

import type { Mempool } from './mempool.ts';
import type { PoolEntry } from './pool-entry.ts';

/** Some transactions taken together. */
export interface Family {
  readonly count: number;
  /** Sum of their virtual sizes. */
  readonly vsize: number;
  /** Undefined when the fee of one of them is not known. */
  readonly feeSats: number | undefined;
}

/** Nodes relay families of 25, or 64 since Core 31. What is larger is not looked at: a stranger could make us count for ever. */
const MAX_FAMILY = 100;

/** A transaction and all unconfirmed ones that it needs; undefined when there are too many. */
export function ancestorsOf(entry: PoolEntry, pool: Mempool): Family | undefined {
  return measure(ancestorEntries(entry, pool));
}

/** A transaction and all that need it; undefined when there are too many. */
export function descendantsOf(entry: PoolEntry, pool: Mempool): Family | undefined {
  return measure(descendantEntries(entry, pool));
}

/** The same as entries, itself first. */
export function ancestorEntries(entry: PoolEntry, pool: Mempool): Set<PoolEntry> | undefined {
  return collect(entry, (member) => pool.parentsOf(member), MAX_FAMILY);
}

/** The same as entries, itself first. */
export function descendantEntries(entry: PoolEntry, pool: Mempool): Set<PoolEntry> | undefined {
  return collect(entry, (member) => pool.childrenOf(member), MAX_FAMILY);
}

/** Everything that goes when an entry goes: itself first, then all that needs it. */
export function withDescendants(entry: PoolEntry, pool: Mempool): PoolEntry[] {
  return [...(collect(entry, (member) => pool.childrenOf(member), Number.POSITIVE_INFINITY) ?? [])];
}

function collect(
  first: PoolEntry,
  nextOf: (member: PoolEntry) => Iterable<PoolEntry>,
  maxCount: number,
): Set<PoolEntry> | undefined {
  const members = new Set([first]);
  // A set tells its members in the order in which they came, also those that are added meanwhile.
  for (const member of members) {
    for (const next of nextOf(member)) {
      members.add(next);
      if (members.size > maxCount) return undefined;
    }
  }
  return members;
}

function measure(members: ReadonlySet<PoolEntry> | undefined): Family | undefined {
  if (members === undefined) return undefined;
  let vsize = 0;
  let feeSats: number | undefined = 0;
  for (const member of members) {
    vsize += member.size.vsize;
    feeSats = feeSats === undefined || member.feeSats === undefined ? undefined : feeSats + member.feeSats;
  }
  return { count: members.size, vsize, feeSats };
}
