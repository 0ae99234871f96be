import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ancestorEntries,
  ancestorsOf,
  descendantEntries,
  descendantsOf,
  withDescendants,
} from '../../../src/protocol/mempool/families.ts';
import { Mempool } from '../../../src/protocol/mempool/mempool.ts';
import { newEntry, type PoolEntry } from '../../../src/protocol/mempool/pool-entry.ts';
import type { IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { FalseClock } from '../../support/false-time.ts';
import { chainOf, outputOf, payment, stray } from '../../support/transactions.ts';

const { now } = new FalseClock();

/** A list with some transactions, and their entries in the same order. */
function listOf(...txs: readonly IdentifiedTx[]): { pool: Mempool; entries: PoolEntry[] } {
  const pool = new Mempool();
  const entries = txs.map((tx) => newEntry(tx, { announcers: [] }, now));
  for (const entry of entries) pool.add(entry);
  return { pool, entries };
}

/** One parent, two children, and a grandchild that needs both. */
function diamond(): { pool: Mempool; entries: [PoolEntry, PoolEntry, PoolEntry, PoolEntry] } {
  const parent = stray(1, [10, 20]);
  const [one, other] = [0, 1].map((vout) => payment({ spends: [outputOf(parent, vout)], pays: [5, 5] })) as [
    IdentifiedTx,
    IdentifiedTx,
  ];
  const grandchild = payment({ spends: [outputOf(one), outputOf(one, 1), outputOf(other)], pays: [1] });
  const { pool, entries } = listOf(parent, one, other, grandchild);
  return { pool, entries: entries as [PoolEntry, PoolEntry, PoolEntry, PoolEntry] };
}

test('a family counts each member once, itself included, with sizes and fees', () => {
  const { pool, entries } = diamond();
  const [parent, one, other, grandchild] = entries;
  const vsize = entries.reduce((sum, { size }) => sum + size.vsize, 0);
  assert.deepEqual(ancestorsOf(grandchild, pool), { count: 4, vsize, feeSats: undefined });
  for (const [i, entry] of entries.entries()) entry.feeSats = 10 ** i;
  assert.deepEqual(ancestorsOf(grandchild, pool), { count: 4, vsize, feeSats: 1_111 });
  assert.deepEqual(descendantsOf(parent, pool), { count: 4, vsize, feeSats: 1_111 });
  assert.deepEqual(descendantsOf(one, pool)?.feeSats, 1_010);
  assert.deepEqual(ancestorsOf(other, pool)?.feeSats, 101);
  assert.deepEqual(descendantsOf(grandchild, pool), {
    count: 1,
    vsize: grandchild.size.vsize,
    feeSats: 1_000,
  });
});

test('entries of a family begin with the one itself', () => {
  const { pool, entries } = diamond();
  const [parent, one, , grandchild] = entries;
  assert.equal([...(ancestorEntries(grandchild, pool) ?? [])][0], grandchild);
  assert.deepEqual([...(descendantEntries(one, pool) ?? [])], [one, grandchild]);
  assert.equal(withDescendants(parent, pool)[0], parent);
  assert.deepEqual(new Set(withDescendants(parent, pool)), new Set(entries));
});

test('a family of a hundred is followed, a larger one is not, but all of it goes together', () => {
  const { pool, entries } = listOf(...chainOf(101, stray(1)));
  const [first, second] = entries as [PoolEntry, PoolEntry];
  const last = entries.at(-1) as PoolEntry;
  assert.equal(descendantsOf(first, pool), undefined);
  assert.equal(descendantsOf(second, pool)?.count, 100);
  assert.equal(ancestorsOf(last, pool), undefined);
  assert.equal(ancestorEntries(last, pool), undefined);
  assert.equal(ancestorsOf(entries[99] as PoolEntry, pool)?.count, 100);
  assert.equal(withDescendants(first, pool).length, 101);
});
