import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../src/bytes/hex.ts';
import { Reader } from '../../src/bytes/reader.ts';
import { decodeErrorOf } from '../support/cases.ts';

function reader(hex: string): Reader {
  return new Reader(fromHex(hex));
}

test('numbers are little-endian, but for the one whose name says otherwise', () => {
  assert.equal(reader('0102').u16(), 0x0201);
  assert.equal(reader('0102').u16be(), 0x0102);
  assert.equal(reader('01020304').u32(), 0x04030201);
  assert.equal(reader('01020304').i32(), 0x04030201);
  assert.equal(reader('0102030405060708').u64(), 0x0807060504030201n);
  assert.equal(reader('0102030405060708').i64(), 0x0807060504030201n);
});

test('the same bits are read as signed or unsigned', () => {
  assert.equal(reader('ff').u8(), 255);
  assert.equal(reader('ffffffff').u32(), 0xffffffff);
  assert.equal(reader('ffffffff').i32(), -1);
  assert.equal(reader('00000080').i32(), -0x80000000);
  assert.equal(reader('ffffffffffffffff').u64(), 2n ** 64n - 1n);
  assert.equal(reader('ffffffffffffffff').i64(), -1n);
  assert.equal(reader('0000000000000080').i64(), -(2n ** 63n));
});

test('the offset rises and the remainder falls with each read', () => {
  const r = reader('00000000000000');
  assert.deepEqual([r.offset, r.remaining], [0, 7]);
  r.u32();
  assert.deepEqual([r.offset, r.remaining], [4, 3]);
  r.bytes(3);
  assert.deepEqual([r.offset, r.remaining], [7, 0]);
});

test('bytes are a view of the input, not a copy', () => {
  const input = fromHex('010203');
  const r = new Reader(input);
  r.u8();
  const view = r.bytes(2);
  input[1] = 9;
  assert.deepEqual(view, fromHex('0903'));
});

test('a reader over a part of a larger buffer sees that part only', () => {
  const whole = fromHex('aa01020304050607bb');
  const r = new Reader(whole.subarray(1, 8));
  assert.equal(r.u32(), 0x04030201);
  assert.deepEqual(r.bytes(3), fromHex('050607'));
  assert.equal(decodeErrorOf(() => r.u8(), 7).code, 'unexpected-end');
});

test('peeking shows the next byte and leaves it', () => {
  const r = reader('05');
  assert.equal(r.peek(), 5);
  assert.equal(r.offset, 0);
  assert.equal(r.u8(), 5);
  assert.equal(r.peek(), undefined);
});

test('peeking further on counts from the next byte', () => {
  const r = reader('050607');
  assert.equal(r.peek(2), 7);
  assert.equal(r.u8(), 5);
  assert.equal(r.peek(1), 7);
  assert.equal(r.peek(2), undefined);
  assert.equal(r.offset, 1);
});

test('no bytes can be read from an empty input, and zero bytes always can', () => {
  assert.equal(reader('').bytes(0).length, 0);
  assert.equal(decodeErrorOf(() => reader('').u8(), 0).offset, 0);
});

test('a read beyond the end is refused at the offset where it started, and consumes nothing', () => {
  const reads: ((r: Reader) => unknown)[] = [
    (r) => r.u16(),
    (r) => r.u16be(),
    (r) => r.u32(),
    (r) => r.i32(),
    (r) => r.u64(),
    (r) => r.i64(),
    (r) => r.bytes(2),
    (r) => r.bytes(0x02000000),
  ];
  for (const read of reads) {
    const r = reader('0001');
    r.u8();
    const error = decodeErrorOf(() => read(r), 2);
    assert.deepEqual([error.code, error.offset, r.offset], ['unexpected-end', 1, 1]);
  }
});
