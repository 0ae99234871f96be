import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BatchOperation } from '../../src/store/key-value.ts';
import { FilterHeaderStore } from '../../src/store/filter-header-store.ts';
import { LevelKeyValue } from '../../src/store/level.ts';
import { MemoryKeyValue } from '../../src/store/memory.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { filterHeaderStoreContract, segment, textOf } from './filter-header-store.contract.ts';

filterHeaderStoreContract('in memory', () => {
  const database = new MemoryKeyValue();
  return () => Promise.resolve(database);
});

filterHeaderStoreContract('on disk', (t) => {
  const folder = temporaryFolder(t);
  return () => LevelKeyValue.open(folder);
});

const KEY = 'filter-headers-00001001';

test('a segment with any one byte changed is as good as not there, and those beside it are good', async () => {
  const database = new MemoryKeyValue();
  const store = new FilterHeaderStore(database);
  const all = [segment(0, 1_001), segment(1_001, 3), segment(2_001, 5)];
  await store.write(all);
  const good = (await database.get(KEY)) as Uint8Array;
  for (let i = 0; i < good.length; i++) {
    const value = good.slice();
    value[i] = (value[i] as number) ^ (1 << (i % 8));
    await database.write([{ type: 'put', key: KEY, value }]);
    assert.deepEqual(
      textOf(await store.readMany([0, 1_001, 2_001])),
      textOf([all[0], undefined, all[2]]),
      `byte ${i}`,
    );
  }
  await store.write([all[1] as (typeof all)[0]]);
  assert.deepEqual(textOf(await store.readMany([0, 1_001, 2_001])), textOf(all));
});

test('a segment cut short or made longer is as good as not there', async () => {
  const database = new MemoryKeyValue();
  const store = new FilterHeaderStore(database);
  await store.write([segment(1_001, 3)]);
  const good = (await database.get(KEY)) as Uint8Array;
  for (let length = 0; length < good.length; length++) {
    await database.write([{ type: 'put', key: KEY, value: good.slice(0, length) }]);
    assert.equal(await store.read(1_001), undefined, `${length} bytes`);
  }
  const longer = new Uint8Array(good.length + 32);
  longer.set(good);
  await database.write([{ type: 'put', key: KEY, value: longer }]);
  assert.equal(await store.read(1_001), undefined);
});

test('the record of a segment that has more room is none of a segment that has less', async () => {
  const database = new MemoryKeyValue();
  const store = new FilterHeaderStore(database);
  await store.write([segment(0, 1_001)]);
  const value = (await database.get('filter-headers-00000000')) as Uint8Array;
  await database.write([{ type: 'put', key: KEY, value }]);
  assert.equal(await store.read(1_001), undefined);
});

/** A database whose disk refuses to be written to while it is full. */
class FullDatabase extends MemoryKeyValue {
  isFull = false;
  batches = 0;

  override write(batch: BatchOperation[]): Promise<void> {
    if (this.isFull) return Promise.reject(new StoreError('store-write-failed', 'no space left'));
    this.batches++;
    return super.write(batch);
  }
}

test('several segments are one batch, and a batch that failed changed nothing', async () => {
  const database = new FullDatabase();
  const store = new FilterHeaderStore(database);
  const before = [segment(0, 1_001), segment(1_001, 7), segment(2_001, 8)];
  await store.write(before);
  assert.equal(database.batches, 1);
  database.isFull = true;
  const failed = { code: 'store-write-failed' };
  await assert.rejects(store.write([segment(1_001, 1_000, 1), segment(2_001, 9, 1)]), failed);
  await assert.rejects(store.deleteFrom(1_001), failed);
  assert.deepEqual(textOf(await store.readMany([0, 1_001, 2_001])), textOf(before));
  database.isFull = false;
  await store.deleteFrom(1_001);
  assert.equal(database.batches, 2);
});
