/** What the tree refuses, and what it remembers of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256d } from '../../src/bytes/hash.ts';
import type { HeaderRule } from '../../src/chain/check-header.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import type { Verdict } from '../../src/chain/verdict.ts';
import { lastOf } from '../support/mine.ts';
import { concatenated } from '../support/concatenated.ts';
import {
  EASY_BITS,
  GENESIS,
  HARD_BITS,
  HARD_WORK,
  mineHeader,
  mineHeaders,
  timeOf,
  TWO_TARGETS,
  withoutProof,
} from '../support/mine-network.ts';
import { add, LATE } from '../support/tree.ts';

/** Five headers that every test builds on. */
const TRUNK = mineHeaders(5, GENESIS);

function treeWithTrunk(): HeaderTree {
  const tree = new HeaderTree(TWO_TARGETS);
  add(tree, TRUNK);
  return tree;
}

function check(tree: HeaderTree, headers: Uint8Array, now: number = LATE): Verdict | undefined {
  return tree.check(HeaderRun.fromBytes(headers), now);
}

/** The header with its bits replaced, whatever that does to its hash. */
function withBits(header: Uint8Array, bits: number): Uint8Array {
  const bytes = header.slice();
  new DataView(bytes.buffer).setUint32(72, bits, true);
  return bytes;
}

/** Two good headers, one made on top of them, and one on that; returns what is said of that run. */
function verdictOn(tree: HeaderTree, make: (parent: Uint8Array) => Uint8Array): Verdict {
  const good = mineHeaders(2, lastOf(TRUNK));
  const made = make(lastOf(good));
  const verdict = check(tree, concatenated(good, made, mineHeader(made)));
  assert.ok(verdict !== undefined);
  return verdict;
}

test('a header on none that is known is neither good nor bad', () => {
  const tree = new HeaderTree(TWO_TARGETS);
  assert.equal(check(tree, TRUNK.subarray(80)), undefined);
  assert.equal(check(tree, new Uint8Array(0)), undefined);
  assert.equal(tree.tip.height, 0);
});

test('a header without proof of work is bad, whatever it is built on', () => {
  const tree = new HeaderTree(TWO_TARGETS);
  const verdict = check(tree, withoutProof(lastOf(TRUNK)));
  assert.ok(verdict !== undefined);
  assert.deepEqual([verdict.valid, verdict.fault?.index, verdict.fault?.rule], [0, 0, 'high-hash']);
  assert.equal(tree.connect(verdict), undefined);
});

test('a gap between headers is a fault, whether they are known or not', () => {
  const gap = concatenated(TRUNK.subarray(0, 160), TRUNK.subarray(240));
  for (const [tree, known] of [
    [new HeaderTree(TWO_TARGETS), 0],
    [treeWithTrunk(), 2],
  ] as const) {
    const verdict = check(tree, gap);
    assert.deepEqual([verdict?.fault?.index, verdict?.fault?.rule], [2, 'not-continuous']);
    assert.deepEqual([verdict?.known, verdict?.valid, verdict?.height], [known, 2, 2]);
  }
  const unconnected = concatenated(TRUNK.subarray(80, 160), TRUNK.subarray(240));
  const verdict = check(new HeaderTree(TWO_TARGETS), unconnected);
  assert.deepEqual([verdict?.fault?.index, verdict?.valid], [1, 0]);
});

const FAULTS: readonly (readonly [rule: HeaderRule, make: (parent: Uint8Array) => Uint8Array])[] = [
  ['bad-diffbits', (parent) => mineHeader(parent, { bits: EASY_BITS })],
  ['bad-diffbits', (parent) => mineHeader(parent, { bits: HARD_BITS, gapSeconds: 1201 })],
  ['time-too-old', (parent) => mineHeader(parent, { gapSeconds: -100_000 })],
  ['bad-version', (parent) => mineHeader(parent, { version: 3 })],
  ['high-hash', (parent) => withoutProof(mineHeader(parent))],
  ['bad-target', (parent) => withBits(mineHeader(parent), EASY_BITS + 1)],
  ['bad-target', (parent) => withBits(mineHeader(parent), 0x1d80ffff)],
  ['bad-target', (parent) => withBits(mineHeader(parent), 0)],
];

