/** Scripts for property tests: of every known kind, nearly of one, put together of odd pieces, and any bytes at all. */
import * as fc from 'fast-check';
import { concat } from '../../src/bytes/concat.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const chosen = (...values: readonly number[]): fc.Arbitrary<Uint8Array> =>
  fc.constantFrom(...values).map((value) => Uint8Array.of(value));
const joined = (...parts: readonly fc.Arbitrary<Uint8Array>[]): fc.Arbitrary<Uint8Array> =>
  fc.tuple(...parts).map(concat);
const fixed = (...values: readonly number[]): fc.Arbitrary<Uint8Array> =>
  fc.constant(Uint8Array.from(values));

/** Bytes pushed in the shortest form or a longer one, now and then with a length that is not theirs. */
const push: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.uint8Array({ maxLength: 90 }),
    fc.constantFrom(0, 1, 2, 4),
    fc.constantFrom(0, 0, 0, 0, 0, 0, 1, -1),
  )
  .map(([data, size, error]) => {
    const length = Math.max(0, data.length + error);
    if (size === 0 && length <= 75) return Uint8Array.of(length, ...data);
    if (size === 4) return Uint8Array.of(0x4e, length, 0, 0, 0, ...data);
    return size === 2 ? Uint8Array.of(0x4d, length, 0, ...data) : Uint8Array.of(0x4c, length, ...data);
  });

const key: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 20, arbitrary: joined(fixed(33), chosen(2, 3), bytes(32)) },
  { weight: 6, arbitrary: joined(fixed(65), chosen(4, 6, 7), bytes(64)) },
  { weight: 1, arbitrary: joined(fixed(0x4c, 33), chosen(2, 3, 4), bytes(32)) },
  { weight: 1, arbitrary: joined(fixed(33), bytes(33)) },
);

const count: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.integer({ min: 0x50, max: 0x61 }).map((opcode) => Uint8Array.of(opcode)),
  fc.integer({ min: 0, max: 22 }).map((number) => Uint8Array.of(1, number)),
);

function shortest(number: number): Uint8Array {
  return number <= 16 ? Uint8Array.of(0x50 + number) : Uint8Array.of(1, number);
}

/** Keys and counts that often fit together. */
const multisig: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.array(key, { maxLength: 21 }),
    count,
    fc.option(count, { freq: 1 }),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([keys, needed, given, few]) => {
    const first = few === 3 ? needed : shortest(Math.min(few, keys.length));
    return concat([first, ...keys, given ?? shortest(keys.length), Uint8Array.of(0xae)]);
  });

/** DER in form, mostly. */
const signature: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.uint8Array({ minLength: 1, maxLength: 33 }),
    fc.uint8Array({ minLength: 1, maxLength: 33 }),
    fc.constantFrom(0, 1, 2, 3, 4, 0x80, 0x81, 0x82, 0x83, 0x41),
  )
  .map(([r, s, last]) => {
    const body = [2, r.length, ...r, 2, s.length, ...s];
    return Uint8Array.of(body.length + 3, 0x30, body.length, ...body, last);
  });

const witnessProgram: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.oneof(fc.constantFrom(0, 0x51), fc.constantFrom(0x52, 0x60), fc.integer({ min: 0x4f, max: 0x61 })),
    fc.oneof(fc.constantFrom(20, 32), fc.constantFrom(2, 40), fc.integer({ min: 1, max: 41 })),
  )
  .chain(([version, length]) => joined(fixed(version, length), bytes(length)));

/** Output and input scripts alike. */
export const script: fc.Arbitrary<Uint8Array> = fc.oneof(
  joined(fixed(0x76, 0xa9, 20), bytes(20), fixed(0x88), chosen(0xac, 0xac, 0xad)),
  joined(fixed(0xa9, 20), bytes(20), chosen(0x87, 0x87, 0x88)),
  witnessProgram,
  fixed(0x51, 2, 0x4e, 0x73),
  joined(key, chosen(0xac, 0xac, 0xad)),
  multisig,
  joined(fixed(0x6a), fc.array(fc.oneof(push, count), { maxLength: 4 }).map(concat)),
  fc
    .array(fc.oneof(push, count, signature, fc.uint8Array({ minLength: 1, maxLength: 1 })), { maxLength: 8 })
    .map(concat),
  joined(signature, key),
  fc.uint8Array({ maxLength: 60 }),
);
