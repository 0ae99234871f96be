import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { sipState, sipWords } from '../../src/filters/siphash.ts';
import { type SwiftNumbers, swiftNumbers } from '../../src/filters/swift-numbers.ts';
import { referenceSipHash } from '../support/reference-filter.ts';

const script = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 250, maxLength: 300 }));
const key = fc.uint8Array({ minLength: 16, maxLength: 16 });
const range = fc.oneof(
  fc.maxSafeNat().map((n) => n % 2 ** 52),
  fc.constantFrom(0, 1, 2, 2 ** 16, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40, 2 ** 52 - 1),
);

function made(scripts: readonly Uint8Array[]): SwiftNumbers {
  const words = scripts.map(sipWords);
  let end = 0;
  const ends = Int32Array.from(words, ({ length }) => (end += length));
  const numbers = swiftNumbers(Int32Array.from(words.flatMap((one) => [...one])), ends);
  assert.ok(numbers !== undefined, 'this platform has WebAssembly');
  return numbers;
}

test('scripts are hashed and mapped as by arithmetic with 128 bits', () => {
  const scripts = fc.sample(script, { numRuns: 100, seed: 1 });
  const numbers = made(scripts);
  fc.assert(
    fc.property(key, range, (k, size) => {
      const expected = scripts.map((one) => Number((referenceSipHash(k, one) * BigInt(size)) >> 64n));
      assert.deepEqual([...numbers(sipState(k), size)], expected);
    }),
    { numRuns: 50 },
  );
});

test('one script is enough, and a million bytes of one are not too many', () => {
  const state = sipState(new Uint8Array(16));
  assert.equal(made([new Uint8Array(0)])(state, 2 ** 40).length, 1);
  const large = new Uint8Array(1_000_000).fill(7);
  const [number] = made([large])(state, 2 ** 40);
  assert.equal(number, Number((referenceSipHash(new Uint8Array(16), large) * 2n ** 40n) >> 64n));
});

test('memory is as large as the scripts need, on both sides of a page', () => {
  const state = sipState(new Uint8Array(16).fill(1));
  // A script of 22 bytes takes 36 bytes of memory, a page has 65,536.
  for (const count of [1818, 1819, 1820, 5_000]) {
    const scripts = Array.from({ length: count }, (_, n) => new Uint8Array(22).fill(n).with(0, n >> 8));
    const numbers = made(scripts)(state, 2 ** 44);
    assert.equal(numbers.length, count);
    const last = referenceSipHash(new Uint8Array(16).fill(1), scripts.at(-1) as Uint8Array);
    assert.equal(numbers.at(-1), Number((last * 2n ** 44n) >> 64n));
  }
});
