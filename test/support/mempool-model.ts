/** A list of transactions as plainly as can be: everything is searched each time. */
import { hashKey } from '../../src/bytes/hash-key.ts';
import {
  bytesOf,
  outPointKey,
  type PoolEntry,
  positionOf,
  txKeyOf,
} from '../../src/protocol/mempool/pool-entry.ts';
import type { OutPoint } from '../../src/wire/tx.ts';

export class MempoolModel {
  entries: PoolEntry[] = [];

  get bytes(): number {
    return this.entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  }

  add(entry: PoolEntry): void {
    this.entries.push(entry);
  }

  remove(entry: PoolEntry): void {
    this.entries = this.entries.filter((other) => other !== entry);
  }

  find(name: string): PoolEntry | undefined {
    return this.entries.find(({ key, wtxid, other }) =>
      [key, hashKey(wtxid), other && hashKey(other.wtxid)].includes(name),
    );
  }

  spendersOf(output: OutPoint): Set<PoolEntry> {
    const spent = outPointKey(output);
    return new Set(this.entries.filter(({ spends }) => spends.includes(spent)));
  }

  parentsOf({ spends }: PoolEntry): Set<PoolEntry> {
    const isParent = ({ key, valuesSats }: PoolEntry): boolean =>
      spends.some((spent) => txKeyOf(spent) === key && positionOf(spent) < valuesSats.length);
    return new Set(this.entries.filter(isParent));
  }

  childrenOf(parent: PoolEntry): Set<PoolEntry> {
    return new Set(this.entries.filter((entry) => this.parentsOf(entry).has(parent)));
  }

  /** A rival that spends two of the same outputs counts twice. */
  rivalCountOf(entry: PoolEntry): number {
    if (!this.entries.includes(entry)) return 0;
    const others = this.entries.filter((other) => other !== entry).flatMap(({ spends }) => spends);
    return others.filter((spent) => entry.spends.includes(spent)).length;
  }

  rivalsOf(entry: PoolEntry): Set<PoolEntry> {
    const isRival = (other: PoolEntry): boolean =>
      other !== entry && other.spends.some((spent) => entry.spends.includes(spent));
    return new Set(this.entries.filter(isRival));
  }
}
