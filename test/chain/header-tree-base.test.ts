/** Trees that begin at an anchor: what is known there is enough for every rule but the times below. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/hex.ts';
import type { Branch } from '../../src/chain/branch.ts';
import { type ChainBase, chainBaseAt } from '../../src/chain/chain-base.ts';
import { checkInBranch } from '../../src/chain/check-header.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import type { Network } from '../../src/networks/network.ts';
import { ANCHORED, LOW_BASE, minedAt, minedFrom, minedHashAt } from '../support/anchored.ts';
import { grow, NOW_SECONDS } from '../support/chains.ts';
import { headerAt, mine } from '../support/mine.ts';
import { readFixture } from '../support/repository.ts';

const { mainnet } = NETWORKS;
const BASE = LOW_BASE.height;
/** Heights 0 to 32,260. */
const REAL = readFixture('headers', 'mainnet-0-32261.headers');

/** The tree of the base, and that of genesis with the same chain so far. */
function twoTrees(height: number): { based: HeaderTree; whole: HeaderTree } {
  const based = new HeaderTree(ANCHORED, { base: LOW_BASE });
  const whole = new HeaderTree(ANCHORED);
  grow(whole, minedFrom(1, height));
  if (height > BASE) grow(based, minedFrom(BASE + 1, height - BASE));
  return { based, whole };
}

function assertAlike(based: HeaderTree, whole: HeaderTree): void {
  assert.deepEqual(based.tip, whole.tip);
  assert.deepEqual(based.tips(), whole.tips());
  for (let height = BASE; height <= whole.tip.height; height++) {
    assert.equal(toHex(based.hashAt(height)), toHex(whole.hashAt(height)));
    assert.equal(based.chainworkAt(height), whole.chainworkAt(height));
    if (height === BASE) continue;
    assert.equal(based.timeAt(height), whole.timeAt(height));
    assert.equal(based.bitsAt(height), whole.bitsAt(height));
    if (height > BASE + 10) assert.equal(based.medianTimeAt(height), whole.medianTimeAt(height));
    else assert.ok(based.medianTimeAt(height) <= whole.medianTimeAt(height));
  }
}

test('a tree that begins at a base holds that alone, with its work', () => {
  const tree = new HeaderTree(ANCHORED, { base: LOW_BASE });
  const { height, hash, chainwork } = LOW_BASE;
  assert.deepEqual(tree.tip, { height, hash, chainwork });
  assert.equal(chainwork, 2n * 2016n);
  assert.deepEqual([tree.baseHeight, tree.firstHeight], [BASE, BASE + 1]);
  assert.deepEqual(tree.base, LOW_BASE);
  assert.equal(tree.heightOf(hash), BASE);
  assert.equal(tree.has(hash), true);
  assert.equal(tree.bitsAt(BASE), LOW_BASE.nextBits);
  // Earlier than it can have been.
  assert.equal(tree.timeAt(BASE), 1_296_688_602);
  assert.equal(tree.medianTimeAt(BASE), 1_296_688_602);
  for (const other of [0, BASE - 1, BASE + 1]) assert.throws(() => tree.hashAt(other), RangeError);
  assert.deepEqual(tree.locator(hash), [hash]);
});

test('a tree of genesis begins at height 0', () => {
  const tree = new HeaderTree(ANCHORED);
  assert.deepEqual([tree.base, tree.baseHeight, tree.firstHeight], [undefined, 0, 0]);
});

test('a base must be the last header of a period', () => {
  for (const height of [0, 1, 2014, 2016, 4030])
    assert.throws(() => new HeaderTree(ANCHORED, { base: { ...LOW_BASE, height } }), RangeError, `${height}`);
});

test('it grows as the tree of genesis does, over the starts of periods', () => {
  const { based, whole } = twoTrees(5_000);
  assertAlike(based, whole);
  assert.equal(based.tip.height, 5_000);
});

test('branches from the base on and above it are followed as in the tree of genesis', () => {
  const { based, whole } = twoTrees(BASE + 30);
  let salt = 0;
  for (const fork of [BASE, BASE + 1, BASE + 5, BASE + 29]) {
    // First it lags, then it wins, and then the chain before it comes back.
    const branch = mine(BASE + 40 - fork + 10 * salt, { parent: minedAt(fork), salt: ++salt });
    for (const tree of [based, whole]) {
      grow(tree, branch.subarray(0, 80 * 3));
      grow(tree, branch);
    }
    assertAlike(based, whole);
    assert.equal(toHex(based.tip.hash), toHex(HeaderRun.fromBytes(branch).hashAt(branch.length / 80 - 1)));
  }
});

