import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../../src/bytes/hex.ts';
import { encode } from '../../../src/wire/codec.ts';
import {
  cFCheckpt,
  cFHeaders,
  cFilter,
  filterRange,
  getCFCheckpt,
  MAX_FILTER_CHECKPOINTS,
  MAX_FILTER_HASHES_PER_MESSAGE,
} from '../../../src/wire/messages/compact-filters.ts';
import { checkCases } from '../../support/cases.ts';

/** Genesis of testnet3, its filter, and what follows from that (BIP 158, test vectors). */
const BLOCK = '43497fd7f826957108f4a30fd9cec3aeba79972084e90ead01ea330900000000';
const FILTER = '019dfca8';
const ZERO = '00'.repeat(32);
const HASH = 'ab'.repeat(32);

function hashes(count: number): Uint8Array[] {
  return Array.from({ length: count }, () => fromHex(HASH));
}

test('filters and their hashes are asked for by a type, a height and the last block', () => {
  checkCases(filterRange, {
    accepted: [
      [{ filterType: 0, startHeight: 0, stopHash: fromHex(BLOCK) }, `0000000000${BLOCK}`],
      [{ filterType: 0, startHeight: 900_000, stopHash: fromHex(HASH) }, `00a0bb0d00${HASH}`],
      // Types and heights that nobody has are not the codec's business.
      [{ filterType: 255, startHeight: 0xffffffff, stopHash: fromHex(HASH) }, `ffffffffff${HASH}`],
    ],
    refused: [
      ['', 'unexpected-end', 'filterType'],
      ['00000000', 'unexpected-end', 'startHeight'],
      [`0000000000${BLOCK.slice(2)}`, 'unexpected-end', 'stopHash'],
      [`0000000000${BLOCK}00`, 'trailing-bytes'],
    ],
    unwritable: [
      [{ filterType: 256, startHeight: 0, stopHash: fromHex(HASH) }, RangeError],
      [{ filterType: 0, startHeight: -1, stopHash: fromHex(HASH) }, RangeError],
      [{ filterType: 0, startHeight: 0, stopHash: fromHex(FILTER) }, RangeError],
    ],
  });
});

test('a filter comes with its type, its block and its length', () => {
  checkCases(cFilter, {
    accepted: [
      [{ filterType: 0, blockHash: fromHex(BLOCK), filter: fromHex(FILTER) }, `00${BLOCK}04${FILTER}`],
      // Whether bytes are a filter the codec does not ask.
      [{ filterType: 0, blockHash: fromHex(BLOCK), filter: new Uint8Array(0) }, `00${BLOCK}00`],
      [
        { filterType: 0, blockHash: fromHex(BLOCK), filter: new Uint8Array(300).fill(1) },
        `00${BLOCK}fd2c01${'01'.repeat(300)}`,
      ],
    ],
    refused: [
      [`00${BLOCK.slice(2)}`, 'unexpected-end', 'blockHash'],
      [`00${BLOCK}`, 'unexpected-end', 'filter'],
      [`00${BLOCK}05${FILTER}`, 'unexpected-end', 'filter'],
      [`00${BLOCK}04${FILTER}00`, 'trailing-bytes'],
      [`00${BLOCK}fd0400${FILTER}`, 'non-minimal', 'filter'],
      [`00${BLOCK}fe01000002`, 'over-limit', 'filter'],
      [`00${BLOCK}fee1930400`, 'over-limit', 'filter'],
      [`00${BLOCK}fee0930400`, 'unexpected-end', 'filter'],
      [`00${BLOCK}ffffffffffffffffff`, 'over-limit', 'filter'],
    ],
  });
});

test('hashes of filters come with the filter header below the first', () => {
  const known = { filterType: 0, stopHash: fromHex(BLOCK), previousHeader: fromHex(ZERO) };
  checkCases(cFHeaders, {
    accepted: [
      [{ ...known, filterHashes: [] }, `00${BLOCK}${ZERO}00`],
      [{ ...known, filterHashes: hashes(2) }, `00${BLOCK}${ZERO}02${HASH}${HASH}`],
    ],
    refused: [
      [`00${BLOCK}`, 'unexpected-end', 'previousHeader'],
      [`00${BLOCK}${ZERO}`, 'unexpected-end', 'filterHashes'],
      [`00${BLOCK}${ZERO}02${HASH}${HASH.slice(2)}`, 'unexpected-end', 'filterHashes'],
      [`00${BLOCK}${ZERO}01${HASH}00`, 'trailing-bytes'],
    ],
    unwritable: [[{ ...known, filterHashes: [fromHex(FILTER)] }, RangeError]],
  });
});

test('one message holds the hashes of 2,000 filters and no more', () => {
  assert.equal(MAX_FILTER_HASHES_PER_MESSAGE, 2000);
  const known = { filterType: 0, stopHash: fromHex(BLOCK), previousHeader: fromHex(ZERO) };
  checkCases(cFHeaders, {
    accepted: [[{ ...known, filterHashes: hashes(2000) }, `00${BLOCK}${ZERO}fdd007${HASH.repeat(2000)}`]],
    refused: [
      [`00${BLOCK}${ZERO}fdd107${HASH.repeat(2001)}`, 'over-limit', 'filterHashes'],
      // A count without its hashes is refused before any is read.
      [`00${BLOCK}${ZERO}fdd007${HASH}`, 'unexpected-end', 'filterHashes'],
    ],
  });
  assert.throws(() => encode(cFHeaders, { ...known, filterHashes: hashes(2001) }), RangeError);
});

test('filter headers of every thousandth block are asked for by a type and the last block', () => {
  checkCases(getCFCheckpt, {
    accepted: [[{ filterType: 0, stopHash: fromHex(BLOCK) }, `00${BLOCK}`]],
    refused: [
      ['', 'unexpected-end', 'filterType'],
      ['00', 'unexpected-end', 'stopHash'],
      [`00${BLOCK}00`, 'trailing-bytes'],
    ],
  });
});

test('filter headers of every thousandth block come as a list, of ten million blocks at most', () => {
  assert.equal(MAX_FILTER_CHECKPOINTS, 10_000);
  const known = { filterType: 0, stopHash: fromHex(BLOCK) };
  checkCases(cFCheckpt, {
    accepted: [
      [{ ...known, filterHeaders: [] }, `00${BLOCK}00`],
      [{ ...known, filterHeaders: hashes(10_000) }, `00${BLOCK}fd1027${HASH.repeat(10_000)}`],
    ],
    refused: [
      [`00${BLOCK}`, 'unexpected-end', 'filterHeaders'],
      [`00${BLOCK}02${HASH}`, 'unexpected-end', 'filterHeaders'],
      [`00${BLOCK}fd1127${HASH.repeat(10_001)}`, 'over-limit', 'filterHeaders'],
      [`00${BLOCK}fe00000002${HASH}`, 'over-limit', 'filterHeaders'],
    ],
  });
  assert.throws(() => encode(cFCheckpt, { ...known, filterHeaders: hashes(10_001) }), RangeError);
});
