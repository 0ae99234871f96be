import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { workOfBits } from '../../src/chain/work.ts';
import { WorkSum } from '../../src/chain/work-sum.ts';

test('a sum of no work is what it started with', () => {
  assert.equal(new WorkSum(0n).total, 0n);
  assert.equal(new WorkSum(7n).total, 7n);
});

test('work adds up whatever the order of bits, and may be asked for at any time', () => {
  const bits = fc.constantFrom(0, 0x1d00ffff, 0x207fffff, 0x1a0df0ca, 0x170240c3, 0xff123456);
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 1n << 90n }), fc.array(bits, { maxLength: 40 }), (start, list) => {
      const asked = new WorkSum(start);
      const unasked = new WorkSum(start);
      let sum = start;
      for (const value of list) {
        asked.add(value);
        unasked.add(value);
        sum += workOfBits(value);
        assert.equal(asked.total, sum);
      }
      assert.equal(unasked.total, sum);
    }),
  );
});
