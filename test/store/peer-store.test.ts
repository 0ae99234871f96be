import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BatchOperation } from '../../src/store/key-value.ts';
import { LevelKeyValue } from '../../src/store/level.ts';
import { MemoryKeyValue } from '../../src/store/memory.ts';
import { PeerStore } from '../../src/store/peer-store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { peerStoreContract } from './peer-store.contract.ts';

peerStoreContract('in memory', () => {
  const database = new MemoryKeyValue();
  return () => Promise.resolve(database);
});

peerStoreContract('on disk', (t) => {
  const folder = temporaryFolder(t);
  return () => LevelKeyValue.open(folder);
});

/** A database whose disk refuses to be written to while it is full. */
class FullDatabase extends MemoryKeyValue {
  isFull = false;
  batches: BatchOperation[][] = [];

  override write(batch: BatchOperation[]): Promise<void> {
    if (this.isFull) return Promise.reject(new StoreError('store-write-failed', 'no space left'));
    this.batches.push(batch);
    return super.write(batch);
  }
}

test('damaged records are still to be deleted after a commit that failed', async () => {
  const database = new FullDatabase();
  await database.write([{ type: 'put', key: 'peer-a', value: Uint8Array.of(1) }]);
  const store = await PeerStore.open(database, 'regtest');
  assert.equal((await store.load()).damaged, 1);
  database.isFull = true;
  await assert.rejects(
    store.commit({ put: [], remove: [] }),
    (error) => error instanceof StoreError && error.code === 'store-write-failed',
  );
  database.isFull = false;
  await store.commit({ put: [], remove: [] });
  assert.equal((await store.load()).damaged, 0);
});

test('a commit of nothing does not write, and any other one writes a single batch', async () => {
  const database = new FullDatabase();
  const store = await PeerStore.open(database, 'regtest');
  database.batches = [];
  await store.commit({ put: [], remove: [] });
  assert.equal(database.batches.length, 0);
  await store.commit({ put: [['a', Uint8Array.of(1)]], remove: ['b'] });
  assert.equal(database.batches.length, 1);
});
