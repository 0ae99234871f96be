import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { medianTimePast } from '../../src/chain/branch.ts';
import { medianTime, MEDIAN_TIME_SPAN } from '../../src/chain/median-time.ts';
import { ArrayBranch } from '../support/array-branch.ts';
import { referenceMedian } from '../support/reference-rules.ts';

test('the median is the middle one of an odd number of times', () => {
  assert.equal(medianTime([7]), 7);
  assert.equal(medianTime([30, 10, 20]), 20);
  assert.equal(medianTime([11, 1, 10, 2, 9, 3, 8, 4, 7, 5, 6]), 6);
});

test('the median of an even number of times is the later of the two in the middle', () => {
  assert.equal(medianTime([10, 20]), 20);
  assert.equal(medianTime([40, 10, 30, 20]), 30);
  assert.equal(medianTime([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), 6);
});

test('times are compared as numbers, and equal ones count each', () => {
  assert.equal(medianTime([9, 10, 100]), 10);
  assert.equal(medianTime([4294967295, 0, 2147483648]), 2147483648);
  assert.equal(medianTime([5, 5, 5, 1, 9]), 5);
  assert.equal(medianTime([5, 5, 1]), 5);
});

test('the times stay in the order they came in', () => {
  const times = [3, 1, 2];
  medianTime(times);
  assert.deepEqual(times, [3, 1, 2]);
});

test('no times have no median', () => {
  assert.throws(() => medianTime([]), RangeError);
});

test('near the first header the median is of as many as there are', () => {
  // Medians of 1, 2, 3 and 4 times.
  const branch = new ArrayBranch();
  for (const [time, median] of [
    [100, 100],
    [50, 100],
    [300, 100],
    [200, 200],
  ] as const) {
    branch.push({ time, bits: 0 });
    assert.equal(medianTimePast(branch), median);
  }
});

test('eleven headers count, the branch’s last among them and the twelfth not', () => {
  const branch = branchOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.equal(medianTimePast(branch), 6);
  branch.push({ time: 12, bits: 0 });
  assert.equal(medianTimePast(branch), 7);
  branch.push({ time: 0, bits: 0 });
  assert.equal(medianTimePast(branch), 7);
  assert.equal(MEDIAN_TIME_SPAN, 11);
});

test('a branch that starts above height 0 is not asked about what lies below it', () => {
  assert.equal(medianTimePast(branchOf([10, 30, 20], 4032)), 20);
  assert.equal(medianTimePast(branchOf([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 12, 11], 100)), 5);
});

test('median time past agrees with a second implementation', () => {
  const time = fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 12 }));
  const times = fc.array(time, { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(times, fc.constantFrom(0, 5, 2016), (list, baseHeight) => {
      const entries = list.map((value) => ({ time: value, bits: 0 }));
      assert.equal(medianTimePast(new ArrayBranch(entries, baseHeight)), referenceMedian(entries));
    }),
    { numRuns: 500 },
  );
});

function branchOf(times: readonly number[], baseHeight: number = 0): ArrayBranch {
  return new ArrayBranch(
    times.map((time) => ({ time, bits: 0 })),
    baseHeight,
  );
}
