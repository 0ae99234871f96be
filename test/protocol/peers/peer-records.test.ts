import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { SavedAddress } from '../../../src/protocol/peers/address-book.ts';
import { entryOf, keyOf } from '../../../src/protocol/peers/book-entry.ts';
import {
  anchorKey,
  decodeRecord,
  discouragedKey,
  encodeAddress,
  encodeAnchor,
  encodeDiscouraged,
  encodeKey,
  KEY_RECORD,
} from '../../../src/protocol/peers/peer-records.ts';
import { parseHost } from '../../../src/wire/host.ts';

const ENDPOINT = { host: '2a00:1::5', port: 8333 };
const ADDRESS: SavedAddress = {
  key: keyOf(ENDPOINT),
  endpoint: ENDPOINT,
  network: 'ipv6',
  services: 0x8000_0000_0000_0409n,
  seenSeconds: 1_700_000_000,
  lastTrySeconds: 1_700_000_001,
  lastSuccessSeconds: 0xffff_ffff,
  failures: 7,
  isTried: false,
  source: 'ipv4:0c22',
  places: [0, 65_535, 77],
};

function bytesOf(address: SavedAddress): Uint8Array {
  return encodeAddress(entryOf(address, { ...address, places: [...address.places] }));
}

/** Each kind of record: its key, its bytes, and what it says. */
const RECORDS: readonly (readonly [key: string, bytes: Uint8Array, record: unknown])[] = [
  [KEY_RECORD, encodeKey(new Uint8Array(32).fill(5)), { type: 'key', key: new Uint8Array(32).fill(5) }],
  [anchorKey(0), encodeAnchor(ENDPOINT), { type: 'anchor', index: 0, endpoint: ENDPOINT }],
  [anchorKey(1), encodeAnchor(ENDPOINT), { type: 'anchor', index: 1, endpoint: ENDPOINT }],
  [
    discouragedKey('12.34.56.78'),
    encodeDiscouraged(1_700_000_000),
    { type: 'discouraged', version: 1, host: '12.34.56.78', untilSeconds: 1_700_000_000 },
  ],
  [ADDRESS.key, bytesOf(ADDRESS), { type: 'address', address: ADDRESS, host: parseHost(ENDPOINT.host) }],
];

for (const [key, bytes, record] of RECORDS) {
  test(`the record ${key} comes back as it was`, () => {
    assert.deepEqual(decodeRecord(key, bytes), record);
    assert.equal(bytes.buffer.byteLength, bytes.length, 'and keeps no more memory than it needs');
  });

  test(`the record ${key} with bytes missing or added, or of another version, says nothing`, () => {
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(decodeRecord(key, bytes.subarray(0, length)), undefined, `${length} bytes`);
    }
    assert.equal(decodeRecord(key, Uint8Array.of(...bytes, 0)), undefined);
    assert.equal(decodeRecord(key, Uint8Array.of(2, ...bytes.subarray(1))), undefined);
  });

  test(`random bytes in place of the record ${key} cause no exception`, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (random) => void decodeRecord(key, random)));
  });
}

test('keys of no kind say nothing, and neither do those of hosts that are not canonical', () => {
  const keys = ['', 'address-', 'anchor-2', 'anchor-', 'key ', 'discouraged', 'meta'];
  const hosts = ['seed.example.org', '2A00::1', '2a00:0::1', '::ffff:1.2.3.4', '1.2.3', ''];
  for (const key of [...keys, ...hosts.map((host) => keyOf({ host, port: 1 }))]) {
    for (const [, bytes] of RECORDS) assert.equal(decodeRecord(key, bytes), undefined, key);
  }
  for (const host of hosts) {
    assert.equal(decodeRecord(anchorKey(0), encodeAnchor({ host, port: 1 })), undefined, host);
  }
  assert.equal(decodeRecord(discouragedKey('x'.repeat(301)), encodeDiscouraged(1)), undefined);
});

test('places that no address can have make a record worthless', () => {
  const wrong: Partial<SavedAddress>[] = [
    { places: [] },
    { places: [5, 6, 5] },
    { isTried: true, places: [] },
    { isTried: true, places: [1, 2] },
    { isTried: true, places: [16_384] },
  ];
  for (const change of wrong) {
    const address = { ...ADDRESS, ...change };
    assert.equal(decodeRecord(ADDRESS.key, bytesOf(address)), undefined, JSON.stringify(change));
  }
  const right = { ...ADDRESS, isTried: true, places: [16_383] };
  assert.notEqual(decodeRecord(ADDRESS.key, bytesOf(right)), undefined);
  const places = [1, 2, 3, 4, 5, 6, 7, 8];
  assert.notEqual(decodeRecord(ADDRESS.key, bytesOf({ ...ADDRESS, places })), undefined);
  assert.throws(() => bytesOf({ ...ADDRESS, places: [...places, 9] }), RangeError);
});

test('times before 1970 and after 2106 are brought within what a record can hold', () => {
  const address = { ...ADDRESS, seenSeconds: -5, lastTrySeconds: 2 ** 33, lastSuccessSeconds: 1.5 };
  const record = decodeRecord(ADDRESS.key, bytesOf(address));
  assert.ok(record?.type === 'address');
  const { seenSeconds, lastTrySeconds, lastSuccessSeconds } = record.address;
  assert.deepEqual([seenSeconds, lastTrySeconds, lastSuccessSeconds], [0, 0xffff_ffff, 1]);
});
