import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../src/bytes/hex.ts';
import { isSignature, sighashName } from '../../src/script/signature.ts';

const REAL =
  '304402206725b393610150632b82f6740f13b0f68c024e6f12f37cc940883cf1a2c880f2022053c86aa401b904bb597f41fe788178a0cfcae800e8503136ba847a08e8b4f41901';

test('a real signature is one', () => assert.ok(isSignature(fromHex(REAL))));

/** The rules of strict DER (BIP 66), each broken once; without the last byte. */
const BROKEN = {
  'too short': '30050201010201',
  'too long': `3047022100${'ff'.repeat(32)}022200${'ff'.repeat(33)}`,
  'another tag': '3106020101020101',
  'a length that is not its own': '3007020101020101',
  'a first number that is none': '3006030101020101',
  'a first number without bytes': '3006020002020101',
  'a first number that is negative': '3006020181020101',
  'a first number with a zero too many': '300702020001020101',
  'a first number that runs over the end': '300602ff01020101',
  'a second number that is none': '3006020101030101',
  'a second number without bytes': '3006020201010200',
  'a second number that is negative': '3006020101020181',
  'a second number with a zero too many': '300702010102020001',
  'a second number of another length': '3006020101020201',
};

for (const [what, hex] of Object.entries(BROKEN)) {
  test(`${what} is no signature`, () => assert.ok(!isSignature(fromHex(`${hex}01`))));
}

test('a zero before a byte that would look negative is none too many', () => {
  assert.ok(isSignature(fromHex('3008020200810202008101')));
});

test('bytes that mean nothing have no name', () => {
  for (const byte of [0x00, 0x04, 0x41, 0x80, 0x84, 0xff]) assert.equal(sighashName(byte), undefined);
  assert.equal(sighashName(0x83), 'SINGLE|ANYONECANPAY');
});
