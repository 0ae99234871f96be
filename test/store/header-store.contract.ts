/** What the header store does whatever database it is in. */

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { sha256d } from '../../src/bytes/hash.ts';
import { toHex } from '../../src/bytes/hex.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import type { TreeChange } from '../../src/chain/tree-change.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { HeaderStore } from '../../src/store/header-store.ts';
import type { KeyValue } from '../../src/store/key-value.ts';
import { encodeMeta, LAYOUT_VERSION, META_KEY } from '../../src/store/records.ts';
import { type RepairReport, restore } from '../../src/store/restore.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { describeTree, grow } from '../support/chains.ts';
import { concatenated } from '../support/concatenated.ts';
import { headerAt, lastOf, mine, REGTEST_GENESIS } from '../support/mine.ts';

/** Opens the same database each time that it is called; the one before must be closed by then. */
export type OpenDatabase = () => Promise<KeyValue>;

/** Makes an empty database for a test. */
export type NewDatabase = (t: TestContext) => OpenDatabase;

/** A store and its tree, opened. */
export interface OpenStore {
  readonly store: HeaderStore;
  readonly tree: HeaderTree;
  readonly report: RepairReport | undefined;
}

export async function openStore(open: OpenDatabase, maxSideHeaders?: number): Promise<OpenStore> {
  const store = await HeaderStore.open(await open(), regtest.name);
  const tree = new HeaderTree(regtest, maxSideHeaders === undefined ? {} : { maxSideHeaders });
  return { store, tree, report: await restore(store, tree) };
}

/** Closes a store, opens it again, and compares the tree with the one before. */
export async function reopened(
  open: OpenDatabase,
  before: OpenStore,
  maxSideHeaders?: number,
): Promise<OpenStore> {
  await before.store.close();
  const after = await openStore(open, maxSideHeaders);
  assert.equal(after.report, undefined);
  assert.deepEqual(describeTree(after.tree), describeTree(before.tree));
  return after;
}

/** Fork height, length of the chain, length of the branch that replaces it from there. */
const REORGANISATIONS: readonly (readonly [fork: number, length: number, branch: number])[] = [
  [0, 1, 2],
  [2, 3, 2],
  [498, 500, 3],
  [499, 500, 2],
  [499, 600, 102],
  [500, 600, 101],
  [998, 1_001, 4],
  [400, 1_060, 661],
  [0, 510, 1_010],
];

