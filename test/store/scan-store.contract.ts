/** What the store of scans does whatever database it is in. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/hex.ts';
import type { ChainPoint } from '../../src/chain/tree-change.ts';
import type { BlockPayments } from '../../src/ledger/payment.ts';
import type { KeyValue } from '../../src/store/key-value.ts';
import { scanId } from '../../src/store/scan-id.ts';
import { type ScanChange, type ScanProgress, ScanStore } from '../../src/store/scan-store.ts';
import { Chance } from '../sim/chance.ts';
import { assertTrue, madePayments, ScannedChain, scanText, storedText } from '../support/scanned-chain.ts';
import type { NewDatabase } from './header-store.contract.ts';

export const ID: string = scanId('regtest', [Uint8Array.of(0x51)], 100);
const OTHER_ID = scanId('regtest', [Uint8Array.of(0x52)], 100);
const FROM = 100;

export function point(height: number, salt = 0): ChainPoint {
  const hash = new Uint8Array(32).fill(salt);
  new DataView(hash.buffer).setUint32(0, height);
  return { height, hash };
}

export function found(height: number, salt = 0): BlockPayments {
  return madePayments(new Chance(height + salt), point(height, salt));
}

export function progress(height: number, salt = 0): ScanProgress {
  return { fromHeight: FROM, scanned: point(height, salt) };
}

/** What a scan has, as a text; undefined when it has not begun. */
export async function textIn(database: KeyValue, id: string = ID): Promise<string | undefined> {
  const stored = await new ScanStore(database, id).load();
  return stored && storedText(stored);
}

