import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { Reader } from '../../src/bytes/reader.ts';
import { Writer } from '../../src/bytes/writer.ts';
import { type Codec, compactSize, decode, encode } from '../../src/wire/codec.ts';
import { countSize, MAX_COUNT, readCount, writeCount } from '../../src/wire/compact-size.ts';
import { checkCases, decodeErrorOf } from '../support/cases.ts';

function count(limit?: number): Codec<number> {
  return {
    minSize: 1,
    read: (reader) => readCount(reader, limit),
    write: (writer, value) => writeCount(writer, value, limit),
  };
}

test('a CompactSize takes the shortest of its four forms, on both sides of each border', () => {
  checkCases(compactSize, {
    accepted: [
      [0n, '00'],
      [0xfcn, 'fc'],
      [0xfdn, 'fdfd00'],
      [0xffn, 'fdff00'],
      [0x100n, 'fd0001'],
      [0xffffn, 'fdffff'],
      [0x10000n, 'fe00000100'],
      [0x02000000n, 'fe00000002'],
      [0xffffffffn, 'feffffffff'],
      [0x100000000n, 'ff0000000001000000'],
      [2n ** 63n, 'ff0000000000000080'],
      [2n ** 64n - 1n, 'ffffffffffffffffff'],
    ],
  });
});

test('a CompactSize in a longer form than it needs is refused', () => {
  checkCases(compactSize, {
    refused: [
      ['fd0000', 'non-minimal'],
      ['fdfc00', 'non-minimal'],
      ['fe00000000', 'non-minimal'],
      ['fefd000000', 'non-minimal'],
      ['feffff0000', 'non-minimal'],
      ['ff0000000000000000', 'non-minimal'],
      ['fffd00000000000000', 'non-minimal'],
      ['ff0000010000000000', 'non-minimal'],
      ['ffffffffff00000000', 'non-minimal'],
    ],
  });
});

test('a CompactSize that is cut short is refused', () => {
  const cut = ['', 'fd', 'fdff', 'fe', 'feffffff', 'ff', 'ffffffffffffffff'];
  checkCases(compactSize, { refused: cut.map((hex) => [hex, 'unexpected-end']) });
});

test('a value that is negative or needs more than 64 bits cannot be written', () => {
  checkCases(compactSize, {
    unwritable: [
      [-1n, RangeError],
      [2n ** 64n, RangeError],
    ],
  });
});

test('a count is a number, and follows the same borders', () => {
  checkCases(count(), {
    accepted: [
      [0, '00'],
      [0xfc, 'fc'],
      [0xfd, 'fdfd00'],
      [0xffff, 'fdffff'],
      [0x10000, 'fe00000100'],
    ],
    refused: [
      ['', 'unexpected-end'],
      ['fdfc00', 'non-minimal'],
      ['feffff0000', 'non-minimal'],
      ['ffffffffff00000000', 'non-minimal'],
    ],
    unwritable: [
      [-1, RangeError],
      [1.5, RangeError],
      [Number.NaN, RangeError],
    ],
  });
});

test('nothing is counted beyond 32 MiB, the limit of Core', () => {
  assert.equal(MAX_COUNT, 32 * 1024 * 1024);
  checkCases(count(), {
    accepted: [[MAX_COUNT, 'fe00000002']],
    refused: [
      ['fe01000002', 'over-limit'],
      ['feffffffff', 'over-limit'],
      ['ff0000000001000000', 'over-limit'],
      ['ffffffffffffffffff', 'over-limit'],
    ],
    unwritable: [[MAX_COUNT + 1, RangeError]],
  });
});

test('a limit of its own is the last count allowed, in the one-byte form and in the longer ones', () => {
  checkCases(count(5), {
    accepted: [[5, '05']],
    refused: [
      ['06', 'over-limit'],
      ['fdfd00', 'over-limit'],
      ['fd0500', 'non-minimal'],
    ],
    unwritable: [[6, RangeError]],
  });
  checkCases(count(300), { accepted: [[300, 'fd2c01']], refused: [['fd2d01', 'over-limit']] });
});

test('a refusal points at the first byte of the CompactSize', () => {
  for (const hex of ['aafdfc00', 'aafe01000002', 'aa']) {
    const reader = new Reader(fromHex(hex));
    reader.u8();
    assert.equal(decodeErrorOf(() => readCount(reader), hex.length / 2).offset, 1);
  }
});

test('every value comes back, and any bytes that are read are the bytes that are written', () => {
  const values = fc.oneof(fc.bigInt(0n, 0x20000n), fc.bigInt(0n, 2n ** 33n), fc.bigInt(0n, 2n ** 64n - 1n));
  fc.assert(
    fc.property(values, (value) => assert.equal(decode(compactSize, encode(compactSize, value)), value)),
  );
  const encoded = fc
    .tuple(fc.constantFrom(0xfc, 0xfd, 0xfe, 0xff), fc.uint8Array({ minLength: 8, maxLength: 8 }))
    .map(([first, rest]) => Uint8Array.of(first, ...rest));
  fc.assert(
    fc.property(encoded, (bytes) => {
      const reader = new Reader(bytes);
      let value: bigint;
      try {
        value = compactSize.read(reader);
      } catch {
        assert.equal(
          decodeErrorOf(() => compactSize.read(new Reader(bytes)), bytes.length).code,
          'non-minimal',
        );
        return;
      }
      const writer = new Writer();
      compactSize.write(writer, value);
      assert.equal(toHex(writer.finish()), toHex(bytes.subarray(0, reader.offset)));
    }),
  );
});

test('the size of a count is what it takes when it is written, on both sides of each border', () => {
  for (const value of [0, 1, 0xfc, 0xfd, 0xffff, 0x10000, MAX_COUNT]) {
    assert.equal(countSize(value), encode(count(), value).length, `${value}`);
  }
});
