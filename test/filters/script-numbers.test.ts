import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rangeOf } from '../../src/filters/golomb-rice.ts';
import { ScriptNumbers } from '../../src/filters/script-numbers.ts';
import { aBlockHash, aScript } from '../support/filters.ts';
import { withWebAssembly } from '../support/web-assembly.ts';
import { referenceNumber, referenceSipHash } from '../support/reference-filter.ts';

const script = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 250, maxLength: 300 }));
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** As often as it takes until they are made the swift way. */
const MANY_TIMES = 20_000;

function numbersOf(scripts: readonly Uint8Array[], blockHash: Uint8Array, range: number): number[] {
  return [...new ScriptNumbers(scripts).numbersIn(blockHash, range)];
}

test('scripts are mapped to the range of a filter as by arithmetic with 128 bits', () => {
  // Counts on both sides of 5,471.8, where the range grows beyond 32 bits, and as many as a filter of 4 MB can hold.
  const counts = fc.oneof(
    fc.integer({ min: 1, max: 10_000 }),
    fc.constantFrom(5_471, 5_472, 1_600_000, 2 ** 25),
  );
  fc.assert(
    fc.property(fc.array(script), hash, counts, (scripts, blockHash, count) => {
      assert.deepEqual(
        numbersOf(scripts, blockHash, rangeOf(count)),
        scripts.map((one) => Number(referenceNumber(one, blockHash, count))),
      );
    }),
    { numRuns: 500 },
  );
});

test('a range may be any whole number below 2^52', () => {
  const range = fc.oneof(
    fc.maxSafeNat().map((n) => n % 2 ** 52),
    fc.constantFrom(0, 1, 2, 2 ** 16, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40, 2 ** 52 - 1),
  );
  fc.assert(
    fc.property(script, hash, range, (one, blockHash, size) => {
      const expected = (referenceSipHash(blockHash.subarray(0, 16), one) * BigInt(size)) >> 64n;
      assert.deepEqual(numbersOf([one], blockHash, size), [Number(expected)]);
    }),
    { numRuns: 1000 },
  );
});

test('many scripts, and the same ones for many blocks, become the same numbers as a few', () => {
  const scripts = fc.sample(script, { numRuns: 200, seed: 1 });
  const held = new ScriptNumbers(scripts);
  for (let n = 0; n < 2 * (MANY_TIMES / scripts.length); n++) {
    const blockHash = aBlockHash(n);
    const range = rangeOf(1 + ((n * 7919) % 20_000));
    assert.deepEqual([...held.numbersIn(blockHash, range)], numbersOf(scripts, blockHash, range));
  }
  const many = Array.from({ length: MANY_TIMES }, (_, n) => aScript(n));
  const numbers = new ScriptNumbers(many).numbersIn(aBlockHash(1), rangeOf(1000));
  for (let n = 0; n < many.length; n += 997) {
    assert.deepEqual([numbers[n]], numbersOf([many[n] as Uint8Array], aBlockHash(1), rangeOf(1000)));
  }
});

test('where there is no WebAssembly they become the same numbers too', () => {
  const many = Array.from({ length: MANY_TIMES }, (_, n) => aScript(n));
  const range = rangeOf(1000);
  const plain = withWebAssembly(undefined, () => numbersOf(many, aBlockHash(1), range));
  assert.deepEqual(plain, numbersOf(many, aBlockHash(1), range));
});

test('scripts are copied, and may be changed afterwards', () => {
  const scripts = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)];
  const before = numbersOf(scripts, aBlockHash(1), rangeOf(100));
  const held = new ScriptNumbers(scripts);
  scripts[0]?.fill(7);
  assert.deepEqual([...held.numbersIn(aBlockHash(1), rangeOf(100))], before);
});

test('without scripts there are no numbers, however often they are asked for', () => {
  const none = new ScriptNumbers([]);
  for (let n = 0; n < 10; n++) assert.equal(none.numbersIn(aBlockHash(n), rangeOf(100)).length, 0);
});

function numberUnder(blockHash: Uint8Array): number[] {
  return numbersOf([Uint8Array.of(0x51)], blockHash, rangeOf(1_000_000));
}

test('a block hash has 32 bytes, of which the first 16 are the key', () => {
  const blockHash = Uint8Array.from({ length: 32 }, (_, i) => i);
  assert.deepEqual(numberUnder(blockHash.with(16, 0xff)), numberUnder(blockHash));
  assert.notDeepEqual(numberUnder(blockHash.with(15, 0xff)), numberUnder(blockHash));
  assert.throws(() => numberUnder(blockHash.subarray(16)), RangeError);
});
