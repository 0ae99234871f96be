import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hashKey } from '../../../src/bytes/hash-key.ts';
import { Mempool } from '../../../src/protocol/mempool/mempool.ts';
import { newEntry, outPointKey, type PoolEntry } from '../../../src/protocol/mempool/pool-entry.ts';
import type { IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import type { OutPoint } from '../../../src/wire/tx.ts';
import { FalseClock } from '../../support/false-time.ts';
import { MempoolModel } from '../../support/mempool-model.ts';
import { outputOf, payment, somewhere, stray, two, withWitness } from '../../support/transactions.ts';

const { now } = new FalseClock();

function entryOf(tx: IdentifiedTx): PoolEntry {
  return newEntry(tx, { announcers: ['a:1'] }, now);
}

/**
 * Twelve transactions that spend each other's outputs and a few outside ones, so that many have parents, many children, and
 * many rivals: a transaction's parents come before it. Some spend a third
 * output where there are but two.
 */
const family: fc.Arbitrary<IdentifiedTx[]> = fc
  .array(
    fc.record({
      inputs: fc.array(fc.tuple(fc.nat(14), fc.nat(2)), { minLength: 1, maxLength: 3 }),
      hasWitness: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((plans) => {
    const made: IdentifiedTx[] = [];
    for (const [i, { inputs, hasWitness }] of plans.entries()) {
      const spends = new Map<string, OutPoint>();
      for (const [from, vout] of inputs) {
        const parent = made[from];
        const spent = parent === undefined ? somewhere(from % 3) : outputOf(parent, vout);
        spends.set(outPointKey(spent), spent);
      }
      const witness = hasWitness ? { witness: Uint8Array.of(i) } : {};
      made.push(payment({ spends: [...spends.values()], pays: [1, 2], lockTime: i, ...witness }));
    }
    return made;
  });

test('whatever comes and goes in whatever order, it knows relatives and rivals as a plain search does', () => {
  fc.assert(
    fc.property(family, fc.array(fc.nat(35), { maxLength: 40 }), (made, steps) => {
      const entries = made.map(entryOf);
      const pool = new Mempool();
      const model = new MempoolModel();
      for (const step of steps) {
        const entry = entries[step % entries.length] as PoolEntry;
        const isIn = model.entries.includes(entry);
        if (isIn && step >= 12) {
          const source = made[step % entries.length] as IdentifiedTx;
          const { wtxid, raw, size } = withWitness(source, Uint8Array.of(99, step));
          // The model knows it from the entry itself.
          pool.setVariant(entry, { wtxid, raw, size, announcers: [], announcedMs: [] });
        } else if (isIn) {
          pool.remove(entry);
          model.remove(entry);
        } else {
          entry.other = undefined;
          pool.add(entry);
          model.add(entry);
        }
        assertSame(pool, model, made, entries);
      }
      for (const entry of entries) pool.remove(entry);
      assert.deepEqual([pool.count, pool.bytes, [...pool.entries()]], [0, 0, []]);
      assertSame(pool, new MempoolModel(), made, entries);
    }),
  );
});

function assertSame(
  pool: Mempool,
  model: MempoolModel,
  made: readonly IdentifiedTx[],
  entries: readonly PoolEntry[],
): void {
  assert.deepEqual([pool.count, pool.bytes], [model.entries.length, model.bytes]);
  assert.ok(
    [...pool.entries()].every((entry, i) => entry === model.entries[i]),
    'the oldest first',
  );
  for (const [i, { txid, wtxid, tx }] of made.entries()) {
    const entry = entries[i] as PoolEntry;
    assert.equal(pool.find(hashKey(txid)), model.find(hashKey(txid)));
    assert.equal(pool.find(hashKey(wtxid)), model.find(hashKey(wtxid)));
    // Also of those that are not there: a newcomer's parents are looked at before it is taken in.
    assertSameSet(pool.parentsOf(entry), model.parentsOf(entry));
    assertSameSet(
      pool.childrenOf(entry),
      model.entries.includes(entry) ? model.childrenOf(entry) : new Set(),
    );
    assertSameSet(pool.rivalsOf(entry), model.rivalsOf(entry));
    assert.equal(entry.rivalCount, model.rivalCountOf(entry));
    for (const { previous } of tx.inputs)
      assertSameSet(pool.spendersOf(outPointKey(previous)), model.spendersOf(previous));
  }
}

function assertSameSet(actual: Iterable<PoolEntry>, expected: ReadonlySet<PoolEntry>): void {
  const list = [...actual];
  assert.equal(list.length, expected.size, 'each once');
  assert.ok(list.every((entry) => expected.has(entry)));
}

test('a transaction with another witness is found by all its names, and by none when it is gone', () => {
  const plain = stray(1);
  const [one, other] = two((n) => withWitness(plain, Uint8Array.of(n)));
  const pool = new Mempool();
  const entry = entryOf(one);
  pool.add(entry);
  const bytesBefore = pool.bytes;
  pool.setVariant(entry, { ...other, announcers: [], announcedMs: [] });
  assert.ok(pool.bytes > bytesBefore + other.raw.length);
  for (const hash of [plain.txid, one.wtxid, other.wtxid]) assert.equal(pool.find(hashKey(hash)), entry);
  const third = withWitness(plain, Uint8Array.of(3));
  pool.setVariant(entry, { ...third, announcers: [], announcedMs: [] });
  assert.equal(pool.find(hashKey(other.wtxid)), undefined, 'the second place is taken by another');
  pool.remove(entry);
  for (const hash of [plain.txid, one.wtxid, other.wtxid, third.wtxid])
    assert.equal(pool.find(hashKey(hash)), undefined);
  assert.equal(pool.bytes, 0);
});

test('removing what is not there changes nothing', () => {
  const pool = new Mempool();
  const [present, absent] = [entryOf(stray(1)), entryOf(stray(1, [2_000]))];
  pool.add(present);
  pool.remove(absent);
  assert.equal(pool.count, 1);
  assert.deepEqual([...pool.spendersOf(present.spends[0] as string)], [present]);
});
