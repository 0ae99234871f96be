import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashKey } from '../../../src/bytes/hash-key.ts';
import { Mempool } from '../../../src/protocol/mempool/mempool.ts';
import { newEntry, type PoolEntry } from '../../../src/protocol/mempool/pool-entry.ts';
import {
  addWitness,
  type Announcement,
  noteVariant,
} from '../../../src/protocol/mempool/witness-variants.ts';
import type { IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { FalseClock } from '../../support/false-time.ts';
import { stray, three, withWitness } from '../../support/transactions.ts';

const plain = stray(1);
const [one, other, third] = three((n) => withWitness(plain, new Uint8Array(n)));

function entryIn(pool: Mempool, tx: IdentifiedTx): PoolEntry {
  const entry = newEntry(tx, { announcers: ['a:1'] }, new FalseClock().now);
  pool.add(entry);
  return entry;
}

const keyOf = ({ wtxid }: IdentifiedTx): string => hashKey(wtxid);
const by = (tx: IdentifiedTx): Announcement => ({ key: keyOf(tx), isByWtxid: true, atMs: 7 });

test('who announces a witness is counted for that one, and by txid for the one that is shown', () => {
  const entry = entryIn(new Mempool(), one);
  assert.equal(addWitness(entry, by(one), 'a:1'), false);
  assert.equal(addWitness(entry, by(one), 'b:1'), true);
  assert.equal(addWitness(entry, { key: hashKey(plain.txid), isByWtxid: false, atMs: 8 }, 'c:1'), true);
  assert.deepEqual(entry.announcers, ['a:1', 'b:1', 'c:1']);
  assert.deepEqual(entry.announcedMs.slice(1), [7, 8]);
});

test('the second place goes to whoever comes last, until two peers stand by one', () => {
  const pool = new Mempool();
  const entry = entryIn(pool, one);
  assert.equal(noteVariant(entry, other, pool), true);
  assert.equal(noteVariant(entry, one, pool), true, 'it is there');
  assert.equal(entry.other?.wtxid, other.wtxid);
  assert.equal(noteVariant(entry, third, pool), true);
  assert.equal(entry.other?.wtxid, third.wtxid);
  addWitness(entry, by(one), 'b:1');
  addWitness(entry, by(third), 'c:1');
  addWitness(entry, by(third), 'd:1');
  assert.equal(noteVariant(entry, other, pool), false);
  assert.equal(entry.other?.wtxid, third.wtxid);
});

test('one that is too heavy to be relayed does not take the second place', () => {
  const pool = new Mempool();
  const entry = entryIn(pool, one);
  assert.equal(noteVariant(entry, withWitness(plain, new Uint8Array(400_000)), pool), false);
  assert.equal(entry.other, undefined);
});

test('both change places when more peers stand by the second, also where the first has no witness', () => {
  for (const first of [plain, one]) {
    const pool = new Mempool();
    const entry = entryIn(pool, first);
    noteVariant(entry, other, pool);
    addWitness(entry, by(other), 'b:1');
    assert.equal(entry.wtxid, first.wtxid);
    addWitness(entry, by(other), 'c:1');
    assert.deepEqual([entry.wtxid, entry.raw, entry.size], [other.wtxid, other.raw, other.size]);
    assert.deepEqual([entry.announcers, entry.other?.announcers], [['b:1', 'c:1'], ['a:1']]);
    assert.equal(pool.find(keyOf(first)), entry);
    pool.remove(entry);
    assert.deepEqual(
      [pool.find(keyOf(first)), pool.find(keyOf(other)), pool.bytes],
      [undefined, undefined, 0],
    );
  }
});

test('a hundred peers are counted, and no more', () => {
  const entry = entryIn(new Mempool(), one);
  for (let n = 0; n < 1_000; n++) addWitness(entry, by(one), `peer ${n}`);
  assert.equal(entry.announcers.length, 100);
});

test('the txid names no witness at all to one that speaks of wtxids', () => {
  const pool = new Mempool();
  const entry = entryIn(pool, one);
  assert.equal(pool.findByWtxid(keyOf(plain)), undefined, 'it was not seen so');
  assert.equal(noteVariant(entry, plain, pool), true);
  assert.equal(pool.findByWtxid(keyOf(plain)), entry);
  addWitness(entry, by(plain), 'b:1');
  assert.deepEqual([entry.wtxid, entry.other?.announcers], [one.wtxid, ['b:1']]);
  addWitness(entry, by(plain), 'c:1');
  assert.deepEqual([entry.wtxid, entry.announcers], [plain.wtxid, ['b:1', 'c:1']]);
});
