import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromHex } from '../../src/bytes/hex.ts';
import { disassemble, disassembleInput } from '../../src/script/disassemble.ts';
import { script } from '../support/scripts.ts';

const KEY = `02${'22'.repeat(32)}`;
/** DER of two short numbers. */
const SIGNATURE = '300602010102017f';

/** Scripts and what bitcoind's decodescript prints for them. */
const EXAMPLES: readonly (readonly [hex: string, text: string])[] = [
  ['', ''],
  [
    '76a91411111111111111111111111111111111111111118 8ac'.replace(' ', ''),
    `OP_DUP OP_HASH160 ${'11'.repeat(20)} OP_EQUALVERIFY OP_CHECKSIG`,
  ],
  ['51024e73', '1 29518'],
  ['6a50', 'OP_RETURN OP_RESERVED'],
  ['6a0568656c6c6f', 'OP_RETURN 68656c6c6f'],
  ['00', '0'],
  ['4c00', '0'],
  ['4f5160', '-1 1 16'],
  ['01ff', '-127'],
  ['0180', '0'],
  ['020001', '256'],
  ['04ffffffff', '-2147483647'],
  ['0480000080', '-128'],
  ['04ffffff7f', '2147483647'],
  ['05ffffffff7f', 'ffffffff7f'],
  ['4d0100aa', '-42'],
  ['4c', '[error]'],
  ['510203', '1 [error]'],
  ['bac0ff', 'OP_CHECKSIGADD OP_UNKNOWN OP_INVALIDOPCODE'],
];

for (const [hex, text] of EXAMPLES) {
  test(`${hex === '' ? 'no bytes' : hex} is ${text === '' ? 'no text' : text}`, () => {
    assert.equal(disassemble(fromHex(hex)), text);
    assert.equal(disassembleInput(fromHex(hex)), text);
  });
}

/** A signature's last byte, and how an input's script shows it. */
const ENDINGS = [
  ['01', '[ALL]'],
  ['02', '[NONE]'],
  ['03', '[SINGLE]'],
  ['81', '[ALL|ANYONECANPAY]'],
  ['82', '[NONE|ANYONECANPAY]'],
  ['83', '[SINGLE|ANYONECANPAY]'],
  ['00', '00'],
  ['04', '04'],
  ['80', '80'],
] as const;

for (const [byte, word] of ENDINGS) {
  test(`a signature that ends in ${byte} ends in ${word} in an input, and stays hexadecimal in an output`, () => {
    const bytes = fromHex(`09${SIGNATURE}${byte}21${KEY}`);
    assert.equal(disassembleInput(bytes), `${SIGNATURE}${word} ${KEY}`);
    assert.equal(disassemble(bytes), `${SIGNATURE}${byte} ${KEY}`);
  });
}

test('what an output that cannot be spent carries is not taken for a signature', () => {
  assert.equal(disassembleInput(fromHex(`6a09${SIGNATURE}01`)), `OP_RETURN ${SIGNATURE}01`);
});

test('any bytes at all have a text', () => {
  fc.assert(
    fc.property(script, (bytes) => {
      for (const text of [disassemble(bytes), disassembleInput(bytes)]) assert.match(text, /^[ -~]*$/);
    }),
  );
});
