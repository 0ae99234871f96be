import { test } from 'node:test';
import { sendCmpct } from '../../../src/wire/messages/sendcmpct.ts';
import { checkCases } from '../../support/cases.ts';

test('a sendcmpct says whether to announce and which version of compact blocks it means', () => {
  checkCases(sendCmpct, {
    accepted: [
      [{ announce: false, version: 2n }, '000200000000000000'],
      [{ announce: true, version: 1n }, '010100000000000000'],
    ],
    refused: [
      ['', 'unexpected-end', 'announce'],
      ['020200000000000000', 'bad-value', 'announce'],
      ['0002000000000000', 'unexpected-end', 'version'],
      ['00020000000000000000', 'trailing-bytes'],
    ],
  });
});