for (const [i, [rule, make]] of FAULTS.entries()) {
  test(`a run is valid up to its first fault and connects so far (${rule}, ${i + 1})`, () => {
    const tree = treeWithTrunk();
    const verdict = verdictOn(tree, make);
    assert.deepEqual([verdict.known, verdict.valid, verdict.height], [0, 2, 7]);
    assert.equal(verdict.chainwork, 8n * HARD_WORK);
    assert.deepEqual([verdict.fault?.index, verdict.fault?.rule], [2, rule]);
    assert.deepEqual(tree.tip.height, 5);
    assert.deepEqual(tree.connect(verdict)?.appended, verdict.run.slice(0, 2));
    assert.equal(tree.tip.height, 7);
  });
}

test('of several faults the first in the run is named, whatever shows it', () => {
  const early = mineHeader(lastOf(TRUNK), { bits: EASY_BITS });
  const late = concatenated(early, mineHeader(early), withoutProof(lastOf(TRUNK)));
  assert.deepEqual(check(treeWithTrunk(), late)?.fault?.rule, 'bad-diffbits');
  const spoilt = withoutProof(mineHeader(lastOf(TRUNK)));
  const other = concatenated(spoilt, mineHeader(spoilt, { version: 1 }));
  assert.deepEqual(check(treeWithTrunk(), other)?.fault?.rule, 'high-hash');
});

test('a time at the median of the last eleven is too old, and a second later it is not', () => {
  // Of six times the fourth counts, which is two before the parent's.
  const median = timeOf(TRUNK.subarray(160, 240)) - timeOf(lastOf(TRUNK));
  const atMedian = mineHeader(lastOf(TRUNK), { gapSeconds: median });
  assert.equal(check(treeWithTrunk(), atMedian)?.fault?.rule, 'time-too-old');
  const later = mineHeader(lastOf(TRUNK), { gapSeconds: median + 1 });
  assert.equal(check(treeWithTrunk(), later)?.fault, undefined);
});

test('a header two hours ahead of our clock is good, a second more puts it off and no longer', () => {
  const tree = treeWithTrunk();
  const headers = mineHeaders(2, lastOf(TRUNK));
  const first = headers.subarray(0, 80);
  const now = timeOf(first) - 7200;
  assert.equal(check(tree, first, now)?.fault, undefined);
  const early = check(tree, headers, now - 1);
  assert.deepEqual([early?.valid, early?.fault?.index, early?.fault?.rule], [0, 0, 'time-too-new']);
  // Nothing is held against what is built on it either: its parent is merely not known.
  assert.equal(check(tree, headers.subarray(80)), undefined);
  assert.deepEqual(check(tree, headers, now)?.fault?.index, 1);
  assert.equal(add(tree, headers).change?.appended.length, 160);
});

test('headers that are known are good, whatever our clock shows', () => {
  const tree = treeWithTrunk();
  const verdict = check(tree, TRUNK, 0);
  assert.deepEqual([verdict?.known, verdict?.valid, verdict?.fault], [5, 5, undefined]);
});

