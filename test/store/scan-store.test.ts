/** Records of scans that are damaged, missing or left over: what is loaded is always true of the chain that it names. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BatchOperation } from '../../src/store/key-value.ts';
import { LevelKeyValue } from '../../src/store/level.ts';
import { MemoryKeyValue } from '../../src/store/memory.ts';
import { ScanStore } from '../../src/store/scan-store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { Chance } from '../sim/chance.ts';
import { assertTrue, ScannedChain, scanText, storedText } from '../support/scanned-chain.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { found, ID, point, progress, scanStoreContract, textIn } from './scan-store.contract.ts';

scanStoreContract('in memory', () => {
  const database = new MemoryKeyValue();
  return () => Promise.resolve(database);
});

scanStoreContract('on disk', (t) => {
  const folder = temporaryFolder(t);
  return () => LevelKeyValue.open(folder);
});

const PROGRESS_KEY = `scan-progress-${ID}`;
const ALL = { gte: '', lt: '\u007f' };

function keyOf(height: number): string {
  return `scan-found-${ID}-${height.toString().padStart(10, '0')}`;
}

type Snapshot = ReadonlyMap<string, Uint8Array>;

async function snapshotOf(database: MemoryKeyValue): Promise<Snapshot> {
  const snapshot = new Map<string, Uint8Array>();
  for await (const [key, value] of database.entries(ALL)) snapshot.set(key, value);
  return snapshot;
}

async function databaseOf(entries: Iterable<readonly [string, Uint8Array]>): Promise<MemoryKeyValue> {
  const database = new MemoryKeyValue();
  await database.write(Array.from(entries, ([key, value]) => ({ type: 'put', key, value })));
  return database;
}

/** Three blocks, and some waypoints between and after them. */
async function threeBlocks(): Promise<Snapshot> {
  const database = new MemoryKeyValue();
  const store = new ScanStore(database, ID);
  await store.commit({ added: [], progress: progress(105) });
  await store.commit({ added: [found(110)], progress: progress(115) });
  await store.commit({ added: [found(120), found(130)], progress: progress(150) });
  await store.commit({ added: [], progress: progress(160) });
  return snapshotOf(database);
}

const WHOLE = scanText([found(110), found(120), found(130)], point(160));

/** What is left when the record of a block is of no use. */
const WITHOUT: Readonly<Record<string, string>> = {
  [keyOf(110)]: scanText([], point(105)),
  [keyOf(120)]: scanText([found(110)], point(115)),
  [keyOf(130)]: scanText([found(110), found(120)], point(120)),
  [PROGRESS_KEY]: scanText([found(110), found(120), found(130)], point(130)),
};

test('a record with any one byte changed costs what is above the last place that is known below it', async () => {
  const good = await threeBlocks();
  assert.equal(good.size, 4);
  for (const [key, value] of good) {
    for (let i = 0; i < value.length; i++) {
      const changed = value.slice();
      changed[i] = (changed[i] as number) ^ (1 << (i % 8));
      const database = await databaseOf([...good, [key, changed]]);
      const store = new ScanStore(database, ID);
      const stored = await store.load();
      assert.equal(stored && storedText(stored), WITHOUT[key], `byte ${i} of ${key}`);
      const claimedHeight = key === PROGRESS_KEY ? undefined : 160;
      assert.deepEqual(store.damage, { claimedHeight });
    }
  }
});

test('of any records that are missing the rest is used as far as it is whole', async () => {
  const good = await threeBlocks();
  const keys = Array.from(good.keys());
  for (let subset = 1; subset < 2 ** keys.length; subset++) {
    const missing = keys.filter((_, i) => (subset & (1 << i)) !== 0);
    const database = await databaseOf(Array.from(good).filter(([key]) => !missing.includes(key)));
    const first = missing[0] as string;
    const lostWaypoints = missing.includes(PROGRESS_KEY);
    const linked = [110, 120, 130].filter((height) => keyOf(height) < first || first === PROGRESS_KEY);
    const last = linked.at(-1);
    const withoutWaypoints =
      last === undefined
        ? undefined
        : scanText(
            linked.map((height) => found(height)),
            point(last),
          );
    assert.equal(await textIn(database), lostWaypoints ? withoutWaypoints : WITHOUT[first], missing.join());
  }
});

