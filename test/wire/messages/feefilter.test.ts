import { test } from 'node:test';
import { feeFilter } from '../../../src/wire/messages/feefilter.ts';
import { checkCases } from '../../support/cases.ts';

test('a feefilter is one signed amount, which is not checked to be one', () => {
  checkCases(feeFilter, {
    accepted: [
      [{ feeRateSatsPerKvb: 1000n }, 'e803000000000000'],
      [{ feeRateSatsPerKvb: 21_000_000n * 100_000_000n }, '0040075af0750700'],
      [{ feeRateSatsPerKvb: -1n }, 'ffffffffffffffff'],
    ],
    refused: [
      ['e8030000000000', 'unexpected-end', 'feeRateSatsPerKvb'],
      ['e80300000000000000', 'trailing-bytes'],
    ],
  });
});
