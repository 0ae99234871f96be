/** Records that are damaged or missing: the good part of the chain is kept, the rest is given up aloud. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256d } from '../../src/bytes/hash.ts';
import { toHex } from '../../src/bytes/hex.ts';
import type { BatchOperation } from '../../src/store/key-value.ts';
import { MemoryKeyValue } from '../../src/store/memory.ts';
import {
  chunkKey,
  encodeChunk,
  encodeSide,
  encodeTip,
  META_KEY,
  sideKey,
  TIP_KEY,
} from '../../src/store/records.ts';
import { grow } from '../support/chains.ts';
import { concatenated } from '../support/concatenated.ts';
import { headerAt, lastOf, mine, REGTEST_GENESIS } from '../support/mine.ts';
import { openStore, reopened } from './header-store.contract.ts';

const HEADERS = mine(1_800);
/** Of three headers each, at heights 601 to 603 and 1,401 to 1,403. */
const LOW_BRANCH = mine(3, { parent: headerAt(HEADERS, 599), salt: 1 });
const HIGH_BRANCH = mine(3, { parent: headerAt(HEADERS, 1_399), salt: 2 });

interface Damage {
  readonly name: string;
  readonly inflict: (database: MemoryKeyValue) => Promise<void>;
  /** Up to which height the chain is still there. */
  readonly height: number;
  readonly claimedHeight?: number | undefined;
  /** Side headers that are gone. */
  readonly dropped: number;
}

/** Damage, and what is left: the chain has a chunk for heights 0 to 499, and so on, the last one from 1,500 to 1,800. */
const DAMAGES: readonly Damage[] = [
  {
    name: 'a bit flipped in the middle of a chunk in the middle',
    inflict: flip(chunkKey(1), 20_000),
    height: 748,
    dropped: 3,
  },
  {
    name: 'a bit flipped in the first chunk',
    inflict: flip(chunkKey(0), 36 + 80 * 100 + 3),
    height: 99,
    dropped: 6,
  },
  { name: 'a bit flipped in the stored genesis', inflict: flip(chunkKey(0), 36 + 77), height: 0, dropped: 6 },
  {
    name: 'a bit flipped in the checksum of a chunk',
    inflict: flip(chunkKey(2), 0),
    height: 1_498,
    dropped: 0,
  },
  {
    name: 'a bit flipped in the hash that a chunk ends with',
    inflict: flip(chunkKey(2), 10),
    height: 1_498,
    dropped: 0,
  },
  {
    name: 'a bit flipped in the first header of a chunk',
    inflict: flip(chunkKey(2), 36 + 70),
    height: 999,
    dropped: 3,
  },
  {
    name: 'a bit flipped in the last chunk',
    inflict: flip(chunkKey(3), 36 + 80 * 100),
    height: 1_599,
    dropped: 0,
  },
  {
    name: 'a bit flipped in the last header',
    inflict: flip(chunkKey(3), 36 + 80 * 300 + 40),
    height: 1_799,
    dropped: 0,
  },
  { name: 'a chunk cut short', inflict: cut(chunkKey(1), 36 + 80 * 50 + 13), height: 548, dropped: 6 },
  { name: 'a last chunk cut short', inflict: cut(chunkKey(3), 36 + 80 * 50), height: 1_548, dropped: 0 },
  { name: 'an empty chunk', inflict: cut(chunkKey(3), 0), height: 1_499, dropped: 0 },
  { name: 'a missing chunk', inflict: remove(chunkKey(1)), height: 499, dropped: 6 },
  { name: 'no first chunk', inflict: remove(chunkKey(0)), height: 0, dropped: 6 },
  { name: 'no last chunk', inflict: remove(chunkKey(3)), height: 1_499, dropped: 0 },
  { name: 'an older last chunk', inflict: put(chunkKey(3), chunk(1_500, 1_700)), height: 1_699, dropped: 0 },
  {
    name: 'a chunk in the place of another',
    inflict: put(chunkKey(2), chunk(1_500, 1_801)),
    height: 999,
    dropped: 3,
  },
  {
    name: 'a leftover chunk above the tip',
    inflict: put(chunkKey(4), chunk(500, 1_000)),
    height: 1_800,
    dropped: 0,
  },
  {
    name: 'a leftover chunk far above the tip',
    inflict: put(chunkKey(9), chunk(500, 1_000)),
    height: 1_800,
    dropped: 0,
  },
  {
    name: 'a damaged record of the tip',
    inflict: flip(TIP_KEY, 20),
    height: 1_800,
    claimedHeight: undefined,
    dropped: 0,
  },
  {
    name: 'no record of the tip',
    inflict: remove(TIP_KEY),
    height: 1_800,
    claimedHeight: undefined,
    dropped: 0,
  },
  {
    name: 'an older record of the tip',
    inflict: put(TIP_KEY, tipRecord(900)),
    height: 1_800,
    claimedHeight: 900,
    dropped: 0,
  },
  { name: 'a damaged side header', inflict: flip(sideKeyOf(LOW_BRANCH, 2), 30), height: 1_800, dropped: 1 },
  {
    name: 'a side header without its parent',
    inflict: remove(sideKeyOf(LOW_BRANCH, 0)),
    height: 1_800,
    dropped: 2,
  },
  {
    name: 'a side header under the name of another',
    inflict: put(
      `side-${'ab'.repeat(32)}`,
      encodeSide({ height: 601, header: mine(1, { parent: headerAt(HEADERS, 599), salt: 9 }) }),
    ),
    height: 1_800,
    dropped: 1,
  },
  {
    name: 'a side header that is on the best chain',
    inflict: put(sideKeyOf(HEADERS, 700), encodeSide({ height: 701, header: headerAt(HEADERS, 700) })),
    height: 1_800,
    dropped: 1,
  },
];

