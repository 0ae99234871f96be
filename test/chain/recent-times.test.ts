import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { RecentTimes } from '../../src/chain/recent-times.ts';
import { referenceMedian } from '../support/reference-rules.ts';

test('no times have no median, and could have any', () => {
  const times = new RecentTimes();
  assert.deepEqual([times.median, times.leastMedian], [undefined, undefined]);
});

test('whatever times come, the medians are those of the eleven newest', () => {
  const time = fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 12 }));
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 60 }), (list) => {
      const times = new RecentTimes();
      for (const [index, value] of list.entries()) {
        times.push(value);
        const newest = list.slice(0, index + 1).slice(-11);
        assert.equal(times.median, referenceMedian(newest.map((known) => ({ time: known }))));
        const missing = Array.from({ length: 11 - newest.length }, () => ({ time: -Infinity }));
        const least = referenceMedian([...missing, ...newest.map((known) => ({ time: known }))]);
        assert.equal(times.leastMedian ?? -Infinity, least);
      }
    }),
  );
});