test('what is left of a damaged scan is gone on with, and the rest is deleted', async () => {
  const good = await threeBlocks();
  const database = await databaseOf([...good, [keyOf(120), Uint8Array.of(1, 2, 3)]]);
  const store = new ScanStore(database, ID);
  await store.load();
  assert.deepEqual((await snapshotOf(database)).size, 4, 'to load writes nothing');
  await store.commit({ added: [found(120)], progress: progress(125) });
  assert.deepEqual(Array.from((await snapshotOf(database)).keys()), [keyOf(110), keyOf(120), PROGRESS_KEY]);
  const stored = await store.load();
  assert.equal(stored && storedText(stored), scanText([found(110), found(120)], point(125)));
  assert.equal(store.damage, undefined);
});

test('a scan of which nothing is of use begins anew, and says that something was damaged', async () => {
  const good = await threeBlocks();
  const rubbish = Array.from(good.keys(), (key) => [key, Uint8Array.of(1, 2, 3, 4, 5)] as const);
  const database = await databaseOf(rubbish);
  const store = new ScanStore(database, ID);
  assert.equal(await store.load(), undefined);
  assert.deepEqual(store.damage, { claimedHeight: undefined });
  assert.deepEqual(await ScanStore.list(database), new Map());
  await store.commit({ added: [found(111)], progress: progress(112) });
  assert.equal(await textIn(database), scanText([found(111)], point(112)));
  assert.equal((await snapshotOf(database)).size, 2);
});

test('records that are left above how far the scan came are no part of it', async () => {
  const good = await threeBlocks();
  for (const height of [110, 115]) {
    const database = new MemoryKeyValue();
    await new ScanStore(database, ID).commit({ added: [found(110)], progress: progress(height) });
    // The record of how far it came is of the early days, those of blocks are of later ones.
    const mixed = await databaseOf([...good, ...(await snapshotOf(database))]);
    const store = new ScanStore(mixed, ID);
    assert.equal(await textIn(mixed), scanText([found(110)], point(height)));
    await store.commit({ added: [found(118)], progress: progress(119) });
    assert.equal(await textIn(mixed), scanText([found(110), found(118)], point(119)));
    assert.equal((await snapshotOf(mixed)).has(keyOf(120)), false);
  }
});

test('a record in the place of another one is as good as damaged', async () => {
  const good = await threeBlocks();
  const at = (height: number): Uint8Array => good.get(keyOf(height)) as Uint8Array;
  const swapped = await databaseOf([...good, [keyOf(120), at(130)], [keyOf(130), at(120)]]);
  assert.equal(await textIn(swapped), WITHOUT[keyOf(120)]);
  const twice = await databaseOf([...good, [keyOf(115), at(110)]]);
  assert.equal(await textIn(twice), scanText([found(110)], point(115)));
  const others = Array.from(good).filter(([key]) => key !== keyOf(130));
  const moved = await databaseOf([...others, [keyOf(140), at(130)]]);
  assert.equal(await textIn(moved), WITHOUT[keyOf(130)]);
  const strange = await databaseOf([...good, [`scan-found-${ID}-x`, at(110)], [`scan-progress-x`, at(110)]]);
  assert.equal(await textIn(strange), WHOLE);
});

test('a record of a scan that began at another height is none of this one', async () => {
  const good = await threeBlocks();
  const other = new MemoryKeyValue();
  const { scanned } = progress(115);
  await new ScanStore(other, ID).commit({ added: [found(110)], progress: { fromHeight: 90, scanned } });
  const mixed = await databaseOf([...good, [keyOf(110), (await other.get(keyOf(110))) as Uint8Array]]);
  assert.equal(await textIn(mixed), WITHOUT[keyOf(110)]);
});

test('a scan that was cut back to a block in which something was found goes on and stays whole', async () => {
  const database = new MemoryKeyValue();
  await new ScanStore(database, ID).commit({ added: [found(110)], progress: progress(110) });
  await new ScanStore(database, ID).commit({ added: [found(120), found(130)], progress: progress(140) });
  await database.write([{ type: 'put', key: keyOf(120), value: Uint8Array.of(1) }]);
  const store = new ScanStore(database, ID);
  assert.equal(await textIn(database), scanText([found(110)], point(110)));
  await store.load();
  const steps = [found(120), found(130), found(150)];
  for (const [i, block] of steps.entries()) {
    await store.commit({ added: [block], progress: progress(block.height + 1) });
    assert.equal(
      await textIn(database),
      scanText([found(110), ...steps.slice(0, i + 1)], point(block.height + 1)),
    );
  }
  await store.load();
  assert.equal(store.damage, undefined);
});

