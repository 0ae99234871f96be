import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromHex } from '../../src/bytes/hex.ts';
import { OUTPUT_TYPES, type OutputType, outputType } from '../../src/script/classify.ts';
import { script } from '../support/scripts.ts';

const HASH20 = '11'.repeat(20);
const HASH32 = '22'.repeat(32);
const KEY = `02${HASH32}`;
const WHOLE_KEY = `04${'33'.repeat(64)}`;

function multisig(needed: string, keys: number, given: string): string {
  return `${needed}${`21${KEY}`.repeat(keys)}${given}ae`;
}

const EXAMPLES: readonly (readonly [name: string, hex: string, type: OutputType])[] = [
  ['a compressed key', `21${KEY}ac`, 'p2pk'],
  ['a whole key', `41${WHOLE_KEY}ac`, 'p2pk'],
  ['a whole key in the old hybrid form', `4107${'33'.repeat(64)}ac`, 'p2pk'],
  ['33 bytes that begin like no key', `2105${HASH32}ac`, 'nonstandard'],
  ['65 bytes that begin like a short key', `4102${'33'.repeat(64)}ac`, 'nonstandard'],
  ['a key and another operation', `21${KEY}ad`, 'nonstandard'],
  ["a key's hash", `76a914${HASH20}88ac`, 'p2pkh'],
  ["a key's hash, pushed in a longer form", `76a94c14${HASH20}88ac`, 'nonstandard'],
  ["a key's hash and one operation more", `76a914${HASH20}88acac`, 'nonstandard'],
  ["a script's hash", `a914${HASH20}87`, 'p2sh'],
  ["a script's hash that must be verified only", `a914${HASH20}88`, 'nonstandard'],
  ['version 0 of 20 bytes', `0014${HASH20}`, 'p2wpkh'],
  ['version 0 of 32 bytes', `0020${HASH32}`, 'p2wsh'],
  ['version 0 of another length', '0003aabbcc', 'nonstandard'],
  ['version 0 and a byte more', `0014${HASH20}00`, 'nonstandard'],
  ['version 1 of 32 bytes', `5120${HASH32}`, 'p2tr'],
  ['version 1 of 20 bytes', `5114${HASH20}`, 'witness-unknown'],
  ['the anchor', '51024e73', 'p2a'],
  ['nearly the anchor', '51024e74', 'witness-unknown'],
  ['version 2 of 32 bytes', `5220${HASH32}`, 'witness-unknown'],
  ['version 16 of 2 bytes', '60020000', 'witness-unknown'],
  ['version 16 of 40 bytes', `6028${'00'.repeat(40)}`, 'witness-unknown'],
  ['a version and 41 bytes', `5129${'00'.repeat(41)}`, 'nonstandard'],
  ['a version and 1 byte', '510100', 'nonstandard'],
  ['-1 where the version stands', `4f20${HASH32}`, 'nonstandard'],
  ['OP_RETURN alone', '6a', 'op-return'],
  ['OP_RETURN and data', '6a0568656c6c6f', 'op-return'],
  ['OP_RETURN and numbers', '6a5d0101', 'op-return'],
  ['OP_RETURN and OP_RESERVED', '6a50', 'op-return'],
  ['OP_RETURN and another operation', '6a61', 'nonstandard'],
  ['OP_RETURN and a push that is cut short', '6a05aa', 'nonstandard'],
  ['1 of 1', multisig('51', 1, '51'), 'multisig'],
  ['2 of 3', multisig('52', 3, '53'), 'multisig'],
  ['16 of 16', multisig('60', 16, '60'), 'multisig'],
  ['17 of 20', multisig('0111', 20, '0114'), 'multisig'],
  ['3 of 2', multisig('53', 2, '52'), 'nonstandard'],
  ['0 of 1', multisig('00', 1, '51'), 'nonstandard'],
  ['1 of none', multisig('51', 0, '00'), 'nonstandard'],
  ['1 of 21', multisig('51', 21, '0115'), 'nonstandard'],
  ['1 of 2 with a count of 3', multisig('51', 2, '53'), 'nonstandard'],
  ['1 of 1 with a count in a longer form', multisig('51', 1, '0101'), 'nonstandard'],
  ['1 of 1 and one operation more', `${multisig('51', 1, '51').slice(0, -2)}61ae`, 'nonstandard'],
  ['1 of 1 with a key in a longer push', `514c21${KEY}51ae`, 'multisig'],
  ['1 of 1 with what is no key', `5121${'09'.repeat(33)}51ae`, 'nonstandard'],
  ['1 of 1 whose last operation is within a push', `5121${KEY}5102ae`, 'nonstandard'],
  ['nothing', '', 'nonstandard'],
  ['an operation', '51', 'nonstandard'],
  ['the last operation of a multisig alone', 'ae', 'nonstandard'],
];

for (const [name, hex, type] of EXAMPLES) {
  test(`${name} is ${type}`, () => assert.equal(outputType(fromHex(hex)), type));
}

test('any bytes at all have one of the types', () => {
  fc.assert(fc.property(script, (bytes) => assert.ok(OUTPUT_TYPES.includes(outputType(bytes)))));
});

test('a script of megabytes is told in one go over it', () => {
  const started = performance.now();
  for (const [first, last] of [
    [0x6a, 0x00],
    [0x51, 0xae],
  ] as const) {
    const long = new Uint8Array(4_000_000).fill(first === 0x6a ? 0x51 : 0x02);
    long[0] = first;
    long[long.length - 1] = last;
    outputType(long);
  }
  assert.ok(performance.now() - started < 5_000);
});
