import { test } from 'node:test';
import { ping, pong } from '../../../src/wire/messages/ping.ts';
import { checkCases } from '../../support/cases.ts';

test('a ping carries a nonce, or nothing when it comes from a node older than BIP 31', () => {
  checkCases(ping, {
    accepted: [
      [{ nonce: 0x0807060504030201n }, '0102030405060708'],
      [{ nonce: 2n ** 64n - 1n }, 'ffffffffffffffff'],
      [{}, ''],
    ],
    refused: [
      ['01020304050607', 'unexpected-end'],
      ['010203040506070809', 'trailing-bytes'],
    ],
    unwritable: [[{ nonce: 2n ** 64n }, RangeError]],
  });
});

test('a pong always carries the nonce of the ping', () => {
  checkCases(pong, {
    accepted: [[{ nonce: 1n }, '0100000000000000']],
    refused: [
      ['', 'unexpected-end', 'nonce'],
      ['01000000000000', 'unexpected-end', 'nonce'],
      ['010000000000000000', 'trailing-bytes'],
    ],
  });
});
