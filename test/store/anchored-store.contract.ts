/** What the header store does, whatever database it is in, when its chain begins at an anchor and not at genesis. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/hex.ts';
import { type ChainBase, chainBaseOf } from '../../src/chain/chain-base.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import type { ChainStart } from '../../src/store/chain-start.ts';
import { HeaderStore } from '../../src/store/header-store.ts';
import { chunkKey, decodeMeta, encodeMeta, META_KEY, TIP_KEY } from '../../src/store/records.ts';
import { restore } from '../../src/store/restore.ts';
import { ANCHORED, HIGH_BASE, LOW_BASE, minedAt, minedFrom, minedHashAt } from '../support/anchored.ts';
import { grow } from '../support/chains.ts';
import { concatenated } from '../support/concatenated.ts';
import { mine } from '../support/mine.ts';
import type { NewDatabase, OpenDatabase, OpenStore } from './header-store.contract.ts';

const BASE = LOW_BASE.height;
const FIRST = BASE + 1;
const AT_LOW: ChainStart = { base: LOW_BASE };
const AT_HIGH: ChainStart = { base: HIGH_BASE };
const AT_GENESIS: ChainStart = { base: undefined };

function baseOf(hash: Uint8Array): ChainBase | undefined {
  return chainBaseOf(ANCHORED, hash);
}

async function openAt(open: OpenDatabase, start?: ChainStart): Promise<OpenStore> {
  const database = await open();
  try {
    const store = await HeaderStore.open(database, ANCHORED.name, { start, baseOf });
    const tree = new HeaderTree(ANCHORED, { base: store.base });
    return { store, tree, report: await restore(store, tree) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Closes it and opens it again as it is: nothing may have to be repaired, and the trees are the same. */
async function again(open: OpenDatabase, { store, tree }: OpenStore, start?: ChainStart): Promise<OpenStore> {
  await store.close();
  const after = await openAt(open, start);
  assert.equal(after.report, undefined);
  assert.deepEqual(after.tree.tips(), tree.tips());
  assert.equal(after.tree.baseHeight, tree.baseHeight);
  return after;
}

/** A store at the low anchor with the headers up to a height, closed. */
async function filled(open: OpenDatabase, height: number): Promise<void> {
  const { store, tree } = await openAt(open, AT_LOW);
  if (height > BASE) await store.commit(grow(tree, minedFrom(FIRST, height - BASE)));
  await store.close();
}

async function holds({ store, tree }: OpenStore, height: number): Promise<void> {
  assert.equal(tree.tip.height, height);
  assert.equal(tree.tip.chainwork, 2n * BigInt(height + 1));
  assert.equal(toHex(await store.read(FIRST, 10_000)), toHex(minedFrom(FIRST, height - BASE)));
  assert.equal((await store.tip())?.height, height);
}

async function change(
  open: OpenDatabase,
  key: string,
  to: (bytes: Uint8Array) => Uint8Array | undefined,
): Promise<void> {
  const database = await open();
  const bytes = await database.get(key);
  assert.ok(bytes !== undefined, `no record ${key}`);
  const value = to(bytes.slice());
  await database.write([value === undefined ? { type: 'del', key } : { type: 'put', key, value }]);
  await database.close();
}

const flip =
  (offset: number) =>
  (bytes: Uint8Array): Uint8Array => {
    bytes[offset] = (bytes[offset] as number) ^ 4;
    return bytes;
  };

