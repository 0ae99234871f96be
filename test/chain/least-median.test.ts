import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { medianTimePast } from '../../src/chain/branch.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { leastMedianTimePast } from '../../src/chain/least-median.ts';
import { ArrayBranch } from '../support/array-branch.ts';
import { referenceLeastMedian } from '../support/reference-rules.ts';
import { sharedData } from '../support/repository.ts';

const branchOf = (times: readonly number[], baseHeight: number): ArrayBranch =>
  new ArrayBranch(
    times.map((time) => ({ time, bits: 0 })),
    baseHeight,
  );

const least = (...times: number[]): number | undefined => leastMedianTimePast(branchOf(times, 2016));

test('from genesis on it is the median time past, however few headers there are', () => {
  for (const times of [[7], [10, 20], [3, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]])
    assert.equal(leastMedianTimePast(branchOf(times, 0)), medianTimePast(branchOf(times, 0)));
});

test('above a base five known times say nothing, six say the lowest of them, ten the fifth', () => {
  assert.equal(least(), undefined);
  assert.equal(least(9), undefined);
  assert.equal(least(9, 8, 7, 6, 5), undefined);
  assert.equal(least(9, 8, 7, 6, 5, 10), 5);
  assert.equal(least(9, 8, 7, 6, 5, 10, 11), 6);
  assert.equal(least(9, 8, 7, 6, 5, 10, 11, 12, 4, 3), 7);
  assert.equal(least(9, 8, 7, 6, 5, 10, 11, 12, 4, 3, 2), 7);
});

test('it is never above the median of the whole chain, and is that once eleven times are known', () => {
  const time = fc.integer({ min: 0, max: 30 });
  fc.assert(
    fc.property(fc.array(time, { minLength: 12, maxLength: 30 }), fc.nat(20), (times, known) => {
      const headers = times
        .slice(-known || times.length)
        .map((value) => ({ time: value, version: 4, bits: 0 }));
      const firstHeight = headers.length === times.length ? 0 : 2016;
      const lowest = leastMedianTimePast(new ArrayBranch(headers, firstHeight)) ?? Number.NEGATIVE_INFINITY;
      assert.equal(lowest, referenceLeastMedian({ firstHeight, headers }));
      const whole = medianTimePast(branchOf(times, 0));
      assert.ok(lowest <= whole);
      if (headers.length >= 11) assert.equal(lowest, whole);
    }),
    { numRuns: 500 },
  );
});

const file = sharedData('mainnet-150000-190001.headers');
test(
  'no real header is refused wherever one begins, though many are not after the median of those known',
  { skip: existsSync(file) ? false : `${file} is not there` },
  () => {
    const run = HeaderRun.linked(
      new Uint8Array(readFileSync(file)).subarray(0, 80 * 20_000),
      new Uint8Array(32),
    );
    let belowMedianOfKnown = 0;
    for (let start = 0; start + 12 < run.count; start++) {
      const branch = new ArrayBranch([], 150_000 + start);
      for (let i = start; i < start + 11; i++) {
        const time = run.timeAt(i);
        const lowest = leastMedianTimePast(branch);
        assert.ok(lowest === undefined || time > lowest, `header ${i} from ${start} on`);
        if (i > start && time <= medianTimePast(branch)) belowMedianOfKnown++;
        branch.push({ time, bits: 0 });
      }
    }
    assert.ok(belowMedianOfKnown > 1000, `${belowMedianOfKnown} of them`);
  },
);
