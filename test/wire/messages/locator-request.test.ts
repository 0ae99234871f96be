import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../../src/bytes/hex.ts';
import { encode } from '../../../src/wire/codec.ts';
import { locatorRequest, MAX_LOCATOR_HASHES } from '../../../src/wire/messages/locator-request.ts';
import { checkCases } from '../../support/cases.ts';

const HASH = '6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000';
const ZERO = '00'.repeat(32);

function locator(count: number): Uint8Array[] {
  return Array.from({ length: count }, () => fromHex(HASH));
}

test('a locator request is a version, a few hashes and the hash to stop at', () => {
  checkCases(locatorRequest, {
    accepted: [
      [{ version: 70016, locator: locator(1), stop: fromHex(ZERO) }, `8011010001${HASH}${ZERO}`],
      [{ version: 70016, locator: [], stop: fromHex(HASH) }, `8011010000${HASH}`],
      // Receivers do not look at the version: any 32 bits will do.
      [{ version: 0xffffffff, locator: [], stop: fromHex(ZERO) }, `ffffffff00${ZERO}`],
    ],
    refused: [
      ['', 'unexpected-end', 'version'],
      ['80110100', 'unexpected-end', 'locator'],
      [`8011010001${HASH.slice(2)}`, 'unexpected-end', 'locator'],
      [`8011010001${HASH}${ZERO.slice(2)}`, 'unexpected-end', 'stop'],
      [`8011010001${HASH}${ZERO}00`, 'trailing-bytes'],
      [`80110100fd0100${HASH}${ZERO}`, 'non-minimal', 'locator'],
    ],
  });
});

test('a locator has at most 101 hashes', () => {
  assert.equal(MAX_LOCATOR_HASHES, 101);
  checkCases(locatorRequest, {
    accepted: [
      [{ version: 1, locator: locator(101), stop: fromHex(ZERO) }, `0100000065${HASH.repeat(101)}${ZERO}`],
    ],
    refused: [
      [`0100000066${HASH.repeat(102)}${ZERO}`, 'over-limit', 'locator'],
      ['01000000fe00000002' + '00'.repeat(10), 'over-limit', 'locator'],
    ],
  });
  const tooMany = { version: 1, locator: locator(102), stop: fromHex(ZERO) };
  assert.throws(() => encode(locatorRequest, tooMany), RangeError);
});

test('a hash that has not 32 bytes cannot be written', () => {
  checkCases(locatorRequest, {
    unwritable: [
      [{ version: 1, locator: [fromHex('00')], stop: fromHex(ZERO) }, RangeError],
      [{ version: 1, locator: [], stop: fromHex(`${ZERO}00`) }, RangeError],
    ],
  });
});
