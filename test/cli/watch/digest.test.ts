import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DigestCounter } from '../../../src/cli/watch/digest.ts';
import { digestLines } from '../../../src/cli/watch/digest-text.ts';
import { removedEvent, txEvent } from '../../support/tx-events.ts';

const HELD = { count: 12_345, bytes: 23_456_789 };

/** Five new ones of different rates in two seconds, and some that left. */
function counted(): DigestCounter {
  const counter = new DigestCounter(1_000);
  for (const feeRate of [1, 1.999, 2, 2_000, null]) counter.note(txEvent(1, { feeRate, vsize: 100 }));
  for (const reason of ['confirmed', 'confirmed', 'replaced', 'conflict', 'expired', 'evicted'] as const) {
    counter.note(removedEvent(1, { reason }));
  }
  const { txid, wtxid, feeSats, feeRate, ancestors, descendants, peers, conflictsWith } = txEvent(1);
  const standing = { txid, wtxid, feeSats, feeRate, ancestors, descendants, peers, conflictsWith };
  counter.note({ event: 'tx-updated', time: '', network: 'regtest', ...standing });
  return counter;
}

test('a digest counts what came and went, and has the rates', () => {
  const { feeRates, ...numbers } = counted().at(3_000);
  assert.deepEqual(numbers, {
    seconds: 2,
    new: 5,
    confirmed: 2,
    replaced: 1,
    conflict: 1,
    expired: 1,
    evicted: 1,
    updated: 1,
    transactionsPerSecond: 2.5,
    vbytesPerSecond: 250,
    feeUnknown: 1,
  });
  assert.deepEqual(
    feeRates.filter(({ count }) => count > 0),
    [
      { from: 1, to: 2, count: 2, vsize: 200 },
      { from: 2, to: 3, count: 1, vsize: 100 },
      { from: 1024, to: null, count: 1, vsize: 100 },
    ],
  );
  feeRates.forEach(({ to }, i) => assert.equal(to, feeRates[i + 1]?.from ?? null));
});

test('nothing at all is no division by zero', () => {
  const digest = new DigestCounter(5).at(5);
  assert.deepEqual([digest.new, digest.transactionsPerSecond], [0, 0]);
  assert.deepEqual(digestLines(digest, { count: 0, bytes: 0 }, '14:02:03', 80), [
    '14:02:03  0 new in 0 ms (0 tx/s, 0 vB/s), 0 held (0 bytes)',
  ]);
});

test('people have the numbers in a line or two, and a bar for each range', () => {
  const counter = new DigestCounter(0);
  for (let i = 0; i < 40; i++) counter.note(txEvent(i, { feeRate: 3.5 }));
  counter.note(txEvent(1, { feeRate: 9 }));
  counter.note(txEvent(1));
  counter.note(removedEvent(1));
  assert.deepEqual(digestLines(counter.at(10_000), HELD, '14:02:03', 60), [
    '14:02:03  42 new in 10.0 s (4.2 tx/s, 592 vB/s),',
    '          1 confirmed, 12,345 held (23.5 MB)',
    `   3-4 sat/vB  40  ${'#'.repeat(41)}`,
    '   4-6 sat/vB   0',
    '   6-8 sat/vB   0',
    '  8-12 sat/vB   1  ##',
    '  fee unknown   1  ##',
  ]);
});

test('no line is wider than the screen', () => {
  for (let width = 1; width <= 200; width++) {
    for (const line of digestLines(counted().at(3_000), HELD, '14:02:03', width)) {
      assert.ok(line.length <= Math.min(width, 100), `${line.length} in ${width}: ${line}`);
    }
  }
});
