import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../src/bytes/hex.ts';
import type { BlockPayments } from '../src/ledger/payment.ts';
import { RangeWatch } from '../src/range-watch.ts';

const NEAR_END = Uint8Array.of(1);
const ALSO_NEAR_END = Uint8Array.of(2);
const OF_OTHER = Uint8Array.of(3);
const FAR = Uint8Array.of(4);

const ends = new Map([
  [toHex(NEAR_END), { descriptor: 0, index: 985, last: 999 }],
  [toHex(ALSO_NEAR_END), { descriptor: 0, index: 990, last: 999 }],
  [toHex(OF_OTHER), { descriptor: 1, index: 19, last: 19 }],
]);

/** A block that pays to some scripts, and spends from others. */
function block(paid: readonly Uint8Array[], spent: readonly Uint8Array[] = []): BlockPayments {
  const txid = new Uint8Array(32);
  const received = paid.map((script, vout) => ({ vout, valueSats: 1n, script }));
  const spends = spent.map((script, vin) => ({ vin, txid, vout: 0, valueSats: 1n, script }));
  const payments = [{ txid, index: 1, received, spent: spends, unknownSpends: [] }];
  return { height: 1, hash: txid, blockTime: 0, payments };
}

test('a payment close to the end of a range is worth a warning that names the descriptor and the place', () => {
  const warning = new RangeWatch(ends).warningOf(block([FAR, NEAR_END])) ?? '';
  assert.match(warning, /^descriptor 1 is used at 985, .* 999/);
});

test('of each descriptor it is said once', () => {
  const watch = new RangeWatch(ends);
  assert.ok(watch.warningOf(block([NEAR_END])));
  assert.equal(watch.warningOf(block([ALSO_NEAR_END])), undefined);
  assert.match(watch.warningOf(block([NEAR_END, OF_OTHER])) ?? '', /^descriptor 2 is used at 19/);
});

test('payments far from the end, and what is spent, say nothing', () => {
  const watch = new RangeWatch(ends);
  assert.equal(watch.warningOf(block([FAR])), undefined);
  assert.equal(watch.warningOf(block([], [NEAR_END])), undefined);
});

test('without ranges there is nothing to say', () => {
  assert.equal(new RangeWatch().warningOf(block([NEAR_END])), undefined);
});
