import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { DecodeError, type DecodeErrorCode } from '../../src/bytes/decode-error.ts';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { encodeSet, rangeOf, SetDecoder } from '../../src/filters/golomb-rice.ts';
import { decodeErrorOf } from '../support/cases.ts';
import { bitsOf, bytesOf } from '../support/reference-filter.ts';

const decoder = new SetDecoder();

function decoded(encoded: Uint8Array): number[] {
  return [...decoder.decode(encoded)];
}

/** A count of one byte and then bits, as text. */
function set(count: number, bits: string): Uint8Array {
  return Uint8Array.of(count, ...bytesOf(bits.replaceAll(' ', '')));
}

function codeOf(encoded: Uint8Array): DecodeErrorCode {
  return decodeErrorOf(() => decoder.decode(encoded), encoded.length).code;
}

function remainder(number: number): string {
  return (number % 2 ** 19).toString(2).padStart(19, '0');
}

const ZERO = '0'.repeat(19);
const NUMBER = `0${ZERO}`;

test('a set without numbers is a byte, zero', () => {
  assert.deepEqual(encodeSet(new Float64Array(0)), Uint8Array.of(0));
  assert.deepEqual(decoded(Uint8Array.of(0)), []);
});

test('a number is a quotient of ones, a zero, and a remainder of 19 bits', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, NUMBER],
    [1, `0${'0'.repeat(18)}1`],
    [2 ** 19 - 1, `0${'1'.repeat(19)}`],
    [2 ** 19, `10${ZERO}`],
    [784_930, `10${(784_930 - 2 ** 19).toString(2).padStart(19, '0')}`],
  ];
  for (const [number, bits] of cases) {
    assert.equal(toHex(encodeSet(Float64Array.of(number))), toHex(set(1, bits)));
    assert.deepEqual(decoded(set(1, bits)), [number]);
  }
});

test('numbers are written as differences, and may be there twice', () => {
  const numbers = [5, 5, 6, 600_000, 2_354_792];
  const bits = bitsOf(numbers.map(BigInt));
  assert.equal(toHex(encodeSet(Float64Array.from(numbers))), toHex(set(5, bits)));
  assert.deepEqual(decoded(set(5, bits)), numbers);
});

test('any set is written as the standard has it, and comes back', () => {
  const numbers = fc
    .integer({ min: 1, max: 250 })
    .chain((count) => {
      // Evenly spread, all close together, and with large gaps.
      const number = fc.oneof(
        fc.maxSafeInteger().map((n) => Math.abs(n) % rangeOf(count)),
        fc.nat(100),
        fc.nat(100).map((n) => rangeOf(count) - 1 - n),
      );
      return fc.array(number, { minLength: count, maxLength: count });
    })
    .map((all) => Float64Array.from(all).toSorted());
  fc.assert(
    fc.property(numbers, (all) => {
      const encoded = encodeSet(all);
      assert.equal(toHex(encoded), toHex(set(all.length, bitsOf(Array.from(all, BigInt)))));
      assert.deepEqual(decoded(encoded), [...all]);
    }),
    { numRuns: 500 },
  );
});

test('a set of many thousand numbers, whose range is beyond 32 bits, comes back', () => {
  for (const count of [252, 253, 5_471, 5_472, 70_000, 300_000]) {
    const numbers = Float64Array.from({ length: count }, (_, i) =>
      Math.floor(((i + 0.5) * rangeOf(count)) / count),
    );
    assert.deepEqual(decoder.decode(encodeSet(numbers)), numbers);
  }
});

test('bytes that end too early are refused', () => {
  const whole = encodeSet(Float64Array.of(1, 600_000, 2_000_000));
  for (let length = 0; length < whole.length; length++) {
    assert.equal(codeOf(whole.subarray(0, length)), 'unexpected-end', `${length} bytes`);
  }
  // The bytes could hold two short numbers, and begin with a long one.
  assert.equal(codeOf(set(2, `110${ZERO}0${'0'.repeat(16)}`)), 'unexpected-end');
  // Ones to the end.
  assert.equal(codeOf(set(1, '1'.repeat(24))), 'unexpected-end');
});