test('what is built on a refused header is refused for that, down to its last descendant', () => {
  const tree = treeWithTrunk();
  const refused = mineHeader(lastOf(TRUNK), { bits: EASY_BITS });
  const descendants = mineHeaders(4, refused);
  assert.equal(check(tree, descendants.subarray(0, 80)), undefined);
  const both = check(tree, concatenated(refused, descendants.subarray(0, 80)));
  assert.deepEqual([both?.fault?.index, both?.fault?.rule], [0, 'bad-diffbits']);
  // The second was refused with its parent, the third for it, and so on.
  for (const [from, to] of [
    [0, 1],
    [1, 3],
    [3, 4],
  ] as const) {
    const verdict = check(tree, descendants.subarray(80 * from, 80 * to));
    assert.ok(verdict !== undefined);
    assert.deepEqual([verdict.valid, verdict.fault?.index, verdict.fault?.rule], [0, 0, 'bad-prevblk']);
    assert.equal(tree.connect(verdict), undefined);
  }
});

test('a child of a refused header is refused for its own hash first, and then costs no memory', () => {
  const tree = treeWithTrunk();
  const refused = mineHeader(lastOf(TRUNK), { version: 3 });
  check(tree, refused);
  const spoilt = withoutProof(mineHeader(refused));
  assert.equal(check(tree, spoilt)?.fault?.rule, 'high-hash');
  // Whoever has not worked for a header cannot make us remember it.
  assert.equal(check(tree, mineHeader(spoilt)), undefined);
});

test('a valid header that a hostile run names after a refused one is not poisoned', () => {
  const refused = mineHeader(lastOf(TRUNK), { bits: EASY_BITS });
  const child = mineHeader(refused);
  const valid = mineHeaders(2, lastOf(TRUNK), { salt: 7 });
  const first = valid.subarray(0, 80);
  const runs = [
    [refused, first],
    [refused, valid],
    [refused, child, valid],
    [child, first],
    [child, valid, child],
    [mineHeader(child), valid],
  ];
  for (const [i, parts] of runs.entries()) {
    const tree = treeWithTrunk();
    check(tree, concatenated(refused, child));
    assert.notEqual(check(tree, concatenated(...parts))?.fault, undefined, `run ${i}`);
    assert.equal(check(tree, valid.subarray(80)), undefined, `run ${i}`);
    assert.equal(check(tree, valid)?.fault, undefined, `run ${i}`);
    assert.equal(add(tree, valid).change?.tip.height, 7, `run ${i}`);
  }
});

test('only the last verdict can be connected, and only once', () => {
  const tree = treeWithTrunk();
  const [one, other] = [mineHeader(lastOf(TRUNK)), mineHeader(lastOf(TRUNK), { salt: 1 })];
  const older = check(tree, one) as Verdict;
  const newer = check(tree, other) as Verdict;
  assert.throws(() => tree.connect(older), TypeError);
  const last = check(tree, other) as Verdict;
  assert.throws(() => tree.connect(newer), TypeError);
  assert.throws(() => tree.connect({ ...last }), TypeError);
  const ofAnother = check(treeWithTrunk(), one) as Verdict;
  assert.throws(() => tree.connect(ofAnother), TypeError);
  assert.equal(tree.tip.height, 5);
  const good = check(tree, one) as Verdict;
  assert.equal(tree.connect(good)?.tip.height, 6);
  assert.throws(() => tree.connect(good), TypeError);
});

test('a verdict given before headers were put back cannot be connected', () => {
  const next = mineHeader(lastOf(TRUNK));
  const putBack: readonly ((tree: HeaderTree) => void)[] = [
    (tree) => tree.restoreBest(HeaderRun.fromBytes(next)),
    (tree) => tree.restoreSide(next),
  ];
  for (const restore of putBack) {
    const tree = treeWithTrunk();
    const verdict = check(tree, next) as Verdict;
    restore(tree);
    assert.throws(() => tree.connect(verdict), TypeError);
  }
});

test('checking leaves the tree as it is', () => {
  const tree = treeWithTrunk();
  const verdict = check(tree, mineHeader(lastOf(TRUNK))) as Verdict;
  assert.deepEqual([verdict.valid, tree.tip.height, tree.tips().length], [1, 5, 1]);
  assert.equal(tree.has(sha256d(verdict.run.bytesAt(0))), false);
});
