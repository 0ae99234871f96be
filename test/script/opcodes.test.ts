import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OP, opcodeName } from '../../src/script/opcodes.ts';

/** Opcodes and what bitcoind prints for them. */
const NAMES: readonly (readonly [number, string])[] = [
  [0x00, '0'],
  [0x4c, 'OP_PUSHDATA1'],
  [0x4e, 'OP_PUSHDATA4'],
  [0x4f, '-1'],
  [0x50, 'OP_RESERVED'],
  [0x51, '1'],
  [0x60, '16'],
  [0x61, 'OP_NOP'],
  [0x69, 'OP_VERIFY'],
  [0x6a, 'OP_RETURN'],
  [0x76, 'OP_DUP'],
  [0x7e, 'OP_CAT'],
  [0x87, 'OP_EQUAL'],
  [0x8b, 'OP_1ADD'],
  [0x93, 'OP_ADD'],
  [0xa5, 'OP_WITHIN'],
  [0xa6, 'OP_RIPEMD160'],
  [0xa9, 'OP_HASH160'],
  [0xac, 'OP_CHECKSIG'],
  [0xae, 'OP_CHECKMULTISIG'],
  [0xb1, 'OP_CHECKLOCKTIMEVERIFY'],
  [0xb2, 'OP_CHECKSEQUENCEVERIFY'],
  [0xb9, 'OP_NOP10'],
  [0xba, 'OP_CHECKSIGADD'],
  [0xbb, 'OP_UNKNOWN'],
  [0xfe, 'OP_UNKNOWN'],
  [0xff, 'OP_INVALIDOPCODE'],
];

for (const [opcode, name] of NAMES) {
  test(`0x${opcode.toString(16).padStart(2, '0')} is ${name}`, () => {
    assert.equal(opcodeName(opcode), name);
  });
}

test('no two operations that have a name share one', () => {
  const names = Array.from({ length: 256 }, (_, opcode) => opcodeName(opcode));
  const known = names.filter(
    (name, opcode) => name !== 'OP_UNKNOWN' && (opcode === 0 || opcode >= OP.PUSHDATA1),
  );
  assert.equal(new Set(known).size, known.length);
});