export function headerStoreContract(name: string, newDatabase: NewDatabase): void {
  test(`${name}: a new store holds genesis`, async (t) => {
    const open = newDatabase(t);
    const { store, tree, report } = await openStore(open);
    assert.equal(report, undefined);
    assert.equal(toHex(await store.read(0, 10)), regtest.genesisHeaderHex);
    const tip = await store.tip();
    assert.equal(toHex(tip?.hash ?? new Uint8Array(0)), toHex(sha256d(REGTEST_GENESIS)));
    assert.deepEqual(tip, {
      height: 0,
      hash: tip?.hash,
      chainwork: 2n,
      time: 1_296_688_602,
      bits: 0x207fffff,
    });
    await (await reopened(open, { store, tree, report })).store.close();
  });

  test(`${name}: what was committed is read back, however it falls on the chunks`, async (t) => {
    const headers = mine(4_100);
    for (const first of [1, 498, 499, 500, 501, 999, 1_000, 1_001, 2_000]) {
      const open = newDatabase(t);
      let current = await openStore(open);
      let length = 0;
      for (const count of [first, 1, 499, 500, 501]) {
        const piece = headers.subarray(80 * length, 80 * (length + count));
        await current.store.commit(grow(current.tree, piece));
        length += count;
        const whole = concatenated(REGTEST_GENESIS, headers.subarray(0, 80 * length));
        assert.equal(toHex(await current.store.read(0, length + 5)), toHex(whole));
      }
      current = await reopened(open, current);
      const tip = await current.store.tip();
      assert.equal(tip?.height, length);
      assert.equal(tip.time, current.tree.timeAt(length));
      await current.store.close();
    }
  });

  test(`${name}: any stretch of the chain can be read`, async (t) => {
    const { store, tree } = await openStore(newDatabase(t));
    const headers = mine(1_250);
    await store.commit(grow(tree, headers));
    const all = concatenated(REGTEST_GENESIS, headers);
    for (const from of [0, 1, 499, 500, 501, 999, 1_000, 1_249, 1_250, 1_251, 5_000]) {
      for (const count of [-1, 0, 1, 2, 499, 500, 501, 1_000, 2_000]) {
        const wanted = all.subarray(80 * from, 80 * (from + Math.max(0, count)));
        assert.equal(toHex(await store.read(from, count)), toHex(wanted), `${count} from ${from}`);
      }
    }
    await store.close();
  });

  for (const [fork, length, branch] of REORGANISATIONS) {
    test(`${name}: ${branch} headers from height ${fork} on replace those up to ${length}`, async (t) => {
      const open = newDatabase(t);
      const current = await openStore(open);
      const old = mine(length);
      await current.store.commit(grow(current.tree, old));
      const parent = fork === 0 ? REGTEST_GENESIS : headerAt(old, fork - 1);
      const fresh = mine(branch, { parent, salt: 1 });
      // All but the last wait at the side; then that one brings them over.
      const waiting = Math.min(branch - 1, length - fork);
      if (waiting > 0) await current.store.commit(grow(current.tree, fresh.subarray(0, 80 * waiting)));
      assert.equal(current.tree.tip.height, length);
      const sideHash = sha256d(headerAt(fresh, 0));
      assert.equal((await current.store.readSide(sideHash))?.height, waiting > 0 ? fork + 1 : undefined);
      let after = await reopened(open, current);
      await after.store.commit(grow(after.tree, fresh));
      after = await reopened(open, after);

      const all = concatenated(REGTEST_GENESIS, old.subarray(0, 80 * fork), fresh);
      assert.equal(toHex(await after.store.read(0, 2 * (length + branch))), toHex(all));
      assert.equal(await after.store.readSide(sideHash), undefined);
      const removed = await after.store.readSide(sha256d(headerAt(old, fork)));
      assert.equal(removed?.height, fork + 1);
      assert.equal(toHex(removed.header), toHex(headerAt(old, fork)));

      // And back again: what was removed is the longer branch once more.
      const more = mine(fork + branch - length + 1, { parent: lastOf(old), salt: 2 });
      await after.store.commit(grow(after.tree, more));
      after = await reopened(open, after);
      const back = concatenated(REGTEST_GENESIS, old, more);
      assert.equal(toHex(await after.store.read(0, 2 * (length + branch))), toHex(back));
      await after.store.close();
    });
  }

  test(`${name}: a shorter chain takes the place of a longer one, with nothing left above it`, async (t) => {
    const open = newDatabase(t);
    const { store, tree } = await openStore(open);
    const old = mine(1_250);
    await store.commit(grow(tree, old));
    // No regtest headers have more work than others, so what a tree would say of such ones is made by hand.
    const branch = mine(3, { parent: headerAt(old, 699), salt: 1 });
    const hashes = [0, 1, 2].map((index) => sha256d(headerAt(branch, index)));
    const removed = Array.from({ length: 550 }, (_, i) => tree.hashAt(1_250 - i));
    await store.commit({
      fork: { height: 700, hash: tree.hashAt(700) },
      removed,
      added: hashes,
      promoted: [],
      appended: branch,
      branched: [],
      // Off the best chain they would be the heavier ones, and come back when the store is opened.
      forgotten: removed,
      tip: { height: 703, hash: hashes[2] as Uint8Array, chainwork: 1_408n },
    } satisfies TreeChange);
    const whole = concatenated(REGTEST_GENESIS, old.subarray(0, 80 * 700), branch);
    assert.equal(toHex(await store.read(0, 2_000)), toHex(whole));
    await store.close();

    const after = await openStore(open);
    assert.equal(after.report, undefined);
    assert.deepEqual(
      after.tree.tips().map(({ height, branchLength }) => [height, branchLength]),
      [[703, 0]],
    );
    await after.store.close();
  });

  test(`${name}: side headers that the tree forgets are forgotten`, async (t) => {
    const open = newDatabase(t);
    let current = await openStore(open, 20);
    const main = mine(600);
    await current.store.commit(grow(current.tree, main));
    for (let salt = 1; salt <= 12; salt++) {
      const branch = mine(5, { parent: headerAt(main, 490 + salt), salt });
      await current.store.commit(grow(current.tree, branch));
    }
    current = await reopened(open, current, 20);
    let kept = 0;
    for await (const [, record] of current.store.sideRecords()) kept += record === undefined ? 0 : 1;
    assert.ok(kept > 0 && kept <= 20, `${kept} side headers`);
    await current.store.close();
  });

  test(`${name}: another network's store is refused and left alone`, async (t) => {
    const open = newDatabase(t);
    const current = await openStore(open);
    await current.store.commit(grow(current.tree, mine(5)));
    await current.store.close();
    await refusal(open, 'signet', 'store-other-network');
    await (await reopened(open, current)).store.close();
  });

  test(`${name}: the store of a newer version is refused and left alone`, async (t) => {
    const open = newDatabase(t);
    await (await openStore(open)).store.close();
    const value = encodeMeta({ layout: LAYOUT_VERSION + 1, network: regtest.name });
    const database = await open();
    await database.write([{ type: 'put', key: META_KEY, value }]);
    await database.close();
    await refusal(open, regtest.name, 'store-newer-layout');
    const again = await open();
    assert.equal(toHex((await again.get(META_KEY)) ?? new Uint8Array(0)), toHex(value));
    await again.close();
  });
}

async function refusal(open: OpenDatabase, network: string, code: string): Promise<void> {
  const database = await open();
  await assert.rejects(
    HeaderStore.open(database, network),
    (error) => error instanceof StoreError && error.code === code,
  );
  await database.close();
}
