import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TxRow } from '../../../src/cli/watch/tx-row.ts';
import { outputOf, txEvent, txidOf } from '../../support/tx-events.ts';

const PLAIN = txEvent(0xabc, { feeRate: 12.34 });
const TAPROOT = `bcrt1p${'q'.repeat(58)}`;
/** All numbers at their largest. */
const LARGE = txEvent(2 ** 40, {
  vsize: 1_000_000,
  outputTotalSats: 2_100_000_000_000_000,
  feeRate: 2.1e9,
  outputs: Array.from({ length: 111_000 }, (_, n) => outputOf({ n, address: TAPROOT })),
  conflictsWith: [txidOf(1)],
  replaces: [txidOf(1)],
  isReturned: true,
  signalsRbf: true,
});
const HOSTILE = txEvent(3, {
  outputs: [outputOf({ address: null, type: 'op-return', text: `\u001b]0;owned\u0007${'\n'.repeat(300)}` })],
});

/** Header and a plain line for each width. */
const GOLDEN: Readonly<Record<number, readonly [string, string]>> = {
  40: ['UTC       txid                       BTC', '14:02:03  000000..000abc      1.50000000'],
  80: [
    'UTC       txid          vsize             BTC  pays to          sat/vB  flags',
    '14:02:03  0000..0abc      141      1.50000000  bcrt1q..ygt080     12.3  rbf',
  ],
};

test('40 columns have time, txid and value; 80 have all but the number of outputs', () => {
  for (const [width, lines] of Object.entries(GOLDEN)) {
    const row = new TxRow(Number(width));
    assert.deepEqual([row.header(), row.line({ ...PLAIN, signalsRbf: Number(width) >= 80 })], lines);
  }
});

test('wider screens have every column, and txids in full as soon as there is room', () => {
  assert.match(new TxRow(120).header(), /^UTC +txid +vsize +outs +BTC +pays to +sat\/vB +flags$/);
  const line = new TxRow(200).line(PLAIN);
  assert.ok(line.includes(PLAIN.txid) && line.includes('bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080'), line);
});

test('no line is wider than the screen, and columns stand under their titles, whatever comes', () => {
  for (let width = 1; width <= 260; width++) {
    const row = new TxRow(width);
    const lines = [PLAIN, LARGE, HOSTILE].map((event) => row.line(event));
    for (const line of [row.header(), ...lines]) {
      assert.ok(line.length <= width, `${line.length} in ${width}: ${line}`);
      assert.match(line, /^[ -~]*$/);
    }
    const ends = lines.map((line) => line.slice(0, row.header().indexOf('BTC') + 3));
    if (row.header().includes('BTC')) for (const line of ends) assert.match(line, /\d$/, `${width}: ${line}`);
  }
});

test('without a screen nothing is left out or cut but text', () => {
  const row = new TxRow(Number.POSITIVE_INFINITY);
  const line = row.line({ ...LARGE, outputs: LARGE.outputs.slice(0, 1) });
  for (const text of [LARGE.txid, '21000000.00000000', TAPROOT, 'conflict,replaces,returned,rbf']) {
    assert.ok(line.includes(text), `${text} in ${line}`);
  }
});
