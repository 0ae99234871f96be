/** What the store of peers does whatever database it is in. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/hex.ts';
import {
  MAX_KEY_LENGTH,
  MAX_VALUE_SIZE_BYTES,
  PEER_LAYOUT_VERSION,
  PeerStore,
} from '../../src/store/peer-store.ts';
import { encodeMeta, META_KEY } from '../../src/store/records.ts';
import { sealed } from '../../src/store/sealed.ts';
import { StoreError } from '../../src/store/store-error.ts';
import type { NewDatabase, OpenDatabase } from './header-store.contract.ts';

const NETWORK = 'regtest';
const NO_BYTES = new Uint8Array(0);

type Records = readonly (readonly [string, Uint8Array])[];

const RECORDS: Records = [
  ['address-12.34.56.78 8333', Uint8Array.of(1, 2, 3)],
  ['anchor-0', NO_BYTES],
  ['key', new Uint8Array(32).fill(7)],
  ['z', new Uint8Array(MAX_VALUE_SIZE_BYTES).fill(8)],
  ['ä€😀', Uint8Array.of(4)],
  ['x'.repeat(MAX_KEY_LENGTH), Uint8Array.of(5)],
];

function textOf(records: Records): string[] {
  return records.map(([key, value]) => `${key} ${toHex(value)}`).toSorted();
}

async function loaded(open: OpenDatabase, options = {}): Promise<{ texts: string[]; damaged: number }> {
  const store = await PeerStore.open(await open(), NETWORK, options);
  const { records, damaged } = await store.load();
  await store.close();
  return { texts: textOf(records), damaged };
}

/** Writes into the database past the store. */
async function tamper(open: OpenDatabase, entries: Records): Promise<void> {
  const database = await open();
  await database.write(entries.map(([key, value]) => ({ type: 'put' as const, key, value })));
  await database.close();
}

