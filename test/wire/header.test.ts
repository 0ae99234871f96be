import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromDisplayHex, fromHex, toDisplayHex } from '../../src/bytes/hex.ts';
import { decode, encode } from '../../src/wire/codec.ts';
import {
  decodeHeaders,
  encodeHeaders,
  HEADER_SIZE_BYTES,
  type Header,
  header,
  headerHash,
} from '../../src/wire/header.ts';
import { checkCases } from '../support/cases.ts';

const GENESIS_HEX =
  `01000000${'00'.repeat(32)}3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a` +
  '29ab5f49ffff001d1dac2b7c';

const GENESIS: Header = {
  version: 1,
  prev: new Uint8Array(32),
  merkleRoot: fromDisplayHex('4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b'),
  time: 1231006505,
  bits: 0x1d00ffff,
  nonce: 2083236893,
};

test('the genesis header of mainnet has the fields that everyone knows', () => {
  checkCases(header, { accepted: [[GENESIS, GENESIS_HEX]] });
  assert.equal(
    toDisplayHex(headerHash(GENESIS)),
    '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f',
  );
});

test('raw headers come apart and together again', () => {
  const bytes = fromHex(GENESIS_HEX.repeat(3));
  assert.deepEqual(decodeHeaders(bytes), [GENESIS, GENESIS, GENESIS]);
  assert.deepEqual(encodeHeaders([GENESIS, GENESIS, GENESIS]), bytes);
  assert.deepEqual(decodeHeaders(encodeHeaders([])), []);
  assert.throws(() => decodeHeaders(bytes.subarray(1)), { code: 'unexpected-end' });
});

test('a header has 80 bytes, and each field is missed by name', () => {
  assert.equal(HEADER_SIZE_BYTES, 80);
  assert.equal(header.minSize, 80);
  assert.equal(encode(header, GENESIS).length, 80);
  checkCases(header, {
    refused: [
      ['', 'unexpected-end', 'version'],
      [GENESIS_HEX.slice(0, 2 * 35), 'unexpected-end', 'prev'],
      [GENESIS_HEX.slice(0, 2 * 67), 'unexpected-end', 'merkleRoot'],
      [GENESIS_HEX.slice(0, 2 * 71), 'unexpected-end', 'time'],
      [GENESIS_HEX.slice(0, 2 * 75), 'unexpected-end', 'bits'],
      [GENESIS_HEX.slice(0, 2 * 79), 'unexpected-end', 'nonce'],
      [`${GENESIS_HEX}00`, 'trailing-bytes'],
    ],
  });
});

test('the version is signed; time, bits and nonce are not', () => {
  const extreme = { ...GENESIS, version: -1, time: 0xffffffff, bits: 0xffffffff, nonce: 0xffffffff };
  assert.deepEqual(
    decode(header, fromHex(`ffffffff${GENESIS_HEX.slice(8, 136)}${'ff'.repeat(12)}`)),
    extreme,
  );
  checkCases(header, {
    unwritable: [
      [{ ...GENESIS, version: 0x80000000 }, RangeError],
      [{ ...GENESIS, time: -1 }, RangeError],
      [{ ...GENESIS, time: 2 ** 32 }, RangeError],
      [{ ...GENESIS, prev: new Uint8Array(31) }, RangeError],
    ],
  });
});
