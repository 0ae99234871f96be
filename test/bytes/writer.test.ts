import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { Reader } from '../../src/bytes/reader.ts';
import { Writer } from '../../src/bytes/writer.ts';

function written(write: (w: Writer) => void, capacityBytes?: number): string {
  const w = new Writer(capacityBytes);
  write(w);
  return toHex(w.finish());
}

test('numbers are little-endian, but for the one whose name says otherwise', () => {
  assert.equal(
    written((w) => w.u8(0xab)),
    'ab',
  );
  assert.equal(
    written((w) => w.u16(0x0201)),
    '0102',
  );
  assert.equal(
    written((w) => w.u16be(0x0102)),
    '0102',
  );
  assert.equal(
    written((w) => w.u32(0x84030201)),
    '01020384',
  );
  assert.equal(
    written((w) => w.i32(-2)),
    'feffffff',
  );
  assert.equal(
    written((w) => w.u64(0x8807060504030201n)),
    '0102030405060788',
  );
  assert.equal(
    written((w) => w.i64(-2n)),
    'feffffffffffffff',
  );
  assert.equal(
    written((w) => w.bytes(fromHex('0a0b'))),
    '0a0b',
  );
});

test('nothing written is no bytes', () => {
  assert.equal(
    written(() => undefined),
    '',
  );
  assert.equal(
    written((w) => w.bytes(new Uint8Array(0)), 0),
    '',
  );
});

test('a number that does not fit its field is a RangeError', () => {
  const w = new Writer();
  for (const value of [-1, 0x100, 1.5, Number.NaN, Infinity]) assert.throws(() => w.u8(value), RangeError);
  for (const value of [-1, 0x10000]) assert.throws(() => w.u16(value), RangeError);
  for (const value of [-1, 0x10000]) assert.throws(() => w.u16be(value), RangeError);
  for (const value of [-1, 0x100000000]) assert.throws(() => w.u32(value), RangeError);
  for (const value of [-0x80000001, 0x80000000]) assert.throws(() => w.i32(value), RangeError);
  for (const value of [-1n, 2n ** 64n]) assert.throws(() => w.u64(value), RangeError);
  for (const value of [-(2n ** 63n) - 1n, 2n ** 63n]) assert.throws(() => w.i64(value), RangeError);
  assert.equal(w.finish().length, 0, 'nothing was written by the failures');
});

test('each kind of write makes room for itself in a full buffer', () => {
  const writes: ((w: Writer) => void)[] = [
    (w) => w.u8(1),
    (w) => w.u16(1),
    (w) => w.u16be(0x100),
    (w) => w.u32(1),
    (w) => w.i32(1),
    (w) => w.u64(1n),
    (w) => w.i64(1n),
    (w) => w.bytes(fromHex('01')),
  ];
  for (const write of writes) {
    for (const capacityBytes of [0, 1, 3]) {
      const full = written((w) => {
        w.bytes(new Uint8Array(capacityBytes).fill(0xee));
        write(w);
      }, capacityBytes);
      assert.equal(full, 'ee'.repeat(capacityBytes) + written(write), `from ${capacityBytes} bytes`);
    }
  }
});

test('a byte string much longer than the buffer is written whole', () => {
  const long = Uint8Array.from({ length: 100_000 }, (_, i) => i & 0xff);
  const w = new Writer(1);
  w.u8(7);
  w.bytes(long);
  w.u8(8);
  const all = w.finish();
  assert.equal(all.length, long.length + 2);
  assert.deepEqual(all.subarray(1, -1), long);
  assert.deepEqual([all[0], all.at(-1)], [7, 8]);
});

test('whatever the first capacity, the reader reads back what was written', () => {
  const parts = fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.bigInt(0n, 2n ** 64n - 1n)));
  fc.assert(
    fc.property(fc.nat(20), parts, (capacityBytes, values) => {
      const w = new Writer(capacityBytes);
      for (const value of values) {
        if (typeof value === 'bigint') w.u64(value);
        else w.bytes(value);
      }
      const r = new Reader(w.finish());
      for (const value of values) {
        assert.deepEqual(typeof value === 'bigint' ? r.u64() : r.bytes(value.length), value);
      }
      assert.equal(r.remaining, 0);
    }),
  );
});
