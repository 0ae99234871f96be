import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rangeOf } from '../../src/filters/golomb-rice.ts';
import { includes, SetSearch } from '../../src/filters/set-search.ts';

const search = new SetSearch();

/** Numbers that lie close together, at the ends, and anywhere. */
function numbersBelow(range: number, maxLength: number): fc.Arbitrary<Float64Array> {
  const number = fc.oneof(
    fc.nat(Math.min(range - 1, 60)),
    fc.nat(60).map((n) => Math.max(0, range - 1 - n)),
    fc.maxSafeNat().map((n) => n % range),
  );
  return fc.array(number, { minLength: 1, maxLength }).map((all) => Float64Array.from(all));
}

test('a number is found where it is, and nowhere else', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60)), fc.integer({ min: -1, max: 61 }), (numbers, number) => {
      assert.equal(includes(Float64Array.from(numbers).toSorted(), number), numbers.includes(number));
    }),
  );
});

test('nothing is among no numbers', () => {
  assert.equal(includes(new Float64Array(0), 0), false);
  assert.equal(search.includesAny(new Float64Array(0), Float64Array.of(0)), false);
  assert.equal(search.includesAny(Float64Array.of(0), new Float64Array(0)), false);
});

for (const [few, many] of [
  [3, 200],
  [50, 50],
  [200, 3],
] as const) {
  test(`up to ${few} numbers are looked up among up to ${many} as one by one`, () => {
    const sets = fc
      .nat(many - 1)
      .chain((count) =>
        fc.tuple(numbersBelow(rangeOf(count + 1), many), numbersBelow(rangeOf(count + 1), few)),
      );
    fc.assert(
      fc.property(sets, fc.boolean(), ([all, wanted], shared) => {
        const numbers = all.map((number) => number % rangeOf(all.length)).toSorted();
        const some = wanted.map((number) => number % rangeOf(all.length));
        if (shared) some[some.length >> 1] = numbers[numbers.length >> 1] as number;
        assert.equal(
          search.includesAny(numbers, some),
          some.some((number) => numbers.includes(number)),
        );
      }),
      { numRuns: 500 },
    );
  });
}

test('what was marked for one set does not count for the next', () => {
  const own = new SetSearch();
  const large = Float64Array.from({ length: 100 }, (_, n) => n * 700_000);
  assert.ok(own.includesAny(large, Float64Array.from(large)));
  assert.ok(!own.includesAny(Float64Array.of(784_930), Float64Array.of(0, 700_000)));
  assert.ok(own.includesAny(large, Float64Array.from(large)));
});
