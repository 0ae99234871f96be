/** The tree with real headers, and with branches that disagree on the difficulty. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { sha256d } from '../../src/bytes/hash.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { requiredBits } from '../../src/chain/required-bits.ts';
import { networkByName } from '../../src/networks/by-name.ts';
import { ArrayBranch } from '../support/array-branch.ts';
import { headerAt, lastOf } from '../support/mine.ts';
import { concatenated } from '../support/concatenated.ts';
import {
  EASY_BITS,
  GENESIS,
  HARD_BITS,
  mineHeader,
  mineHeaders,
  timeOf,
  TWO_TARGETS,
} from '../support/mine-network.ts';
import { assertSameTree } from '../support/replica.ts';
import { fixture, readFixture } from '../support/repository.ts';
import { add, hexOf, LATE } from '../support/tree.ts';

for (const file of readdirSync(fixture('headers')).filter((name) => name.endsWith('.headers'))) {
  test(`the headers of ${file} all connect, however they are cut into runs`, () => {
    const network = networkByName(file.split('-')[0] ?? '');
    assert.ok(network !== undefined);
    const headers = readFixture('headers', file);
    const tree = new HeaderTree(network);
    const count = headers.length / 80;
    // Genesis comes along too, as in a file; sizes go past the starts of periods in each way.
    for (let from = 0, size = 1; from < count; from += size, size = ((size * 7) % 2003) + 1) {
      const run = HeaderRun.fromBytes(headers.subarray(80 * from, 80 * (from + size)));
      const verdict = tree.check(run, LATE);
      assert.deepEqual([verdict?.valid, verdict?.fault], [run.count, undefined], `from ${from}`);
      if (verdict !== undefined) tree.connect(verdict);
    }
    assert.deepEqual([tree.tip.height, tree.tip.hash], [count - 1, sha256d(lastOf(headers))]);
    const restored = new HeaderTree(network);
    restored.restoreBest(HeaderRun.linked(headers.subarray(80), sha256d(lastOf(headers))));
    assert.equal(restored.tip.chainwork, tree.tip.chainwork);
    if (count < 3000) assertSameTree(restored, tree);
  });
}

/** Grows a chain with the bits that its own past asks for. */
class Miner {
  readonly branch: ArrayBranch;
  readonly headers: Uint8Array[];
  readonly #salt: number;

  constructor(below: readonly Uint8Array[], salt: number) {
    this.headers = [...below];
    this.branch = new ArrayBranch(below.map((header) => ({ time: timeOf(header), bits: bitsOf(header) })));
    this.#salt = salt;
  }

  mine(gapSeconds: number): void {
    const parent = this.headers.at(-1) as Uint8Array;
    const time = timeOf(parent) + gapSeconds;
    const bits = requiredBits(this.branch, time, TWO_TARGETS);
    this.headers.push(mineHeader(parent, { gapSeconds, bits, salt: this.#salt }));
    this.branch.push({ time, bits });
  }
}

function bitsOf(header: Uint8Array): number {
  return HeaderRun.fromBytes(header).bitsAt(0);
}

test('each branch has the difficulty of its own past, before and after a period ends', () => {
  const common = mineHeaders(2010, GENESIS, { gapSeconds: 600 });
  const below = [GENESIS, ...Array.from({ length: 2010 }, (_, i) => headerAt(common, i))];
  const [slow, fast] = [new Miner(below, 1), new Miner(below, 2)];
  for (let height = 2011; height < 2030; height++) {
    // Every fourth comes so late that it may be easy, save the first of the period.
    slow.mine(height % 4 === 0 ? 50_000 : 1200);
    fast.mine(height % 7 === 0 ? 1201 : 1);
  }
  const slowBits = slow.branch.bitsAt(2016);
  const fastBits = fast.branch.bitsAt(2016);
  assert.ok(fastBits < HARD_BITS && slowBits > HARD_BITS && slowBits < EASY_BITS);
  assert.equal(slow.branch.bitsAt(2020), EASY_BITS);
  assert.equal(slow.branch.bitsAt(2021), slowBits);
  assert.equal(fast.branch.bitsAt(2023), EASY_BITS);

  const [best, side] = [slow, fast].map(({ headers }) => concatenated(...headers.slice(2011))) as [
    Uint8Array,
    Uint8Array,
  ];
  for (const [first, second] of [
    [best, side],
    [side, best],
  ] as const) {
    const inOne = new HeaderTree(TWO_TARGETS);
    add(inOne, common, first);
    assert.deepEqual(add(inOne, second).verdict?.fault, undefined);
    const oneByOne = new HeaderTree(TWO_TARGETS);
    add(oneByOne, common);
    for (let i = 0; i < first.length / 80; i++) {
      for (const branch of [first, second]) {
        assert.equal(add(oneByOne, headerAt(branch, i)).verdict?.fault, undefined, `header ${i}`);
      }
    }
    assertSameTree(oneByOne, inOne);
    assert.equal(hexOf(inOne.tip.hash), hexOf(sha256d(lastOf(side))));
  }
  // The bits of one branch are wrong on the other.
  const tree = new HeaderTree(TWO_TARGETS);
  add(tree, common, best);
  const parent = fast.headers[2015] as Uint8Array;
  add(tree, concatenated(...fast.headers.slice(2011, 2016)));
  const wrong = mineHeader(parent, { gapSeconds: 1, bits: slowBits });
  assert.equal(add(tree, wrong).verdict?.fault?.rule, 'bad-diffbits');
});