export function peerStoreContract(name: string, newDatabase: NewDatabase): void {
  test(`${name}: a new store of peers is empty`, async (t) => {
    const open = newDatabase(t);
    assert.deepEqual(await loaded(open), { texts: [], damaged: 0 });
    assert.deepEqual(await loaded(open), { texts: [], damaged: 0 });
  });

  test(`${name}: what was committed is loaded, in this run and the next, and what was removed is not`, async (t) => {
    const open = newDatabase(t);
    const store = await PeerStore.open(await open(), NETWORK);
    await store.commit({ put: RECORDS, remove: [] });
    assert.deepEqual(textOf((await store.load()).records), textOf(RECORDS));
    await store.commit({ put: [['key', Uint8Array.of(9)]], remove: ['z', 'anchor-0', 'never there'] });
    await store.close();
    const left: Records = [
      ['key', Uint8Array.of(9)],
      ...RECORDS.filter(([key]) => !['key', 'z', 'anchor-0'].includes(key)),
    ];
    assert.deepEqual(await loaded(open), { texts: textOf(left), damaged: 0 });
  });

  test(`${name}: damaged records are left out, counted, and deleted by the next commit`, async (t) => {
    const open = newDatabase(t);
    const store = await PeerStore.open(await open(), NETWORK);
    await store.commit({ put: RECORDS, remove: [] });
    await store.close();
    await tamper(open, [
      ['peer-key', Uint8Array.of(1, 2, 3, 4, 5)],
      ['peer-anchor-0', NO_BYTES],
      ['peer-too long', sealed(NO_BYTES, new Uint8Array(MAX_VALUE_SIZE_BYTES + 1))],
      [`peer-y${'x'.repeat(MAX_KEY_LENGTH)}`, sealed(NO_BYTES, NO_BYTES)],
      ['peer-', sealed(NO_BYTES, Uint8Array.of(1))],
      ['other', sealed(NO_BYTES, Uint8Array.of(1))],
    ]);
    const good: Records = [
      ['', Uint8Array.of(1)],
      ...RECORDS.filter(([key]) => key !== 'key' && key !== 'anchor-0'),
    ];
    assert.deepEqual(await loaded(open), { texts: textOf(good), damaged: 4 });

    const again = await PeerStore.open(await open(), NETWORK);
    assert.equal((await again.load()).damaged, 4);
    // One of them is written anew by the same commit.
    await again.commit({ put: [['key', Uint8Array.of(6)]], remove: [] });
    assert.equal((await again.load()).damaged, 0);
    await again.close();
    assert.deepEqual(await loaded(open), {
      texts: textOf([...good, ['key', Uint8Array.of(6)]]),
      damaged: 0,
    });
    const database = await open();
    assert.notEqual(await database.get('other'), undefined);
    assert.equal(await database.get('peer-too long'), undefined);
    await database.close();
  });

  test(`${name}: damaged records are deleted also when nothing else changed`, async (t) => {
    const open = newDatabase(t);
    await loaded(open);
    await tamper(open, [['peer-a', Uint8Array.of(1)]]);
    const store = await PeerStore.open(await open(), NETWORK);
    assert.equal((await store.load()).damaged, 1);
    await store.commit({ put: [], remove: [] });
    await store.close();
    assert.deepEqual(await loaded(open), { texts: [], damaged: 0 });
  });

  test(`${name}: more records than can be of use are not loaded, and deleted bit by bit`, async (t) => {
    const open = newDatabase(t);
    const maxRecords = 4;
    const put: Records = Array.from({ length: 11 }, (_, i) => [`record ${10 + i}`, Uint8Array.of(i)]);
    const store = await PeerStore.open(await open(), NETWORK, { maxRecords });
    await store.commit({ put, remove: [] });
    const first = textOf(put.slice(0, maxRecords));
    for (const damaged of [7, 3, 0]) {
      const { records, damaged: counted } = await store.load();
      assert.deepEqual(textOf(records), first);
      assert.equal(counted, damaged);
      await store.commit({ put: [], remove: [] });
    }
    await store.close();
    assert.deepEqual(await loaded(open), { texts: first, damaged: 0 });
  });

  test(`${name}: what could not be read again is refused whole`, async (t) => {
    const open = newDatabase(t);
    const store = await PeerStore.open(await open(), NETWORK);
    const tooLong: Records = [
      ['x'.repeat(MAX_KEY_LENGTH + 1), NO_BYTES],
      ['key', new Uint8Array(MAX_VALUE_SIZE_BYTES + 1)],
    ];
    for (const record of tooLong) {
      await assert.rejects(store.commit({ put: [['good', NO_BYTES], record], remove: [] }), RangeError);
    }
    await store.close();
    assert.deepEqual(await loaded(open), { texts: [], damaged: 0 });
  });

  test(`${name}: another network's peers, and those of a newer version, are refused and left alone`, async (t) => {
    const cases = [
      [{ layout: PEER_LAYOUT_VERSION, network: 'signet' }, 'store-other-network'],
      [{ layout: PEER_LAYOUT_VERSION + 1, network: NETWORK }, 'store-newer-layout'],
    ] as const;
    for (const [meta, code] of cases) {
      const open = newDatabase(t);
      const value = encodeMeta(meta);
      await tamper(open, [[META_KEY, value]]);
      const database = await open();
      await assert.rejects(
        PeerStore.open(database, NETWORK),
        (error) => error instanceof StoreError && error.code === code,
      );
      assert.equal(toHex((await database.get(META_KEY)) ?? NO_BYTES), toHex(value));
      await database.close();
    }
  });

  test(`${name}: a damaged note of what the store is, is written anew, and the records are kept`, async (t) => {
    const open = newDatabase(t);
    const store = await PeerStore.open(await open(), NETWORK);
    await store.commit({ put: RECORDS, remove: [] });
    await store.close();
    await tamper(open, [[META_KEY, Uint8Array.of(1, 2, 3)]]);
    assert.deepEqual(await loaded(open), { texts: textOf(RECORDS), damaged: 0 });
    const database = await open();
    await assert.rejects(PeerStore.open(database, 'signet'), StoreError);
    await database.close();
  });
}
