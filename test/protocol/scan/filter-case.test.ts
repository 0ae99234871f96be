import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FilterCase } from '../../../src/protocol/scan/filter-case.ts';
import type { FilterHashes } from '../../../src/protocol/scan/filter-vote.ts';
import { Stretch } from '../../../src/protocol/scan/stretch.ts';
import { FalseClock } from '../../support/false-time.ts';

const STOP = new Uint8Array(32).fill(5);
const PREVIOUS = new Uint8Array(32).fill(9);
const PATIENCE_MS = 15_000;

function hash(n: number): Uint8Array {
  return new Uint8Array(32).fill(n);
}

function told(...numbers: readonly number[]): FilterHashes {
  return { previous: PREVIOUS, hashes: numbers.map(hash) };
}

/** A case of blocks 11 to 13, and what peers 1, 2 and so on tell of them. */
function caseOf(...all: readonly FilterHashes[]): FilterCase {
  const one = new FilterCase(new Stretch(11, 13), STOP, new FalseClock().ms + PATIENCE_MS);
  all.forEach((_, i) => one.vote.add(i + 1, undefined));
  one.vote.ask(() => true, 1_000);
  all.forEach((hashes, i) => assert.equal(one.vote.receive(i + 1, hashes), undefined));
  return one;
}

function isWhole(first: number, last: number): boolean {
  return new FilterCase(new Stretch(first, last), STOP, 0).isWhole;
}

function statesOf({ stretch }: FilterCase): string[] {
  return [11, 12, 13].map((height) => stretch.stateOf(height));
}

test('a stretch is whole when it begins and ends at checkpoints', () => {
  assert.equal(isWhole(0, 1_000), true);
  assert.equal(isWhole(1_001, 2_000), true);
  assert.equal(isWhole(1, 1_000), false);
  assert.equal(isWhole(0, 999), false);
  assert.equal(isWhole(1_001, 1_999), false);
});

test('where all say the same the filters are fetched, and only those are right', () => {
  const one = caseOf(told(1, 2, 3), told(1, 2, 3));
  one.decide();
  assert.deepEqual(statesOf(one), ['filter', 'filter', 'filter']);
  assert.equal(one.isDecided, true);
  assert.equal(one.disputes, undefined);
  assert.equal(one.stretch.isRightFilter(12, hash(2)), true);
  assert.equal(one.stretch.isRightFilter(12, hash(3)), false);
});

test('where they differ it is looked into, and no filter is right until that is over', () => {
  const one = caseOf(told(1, 2, 3), told(1, 7, 3));
  one.decide();
  assert.deepEqual(statesOf(one), ['filter', 'undecided', 'filter']);
  assert.equal(one.disputes?.isOver, false);
  assert.equal(one.stretch.isRightFilter(12, hash(2)), false);
  assert.equal(one.stretch.isRightFilter(12, hash(7)), false);
});

test('those who have not told when it is decided have no say', () => {
  const one = new FilterCase(new Stretch(11, 13), STOP, 0);
  for (const peer of [1, 2, 3]) one.vote.add(peer, undefined);
  one.vote.ask(() => true, 1_000);
  one.vote.receive(1, told(1, 2, 3));
  one.vote.receive(2, told(1, 2, 3));
  one.decide();
  assert.equal(one.vote.has(3), false);
  assert.equal(one.deadline(), undefined, 'nobody is waited for');
});

test('filters may be known already', () => {
  const one = caseOf();
  one.decideBy((height, filterHash) => filterHash[0] === height);
  assert.deepEqual(statesOf(one), ['filter', 'filter', 'filter']);
  assert.equal(one.stretch.isRightFilter(12, hash(12)), true);
  assert.equal(one.stretch.isRightFilter(12, hash(13)), false);
  assert.equal(one.isByBlocks, false);
});

test('where nothing is known the blocks are looked at', () => {
  const one = caseOf(told(1, 2, 3));
  one.decideByBlocks();
  assert.deepEqual(statesOf(one), ['block', 'block', 'block']);
  assert.equal(one.isDecided, true);
  assert.equal(one.isByBlocks, true);
});

test('there is patience with those that may come, and an end to it', () => {
  const clock = new FalseClock();
  const one = caseOf();
  assert.equal(one.isPatient(clock.now), true);
  assert.equal(one.deadline(), clock.ms + PATIENCE_MS);
  assert.equal(one.isPatient(clock.advance(PATIENCE_MS - 1)), true);
  assert.equal(one.isPatient(clock.advance(1)), false);
  assert.equal(one.deadline(), undefined);
});

test('when enough have told the others have two seconds more', () => {
  const clock = new FalseClock();
  const one = caseOf();
  assert.equal(one.isTired(false, false, clock.now), false);
  assert.equal(one.isTired(true, false, clock.advance(100)), false);
  assert.equal(one.deadline(), clock.ms + 2_000);
  assert.equal(one.isTired(true, false, clock.advance(1_999)), false);
  assert.equal(one.isTired(true, false, clock.advance(1)), true);
  assert.equal(one.deadline(), clock.ms - 2_100 + PATIENCE_MS, 'that is over');
  assert.equal(one.isTired(true, false, clock.advance(100)), true);
});

test('when they are too few again the two seconds begin anew', () => {
  const clock = new FalseClock();
  const one = caseOf();
  one.isTired(true, false, clock.now);
  assert.equal(one.isTired(false, false, clock.advance(1_000)), false);
  assert.notEqual(one.deadline(), clock.ms + 1_000);
  assert.equal(one.isTired(true, false, clock.advance(1_000)), false);
  assert.equal(one.isTired(true, false, clock.advance(2_000)), true);
});

test('what is said by one that is lost before the decision is not said, and after it stays said', () => {
  const before = caseOf(told(1, 2, 3), told(1, 7, 3));
  before.peerLost(2);
  before.decide();
  assert.equal(before.disputes, undefined);
  const after = caseOf(told(1, 2, 3), told(1, 7, 3));
  after.decide();
  after.peerLost(2);
  assert.equal(after.vote.hashesAt(12).length, 2);
});
