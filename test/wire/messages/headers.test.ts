import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../../src/bytes/hex.ts';
import { decode, encode } from '../../../src/wire/codec.ts';
import { headers, MAX_HEADERS_PER_MESSAGE } from '../../../src/wire/messages/headers.ts';
import { checkCases, refusal } from '../../support/cases.ts';

/** Block 1 of mainnet. */
const HEADER_HEX =
  '010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000' +
  '982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299';
const HEADER = fromHex(HEADER_HEX);

test('each header is followed by a count of transactions, which is zero', () => {
  checkCases(headers, {
    accepted: [
      [{ headers: new Uint8Array(0) }, '00'],
      [{ headers: HEADER }, `01${HEADER_HEX}00`],
      [{ headers: new Uint8Array([...HEADER, ...HEADER]) }, `02${HEADER_HEX}00${HEADER_HEX}00`],
    ],
    refused: [
      ['', 'unexpected-end', 'headers'],
      [`01${HEADER_HEX}`, 'unexpected-end', 'headers'],
      [`02${HEADER_HEX}00${HEADER_HEX}`, 'unexpected-end', 'headers'],
      [`01${HEADER_HEX}0000`, 'trailing-bytes'],
      [`00${HEADER_HEX}00`, 'trailing-bytes'],
    ],
  });
});

test('a header with transactions is refused, wherever it stands', () => {
  checkCases(headers, {
    refused: [
      [`01${HEADER_HEX}01`, 'bad-value', 'headers/0/txCount'],
      [`02${HEADER_HEX}00${HEADER_HEX}fc`, 'bad-value', 'headers/1/txCount'],
      [`01${HEADER_HEX}fdfd00`, 'bad-value', 'headers/0/txCount'],
      [`01${HEADER_HEX}fd0000`, 'non-minimal', 'headers/0'],
      [`01${HEADER_HEX}fd`, 'unexpected-end', 'headers/0'],
      [`01${HEADER_HEX}feffffffff`, 'over-limit', 'headers/0'],
    ],
  });
  assert.equal(refusal(headers, fromHex(`01${HEADER_HEX}01`)).offset, 81);
});

test('one message holds 2,000 headers and no more', () => {
  assert.equal(MAX_HEADERS_PER_MESSAGE, 2000);
  const most = `fdd007${`${HEADER_HEX}00`.repeat(2000)}`;
  const value = decode(headers, fromHex(most));
  assert.equal(value.headers.length, 80 * 2000);
  assert.equal(toHex(encode(headers, value)), most);

  checkCases(headers, { refused: [[`fdd107${`${HEADER_HEX}00`.repeat(2001)}`, 'over-limit', 'headers']] });
  const tooMany = new Uint8Array([...value.headers, ...HEADER]);
  assert.throws(() => encode(headers, { headers: tooMany }), RangeError);
  assert.throws(() => encode(headers, { headers: HEADER.subarray(1) }), RangeError);
});

test('a count without its headers is refused before any is read', () => {
  checkCases(headers, {
    refused: [
      [`fdd007${'00'.repeat(10)}`, 'unexpected-end', 'headers'],
      [`fdd107${'00'.repeat(10)}`, 'over-limit', 'headers'],
      [`fe00000002${'00'.repeat(10)}`, 'over-limit', 'headers'],
    ],
  });
});
