/** What the store of filter headers does whatever database it is in. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/hex.ts';
import type { FilterSegment } from '../../src/filters/filter-segment.ts';
import { FilterHeaderStore } from '../../src/store/filter-header-store.ts';
import type { NewDatabase } from './header-store.contract.ts';

/** Some filter headers, different for each height and salt. */
export function segment(firstHeight: number, count: number, salt = 0): FilterSegment {
  const headers = new Uint8Array(32 * count);
  for (let i = 0; i < count; i++) headers.set(hashOf(firstHeight + i, salt), 32 * i);
  return {
    firstHeight,
    previous: firstHeight === 0 ? new Uint8Array(32) : hashOf(firstHeight - 1, salt),
    headers,
    lastBlockHash: hashOf(firstHeight + count - 1, salt + 100),
  };
}

function hashOf(height: number, salt: number): Uint8Array {
  const hash = new Uint8Array(32).fill(salt);
  new DataView(hash.buffer).setUint32(0, height);
  return hash;
}

export function textOf(segments: readonly (FilterSegment | undefined)[]): (string | undefined)[] {
  return segments.map(
    (one) => one && [one.firstHeight, ...[one.previous, one.headers, one.lastBlockHash].map(toHex)].join(' '),
  );
}

export function filterHeaderStoreContract(name: string, newDatabase: NewDatabase): void {
  test(`${name}: a new store of filter headers has none`, async (t) => {
    const database = await newDatabase(t)();
    const store = new FilterHeaderStore(database);
    assert.equal(await store.read(0), undefined);
    assert.deepEqual(await store.readMany([]), []);
    assert.deepEqual(await store.readMany([0, 1_001, 900_001]), [undefined, undefined, undefined]);
    assert.deepEqual(await store.firstHeights(), []);
    await store.deleteFrom(0);
    await store.write([]);
    await database.close();
  });

  test(`${name}: filter headers that were written are read, in this run and the next, in any order`, async (t) => {
    const open = newDatabase(t);
    const segments = [segment(0, 1_001), segment(1_001, 1_000), segment(2_001, 1), segment(899_001, 1_000)];
    let database = await open();
    await new FilterHeaderStore(database).write([1, 3, 0, 2].map((i) => segments[i] as FilterSegment));
    for (let run = 0; run < 2; run++) {
      const store = new FilterHeaderStore(database);
      const found = await store.readMany([899_001, 0, 3_001, 2_001, 1_001]);
      const expected = [segments[3], segments[0], undefined, segments[2], segments[1]];
      assert.deepEqual(textOf(found), textOf(expected));
      assert.deepEqual(textOf([await store.read(1_001)]), textOf([segments[1]]));
      assert.deepEqual(await store.firstHeights(), [0, 1_001, 2_001, 899_001]);
      await database.close();
      database = await open();
    }
    await database.close();
  });

  test(`${name}: a segment that grows, or is of another branch, takes the place of the one before`, async (t) => {
    const database = await newDatabase(t)();
    const store = new FilterHeaderStore(database);
    for (const one of [segment(1_001, 1), segment(1_001, 2), segment(1_001, 1_000), segment(1_001, 3, 1)]) {
      await store.write([one]);
      assert.deepEqual(textOf([await store.read(1_001)]), textOf([one]));
    }
    await database.close();
  });

  test(`${name}: filter headers are deleted from a height on, and those below stay`, async (t) => {
    const database = await newDatabase(t)();
    const store = new FilterHeaderStore(database);
    // Whatever else is in the database is not ours to delete.
    await database.write(['filter-headers', 'filter-headers.', 'z'].map((key) => putOf(key)));
    await store.write([0, 1_001, 2_001, 3_001].map((first) => segment(first, 1_000)));
    await store.deleteFrom(2_001);
    assert.deepEqual(await store.firstHeights(), [0, 1_001]);
    await store.deleteFrom(2_001);
    await store.deleteFrom(0);
    assert.deepEqual(await store.firstHeights(), []);
    for (const key of ['filter-headers', 'filter-headers.', 'z'])
      assert.notEqual(await database.get(key), undefined);
    await database.close();
  });

  test(`${name}: keys that are not its own are no filter headers`, async (t) => {
    const database = await newDatabase(t)();
    const store = new FilterHeaderStore(database);
    await store.write([segment(0, 1)]);
    const strange = ['', '1', '0', '00000001', '00001000', '1e3', '0000000x', '00001001.5', '-0000001'];
    await database.write(strange.map((text) => putOf(`filter-headers-${text}`)));
    assert.deepEqual(await store.firstHeights(), [0]);
    assert.deepEqual(textOf([await store.read(0)]), textOf([segment(0, 1)]));
    await database.close();
  });

  test(`${name}: a segment that could not be read again is refused with all that come with it`, async (t) => {
    const database = await newDatabase(t)();
    const store = new FilterHeaderStore(database);
    const good = segment(1_001, 2);
    const wrong: FilterSegment[] = [
      { ...good, firstHeight: 1 },
      { ...good, firstHeight: 1_000 },
      { ...good, firstHeight: -999 },
      { ...good, firstHeight: 1_001.5 },
      { ...good, firstHeight: 100_000_001 },
      { ...good, headers: new Uint8Array(0) },
      { ...good, headers: new Uint8Array(33) },
      { ...good, headers: new Uint8Array(32 * 1_001) },
      { ...segment(0, 1), headers: new Uint8Array(32 * 1_002) },
      { ...good, previous: new Uint8Array(31) },
      { ...good, lastBlockHash: new Uint8Array(33) },
    ];
    for (const one of wrong) await assert.rejects(store.write([segment(0, 1), one]), RangeError);
    for (const height of [1, 1_000, 2_000, -1, NaN]) {
      await assert.rejects(store.read(height), RangeError);
      await assert.rejects(store.deleteFrom(height), RangeError);
    }
    assert.deepEqual(await store.firstHeights(), []);
    await database.close();
  });
}

function putOf(key: string): { type: 'put'; key: string; value: Uint8Array } {
  return { type: 'put', key, value: Uint8Array.of(1, 2, 3, 4, 5) };
}
