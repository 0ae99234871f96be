/** How many side headers are kept, which ones go, and how a tree is put back from a store. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256d } from '../../src/bytes/hash.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { headerAt, lastOf } from '../support/mine.ts';
import { GENESIS, mineHeader, mineHeaders, TWO_TARGETS } from '../support/mine-network.ts';
import { assertSameTree, Replica } from '../support/replica.ts';
import { add, hashesIn, hexesOf, hexOf, LATE } from '../support/tree.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';

const BEST = mineHeaders(30, GENESIS);

function boundedTree(maxSideHeaders: number): HeaderTree {
  const tree = new HeaderTree(TWO_TARGETS, { maxSideHeaders });
  add(tree, BEST);
  return tree;
}

function branch(count: number, salt: number): Uint8Array {
  return mineHeaders(count, GENESIS, { salt });
}

function held(tree: HeaderTree, headers: Uint8Array): number {
  return hashesIn(headers).filter((hash) => tree.has(hash)).length;
}

test('over the bound the branches with the least work go, to a tenth below it, and the change says which', () => {
  const tree = boundedTree(10);
  const [two, three, four, another] = [branch(2, 1), branch(3, 2), branch(4, 3), branch(3, 4)];
  for (const side of [four, two, three]) assert.deepEqual(add(tree, side).change?.forgotten, []);
  const { change } = add(tree, another);
  const gone = [headerAt(two, 1), headerAt(two, 0), headerAt(three, 2)];
  assert.deepEqual(change?.forgotten.map(hexOf), hexesOf(...gone));
  assert.deepEqual(change.branched.length, 3);
  assert.deepEqual(
    [two, three, four, another].map((side) => held(tree, side)),
    [0, 2, 4, 3],
  );
  // Two branches of one length, in whichever order.
  const ends = tree.tips().map(({ branchLength }) => branchLength);
  assert.deepEqual(ends, [0, 4, 3, 2]);
});

test('exactly as many as the bound are kept', () => {
  const tree = boundedTree(5);
  const [two, three] = [branch(2, 1), branch(3, 2)];
  add(tree, two);
  assert.deepEqual(add(tree, three).change?.forgotten, []);
  assert.deepEqual([held(tree, two), held(tree, three)], [2, 3]);
});

test('a branch that grows has the whole room, though it has the least work, and can win', () => {
  const tree = new HeaderTree(TWO_TARGETS, { maxSideHeaders: 10 });
  const best = mineHeaders(2, GENESIS);
  const easy = mineHeaders(9, GENESIS, { salt: 1, easy: true });
  const other = mineHeaders(4, GENESIS, { salt: 2, easy: true });
  add(tree, best);
  add(tree, other);
  for (let i = 0; i < 8; i++) {
    add(tree, headerAt(easy, i));
    assert.equal(held(tree, easy), i + 1);
  }
  assert.ok(held(tree, other) < 4, 'the other one made room');
  assert.deepEqual(tree.tip.hash, sha256d(lastOf(best)));
  const { change } = add(tree, lastOf(easy));
  assert.deepEqual(tree.tip.hash, sha256d(lastOf(easy)));
  assert.deepEqual([change?.promoted.length, change?.removed.length], [8, 2]);
});

test('of a branch that outgrows the bound, what goes beyond it is forgotten as it comes', () => {
  const tree = new HeaderTree(TWO_TARGETS, { maxSideHeaders: 10 });
  const easy = mineHeaders(14, GENESIS, { salt: 1, easy: true });
  add(tree, mineHeaders(5, GENESIS));
  add(tree, easy.subarray(0, 8 * 80));
  const { change } = add(tree, easy.subarray(8 * 80, 12 * 80));
  assert.deepEqual(change?.forgotten.map(hexOf), hexesOf(headerAt(easy, 11), headerAt(easy, 10)));
  assert.equal(held(tree, easy), 10);
  assert.equal(
    tree.check(HeaderRun.fromBytes(headerAt(easy, 12)), LATE),
    undefined,
    'its parent is not held',
  );
});

test('a long best chain that loses is itself kept only within the bound', () => {
  const tree = new HeaderTree(TWO_TARGETS, { maxSideHeaders: 10 });
  const replica = new Replica(TWO_TARGETS);
  const easy = mineHeaders(12, GENESIS, { easy: true });
  const hard = mineHeaders(4, GENESIS);
  for (const headers of [easy, hard]) {
    const { change } = add(tree, headers);
    assert.ok(change !== undefined);
    replica.apply(change);
    if (headers !== hard) continue;
    assert.equal(change.removed.length, 12);
    assert.deepEqual(change.forgotten.map(hexOf), change.removed.slice(0, 3).map(hexOf));
  }
  assert.equal(held(tree, easy), 9);
  assert.equal(replica.side.size, 9);
});

test('a header that was forgotten may come again', () => {
  const tree = boundedTree(4);
  const [two, three] = [branch(2, 1), branch(3, 2)];
  add(tree, two);
  add(tree, three);
  assert.equal(held(tree, two), 0);
  assert.equal(tree.check(HeaderRun.fromBytes(headerAt(two, 1)), LATE), undefined);
  assert.equal(add(tree, two).change?.branched.length, 2);
  assert.equal(held(tree, two), 2);
});

test('where no side headers are to be kept, none are', () => {
  const tree = boundedTree(0);
  const one = branch(3, 1);
  assert.equal(add(tree, one).change?.forgotten.length, 3);
  assert.equal(held(tree, one), 0);
});

test('a tree put back from what the changes told is the same, and goes on the same', () => {
  const tree = new HeaderTree(TWO_TARGETS);
  const replica = new Replica(TWO_TARGETS);
  const common = mineHeaders(5, GENESIS);
  const first = mineHeaders(3, lastOf(common), { salt: 1 });
  const second = mineHeaders(4, lastOf(common), { salt: 2 });
  const twig = mineHeaders(9, headerAt(first, 1), { salt: 3, easy: true });
  const early = mineHeaders(3, GENESIS, { salt: 4 });
  for (const headers of [common, first, second, twig, early]) {
    const { change } = add(tree, headers);
    assert.ok(change !== undefined);
    replica.apply(change);
    const restored = replica.restore();
    assertSameTree(restored, tree);
    const next = mineHeaders(3, lastOf(first), { salt: 9 });
    const [before, after] = [add(restored, next).change, add(replica.restore(), next).change];
    assert.deepEqual(before, after);
  }
  assert.equal(tree.tips().length, 4);
  const restored = replica.restore();
  const next = mineHeaders(3, lastOf(first), { salt: 5 });
  assert.deepEqual(add(restored, next).change, add(tree, next).change);
  assertSameTree(restored, tree);
});

test('a side header is put back only when its parent is there and it is not', () => {
  const tree = boundedTree(100);
  const side = branch(3, 1);
  assert.equal(tree.restoreSide(headerAt(side, 1)), false);
  assert.equal(tree.restoreSide(headerAt(side, 0)), true);
  assert.equal(tree.restoreSide(headerAt(side, 0)), false);
  assert.equal(tree.restoreSide(headerAt(side, 1)), true);
  assert.equal(tree.restoreSide(headerAt(BEST, 7)), false);
  assert.deepEqual(
    tree.tips().map(({ height, branchLength }) => [height, branchLength]),
    [
      [30, 0],
      [2, 2],
    ],
  );
});

test('side headers outlive the bytes that they came in, also those of a Buffer', () => {
  const expected = boundedTree(100);
  const side = branch(3, 1);
  add(expected, side);
  for (const copyOf of [(bytes: Uint8Array) => bytes.slice(), (bytes: Uint8Array) => Buffer.from(bytes)]) {
    const [checked, restored] = [boundedTree(100), boundedTree(100)];
    const run = copyOf(side);
    const verdict = checked.check(HeaderRun.fromBytes(run), LATE);
    assert.ok(verdict !== undefined);
    checked.connect(verdict);
    run.fill(0);
    for (let i = 0; i < 3; i++) {
      const record = copyOf(headerAt(side, i));
      restored.restoreSide(record);
      record.fill(0);
    }
    assertSameTree(checked, expected);
    assertSameTree(restored, expected);
    const next = mineHeader(lastOf(side));
    assert.equal(add(checked, next).change?.branched.length, 1);
    assert.equal(add(restored, next).change?.branched.length, 1);
  }
});
