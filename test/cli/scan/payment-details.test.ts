import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailLines } from '../../../src/cli/scan/payment-details.ts';
import { PaymentRow } from '../../../src/cli/scan/payment-row.ts';
import {
  ADDRESS,
  blockOf,
  paymentEvent,
  paymentInput,
  paymentOutput,
  paymentRemovedEvent,
} from '../../support/scan-events.ts';
import { txidOf } from '../../support/tx-events.ts';

const NARROW = new PaymentRow(80);

test('hashes are there in full, and each output and input of ours with its amount', () => {
  const payment = paymentEvent(7, {
    outputs: [paymentOutput(), paymentOutput({ n: 1, valueSats: 5, address: null, scriptHex: '51' })],
    inputs: [paymentInput(), paymentInput({ n: 1, valueSats: null })],
  });
  assert.deepEqual(detailLines(payment, NARROW), [
    `    txid   ${txidOf(7)}`,
    `    block  ${blockOf(7)}`,
    `    pays   +1.50000000 to ${ADDRESS}`,
    '    pays   +0.00000005 to 51',
    `    spends -0.50000000 of ${ADDRESS} (${txidOf(1)}:3)`,
    `    spends an unknown amount of ${ADDRESS} (${txidOf(1)}:3)`,
  ]);
});

test('what the row has in full is not said again', () => {
  const wide = new PaymentRow(Number.POSITIVE_INFINITY);
  assert.deepEqual(detailLines(paymentEvent(7), wide), [`    pays   +1.50000000 to ${ADDRESS}`]);
  assert.deepEqual(detailLines(paymentRemovedEvent(7), wide), []);
  const [first] = detailLines(paymentEvent(7), new PaymentRow(200));
  assert.equal(first, `    block  ${blockOf(7)}`);
});

test('of what was removed there are the hashes', () => {
  assert.deepEqual(detailLines(paymentRemovedEvent(7), NARROW), [
    `    txid   ${txidOf(7)}`,
    `    block  ${blockOf(7)}`,
  ]);
});
