import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toDisplayHex } from '../../src/bytes/hex.ts';
import { block } from '../../src/wire/block.ts';
import { decode } from '../../src/wire/codec.ts';
import { headerHash } from '../../src/wire/header.ts';
import { txid } from '../../src/wire/tx.ts';
import { checkCases } from '../support/cases.ts';

/** Block 1 of mainnet. */
const HEADER_HEX =
  '010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000' +
  '982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299';
const COINBASE_HEX =
  `0100000001${'00'.repeat(32)}ffffffff0704ffff001d0104ffffffff0100f2052a0100000043410496b538e853519c726a` +
  '2c91e61ec11600ae1390813a627c66fb8be7947be63c52da7589379515d4e0a604f8141781e62294721166bf621e73a82cbf23' +
  '42c858eeac00000000';

test('a block is a header and its transactions', () => {
  const hex = `${HEADER_HEX}01${COINBASE_HEX}`;
  const value = decode(block, fromHex(hex));
  checkCases(block, { accepted: [[value, hex]] });
  assert.equal(
    toDisplayHex(headerHash(value.header)),
    '00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048',
  );
  assert.deepEqual(value.transactions.map(txid), [value.header.merkleRoot]);
});

test('a block that is cut short or too long is refused', () => {
  checkCases(block, {
    refused: [
      ['', 'unexpected-end', 'header/version'],
      [HEADER_HEX, 'unexpected-end', 'transactions'],
      [`${HEADER_HEX}01`, 'unexpected-end', 'transactions'],
      [`${HEADER_HEX}01${COINBASE_HEX.slice(0, -2)}`, 'unexpected-end', 'transactions/0/lockTime'],
      [`${HEADER_HEX}02${COINBASE_HEX}01000000`, 'unexpected-end', 'transactions/1/inputs'],
      [`${HEADER_HEX}01${COINBASE_HEX}00`, 'trailing-bytes'],
    ],
  });
});

test('a block that claims more transactions than weigh 4,000,000 is refused before any is read', () => {
  checkCases(block, {
    refused: [
      [`${HEADER_HEX}fd1a41${'00'.repeat(10)}`, 'unexpected-end', 'transactions'],
      [`${HEADER_HEX}fd1b41${'00'.repeat(10)}`, 'over-limit', 'transactions'],
    ],
  });
});
