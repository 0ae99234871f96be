import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../src/bytes/hex.ts';
import { decode, encode } from '../../src/wire/codec.ts';
import { INVENTORY, inventoryPayload, MAX_INVENTORY } from '../../src/wire/inventory.ts';
import { checkCases, refusal } from '../support/cases.ts';

const HASH = 'ab'.repeat(32);

test('inventory is a list of kinds and hashes, known kinds or not', () => {
  checkCases(inventoryPayload, {
    accepted: [
      [{ items: [] }, '00'],
      [
        {
          items: [
            { type: INVENTORY.BLOCK, hash: fromHex(HASH) },
            { type: INVENTORY.WITNESS_TX, hash: fromHex(HASH) },
            { type: 0xffffffff, hash: fromHex(HASH) },
          ],
        },
        `0302000000${HASH}01000040${HASH}ffffffff${HASH}`,
      ],
    ],
    refused: [
      ['', 'unexpected-end', 'items'],
      [`0102000000${HASH.slice(2)}`, 'unexpected-end', 'items'],
      [`0102000000${HASH}00`, 'trailing-bytes'],
      [`fd010002000000${HASH}`, 'non-minimal', 'items'],
    ],
  });
});

test('the kinds have the numbers of the protocol', () => {
  assert.deepEqual(INVENTORY, {
    TX: 1,
    BLOCK: 2,
    FILTERED_BLOCK: 3,
    CMPCT_BLOCK: 4,
    WTX: 5,
    WITNESS_TX: 1_073_741_825,
    WITNESS_BLOCK: 1_073_741_826,
  });
});

test('one message holds 50,000 entries and no more', () => {
  assert.equal(MAX_INVENTORY, 50_000);
  const entry = fromHex(`05000000${HASH}`);
  const full = new Uint8Array(3 + 50_001 * entry.length);
  for (let i = 0; i <= 50_000; i++) full.set(entry, 3 + i * entry.length);
  full.set(fromHex('fd50c3'));
  const most = full.subarray(0, -entry.length);
  const value = decode(inventoryPayload, most);
  assert.equal(value.items.length, 50_000);
  assert.ok(Buffer.from(encode(inventoryPayload, value)).equals(most));

  full.set(fromHex('fd51c3'));
  assert.equal(refusal(inventoryPayload, full).code, 'over-limit');
  const tooMany = { items: [...value.items, { type: 1, hash: fromHex(HASH) }] };
  assert.throws(() => encode(inventoryPayload, tooMany), RangeError);
});

test('a count without its entries is refused before any is read', () => {
  checkCases(inventoryPayload, {
    refused: [
      [`fd50c3${'00'.repeat(10)}`, 'unexpected-end', 'items'],
      [`fe00000002${'00'.repeat(10)}`, 'over-limit', 'items'],
    ],
  });
});