test('whatever records of earlier times are mixed, what is loaded is true of the chain that it names', async () => {
  const counts = { whole: 0, cut: 0, nothing: 0 };
  for (let seed = 1; seed <= 100; seed++) {
    const chance = new Chance(seed);
    const chain = new ScannedChain(seed, 100);
    const { database, snapshots } = await lived(chain, chance.int(2, 12));
    const keys = new Set(snapshots.flatMap((snapshot) => Array.from(snapshot.keys())));
    const batch: BatchOperation[] = [];
    for (const key of keys) {
      if (!chance.maybe(0.2)) continue;
      // As it was once, which may be that it was not there.
      const value = chance.pick(snapshots).get(key);
      batch.push(value === undefined ? { type: 'del', key } : { type: 'put', key, value });
    }
    await database.write(batch);
    const store = new ScanStore(database, ID);
    const stored = await store.load();
    if (stored === undefined) counts.nothing++;
    else if (store.damage === undefined) counts.whole++;
    else counts.cut++;
    if (stored !== undefined) assertTrue(stored, chain, `seed ${seed}`);
    await goOn(store, chain, seed);
    assert.equal(await textIn(database), scanText(chain.found(chain.tip), chain.tip), `seed ${seed}`);
  }
  assert.ok(counts.whole > 3 && counts.cut > 20 && counts.nothing > 0, JSON.stringify(counts));
});

/** A scan after some steps, and its records after each of them. */
async function lived(
  chain: ScannedChain,
  steps: number,
): Promise<{ database: MemoryKeyValue; snapshots: Snapshot[] }> {
  const database = new MemoryKeyValue();
  const store = new ScanStore(database, ID);
  const snapshots: Snapshot[] = [];
  for (let i = 0; i < steps; i++) {
    await store.commit(chain.step());
    snapshots.push(await snapshotOf(database));
  }
  return { database, snapshots };
}

/** Does what a scan does: goes back to the highest place that the best chain has, and on from there to its end. */
async function goOn(store: ScanStore, chain: ScannedChain, seed: number): Promise<void> {
  const stored = await store.load();
  const keepUpTo = stored?.points.findLast((one) => chain.has(one))?.height ?? 0;
  const { fromHeight, tip } = chain;
  const added = chain.found(tip).filter(({ height }) => height > keepUpTo);
  await store.commit({ keepUpTo, added, progress: { fromHeight, scanned: tip } });
  assert.ok(stored === undefined || stored.progress.scanned.height >= keepUpTo, `seed ${seed}`);
}

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

test('a commit is one batch; one that failed changed nothing, and can be made again', async () => {
  const database = new FullDatabase();
  const store = new ScanStore(database, ID);
  await store.commit({ added: [found(110), found(120)], progress: progress(130) });
  assert.equal(database.batches, 1);
  const before = await textIn(database);
  database.isFull = true;
  const change = { keepUpTo: 110, added: [found(120, 1)], progress: progress(131, 1) };
  await assert.rejects(store.commit(change), { code: 'store-write-failed' });
  await assert.rejects(store.clear(), { code: 'store-write-failed' });
  assert.equal(await textIn(database), before);
  database.isFull = false;
  await store.commit(change);
  assert.equal(database.batches, 2);
  assert.equal(await textIn(database), scanText([found(110), found(120, 1)], point(131, 1)));
});

/** A database of which nobody knows what came of a write that failed. */
class UncertainDatabase extends MemoryKeyValue {
  failures = 0;

  override async write(batch: BatchOperation[]): Promise<void> {
    await super.write(batch);
    if (this.failures-- > 0) throw new StoreError('store-write-failed', 'no answer');
  }
}

test('a commit that failed and came to the disk all the same is known to the next one', async () => {
  const database = new UncertainDatabase();
  const store = new ScanStore(database, ID);
  await store.commit({ added: [found(110)], progress: progress(115) });
  database.failures = 1;
  const failed = { code: 'store-write-failed' };
  await assert.rejects(store.commit({ added: [found(120)], progress: progress(130) }), failed);
  await store.commit({ keepUpTo: 115, added: [found(125, 1)], progress: progress(131, 1) });
  assert.equal(await textIn(database), scanText([found(110), found(125, 1)], point(131, 1)));
  assert.equal((await snapshotOf(database)).size, 3);
  database.failures = 1;
  await assert.rejects(store.clear(), failed);
  await store.commit({ added: [found(112)], progress: progress(113) });
  assert.equal(await textIn(database), scanText([found(112)], point(113)));
});