test('bytes behind the last number are refused, and so are bits', () => {
  assert.equal(codeOf(fromHex('0000')), 'trailing-bytes');
  assert.equal(codeOf(set(1, `${NUMBER}${'0'.repeat(12)}`)), 'trailing-bytes');
  assert.equal(codeOf(set(1, `${NUMBER}${'0'.repeat(4)}`.padEnd(40, '0'))), 'trailing-bytes');
  for (let bit = 20; bit < 24; bit++) {
    assert.equal(codeOf(set(1, `${NUMBER}0000`).with(3, 1 << (23 - bit))), 'trailing-bytes');
  }
});

test('a number beyond the range is refused', () => {
  assert.equal(codeOf(set(1, `10${remainder(784_931)}`)), 'bad-value');
  assert.equal(codeOf(set(1, `110${ZERO}`)), 'bad-value');
  // The first is within the range and the second is not.
  assert.equal(codeOf(set(2, `0${remainder(784_930)}110${remainder(784_932)}`)), 'bad-value');
});

test('a count is written in its shortest form, and the bytes can hold as many', () => {
  const numbers = encodeSet(Float64Array.of(7)).subarray(1);
  assert.equal(codeOf(fromHex(`fd0100${toHex(numbers)}`)), 'non-minimal');
  assert.equal(codeOf(fromHex(`fe01000000${toHex(numbers)}`)), 'non-minimal');
  assert.equal(codeOf(fromHex('fd0000')), 'non-minimal');
  assert.equal(codeOf(fromHex('')), 'unexpected-end');
  assert.equal(codeOf(fromHex('fd00')), 'unexpected-end');
  assert.equal(codeOf(fromHex(`02${toHex(numbers)}`)), 'unexpected-end');
  // Claims of 32 million numbers, and of more than there are atoms, cost nothing.
  for (const claim of ['fe00000002', 'feffffffff', 'ffffffffffffffffff']) {
    assert.match(codeOf(fromHex(`${claim}${toHex(numbers)}`)), /^(unexpected-end|over-limit)$/);
  }
});

test('bytes are refused, or are what their numbers are written as', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.array(fc.constantFrom(0, 0xff, 0xaa, 1, 0x80), { maxLength: 60 }).map((all) => Uint8Array.from(all)),
    // A count that the bytes can hold.
    fc
      .uint8Array({ minLength: 3, maxLength: 60 })
      .map((all) => all.with(0, Math.floor((8 * (all.length - 1)) / 21.4))),
  );
  fc.assert(
    fc.property(bytes, (encoded) => {
      let numbers: Float64Array;
      try {
        numbers = decoder.decode(encoded);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
        return;
      }
      assert.equal(toHex(encodeSet(numbers)), toHex(encoded));
      assert.ok(
        numbers.every((number, i) => number >= (numbers[i - 1] ?? 0) && number < rangeOf(numbers.length)),
      );
    }),
    { numRuns: 5000 },
  );
});

test('a changed bit makes another set, or none', () => {
  const numbers = Float64Array.from(
    { length: 40 },
    (_, i) => i * 700_000 + ((i * i * 7919) % 500_000),
  ).toSorted();
  const encoded = encodeSet(numbers);
  for (let bit = 0; bit < 8 * encoded.length; bit++) {
    const changed = encoded.with(bit >> 3, encoded[bit >> 3]! ^ (0x80 >> (bit & 7)));
    try {
      assert.notDeepEqual(decoder.decode(changed), numbers);
    } catch (error) {
      assert.ok(error instanceof DecodeError, String(error));
    }
  }
});

test('what a decoder gave is good until it is asked again', () => {
  const own = new SetDecoder();
  const first = own.decode(encodeSet(Float64Array.of(1, 2, 3)));
  assert.deepEqual([...first], [1, 2, 3]);
  const second = own.decode(encodeSet(Float64Array.of(4, 5)));
  assert.deepEqual([...second], [4, 5]);
  assert.equal(first.buffer, second.buffer);
});
