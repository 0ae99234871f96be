/** How the tree grows: extension, side branches, reorganisation. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256d } from '../../src/bytes/hash.ts';
import { fromHex } from '../../src/bytes/hex.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import { lastOf, mine } from '../support/mine.ts';
import { EASY_WORK, GENESIS, HARD_WORK, mineHeaders, TWO_TARGETS } from '../support/mine-network.ts';
import { add, hashesIn, hexOf, hexesOf } from '../support/tree.ts';

test('a new tree holds genesis, which is its tip', () => {
  for (const network of Object.values(NETWORKS)) {
    const tree = new HeaderTree(network);
    const hash = sha256d(fromHex(network.genesisHeaderHex));
    assert.deepEqual([tree.tip.height, tree.tip.hash], [0, hash]);
    assert.ok(tree.has(hash) && tree.heightOf(hash) === 0);
    assert.deepEqual(tree.locator(hash), [hash]);
    assert.equal(tree.tips().length, 1);
  }
});

test('headers on the tip extend the best chain', () => {
  const tree = new HeaderTree(TWO_TARGETS);
  const headers = mineHeaders(3, GENESIS);
  const { change } = add(tree, headers);
  assert.ok(change !== undefined);
  assert.deepEqual([change.fork.height, change.fork.hash], [0, sha256d(GENESIS)]);
  assert.deepEqual(change.added.map(hexOf), hexesOf(headers));
  assert.deepEqual(change.appended, headers);
  const { removed, promoted, branched, forgotten } = change;
  assert.deepEqual([removed, promoted, branched, forgotten], [[], [], [], []]);
  assert.deepEqual(change.tip, tree.tip);
  assert.deepEqual([tree.tip.height, tree.tip.chainwork], [3, 4n * HARD_WORK]);
  for (const [i, hash] of hashesIn(headers).entries()) {
    assert.equal(tree.heightOf(hash), i + 1);
    assert.deepEqual(tree.hashAt(i + 1), hash);
    assert.equal(tree.chainworkAt(i + 1), BigInt(i + 2) * HARD_WORK);
  }
});

test('headers that are all known change nothing', () => {
  const tree = new HeaderTree(TWO_TARGETS);
  const headers = mineHeaders(3, GENESIS);
  add(tree, headers);
  const { verdict, change } = add(tree, headers);
  assert.deepEqual([verdict?.known, verdict?.valid, verdict?.height, change], [3, 3, 3, undefined]);
  assert.equal(tree.tip.height, 3);
});

test('a run may begin with headers that are known, genesis too', () => {
  const tree = new HeaderTree(TWO_TARGETS);
  const headers = mineHeaders(5, GENESIS);
  add(tree, headers.subarray(0, 160));
  const { verdict, change } = add(tree, GENESIS, headers);
  assert.deepEqual([verdict?.known, verdict?.valid, verdict?.height], [3, 6, 5]);
  assert.equal(change?.fork.height, 2);
  assert.deepEqual(change.added.map(hexOf), hexesOf(headers.subarray(160)));
  assert.deepEqual(change.appended, headers.subarray(160));
  assert.equal(tree.tip.height, 5);
});

test('of two headers with the same work the one seen first stays', () => {
  const [one, other] = [mineHeaders(1, GENESIS, { salt: 1 }), mineHeaders(1, GENESIS, { salt: 2 })];
  for (const [first, second] of [
    [one, other],
    [other, one],
  ] as const) {
    const tree = new HeaderTree(TWO_TARGETS);
    add(tree, first);
    const { change } = add(tree, second);
    assert.deepEqual(tree.tip.hash, sha256d(first));
    assert.deepEqual(
      change?.branched.map(({ hash, bytes, height }) => [hexOf(hash), bytes, height]),
      [[hexOf(sha256d(second)), second, 1]],
    );
    assert.deepEqual([change.added, change.removed, change.appended.length], [[], [], 0]);
    assert.deepEqual([change.fork.height, change.fork.hash], [1, sha256d(first)]);
    assert.ok(tree.has(sha256d(second)));
    assert.equal(tree.heightOf(sha256d(second)), undefined);
  }
});

test('the branch with more work wins, though it has fewer headers', () => {
  const tree = new HeaderTree(TWO_TARGETS);
  const easy = mineHeaders(7, GENESIS, { easy: true });
  const hard = mineHeaders(2, GENESIS);
  add(tree, easy);
  assert.equal(tree.tip.chainwork, HARD_WORK + 7n * EASY_WORK);
  const { change } = add(tree, hard);
  assert.deepEqual([tree.tip.height, tree.tip.hash], [2, sha256d(lastOf(hard))]);
  assert.equal(tree.tip.chainwork, 3n * HARD_WORK);
  assert.deepEqual(change?.fork, { height: 0, hash: sha256d(GENESIS) });
  assert.deepEqual(change.removed.map(hexOf), hexesOf(easy).toReversed());
  assert.deepEqual(change.added.map(hexOf), hexesOf(hard));
  assert.deepEqual([change.promoted, change.branched, change.appended], [[], [], hard]);
});

test('a branch with more headers and less work does not win, nor one with as much', () => {
  const tree = new HeaderTree(TWO_TARGETS);
  const hard = mineHeaders(2, GENESIS);
  const easy = mineHeaders(9, GENESIS, { easy: true });
  add(tree, hard);
  for (const count of [7, 8]) {
    const { verdict } = add(tree, easy.subarray(0, 80 * count));
    assert.deepEqual(tree.tip.hash, sha256d(lastOf(hard)), `${count} headers`);
    assert.equal(verdict?.height, count);
  }
  assert.equal(add(tree, easy).change?.removed.length, 2);
  assert.deepEqual(tree.tip.hash, sha256d(lastOf(easy)));
});

test('a side branch that grows in small runs wins when it has more work, and tells what was there before', () => {
  const tree = new HeaderTree(TWO_TARGETS);
  const common = mineHeaders(2, GENESIS);
  const best = mineHeaders(2, lastOf(common), { salt: 1 });
  const side = mineHeaders(3, lastOf(common), { salt: 2 });
  add(tree, common, best);
  add(tree, side.subarray(0, 80));
  add(tree, side.subarray(80, 160));
  assert.deepEqual(tree.tip.hash, sha256d(lastOf(best)));
  const { change } = add(tree, side.subarray(160));
  assert.deepEqual(change?.fork, { height: 2, hash: sha256d(lastOf(common)) });
  assert.deepEqual(change.removed.map(hexOf), hexesOf(best).toReversed());
  assert.deepEqual(change.added.map(hexOf), hexesOf(side));
  assert.deepEqual(change.promoted.map(hexOf), hexesOf(side.subarray(0, 160)));
  assert.deepEqual(change.appended, side.subarray(160));
  assert.deepEqual(change.tip, tree.tip);
  for (const hash of hashesIn(best)) {
    assert.equal(tree.heightOf(hash), undefined);
    assert.ok(tree.has(hash));
  }
});

test('two branches that overtake each other in turn are each the best chain in turn', () => {
  const tree = new HeaderTree(TWO_TARGETS);
  const branches = [mineHeaders(21, GENESIS, { salt: 1 }), mineHeaders(21, GENESIS, { salt: 2 })] as const;
  add(tree, branches[0].subarray(0, 80));
  for (let height = 2; height <= 21; height++) {
    const [own, other] = height % 2 === 0 ? [branches[1], branches[0]] : branches;
    const { change } = add(tree, own.subarray(0, 80 * height));
    assert.equal(tree.tip.height, height);
    assert.deepEqual(change?.removed.map(hexOf), hexesOf(other.subarray(0, 80 * (height - 1))).toReversed());
    assert.deepEqual(change.added.map(hexOf), hexesOf(own.subarray(0, 80 * height)));
    for (const [i, hash] of hashesIn(own.subarray(0, 80 * height)).entries()) {
      assert.equal(tree.heightOf(hash), i + 1);
    }
    const tips = tree.tips().map(({ hash, branchLength }) => [hexOf(hash), branchLength]);
    assert.deepEqual(tips, [
      [hexOf(tree.tip.hash), 0],
      [hexOf(sha256d(other.subarray(80 * (height - 2), 80 * (height - 1)))), height - 1],
    ]);
  }
});

test('a branch off a side branch can win, and what is left of that one stays beside it', () => {
  const tree = new HeaderTree(TWO_TARGETS);
  const best = mineHeaders(4, GENESIS, { salt: 1 });
  const side = mineHeaders(3, GENESIS, { salt: 2 });
  const twig = mineHeaders(4, side.subarray(0, 80), { salt: 3 });
  add(tree, best);
  add(tree, side);
  const { change } = add(tree, twig);
  assert.deepEqual(change?.promoted.map(hexOf), hexesOf(side.subarray(0, 80)));
  assert.deepEqual(change.appended, twig);
  assert.deepEqual(tree.tip.hash, sha256d(lastOf(twig)));
  assert.deepEqual(
    tree
      .tips()
      .map(({ hash, height, branchLength, chainwork }) => [hexOf(hash), height, branchLength, chainwork]),
    [
      [hexOf(sha256d(lastOf(twig))), 5, 0, 6n * HARD_WORK],
      [hexOf(sha256d(lastOf(best))), 4, 4, 5n * HARD_WORK],
      [hexOf(sha256d(lastOf(side))), 3, 2, 4n * HARD_WORK],
    ],
  );
});

test('tips are listed by work and not by height, the best chain first', () => {
  const tree = new HeaderTree(TWO_TARGETS);
  const best = mineHeaders(3, GENESIS, { salt: 1 });
  const easy = mineHeaders(7, GENESIS, { salt: 2, easy: true });
  const hard = mineHeaders(2, GENESIS, { salt: 3 });
  const easiest = mineHeaders(1, GENESIS, { salt: 4, easy: true });
  for (const branch of [best, easiest, easy, hard]) add(tree, branch);
  const ends = [best, hard, easy, easiest].map((branch) => hexOf(sha256d(lastOf(branch))));
  assert.deepEqual(
    tree.tips().map(({ hash }) => hexOf(hash)),
    ends,
  );
  assert.deepEqual(
    tree.tips().map(({ height, branchLength }) => [height, branchLength]),
    [
      [3, 0],
      [2, 2],
      [7, 7],
      [1, 1],
    ],
  );
});

test('a locator follows its own branch down to genesis', () => {
  const tree = new HeaderTree(NETWORKS.regtest);
  const common = mine(100);
  const best = mine(50, { parent: lastOf(common), salt: 1 });
  const side = mine(30, { parent: lastOf(common), salt: 2 });
  add(tree, common, best);
  add(tree, side);
  const at = [130, 129, 128, 127, 126, 125, 124, 123, 122, 121, 119, 115, 107, 91, 59];
  const onSide = hashesIn(common, side);
  const expected = [...at.map((height) => onSide[height - 1]), tree.hashAt(0)];
  assert.deepEqual(tree.locator(sha256d(lastOf(side))), expected);
  const below = tree.locator(tree.hashAt(149));
  assert.deepEqual([below[0], below.at(-1)], [hashesIn(best)[48], tree.hashAt(0)]);
  assert.throws(() => tree.locator(new Uint8Array(32)), RangeError);
});

test('hashes that the tree hands out are copies', () => {
  const tree = new HeaderTree(TWO_TARGETS);
  const [best, side] = [mineHeaders(2, GENESIS, { salt: 1 }), mineHeaders(1, GENESIS, { salt: 2 })];
  add(tree, best);
  add(tree, side);
  tree.tip.hash.fill(0);
  tree.hashAt(0).fill(0);
  for (const { hash } of tree.tips()) hash.fill(0);
  for (const hash of tree.locator(sha256d(side))) hash.fill(0);
  assert.deepEqual(
    tree.tips().map(({ hash }) => hexOf(hash)),
    [best, side].map((b) => hexOf(sha256d(lastOf(b)))),
  );
  assert.deepEqual(tree.hashAt(0), sha256d(GENESIS));
});
