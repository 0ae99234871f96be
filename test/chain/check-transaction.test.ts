import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import {
  checkTransaction,
  isCoinbase,
  MAX_MONEY_SATS,
  type TxRule,
} from '../../src/chain/check-transaction.ts';
import { identifyRaw } from '../../src/wire/identified-tx.ts';
import type { OutPoint, Tx } from '../../src/wire/tx.ts';
import { aCoinbase, anInput, anOutput, aTx, aTxOfSize } from '../support/made-blocks.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';
import { secondsOfWork } from '../support/seconds-of-work.ts';

const NULL: OutPoint = { txid: new Uint8Array(32), vout: 0xffffffff };

function ruleBroken(tx: Tx): TxRule | undefined {
  const broken = checkTransaction(tx);
  assert.notEqual(broken?.detail, '');
  return broken?.rule;
}

/** A coinbase whose script has so many bytes. */
function coinbaseWithScript(size: number): Tx {
  const [input] = aCoinbase().inputs;
  return aCoinbase(0, { inputs: [{ ...input!, script: new Uint8Array(size) }] });
}

const withAmounts = (...amounts: bigint[]): Tx =>
  aTx(1, { outputs: amounts.map((amount) => anOutput(amount)) });
const spending = (...outPoints: OutPoint[]): Tx =>
  aTx(1, { inputs: outPoints.map((previous, n) => anInput(n, { previous })) });
const outPoint = (n: number, vout: number): OutPoint => ({ txid: anInput(n).previous.txid, vout });

test('an ordinary transaction and a coinbase keep every rule', () => {
  assert.equal(ruleBroken(aTx(1)), undefined);
  assert.equal(ruleBroken(aCoinbase()), undefined);
});

test('a transaction has inputs and outputs', () => {
  assert.equal(ruleBroken(aTx(1, { inputs: [] })), 'bad-txns-vin-empty');
  assert.equal(ruleBroken(aTx(1, { outputs: [] })), 'bad-txns-vout-empty');
});

test('a transaction has at most a million bytes, witnesses not counted', () => {
  assert.equal(ruleBroken(aTxOfSize(1_000_000)), undefined);
  assert.equal(ruleBroken(aTxOfSize(1_000_001)), 'bad-txns-oversize');
  const [input] = aTx(1).inputs;
  const heavy = aTx(1, { inputs: [{ ...input!, witness: [new Uint8Array(3_900_000)] }] });
  assert.equal(ruleBroken(heavy), undefined);
});

test('an amount is from nothing to all the money there can be', () => {
  assert.equal(MAX_MONEY_SATS, 2_100_000_000_000_000n);
  assert.equal(ruleBroken(withAmounts(0n)), undefined);
  assert.equal(ruleBroken(withAmounts(-1n)), 'bad-txns-vout-negative');
  assert.equal(ruleBroken(withAmounts(-(2n ** 63n))), 'bad-txns-vout-negative');
  assert.equal(ruleBroken(withAmounts(MAX_MONEY_SATS)), undefined);
  assert.equal(ruleBroken(withAmounts(MAX_MONEY_SATS + 1n)), 'bad-txns-vout-toolarge');
  assert.equal(ruleBroken(withAmounts(2n ** 63n - 1n)), 'bad-txns-vout-toolarge');
});

test('so are the amounts together, and each is judged in its turn', () => {
  assert.equal(ruleBroken(withAmounts(MAX_MONEY_SATS - 1n, 1n)), undefined);
  assert.equal(ruleBroken(withAmounts(MAX_MONEY_SATS, 0n)), undefined);
  assert.equal(ruleBroken(withAmounts(MAX_MONEY_SATS, 1n)), 'bad-txns-txouttotal-toolarge');
  assert.equal(ruleBroken(withAmounts(MAX_MONEY_SATS, 1n, -2n)), 'bad-txns-txouttotal-toolarge');
  assert.equal(ruleBroken(withAmounts(MAX_MONEY_SATS, -1n)), 'bad-txns-vout-negative');
});

test('no output is spent twice, wherever the two inputs stand', () => {
  const [a, b, c] = [outPoint(1, 0), outPoint(2, 0), outPoint(3, 0)];
  for (const twice of [
    [a, a],
    [a, b, a],
    [a, b, b],
    [a, a, b, c],
  ]) {
    assert.equal(ruleBroken(spending(...twice)), 'bad-txns-inputs-duplicate');
  }
  assert.equal(ruleBroken(spending(a, b, c)), undefined);
});

test('outputs of one transaction, and the same position in others, are different outputs', () => {
  assert.equal(ruleBroken(spending(outPoint(1, 1), outPoint(1, 11), outPoint(1, 0))), undefined);
  assert.equal(ruleBroken(spending(outPoint(1, 1), outPoint(2, 1), outPoint(3, 1))), undefined);
});

test('twenty thousand inputs are checked in no time', () => {
  const many = Array.from({ length: 20_000 }, (_, n) => outPoint(n % 1000, n));
  const seconds = secondsOfWork(() => {
    assert.equal(ruleBroken(spending(...many)), undefined);
    assert.equal(ruleBroken(spending(...many, many[0]!)), 'bad-txns-inputs-duplicate');
  });
  // Every input against every other one would be 400 million comparisons.
  assert.ok(seconds < 2, `${seconds} s`);
});