for (const { name, inflict, height, dropped, ...rest } of DAMAGES) {
  test(`${name} leaves the chain up to height ${height}, and says so`, async () => {
    const database = await filled();
    const open = (): Promise<MemoryKeyValue> => Promise.resolve(database);
    await inflict(database);

    let current = await openStore(open);
    const claimedHeight = 'claimedHeight' in rest ? rest.claimedHeight : 1_800;
    assert.deepEqual(current.report, { height, claimedHeight, sideHeadersDropped: dropped });
    assert.equal(current.tree.tip.height, height);
    const whole = concatenated(REGTEST_GENESIS, HEADERS);
    assert.equal(toHex(await current.store.read(0, 2_000)), toHex(whole.subarray(0, 80 * (height + 1))));
    assert.equal(current.tree.tip.chainwork, 2n * BigInt(height + 1));

    // The damage is mended on disk, and what is missing can be added as if nothing had been.
    current = await reopened(open, current);
    const more = mine(600, { parent: lastOf(HEADERS) });
    await current.store.commit(grow(current.tree, concatenated(HEADERS, more)));
    current = await reopened(open, current);
    assert.equal(toHex(await current.store.read(0, 3_000)), toHex(concatenated(whole, more)));
  });
}

test('a store without its first record, or with a damaged one, gets it again and loses nothing', async () => {
  for (const inflict of [remove(META_KEY), flip(META_KEY, 9), cut(META_KEY, 0)]) {
    const database = await filled();
    const before = await database.get(META_KEY);
    await inflict(database);
    const { report, tree } = await openStore(() => Promise.resolve(database));
    assert.equal(report, undefined);
    assert.equal(tree.tip.height, 1_800);
    assert.deepEqual(await database.get(META_KEY), before);
  }
});

test("another network's headers in a store that lost its first record are not taken for ours", async () => {
  // A chain that is linked to a genesis, but not to ours.
  const genesis = REGTEST_GENESIS.slice();
  genesis[70] = (genesis[70] as number) ^ 1;
  const foreign = concatenated(genesis, mine(9, { parent: genesis }));
  const database = new MemoryKeyValue();
  await database.write([
    {
      type: 'put',
      key: chunkKey(0),
      value: encodeChunk({ headers: foreign, lastHash: sha256d(lastOf(foreign)) }),
    },
  ]);
  const { report, tree } = await openStore(() => Promise.resolve(database));
  assert.deepEqual(report, { height: 0, claimedHeight: undefined, sideHeadersDropped: 0 });
  assert.equal(tree.tip.height, 0);
});

/** A database with the chain and its two branches. */
async function filled(): Promise<MemoryKeyValue> {
  const database = new MemoryKeyValue();
  const { store, tree } = await openStore(() => Promise.resolve(database));
  for (const headers of [HEADERS, LOW_BRANCH, HIGH_BRANCH]) await store.commit(grow(tree, headers));
  return database;
}

type Inflict = Damage['inflict'];

function change(key: string, make: (value: Uint8Array) => Uint8Array | undefined): Inflict {
  return async (database) => {
    const value = make((await database.get(key))?.slice() ?? new Uint8Array(0));
    const operation: BatchOperation =
      value === undefined ? { type: 'del', key } : { type: 'put', key, value };
    await database.write([operation]);
  };
}

function flip(key: string, position: number): Inflict {
  return change(key, (value) => {
    assert.ok(position < value.length, `${key} has ${value.length} bytes`);
    value[position] = (value[position] as number) ^ 0x10;
    return value;
  });
}

function cut(key: string, length: number): Inflict {
  return change(key, (value) => value.subarray(0, length));
}

function remove(key: string): Inflict {
  return change(key, () => undefined);
}

function put(key: string, value: Uint8Array): Inflict {
  return change(key, () => value);
}

/** A chunk of the chain's headers, from a height up to but without another. */
function chunk(from: number, end: number): Uint8Array {
  const headers = HEADERS.subarray(80 * (from - 1), 80 * (end - 1));
  return encodeChunk({ headers, lastHash: sha256d(lastOf(headers)) });
}

function tipRecord(height: number): Uint8Array {
  const hash = sha256d(headerAt(HEADERS, height - 1));
  return encodeTip({ height, hash, chainwork: 2n * BigInt(height + 1), time: 1, bits: 0x207fffff });
}

function sideKeyOf(headers: Uint8Array, index: number): string {
  return sideKey(toHex(sha256d(headerAt(headers, index))));
}
