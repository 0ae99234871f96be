import { test } from 'node:test';
import { fromHex } from '../../../src/bytes/hex.ts';
import { decode } from '../../../src/wire/codec.ts';
import { header } from '../../../src/wire/header.ts';
import { merkleBlock } from '../../../src/wire/messages/merkleblock.ts';
import { checkCases } from '../../support/cases.ts';

/** Block 1 of mainnet, whose only transaction is the root of its tree. */
const ROOT = '982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e';
const HEADER_HEX =
  `010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000${ROOT}` +
  '61bc6649ffff001d01e36299';

test('a merkleblock is a header, a number of transactions, hashes and flag bits', () => {
  checkCases(merkleBlock, {
    accepted: [
      [
        {
          header: decode(header, fromHex(HEADER_HEX)),
          transactionCount: 1,
          hashes: [fromHex(ROOT)],
          flags: fromHex('01'),
        },
        `${HEADER_HEX}0100000001${ROOT}0101`,
      ],
    ],
    refused: [
      ['', 'unexpected-end', 'header/version'],
      [`${HEADER_HEX}010000`, 'unexpected-end', 'transactionCount'],
      [`${HEADER_HEX}01000000`, 'unexpected-end', 'hashes'],
      [`${HEADER_HEX}0100000002${ROOT}`, 'unexpected-end', 'hashes'],
      [`${HEADER_HEX}0100000001${ROOT}`, 'unexpected-end', 'flags'],
      [`${HEADER_HEX}0100000001${ROOT}0201`, 'unexpected-end', 'flags'],
      [`${HEADER_HEX}0100000001${ROOT}010100`, 'trailing-bytes'],
    ],
  });
});

test('a tree that claims 2^25 hashes or flags is refused before memory is spent on it', () => {
  checkCases(merkleBlock, {
    refused: [
      [`${HEADER_HEX}01000000fe00000002${'00'.repeat(10)}`, 'unexpected-end', 'hashes'],
      [`${HEADER_HEX}01000000fe01000002${'00'.repeat(10)}`, 'over-limit', 'hashes'],
      [`${HEADER_HEX}0100000000fe00000002${'00'.repeat(10)}`, 'unexpected-end', 'flags'],
    ],
  });
});
