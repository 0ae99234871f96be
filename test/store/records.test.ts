import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { toHex } from '../../src/bytes/hex.ts';
import {
  CHUNK_RANGE,
  chunkKey,
  decodeChunk,
  decodeMeta,
  decodeSide,
  decodeTip,
  encodeChunk,
  encodeMeta,
  encodeSide,
  encodeTip,
  HEADERS_PER_CHUNK,
  LAYOUT_VERSION,
  metaOf,
  salvageHeaders,
  SIDE_RANGE,
  sideKey,
} from '../../src/store/records.ts';
import { LOW_BASE } from '../support/anchored.ts';
import { headerAt, mine } from '../support/mine.ts';

const HASH = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
const TIP = {
  height: 958_000,
  hash: HASH,
  chainwork: (1n << 255n) + 12_345n,
  time: 0xf0000001,
  bits: 0x1d00ffff,
};

/** Each kind of record: its bytes, and what reads them. */
const RECORDS: Readonly<Record<string, readonly [Uint8Array, (bytes: Uint8Array) => unknown]>> = {
  'what the store is': [encodeMeta({ layout: 1, network: 'mainnet' }), decodeMeta],
  'a store that begins at an anchor': [encodeMeta(metaOf('regtest', LOW_BASE)), decodeMeta],
  'a chunk of one header': [encodeChunk({ headers: mine(1), lastHash: HASH }), decodeChunk],
  'a chunk of five': [encodeChunk({ headers: mine(5), lastHash: HASH }), decodeChunk],
  'a side header': [encodeSide({ height: 7, header: mine(1) }), decodeSide],
  'the tip': [encodeTip(TIP), decodeTip],
};

test('the record of what the store is comes back as it was', () => {
  assert.deepEqual(decodeMeta(encodeMeta({ layout: 3, network: 'signet' })), {
    layout: 3,
    network: 'signet',
  });
});

test('where the chain begins is part of it, whole or not at all', () => {
  const base = { height: 151_199, hash: HASH, chainwork: (1n << 100n) + 7n, nextBits: 0x1a0df0ca };
  for (const meta of [metaOf('mainnet', base), { layout: 1, network: 'mainnet', base }])
    assert.deepEqual(decodeMeta(encodeMeta(meta)), meta);
  assert.deepEqual(decodeMeta(encodeMeta(metaOf('mainnet', undefined))), { layout: 1, network: 'mainnet' });
  const wrong = [
    { height: -1 },
    { height: 0.5 },
    { height: null },
    { hash: HASH.subarray(1) },
    { nextBits: Number.NaN },
    { nextBits: 'x' },
  ];
  for (const field of wrong)
    assert.equal(
      decodeMeta(encodeMeta(metaOf('mainnet', { ...base, ...field } as typeof base))),
      undefined,
      JSON.stringify(field),
    );
});

test('what a later layout says of where the chain begins is not looked at', () => {
  const base = { height: -5, hash: HASH, chainwork: 0n, nextBits: 1 };
  const meta = decodeMeta(encodeMeta({ layout: LAYOUT_VERSION + 1, network: 'mainnet', base }));
  assert.deepEqual(meta, { layout: LAYOUT_VERSION + 1, network: 'mainnet' });
});

test('chunks of one header up to a full one come back as they were', () => {
  const headers = mine(HEADERS_PER_CHUNK);
  for (const count of [1, 2, HEADERS_PER_CHUNK - 1, HEADERS_PER_CHUNK]) {
    const chunk = decodeChunk(encodeChunk({ headers: headers.subarray(0, 80 * count), lastHash: HASH }));
    assert.equal(toHex(chunk?.headers ?? HASH), toHex(headers.subarray(0, 80 * count)));
    assert.equal(toHex(chunk?.lastHash ?? headers), toHex(HASH));
  }
});

test('a chunk that is empty, too long, or no whole number of headers is none', () => {
  const headers = mine(HEADERS_PER_CHUNK + 1);
  for (const size of [0, 1, 79, 81, 80 * (HEADERS_PER_CHUNK + 1)]) {
    const sealed = encodeChunk({ headers: headers.subarray(0, size), lastHash: HASH });
    assert.equal(decodeChunk(sealed), undefined, `${size} bytes`);
  }
});

test('side headers come back as they were', () => {
  const header = mine(1);
  for (const height of [1, 500, 0xffff_ffff]) {
    const record = decodeSide(encodeSide({ height, header }));
    assert.equal(record?.height, height);
    assert.equal(toHex(record.header), toHex(header));
  }
  assert.equal(decodeSide(encodeSide({ height: 1, header: header.subarray(1) })), undefined);
});

test('the tip comes back as it was, whatever its work', () => {
  const work = fc.bigInt({ min: 0n, max: (1n << 256n) - 1n });
  const uint32 = fc.nat(0xffff_ffff);
  fc.assert(
    fc.property(uint32, work, uint32, uint32, (height, chainwork, time, bits) => {
      const tip = { height, hash: HASH, chainwork, time, bits };
      assert.deepEqual(decodeTip(encodeTip(tip)), tip);
    }),
  );
});

for (const [name, [bytes, decode]] of Object.entries(RECORDS)) {
  test(`one flipped bit anywhere in the record of ${name} is noticed`, () => {
    assert.notEqual(decode(bytes), undefined);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.equal(decode(flipped), undefined, `bit ${bit}`);
    }
  });

  test(`the record of ${name} with bytes missing or added is noticed`, () => {
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(decode(bytes.subarray(0, length)), undefined, `${length} bytes`);
      assert.equal(decode(bytes.subarray(bytes.length - length)), undefined, `the last ${length} bytes`);
    }
    assert.equal(decode(Uint8Array.of(...bytes, 0)), undefined);
    assert.equal(decode(Uint8Array.of(0, ...bytes)), undefined);
  });

  test(`random bytes in place of the record of ${name} are no such record`, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (random) => decode(random) === undefined));
  });
}

test('whole headers are salvaged from a damaged chunk, and no more than it can have held', () => {
  const headers = mine(HEADERS_PER_CHUNK + 1);
  const record = encodeChunk({ headers: headers.subarray(0, 80 * 3), lastHash: HASH });
  record[0] = (record[0] as number) ^ 1;
  assert.equal(toHex(salvageHeaders(record)), toHex(headers.subarray(0, 80 * 3)));
  assert.equal(toHex(salvageHeaders(record.subarray(0, -1))), toHex(headers.subarray(0, 80 * 2)));
  for (const length of [0, 3, 4, 35, 36, 37, 115]) {
    assert.equal(salvageHeaders(record.subarray(0, length)).length, 0, `${length} bytes`);
  }
  const long = encodeChunk({ headers, lastHash: HASH });
  assert.equal(salvageHeaders(long).length, 80 * HEADERS_PER_CHUNK);
  assert.equal(toHex(salvageHeaders(long).subarray(-80)), toHex(headerAt(headers, HEADERS_PER_CHUNK - 1)));
});

test('the order of keys is that of heights, and each kind of key is within its range', () => {
  const keys = [0, 1, 9, 10, 99, 1_999, 99_999_999].map(chunkKey);
  assert.deepEqual(keys.toSorted(), keys);
  for (const key of keys) assert.ok(key >= CHUNK_RANGE.gte && key < CHUNK_RANGE.lt, key);
  for (const hash of ['00'.repeat(32), 'ff'.repeat(32)]) {
    const key = sideKey(hash);
    assert.ok(key >= SIDE_RANGE.gte && key < SIDE_RANGE.lt, key);
    assert.ok(!(key >= CHUNK_RANGE.gte && key < CHUNK_RANGE.lt), key);
  }
});
