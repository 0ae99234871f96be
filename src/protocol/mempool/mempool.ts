/** The unconfirmed transactions that we know, by name and by what they spend. Which of them belong there is not decided here. */

import { type HashKey, hashKey } from '../../bytes/hash-key.ts';
import {
  bytesOf,
  keyOfOutput,
  type OutPointKey,
  type PoolEntry,
  positionOf,
  txKeyOf,
  type WitnessVariant,
} from './pool-entry.ts';

const NOBODY: readonly PoolEntry[] = [];

export class Mempool {
  readonly #entries = new Map<HashKey, PoolEntry>();
  /** Only names that are no txid. */
  readonly #byWtxid = new Map<HashKey, PoolEntry>();
  /** More than one where transactions contradict each other. */
  readonly #spenders = new Map<OutPointKey, readonly PoolEntry[]>();
  /** Of those that have any. */
  readonly #parents = new Map<HashKey, Set<PoolEntry>>();
  readonly #children = new Map<HashKey, Set<PoolEntry>>();
  #bytes = 0;

  get count(): number {
    return this.#entries.size;
  }

  /** Room that they take in memory, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The oldest first. */
  entries(): IterableIterator<PoolEntry> {
    return this.#entries.values();
  }

  /** @param key of a txid. */
  get(key: HashKey): PoolEntry | undefined {
    return this.#entries.get(key);
  }

  /** @param key of a wtxid. One that is a txid as well names the transaction without any witness. */
  findByWtxid(key: HashKey): PoolEntry | undefined {
    const plain = this.#entries.get(key);
    if (plain === undefined) return this.#byWtxid.get(key);
    const isSeen = [plain, plain.other].some((variant) => variant && hashKey(variant.wtxid) === key);
    return isSeen ? plain : undefined;
  }

  /** @param key of a txid or a wtxid. */
  find(key: HashKey): PoolEntry | undefined {
    return this.#entries.get(key) ?? this.#byWtxid.get(key);
  }

  spendersOf(spent: OutPointKey): readonly PoolEntry[] {
    return this.#spenders.get(spent) ?? NOBODY;
  }

  /** Those of its parents that are unconfirmed too, each once; also for an entry that is not there. */
  parentsOf(entry: PoolEntry): Iterable<PoolEntry> {
    if (this.#entries.get(entry.key) === entry) return this.#parents.get(entry.key) ?? NOBODY;
    const parents = entry.spends.map((spent) => this.#parentBy(spent));
    return new Set(parents.filter((parent) => parent !== undefined));
  }

  childrenOf({ key }: PoolEntry): Iterable<PoolEntry> {
    return this.#children.get(key) ?? NOBODY;
  }

  /** Those that spend an output which this one spends too, each once. */
  rivalsOf(entry: PoolEntry): Set<PoolEntry> {
    const rivals = new Set<PoolEntry>();
    for (const spent of entry.spends) {
      for (const spender of this.spendersOf(spent)) if (spender !== entry) rivals.add(spender);
    }
    return rivals;
  }

  /** @param entry one whose txid is not there. */
  add(entry: PoolEntry): void {
    const { key } = entry;
    this.#entries.set(key, entry);
    const wtxidKey = hashKey(entry.wtxid);
    if (wtxidKey !== key) this.#byWtxid.set(wtxidKey, entry);
    for (const spent of entry.spends) {
      const rivals = this.spendersOf(spent);
      for (const rival of rivals) rival.rivalCount++;
      entry.rivalCount += rivals.length;
      this.#spenders.set(spent, [...rivals, entry]);
      const parent = this.#parentBy(spent);
      if (parent !== undefined) this.#link(parent, entry);
    }
    // Children may have come first.
    for (let n = 0; n < entry.valuesSats.length; n++) {
      for (const child of this.spendersOf(keyOfOutput(key, n))) this.#link(entry, child);
    }
    this.#bytes += bytesOf(entry);
  }

  remove(entry: PoolEntry): void {
    const { key } = entry;
    if (!this.#entries.delete(key)) return;
    this.#byWtxid.delete(hashKey(entry.wtxid));
    if (entry.other !== undefined) this.#byWtxid.delete(hashKey(entry.other.wtxid));
    for (const spent of entry.spends) {
      const others = this.spendersOf(spent).filter((spender) => spender !== entry);
      for (const rival of others) rival.rivalCount--;
      if (others.length === 0) this.#spenders.delete(spent);
      else this.#spenders.set(spent, others);
    }
    for (const parent of this.parentsOf(entry)) leave(this.#children, parent, entry);
    for (const child of this.childrenOf(entry)) leave(this.#parents, child, entry);
    this.#parents.delete(key);
    this.#children.delete(key);
    entry.rivalCount = 0;
    this.#bytes -= bytesOf(entry);
  }

  /** An entry was seen with another witness; one that it had beside its first is forgotten. */
  setVariant(entry: PoolEntry, variant: WitnessVariant): void {
    this.#bytes -= bytesOf(entry);
    if (entry.other !== undefined) this.#byWtxid.delete(hashKey(entry.other.wtxid));
    entry.other = variant;
    this.#bytes += bytesOf(entry);
    const key = hashKey(variant.wtxid);
    if (key !== entry.key) this.#byWtxid.set(key, entry);
  }

  #parentBy(spent: OutPointKey): PoolEntry | undefined {
    const parent = this.#entries.get(txKeyOf(spent));
    return parent !== undefined && positionOf(spent) < parent.valuesSats.length ? parent : undefined;
  }

  #link(parent: PoolEntry, child: PoolEntry): void {
    join(this.#children, parent, child);
    join(this.#parents, child, parent);
  }
}

type Relatives = Map<HashKey, Set<PoolEntry>>;

function join(relatives: Relatives, { key }: PoolEntry, other: PoolEntry): void {
  const present = relatives.get(key);
  if (present === undefined) relatives.set(key, new Set([other]));
  else present.add(other);
}

function leave(relatives: Relatives, { key }: PoolEntry, other: PoolEntry): void {
  const present = relatives.get(key);
  if (present?.delete(other) === true && present.size === 0) relatives.delete(key);
}