test('a locator lists the branch and ends with the base', () => {
  const { based } = twoTrees(BASE + 100);
  const heights = based.locator(based.tip.hash).map((hash) => based.heightOf(hash));
  assert.equal(heights.at(-1), BASE);
  assert.deepEqual(heights.slice(0, 3), [BASE + 100, BASE + 99, BASE + 98]);
  const branch = mine(3, { parent: minedAt(BASE + 1), salt: 1 });
  grow(based, branch);
  const side = based.locator(HeaderRun.fromBytes(branch).hashAt(2)).map((hash) => based.heightOf(hash));
  assert.deepEqual(side, [undefined, undefined, undefined, BASE + 1, BASE]);
});

test('what does not go on from the base is not known, be it right: a chain from genesis, one that forks below', () => {
  const { based } = twoTrees(BASE + 10);
  assert.equal(based.check(HeaderRun.fromBytes(minedFrom(1, 2000)), NOW_SECONDS), undefined);
  assert.equal(based.check(HeaderRun.fromBytes(minedFrom(BASE - 5, 50)), NOW_SECONDS), undefined);
  const fork = mine(50, { parent: minedAt(BASE - 1), salt: 3 });
  assert.equal(based.check(HeaderRun.fromBytes(fork), NOW_SECONDS), undefined);
});

test('a run whose first header is the base itself goes on from there', () => {
  const { based } = twoTrees(BASE);
  const verdict = based.check(HeaderRun.fromBytes(minedFrom(BASE, 10)), NOW_SECONDS);
  assert.deepEqual([verdict?.known, verdict?.valid, verdict?.height], [1, 10, BASE + 9]);
});

test('what is put back is as it was, side branches at the base among it', () => {
  const { based } = twoTrees(BASE + 20);
  const branch = mine(2, { parent: minedAt(BASE), salt: 1 });
  grow(based, branch);
  const restored = new HeaderTree(ANCHORED, { base: LOW_BASE });
  restored.restoreBest(HeaderRun.linked(minedFrom(BASE + 1, 20), minedHashAt(BASE + 20)));
  for (const index of [0, 1]) assert.ok(restored.restoreSide(headerAt(branch, index)));
  assert.deepEqual(restored.tips(), based.tips());
});

/** A branch that holds a base and nothing else. */
function baseBranch(height: number, bits: number): Branch {
  return { height, baseHeight: height + 1, bitsAt: () => bits, timeAt: refuseTime };
}

function refuseTime(): never {
  throw new Error('the time of the base is not known');
}

test('the header above the base must have the bits that were said, and may have any time of the past', () => {
  const bits = 0x1a0df0ca;
  const strict: Network = { ...mainnet, bip94: true, bip54Height: 1 };
  for (const network of [mainnet, strict, { ...strict, minDifficultyBlocks: true }]) {
    const broken = (header: { time?: number; bits?: number; version?: number }): string | undefined =>
      checkInBranch({ time: 1, version: 1, bits, ...header }, baseBranch(151_199, bits), network, 0)?.rule;
    assert.equal(broken({}), undefined);
    for (const other of [bits + 1, bits - 1, network.powLimitBits, 0])
      assert.equal(broken({ bits: other }), 'bad-diffbits');
    assert.equal(broken({ time: 7_201 }), 'time-too-new');
  }
});

test('real headers keep every rule from each anchor on, and lead to the work that they have from genesis', () => {
  const whole = new HeaderTree(mainnet);
  whole.restoreBest(HeaderRun.fromBytes(REAL.subarray(80)));
  for (let height = 2_015; height <= 30_239; height += 2_016) {
    const base = chainBaseAt(mainnet, height) as ChainBase;
    assert.equal(base.height, height);
    const tree = new HeaderTree(mainnet, { base });
    grow(tree, REAL.subarray(80 * (height + 1), 80 * Math.min(32_261, height + 2_100)));
    assert.equal(tree.tip.chainwork, whole.chainworkAt(tree.tip.height), `from ${height}`);
  }
});

test('with another target than the real one the next header is refused, and so is a retarget that does not follow', () => {
  const base = chainBaseAt(mainnet, 30_239) as ChainBase;
  const fresh = HeaderRun.fromBytes(REAL.subarray(80 * 30_240));
  const wrong = new HeaderTree(mainnet, { base: { ...base, nextBits: 0x1d00fffe } });
  const verdict = wrong.check(fresh, NOW_SECONDS);
  assert.deepEqual([verdict?.fault?.rule, verdict?.fault?.index], ['bad-diffbits', 0]);
  // The retarget at 32,256 is worked out from the period's own first header, which is above the base.
  const tree = new HeaderTree(mainnet, { base });
  assert.equal(tree.check(fresh, NOW_SECONDS)?.fault, undefined);
  const changed = fresh.bytes.slice();
  new DataView(changed.buffer).setUint32(80 * 2_016 + 72, 0x1d00ffff, true);
  const refused = tree.check(HeaderRun.fromBytes(changed), NOW_SECONDS);
  assert.deepEqual([refused?.fault?.index, refused?.valid], [2_016, 2_016]);
});
