import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { locatorHeights } from '../../src/chain/locator.ts';
import { MAX_LOCATOR_HASHES } from '../../src/wire/messages/locator-request.ts';

const EXPECTED: readonly (readonly [height: number, heights: readonly number[]])[] = [
  [0, [0]],
  [1, [1, 0]],
  [2, [2, 1, 0]],
  [9, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
  [10, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
  [11, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 0]],
  [12, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 1, 0]],
  [13, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 2, 0]],
  [100, [100, 99, 98, 97, 96, 95, 94, 93, 92, 91, 89, 85, 77, 61, 29, 0]],
  [
    1_000_000,
    [
      1_000_000, 999_999, 999_998, 999_997, 999_996, 999_995, 999_994, 999_993, 999_992, 999_991, 999_989,
      999_985, 999_977, 999_961, 999_929, 999_865, 999_737, 999_481, 998_969, 997_945, 995_897, 991_801,
      983_609, 967_225, 934_457, 868_921, 737_849, 475_705, 0,
    ],
  ],
];

for (const [height, heights] of EXPECTED) {
  test(`the locator from height ${height} has ${heights.length} heights`, () => {
    assert.deepEqual(locatorHeights(height), heights);
  });
}

test('every locator goes down from its height to genesis, without a peer finding it too long', () => {
  const anyHeight = fc.oneof(fc.nat(3000), fc.integer({ min: 0, max: 0xffffffff }));
  fc.assert(
    fc.property(anyHeight, (height) => {
      const heights = locatorHeights(height);
      assert.equal(heights[0], height);
      assert.equal(heights.at(-1), 0);
      assert.ok(heights.every((at, i) => i === 0 || at < (heights[i - 1] as number)));
      assert.ok(heights.length <= 41 && heights.length <= MAX_LOCATOR_HASHES);
    }),
  );
});

test('a peer that has any part of the chain finds a header at most as far below its end as the end is from ours', () => {
  for (const height of [10, 500, 2016, 900_000]) {
    const heights = locatorHeights(height);
    for (let behind = 1; behind < height; behind = 2 * behind + 1) {
      const shared = heights.find((at) => at <= height - behind) as number;
      // The last ten cost nothing; beyond them the answer is no more than about twice as long as need be.
      assert.ok(height - shared <= 2 * behind + 1, `${shared} for ${behind} behind ${height}`);
    }
  }
});