test('only the one input of a coinbase spends nothing', () => {
  const a = outPoint(1, 0);
  for (const wrong of [
    [NULL, a],
    [a, NULL],
    [a, outPoint(2, 0), NULL],
  ]) {
    assert.equal(ruleBroken(spending(...wrong)), 'bad-txns-prevout-null');
  }
  assert.equal(ruleBroken(spending(NULL, NULL)), 'bad-txns-inputs-duplicate');
});

test('a hash of zeros alone, or the last position alone, is an output like any other', () => {
  const zeroHash = { ...NULL, vout: 0 };
  const lastPosition = outPoint(1, 0xffffffff);
  assert.equal(ruleBroken(spending(zeroHash, lastPosition)), undefined);
  for (const one of [zeroHash, lastPosition]) assert.equal(isCoinbase(spending(one)), false);
});

test("a coinbase's script has 2 to 100 bytes, another script any number", () => {
  for (const [size, rule] of [
    [1, 'bad-cb-length'],
    [2, undefined],
    [100, undefined],
    [101, 'bad-cb-length'],
  ] as const) {
    assert.equal(ruleBroken(coinbaseWithScript(size)), rule, `${size} bytes`);
    assert.equal(ruleBroken(aTx(1, { inputs: [anInput(1, { script: new Uint8Array(size) })] })), undefined);
  }
});

test('a coinbase has one input, which spends nothing', () => {
  assert.equal(isCoinbase(aCoinbase()), true);
  assert.equal(isCoinbase(aTx(1)), false);
  assert.equal(isCoinbase(spending(NULL, NULL)), false);
  assert.equal(isCoinbase(aTx(1, { inputs: [] })), false);
});

test('of several rules the first one in the order of Core is named', () => {
  const order: readonly [TxRule, Partial<Tx>][] = [
    ['bad-txns-vin-empty', { inputs: [] }],
    ['bad-txns-vout-empty', { outputs: [] }],
    ['bad-txns-oversize', { outputs: [anOutput(-1n, new Uint8Array(1_000_000))] }],
    ['bad-txns-vout-negative', { outputs: [anOutput(-1n)] }],
    ['bad-txns-inputs-duplicate', { inputs: [NULL, NULL].map((previous) => anInput(1, { previous })) }],
  ];
  for (const [i, [rule]] of order.entries()) {
    // What breaks the later rules first, so that what breaks this one stays.
    const fields = order.slice(i).toReversed();
    assert.equal(ruleBroken(aTx(1, Object.assign({}, ...fields.map(([, change]) => change)))), rule);
  }
});

/** What Core says of the transactions that it lists as breaking a rule of their own, in the order of its list. */
const CORE_REASONS: readonly TxRule[] = [
  'bad-txns-vout-empty',
  'bad-txns-vout-negative',
  'bad-txns-vout-toolarge',
  'bad-txns-txouttotal-toolarge',
  'bad-txns-inputs-duplicate',
  'bad-cb-length',
  'bad-cb-length',
  'bad-txns-prevout-null',
  'bad-txns-prevout-null',
];

function vectors(file: string): readonly { readonly hex: string; readonly flags: string }[] {
  const rows = JSON.parse(readFileSync(sharedData('vectors', file), 'utf8')) as unknown[][];
  // Rows of one text are comments.
  return rows
    .filter((row) => row.length > 1)
    .map((row) => ({ hex: row[1] as string, flags: row[2] as string }));
}

test(
  'the malformed transactions of Core are refused for its reasons',
  { skip: skipWithoutSharedData },
  () => {
    const invalid = vectors('core_tx_invalid.json');
    const malformed = invalid.filter(({ flags }) => flags === 'BADTX');
    assert.deepEqual(
      malformed.map(({ hex }) => ruleBroken(identifyRaw(fromHex(hex)).tx)),
      CORE_REASONS,
    );
    // What is wrong with the others shows only in their scripts.
    for (const { hex } of invalid.filter(({ flags }) => flags !== 'BADTX')) {
      assert.equal(ruleBroken(identifyRaw(fromHex(hex)).tx), undefined, hex);
    }
  },
);

test('the valid transactions of Core keep every rule', { skip: skipWithoutSharedData }, () => {
  const valid = vectors('core_tx_valid.json');
  assert.equal(valid.length, 121);
  for (const { hex } of valid) {
    const { tx, raw } = identifyRaw(fromHex(hex));
    assert.equal(toHex(raw), hex);
    assert.equal(ruleBroken(tx), undefined, hex);
  }
});

test('real transactions keep every rule', { skip: skipWithoutSharedData }, () => {
  const entries = JSON.parse(readFileSync(sharedData('tx', 'index.json'), 'utf8')) as { file: string }[];
  for (const { file } of entries) {
    const { tx } = identifyRaw(new Uint8Array(readFileSync(sharedData('tx', file))));
    assert.equal(ruleBroken(tx), undefined, file);
  }
});