export function anchoredStoreContract(name: string, newDatabase: NewDatabase): void {
  test(`${name}: a new store may begin at an anchor, and goes on from there when opened again`, async (t) => {
    const open = newDatabase(t);
    let current = await openAt(open, AT_LOW);
    assert.deepEqual(current.store.base, LOW_BASE);
    assert.equal(current.report, undefined);
    await holds(current, BASE);
    assert.equal((await current.store.read(FIRST, 5)).length, 0);
    await assert.rejects(current.store.read(BASE, 1), RangeError);
    current = await again(open, current);
    current = await again(open, current, AT_LOW);
    assert.deepEqual(current.store.base, LOW_BASE);
    await current.store.close();
  });

  test(`${name}: chunks are counted from the first header above the anchor`, async (t) => {
    for (const first of [1, 499, 500, 501, 1_000]) {
      const open = newDatabase(t);
      let current = await openAt(open, AT_LOW);
      let height = BASE;
      for (const count of [first, 1, 499, 500]) {
        await current.store.commit(grow(current.tree, minedFrom(height + 1, count)));
        height += count;
        await holds(current, height);
        current = await again(open, current);
        await holds(current, height);
      }
      for (const [from, count] of [
        [FIRST, 1],
        [FIRST + 498, 4],
        [height, 9],
        [height + 1, 1],
      ] as const) {
        const wanted = minedFrom(from, Math.max(0, Math.min(count, height - from + 1)));
        assert.equal(toHex(await current.store.read(from, count)), toHex(wanted), `${count} from ${from}`);
      }
      await current.store.close();
    }
  });

  for (const [fork, length, branch] of [
    [BASE, 1, 2],
    [BASE, 600, 601],
    [BASE + 499, 500, 2],
    [BASE + 500, 600, 101],
    [BASE + 998, 1_001, 4],
  ] as const) {
    const what = `${branch} headers on the ${fork - BASE}th replace those up to the ${length}th above the anchor`;
    test(`${name}: ${what}`, async (t) => {
      const open = newDatabase(t);
      let current = await openAt(open, AT_LOW);
      await current.store.commit(grow(current.tree, minedFrom(FIRST, length)));
      const fresh = mine(branch, { parent: minedAt(fork), salt: 1 });
      await current.store.commit(grow(current.tree, fresh.subarray(0, 80)));
      current = await again(open, current);
      await current.store.commit(grow(current.tree, fresh));
      current = await again(open, current);
      const all = concatenated(minedFrom(FIRST, fork - BASE), fresh);
      assert.equal(toHex(await current.store.read(FIRST, 10_000)), toHex(all));
      const removed = await current.store.readSide(minedHashAt(fork + 1));
      assert.equal(removed?.height, fork + 1);
      await current.store.close();
    });
  }

  test(`${name}: older versions can read a store that begins at genesis, and refuse one that does not`, async (t) => {
    for (const [start, layout] of [
      [AT_GENESIS, 1],
      [undefined, 1],
      [AT_LOW, 2],
    ] as const) {
      const open = newDatabase(t);
      await (await openAt(open, start)).store.close();
      const database = await open();
      const bytes = await database.get(META_KEY);
      assert.equal(bytes && decodeMeta(bytes)?.layout, layout);
      await database.close();
    }
    const old = encodeMeta({ layout: 1, network: 'regtest' });
    assert.equal(new TextDecoder().decode(old.subarray(4)), '{"layout":1,"network":"regtest"}');
  });

  test(`${name}: a store with headers is not made to begin elsewhere, and is left alone`, async (t) => {
    const open = newDatabase(t);
    await filled(open, BASE + 5);
    for (const start of [AT_HIGH, AT_GENESIS])
      await assert.rejects(openAt(open, start), { name: 'StoreError', code: 'store-other-start' });
    const current = await openAt(open);
    await holds(current, BASE + 5);
    await current.store.close();

    const whole = newDatabase(t);
    const { store, tree } = await openAt(whole);
    await store.commit(grow(tree, minedFrom(1, 3_000)));
    await store.close();
    await assert.rejects(openAt(whole, AT_LOW), /begins at genesis, not at height 2015: .*--start/);
    const kept = await openAt(whole, AT_GENESIS);
    assert.equal(kept.tree.tip.height, 3_000);
    await kept.store.close();
  });

  test(`${name}: a store that holds nothing yet may begin elsewhere after all`, async (t) => {
    const open = newDatabase(t);
    for (const start of [undefined, AT_LOW, AT_HIGH, AT_GENESIS, AT_LOW]) {
      const current = await openAt(open, start);
      assert.equal(current.report, undefined);
      assert.deepEqual(current.store.base, start?.base);
      assert.equal(current.tree.tip.height, start?.base?.height ?? 0);
      await (await again(open, current)).store.close();
    }
    await filled(open, BASE + 700);
    const current = await openAt(open);
    await holds(current, BASE + 700);
    await current.store.close();
  });

  test(`${name}: when the record of where it begins is lost, its first header tells`, async (t) => {
    for (const height of [BASE, BASE + 3, BASE + 1_200]) {
      for (const to of [flip(0), flip(20), () => undefined]) {
        const open = newDatabase(t);
        await filled(open, height);
        await change(open, META_KEY, to);
        let current = await openAt(open);
        assert.deepEqual(current.store.base, LOW_BASE);
        assert.equal(current.report, undefined);
        await holds(current, height);
        current = await again(open, current, AT_LOW);
        await current.store.close();
      }
    }
  });

  test(`${name}: a first chunk that is damaged as well tells where it begins by what is left of it`, async (t) => {
    const open = newDatabase(t);
    await filled(open, BASE + 1_200);
    await change(open, META_KEY, flip(9));
    await change(open, chunkKey(0), flip(36 + 80 * 100));
    const current = await openAt(open);
    assert.deepEqual(current.store.base, LOW_BASE);
    assert.deepEqual(current.report, {
      height: BASE + 100,
      claimedHeight: BASE + 1_200,
      sideHeadersDropped: 0,
    });
    await holds(current, BASE + 100);
    await current.store.close();
  });

  for (const [what, key, to, left] of [
    ['the first header', chunkKey(0), flip(36 + 70), 0],
    ['the first chunk, all of it', chunkKey(0), () => undefined, 0],
    ['the middle of a chunk', chunkKey(1), flip(36 + 80 * 250), 750],
    ['the hash that the last chunk ends with', chunkKey(2), flip(10), 1_199],
    ['the record of the tip', TIP_KEY, flip(10), 1_200],
    ['the record of the tip, all of it', TIP_KEY, () => undefined, 1_200],
  ] as const) {
    test(`${name}: with damage to ${what} the chain is good up to the ${left}th header above the anchor`, async (t) => {
      const open = newDatabase(t);
      await filled(open, BASE + 1_200);
      await change(open, key, to);
      let current = await openAt(open);
      const claimedHeight = key === TIP_KEY ? undefined : BASE + 1_200;
      assert.deepEqual(current.report, { height: BASE + left, claimedHeight, sideHeadersDropped: 0 });
      await holds(current, BASE + left);
      current = await again(open, current);
      await current.store.commit(grow(current.tree, minedFrom(FIRST + left, 1_300 - left)));
      current = await again(open, current);
      await holds(current, BASE + 1_300);
      await current.store.close();
    });
  }

  test(`${name}: a chain of genesis in a store that says it begins at an anchor is not taken for one`, async (t) => {
    const open = newDatabase(t);
    const { store, tree } = await openAt(open);
    await store.commit(grow(tree, minedFrom(1, 700)));
    await store.close();
    await change(open, META_KEY, () => encodeMeta({ layout: 2, network: ANCHORED.name, base: LOW_BASE }));
    const current = await openAt(open);
    assert.deepEqual(current.report, { height: BASE, claimedHeight: 700, sideHeadersDropped: 0 });
    await holds(current, BASE);
    await current.store.close();
  });

  test(`${name}: side branches on the anchor and above it come back`, async (t) => {
    const open = newDatabase(t);
    let current = await openAt(open, AT_LOW);
    await current.store.commit(grow(current.tree, minedFrom(FIRST, 20)));
    for (const fork of [BASE, BASE + 10]) {
      const branch = mine(3, { parent: minedAt(fork), salt: 7 });
      await current.store.commit(grow(current.tree, branch));
      current = await again(open, current);
      assert.equal(current.tree.has(HeaderRun.fromBytes(branch).hashAt(2)), true);
    }
    await current.store.close();
  });
}