export function scanStoreContract(name: string, newDatabase: NewDatabase): void {
  test(`${name}: a scan that has not begun is not there`, async (t) => {
    const database = await newDatabase(t)();
    const store = new ScanStore(database, ID);
    assert.equal(await store.load(), undefined);
    assert.equal(store.damage, undefined);
    assert.deepEqual(await ScanStore.list(database), new Map());
    await store.clear();
    assert.equal(await store.load(), undefined);
    await database.close();
  });

  test(`${name}: what a scan found and how far it came is there, in this run and the next`, async (t) => {
    const open = newDatabase(t);
    let database = await open();
    let store = new ScanStore(database, ID);
    await store.commit({ added: [], progress: progress(99) });
    assert.equal(await textIn(database), scanText([], point(99)));
    await store.commit({ added: [found(100), found(130)], progress: progress(130) });
    await store.commit({ added: [], progress: progress(2_000) });
    await store.commit({ added: [found(2_001)], progress: progress(3_000) });
    const expected = scanText([found(100), found(130), found(2_001)], point(3_000));
    assert.equal(await textIn(database), expected);
    await database.close();

    database = await open();
    store = new ScanStore(database, ID);
    const stored = await store.load();
    assert.ok(stored);
    assert.equal(storedText(stored), expected);
    assert.deepEqual(stored.progress, progress(3_000));
    assert.deepEqual(
      stored.points.map(({ height }) => height),
      [99, 100, 130, 2_000, 2_001, 3_000],
    );
    for (const one of stored.points) assert.equal(toHex(one.hash), toHex(point(one.height).hash));
    assert.equal(store.damage, undefined);
    await store.commit({ added: [found(3_001)], progress: progress(3_001) });
    assert.match((await textIn(database)) ?? '', /\n3001 .*\nscanned 3001 /);
    await database.close();
  });

  test(`${name}: a store goes on from what is there also when nobody loaded it`, async (t) => {
    const database = await newDatabase(t)();
    const both = [found(110), found(120), found(130)];
    await new ScanStore(database, ID).commit({ added: both, progress: progress(150) });
    await new ScanStore(database, ID).commit({
      keepUpTo: 120,
      added: [found(140, 1)],
      progress: progress(160, 1),
    });
    const kept = [found(110), found(120), found(140, 1)];
    assert.equal(await textIn(database), scanText(kept, point(160, 1)));
    await database.close();
  });

  test(`${name}: blocks above the one that is kept go, and others may take their places`, async (t) => {
    const database = await newDatabase(t)();
    const store = new ScanStore(database, ID);
    await store.commit({ added: [found(110), found(120), found(130)], progress: progress(130) });
    const change = { added: [found(120, 1), found(125, 1)], progress: progress(131, 1) };
    await store.commit({ keepUpTo: 119, ...change });
    assert.equal(await textIn(database), scanText([found(110), found(120, 1), found(125, 1)], point(131, 1)));
    await store.commit({ keepUpTo: 0, added: [], progress: progress(140, 2) });
    assert.equal(await textIn(database), scanText([], point(140, 2)));
    // A scan may also go back without going on.
    await store.commit({ keepUpTo: 120, added: [], progress: progress(120) });
    assert.equal(await textIn(database), scanText([], point(120)));
    await database.close();
  });

  test(`${name}: several scans do not know of each other`, async (t) => {
    const database = await newDatabase(t)();
    const [one, other] = [new ScanStore(database, ID), new ScanStore(database, OTHER_ID)];
    await one.commit({ added: [found(110), found(120)], progress: progress(150) });
    await other.commit({ added: [found(110, 1)], progress: progress(170) });
    assert.equal(await textIn(database), scanText([found(110), found(120)], point(150)));
    assert.equal(await textIn(database, OTHER_ID), scanText([found(110, 1)], point(170)));
    const list = await ScanStore.list(database);
    assert.deepEqual(list.get(ID), progress(150));
    assert.deepEqual(list.get(OTHER_ID), progress(170));
    assert.equal(list.size, 2);

    await one.clear();
    assert.equal(await textIn(database), undefined);
    assert.equal(await textIn(database, OTHER_ID), scanText([found(110, 1)], point(170)));
    await one.commit({ added: [], progress: { fromHeight: 120, scanned: point(119) } });
    assert.deepEqual((await ScanStore.list(database)).get(ID), { fromHeight: 120, scanned: point(119) });
    assert.equal(await textIn(database), scanText([], point(119)));
    await database.close();
  });

  test(`${name}: a change that contradicts itself or what is there is refused whole`, async (t) => {
    const database = await newDatabase(t)();
    const store = new ScanStore(database, ID);
    await store.commit({ added: [found(110), found(120)], progress: progress(150) });
    const before = await textIn(database);
    const wrong: ScanChange[] = [
      { added: [found(160), found(155)], progress: progress(200) },
      { added: [found(160), found(160, 1)], progress: progress(200) },
      { added: [found(120, 1)], progress: progress(200) },
      { added: [found(115)], progress: progress(200) },
      { added: [found(99)], progress: progress(200), keepUpTo: 0 },
      { added: [found(201)], progress: progress(200) },
      { added: [found(200, 1)], progress: progress(200) },
      { added: [{ ...found(160), hash: new Uint8Array(31) }], progress: progress(200) },
      { added: [{ ...found(160), height: 160.5 }], progress: progress(200) },
      { added: [], progress: progress(119) },
      { added: [], progress: progress(119), keepUpTo: 120 },
      { added: [], progress: progress(98), keepUpTo: 0 },
      { added: [], progress: progress(NaN) },
      { added: [], progress: progress(2 ** 32) },
      { added: [], progress: progress(200), keepUpTo: NaN },
      { added: [], progress: { fromHeight: 101, scanned: point(200) } },
      { added: [], progress: { fromHeight: -1, scanned: point(200) } },
      { added: [], progress: { fromHeight: 100, scanned: { height: 200, hash: new Uint8Array(33) } } },
    ];
    for (const [i, change] of wrong.entries())
      await assert.rejects(store.commit(change), RangeError, `change ${i}`);
    assert.equal(await textIn(database), before);
    await store.commit({ added: [found(200)], progress: progress(200) });
    assert.equal(await textIn(database), scanText([found(110), found(120), found(200)], point(200)));
    await database.close();
  });

  test(`${name}: a name that is none of a scan is refused`, async (t) => {
    const database = await newDatabase(t)();
    for (const id of ['', 'x', `${ID}-`, ID.slice(1), ID.toUpperCase()])
      assert.throws(() => new ScanStore(database, id), RangeError);
    await database.close();
  });

  test(`${name}: whatever becomes of the chain, what is stored is what was found`, async (t) => {
    for (let seed = 1; seed <= 3; seed++) {
      const open = newDatabase(t);
      let database = await open();
      let store = new ScanStore(database, ID);
      const chain = new ScannedChain(seed, FROM);
      const chance = new Chance(seed);
      for (let step = 0; step < 30; step++) {
        await store.commit(chain.step());
        if (chance.maybe(0.3)) {
          await database.close();
          database = await open();
          store = new ScanStore(database, ID);
        }
        const stored = chance.maybe(0.5) ? await store.load() : await new ScanStore(database, ID).load();
        assert.ok(stored);
        assertTrue(stored, chain, `seed ${seed}, step ${step}`);
        assert.equal(toHex(stored.progress.scanned.hash), toHex(chain.tip.hash));
      }
      await new ScanStore(database, ID).clear();
      await database.close();
    }
  });
}
