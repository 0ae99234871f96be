import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkByHashes, Stretch } from '../../../src/protocol/scan/stretch.ts';

const HASH = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);

test('nothing is decided about its blocks at first', () => {
  const stretch = new Stretch(5, 9);
  assert.equal(stretch.count, 5);
  for (let height = 5; height <= 9; height++) assert.equal(stretch.stateOf(height), 'undecided');
  assert.equal(stretch.isRightFilter(5, HASH), false);
  assert.equal(stretch.isOver, false);
});

test('both ends belong to it, and nothing beyond', () => {
  const stretch = new Stretch(5, 9);
  assert.deepEqual(
    [4, 5, 9, 10].map((height) => stretch.has(height)),
    [false, true, true, false],
  );
});

test('each block has a state of its own', () => {
  const stretch = new Stretch(5, 9);
  stretch.setAll('filter');
  stretch.set(7, 'asked');
  stretch.set(9, 'block');
  assert.deepEqual(
    [5, 6, 7, 8, 9].map((height) => stretch.stateOf(height)),
    ['filter', 'filter', 'asked', 'filter', 'block'],
  );
});

test('the first run of a state ends where another begins, or where it is long enough', () => {
  const stretch = new Stretch(5, 9);
  assert.equal(stretch.firstRun('filter', 10), undefined);
  stretch.setAll('filter');
  assert.deepEqual(stretch.firstRun('filter', 10), { first: 5, last: 9 });
  assert.deepEqual(stretch.firstRun('filter', 2), { first: 5, last: 6 });
  stretch.set(5, 'clear');
  stretch.set(8, 'asked');
  assert.deepEqual(stretch.firstRun('filter', 10), { first: 6, last: 7 });
  assert.deepEqual(stretch.firstRun('asked', 10), { first: 8, last: 8 });
});

test('the right filter is the one that the check says', () => {
  const stretch = new Stretch(5, 7);
  stretch.checkWith(checkByHashes(5, [HASH, undefined, OTHER]));
  assert.equal(stretch.isRightFilter(5, HASH), true);
  assert.equal(stretch.isRightFilter(5, OTHER), false);
  assert.equal(stretch.isRightFilter(6, HASH), false, 'where nobody knows none is right');
  assert.equal(stretch.isRightFilter(7, OTHER), true);
  assert.equal(stretch.isRightFilter(8, HASH), false);
});
