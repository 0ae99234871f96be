import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PaymentRow } from '../../../src/cli/scan/payment-row.ts';
import {
  ADDRESS,
  blockOf,
  paymentEvent,
  paymentInput,
  paymentOutput,
  paymentRemovedEvent,
  spendingEvent,
} from '../../support/scan-events.ts';
import { txidOf } from '../../support/tx-events.ts';

const PLAIN = paymentEvent(812_345);
const SPENDING = spendingEvent(812_346);
const REMOVED = paymentRemovedEvent(812_345, { balanceSats: 25 });
const TAPROOT = `bcrt1p${'q'.repeat(58)}`;
/** All numbers at their largest. */
const LARGE = paymentEvent(16_777_215, {
  txid: 'f'.repeat(64),
  netSats: -2_100_000_000_000_000,
  balanceSats: 2_100_000_000_000_000,
  coinbase: true,
  outputs: Array.from({ length: 100_000 }, (_, n) => paymentOutput({ n, address: TAPROOT })),
  inputs: [paymentInput({ valueSats: null, address: null, scriptHex: '51'.repeat(10_000) })],
});
const LARGE_REMOVED = paymentRemovedEvent(16_777_215, {
  netSats: 2_100_000_000_000_000,
  balanceSats: 2_100_000_000_000_000,
});

/** Titles, a payment in, a payment out and one that was removed, for each width. */
const GOLDEN: Readonly<Record<number, readonly string[]>> = {
  40: [
    '   height             BTC        balance',
    '  812,345     +1.50000000     1.50000000',
    '  812,346     -0.50000000     1.00000000',
    'removed    812,345     -1.50000000',
  ],
  80: [
    'UTC             height             BTC         balance  txid        block',
    '2026-11-21     812,345     +1.50000000      1.50000000  0000..6539  ..aaaaac6539',
    '2026-11-21     812,346     -0.50000000      1.00000000  0000..653a  ..aaaaac653a',
    'removed        812,345     -1.50000000      0.00000025  0000..6539  ..aaaaac6539',
  ],
  120: [
    'UTC                  height             BTC         balance  txid              block         address',
    '2026-11-21 14:02    812,345     +1.50000000      1.50000000  0000000..00c6539  ..aaaaac6539  bcrt1qw508d6q..c5xw7kygt080',
    '2026-11-21 14:02    812,346     -0.50000000      1.00000000  0000000..00c653a  ..aaaaac653a  bcrt1qw508d6q..c5xw7kygt080',
    'removed             812,345     -1.50000000      0.00000025  0000000..00c6539  ..aaaaac6539  left the chain',
  ],
};

test('40 columns have height, amount and balance; 80 have parts of txid and block too; wider ones the address', () => {
  for (const [width, lines] of Object.entries(GOLDEN)) {
    const row = new PaymentRow(Number(width));
    const shown = [row.header(), ...[PLAIN, SPENDING, REMOVED].map((payment) => row.line(payment))];
    assert.deepEqual(shown, lines, width);
  }
});

test('addresses are whole as soon as there is room, then txids', () => {
  assert.ok(new PaymentRow(140).line(PLAIN).endsWith(ADDRESS));
  const line = new PaymentRow(190).line(PLAIN);
  assert.ok(line.includes(PLAIN.txid) && line.endsWith(ADDRESS), line);
});

test('without a screen nothing is cut: time, height, amount, balance, txid, block and address', () => {
  const row = new PaymentRow(Number.POSITIVE_INFINITY);
  assert.equal(
    row.line(PLAIN).replaceAll(/ {2,}/g, '  '),
    `2026-11-21 14:02:03  812,345  +1.50000000  1.50000000  ${PLAIN.txid}  ${PLAIN.block}  ${ADDRESS}`,
  );
  assert.match(row.line(LARGE), / -21000000\.00000000 {2}21000000\.00000000 {2}f{64} /);
});

test('no line is wider than the screen, and columns stand under their titles, whatever comes', () => {
  for (let width = 1; width <= 330; width++) {
    const row = new PaymentRow(width);
    const lines = [PLAIN, SPENDING, LARGE, REMOVED, LARGE_REMOVED].map((payment) => row.line(payment));
    for (const line of [row.header(), ...lines]) {
      assert.ok(line.length <= width, `${line.length} in ${width}: ${line}`);
      assert.match(line, /^[ -~]*$/);
    }
    const end = row.header().indexOf('balance') + 'balance'.length;
    const inColumns = row.widthOf('UTC') > 0 ? lines : lines.slice(0, 3);
    if (row.header().includes('balance'))
      for (const line of inColumns) assert.match(line.slice(0, end), /\d$/, `${width}: ${line}`);
  }
});

test('what was removed is marked and taken back, on a screen of any width that has numbers', () => {
  for (let width = 18; width <= 200; width++) {
    const line = new PaymentRow(width).line(REMOVED);
    assert.match(line, /^removed +812,345/, `${width}`);
    if (width >= 34) assert.match(line, / -1\.50000000\b/);
  }
  const spent = paymentRemovedEvent(5, { netSats: -3 });
  assert.match(new PaymentRow(80).line(spent), / \+0\.00000003 /);
  const nothing = paymentRemovedEvent(5, { netSats: 0 });
  assert.match(new PaymentRow(80).line(nothing), / 0\.00000000 /);
});

/** The last column of a line for no screen. */
function places(line: string): string {
  return line.slice(line.indexOf(blockOf(7)) + 66);
}

test('each watched place is named once, received before spent, and new coins and unknown amounts are marked', () => {
  const row = new PaymentRow(Number.POSITIVE_INFINITY);
  const outputs = [paymentOutput(), paymentOutput({ n: 1 }), paymentOutput({ n: 2, address: null })];
  const inputs = [paymentInput({ address: 'other' }), paymentInput({ n: 1, address: 'other' })];
  assert.equal(
    places(row.line(paymentEvent(7, { outputs, inputs }))),
    `${ADDRESS}, 0014751e76e8199196d454941c45d1b3a323f1433bd6, other`,
  );
  assert.equal(places(row.line(paymentEvent(7, { coinbase: true }))), `(new coins), ${ADDRESS}`);
  const unknown = [paymentInput({ valueSats: null })];
  assert.equal(
    places(row.line(spendingEvent(7, { inputs: unknown, txid: txidOf(9) }))),
    `(spends unknown), ${ADDRESS}`,
  );
});
