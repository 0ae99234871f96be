import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import {
  bool,
  bytes,
  type Codec,
  decode,
  encode,
  field,
  hash,
  i32,
  i64,
  list,
  struct,
  u16be,
  u32,
  u64,
  u8,
  varBytes,
  varText,
} from '../../src/wire/codec.ts';
import { checkCases, refusal } from '../support/cases.ts';

test('numbers have fixed widths and refuse to be cut or followed by more', () => {
  checkCases(u8, {
    accepted: [[0xff, 'ff']],
    refused: [
      ['', 'unexpected-end'],
      ['0000', 'trailing-bytes'],
    ],
  });
  checkCases(u16be, { accepted: [[8333, '208d']], refused: [['20', 'unexpected-end']] });
  checkCases(u32, { accepted: [[0xfffffffe, 'feffffff']], refused: [['ffffff', 'unexpected-end']] });
  checkCases(i32, { accepted: [[-2, 'feffffff']], unwritable: [[0x80000000, RangeError]] });
  checkCases(u64, { accepted: [[2n ** 64n - 2n, 'feffffffffffffff']], unwritable: [[-1n, RangeError]] });
  checkCases(i64, { accepted: [[-2n, 'feffffffffffffff']], unwritable: [[2n ** 63n, RangeError]] });
});

test('a boolean is the byte 0 or 1 and no other', () => {
  checkCases(bool, {
    accepted: [
      [false, '00'],
      [true, '01'],
    ],
    refused: [
      ['02', 'bad-value'],
      ['ff', 'bad-value'],
      ['', 'unexpected-end'],
    ],
  });
});

test('a byte string of fixed length has that length when written, too', () => {
  checkCases(bytes(3), {
    accepted: [[fromHex('010203'), '010203']],
    refused: [['0102', 'unexpected-end']],
    unwritable: [
      [fromHex('0102'), RangeError],
      [fromHex('01020304'), RangeError],
    ],
  });
  checkCases(hash, { accepted: [[fromHex('ab'.repeat(32)), 'ab'.repeat(32)]] });
});

test('a byte string behind its length may have any length up to its limit', () => {
  checkCases(varBytes(4), {
    accepted: [
      [new Uint8Array(0), '00'],
      [fromHex('01020304'), '0401020304'],
    ],
    refused: [
      ['050102030405', 'over-limit'],
      ['02aa', 'unexpected-end'],
      ['', 'unexpected-end'],
      ['fd0100aa', 'non-minimal'],
    ],
    unwritable: [[new Uint8Array(5), RangeError]],
  });
});

test('text keeps every byte as one character', () => {
  checkCases(varText(4), {
    accepted: [
      ['', '00'],
      ['/a\0', '032f6100'],
      ['\u0080\u00ff', '0280ff'],
    ],
    refused: [
      ['052f2f2f2f2f', 'over-limit'],
      ['022f', 'unexpected-end'],
    ],
    unwritable: [
      ['aaaaa', RangeError],
      ['\u0100', RangeError],
      ['😀', RangeError],
    ],
  });
});

test('long text keeps every byte as well', () => {
  const long = Uint8Array.from({ length: 10_000 }, (_, i) => (i * 7) & 0xff);
  const encoded = encode(varBytes(), long);
  const text = decode(varText(), encoded);
  assert.equal(text.length, long.length);
  assert.equal(toHex(encode(varText(), text)), toHex(encoded));
});

test('a list is a count and its items', () => {
  checkCases(list(u16be, 3), {
    accepted: [
      [[], '00'],
      [[1, 2, 3], '03000100020003'],
    ],
    refused: [
      ['', 'unexpected-end'],
      ['040001000200030004', 'over-limit'],
      ['020001', 'unexpected-end'],
      ['0100', 'unexpected-end'],
      ['01000100', 'trailing-bytes'],
    ],
    unwritable: [[[1, 2, 3, 4], RangeError]],
  });
});

test('the count of a list is held against the bytes left before any item is read', () => {
  let read = 0;
  const item: Codec<number> = { ...u8, minSize: 4, read: (reader) => (read++, reader.u32()) };
  assert.equal(refusal(list(item), fromHex('030000000000000000')).code, 'unexpected-end');
  // 2^25 items, the most that any count may say, and 10 bytes.
  assert.equal(refusal(list(item), fromHex('fe00000002' + '00'.repeat(10))).code, 'unexpected-end');
  assert.equal(refusal(list(item), fromHex('fe01000002' + '00'.repeat(10))).code, 'over-limit');
  assert.equal(read, 0);
});

test('a byte string of 2^25 bytes is refused when 10 are left', () => {
  const encoded = fromHex('fe00000002' + '00'.repeat(10));
  assert.deepEqual(
    [refusal(varBytes(), encoded).code, refusal(varBytes(), encoded).offset],
    ['unexpected-end', 5],
  );
});

test('the fields of a struct stand in the order in which they are declared', () => {
  const point = struct<{ x: number; y: number }>({ x: u8, y: u16be });
  assert.equal(point.minSize, 3);
  checkCases(point, { accepted: [[{ x: 1, y: 2 }, '010002']] });
  assert.equal(toHex(encode(point, { y: 2, x: 1 })), '010002');
});

test('an error names the way to its field through structs and lists', () => {
  const line = struct<{ name: string; points: readonly { on: boolean }[] }>({
    name: varText(4),
    points: list(struct<{ on: boolean }>({ on: bool })),
  });
  checkCases(line, {
    accepted: [[{ name: 'a', points: [{ on: true }] }, '01610101']],
    refused: [
      ['05', 'over-limit', 'name'],
      ['01', 'unexpected-end', 'name'],
      ['00', 'unexpected-end', 'points'],
      ['0002', 'unexpected-end', 'points'],
      ['0003000105', 'bad-value', 'points/2/on'],
      ['00010000', 'trailing-bytes'],
    ],
  });
  assert.equal(refusal(line, fromHex('0003000105')).offset, 4);
});

test('an error in a field that is read by hand carries its name; other errors pass as they are', () => {
  const twice: Codec<number> = {
    ...u8,
    read: (reader) => field('outer', () => field('inner', () => reader.u32())),
  };
  assert.equal(refusal(twice, fromHex('00')).path, 'outer/inner');
  const mistake = new TypeError('ours');
  assert.throws(
    () =>
      field('name', () => {
        throw mistake;
      }),
    (error) => error === mistake,
  );
});

test('byte strings are views of the input, so that a block is not copied', () => {
  const encoded = fromHex('03aabbcc');
  assert.equal(decode(varBytes(), encoded).buffer, encoded.buffer);
});

test('trailing bytes are refused where they start', () => {
  const error = refusal(u8, fromHex('010203'));
  assert.deepEqual([error.code, error.offset], ['trailing-bytes', 1]);
});

test('a list of any byte strings comes back', () => {
  const codec = list(varBytes());
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (items) => {
      assert.deepEqual(decode(codec, encode(codec, items)), items);
    }),
  );
});
