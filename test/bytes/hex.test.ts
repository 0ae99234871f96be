import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromDisplayHex, fromHex, toDisplayHex, toHex } from '../../src/bytes/hex.ts';
import { decodeErrorOf } from '../support/cases.ts';

test('bytes are two lower-case digits each', () => {
  assert.equal(toHex(Uint8Array.of(0, 1, 0xab, 0xff)), '0001abff');
  assert.equal(toHex(new Uint8Array(0)), '');
});

test('digits of either case are read', () => {
  assert.deepEqual(fromHex('0aAf'), Uint8Array.of(0x0a, 0xaf));
  assert.deepEqual(fromHex(''), new Uint8Array(0));
});

test('any bytes survive the way through text', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(fromHex(toHex(bytes)), bytes)));
});

test('a character that is no digit is refused at its position', () => {
  for (const [text, offset] of [
    ['0g', 1],
    ['00 0', 2],
    ['0x00', 1],
    ['00\n', 2],
    ['-1', 0],
    ['٣٣', 0],
    ['00😀', 2],
  ] as const) {
    const error = decodeErrorOf(() => fromHex(text), text.length);
    assert.deepEqual([error.code, error.offset], ['bad-hex', offset], text);
  }
});

test('a digit left over is refused at the end', () => {
  const error = decodeErrorOf(() => fromHex('abc'), 3);
  assert.deepEqual([error.code, error.offset], ['bad-hex', 3]);
});

test('text of any kind is read or refused, and nothing else', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('0', 'a', 'F', 'g', ' ') }),
  );
  fc.assert(
    fc.property(text, (value) => {
      if (/^([0-9a-f]{2})*$/i.test(value)) assert.equal(toHex(fromHex(value)), value.toLowerCase());
      else assert.equal(decodeErrorOf(() => fromHex(value), value.length).code, 'bad-hex');
    }),
  );
});

test('display order is the wire order backwards', () => {
  const genesis = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f';
  const wire = fromDisplayHex(genesis);
  assert.equal(toHex(wire), '6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000');
  assert.equal(toDisplayHex(wire), genesis);
});

test('display order leaves the hash itself alone', () => {
  const wire = Uint8Array.of(1, 2, 3);
  toDisplayHex(wire);
  assert.deepEqual(wire, Uint8Array.of(1, 2, 3));
});

test('a displayed hash has 64 digits, no more and no fewer', () => {
  for (const text of ['', '00', '0'.repeat(63), '0'.repeat(65), '0'.repeat(66)]) {
    assert.equal(decodeErrorOf(() => fromDisplayHex(text), text.length).code, 'bad-hex');
  }
  assert.equal(decodeErrorOf(() => fromDisplayHex('g'.padEnd(64, '0')), 64).offset, 0);
});
