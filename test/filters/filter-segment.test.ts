import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segmentFirst, segmentLast } from '../../src/filters/filter-segment.ts';

const SEGMENTS = [
  [0, 1_000],
  [1_001, 2_000],
  [2_001, 3_000],
  [899_001, 900_000],
] as const;

test('a segment ends at a height of which peers tell the filter header, and the next one begins behind it', () => {
  for (const [first, last] of SEGMENTS) {
    for (const height of [first, first + 1, first + 500, last - 1, last]) {
      assert.equal(segmentFirst(height), first, `the first of ${height}`);
      assert.equal(segmentLast(height), last, `the last of ${height}`);
    }
  }
});
