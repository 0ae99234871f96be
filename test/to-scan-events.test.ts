import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toDisplayHex, toHex } from '../src/bytes/hex.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import type { BlockPayments } from '../src/ledger/payment.ts';
import { mainnet } from '../src/networks/mainnet.ts';
import { regtest } from '../src/networks/regtest.ts';
import { addressOf } from '../src/script/address.ts';
import { toPaymentEvents, toPaymentRemovedEvents, toScanEvents } from '../src/to-scan-events.ts';
import { blockAt, coinbase, inputOf, owner, transfer } from './support/payments.ts';
import { outputOf, somewhere } from './support/transactions.ts';

const TIME = { time: '2026-01-02T03:04:05.678Z', network: 'regtest' } as const;
const STAMP = { ...TIME, stored: false };
const ANNA = owner(1);
/** A bare key, for which there is no address. */
const BARE = Uint8Array.of(33, ...ANNA.key, 0xac);
const SHOP = Uint8Array.of(0x51);

const REWARD = coinbase(7, [
  [SHOP, 1],
  [BARE, 5_000],
]);
/** Spends the reward and two outputs that are not known, of which one shows whose it was. */
const PURCHASE = transfer(
  [inputOf(somewhere(1)), inputOf(somewhere(2), ANNA.key), inputOf(outputOf(REWARD, 1))],
  [
    [SHOP, 4_000],
    [ANNA.script, 900],
  ],
);
const BLOCK = blockAt(7, [REWARD, PURCHASE]);
const FOUND = new Ledger([ANNA.script, BARE]).examine(BLOCK) as BlockPayments;

const PAYMENT = {
  event: 'payment',
  ...TIME,
  height: 7,
  block: toDisplayHex(BLOCK.hash),
  blockTime: BLOCK.blockTime,
  stored: false,
} as const;
const ADDRESS = addressOf(ANNA.script, regtest) as string;

test('payments are told in the order of the block, each with the balance after it', () => {
  assert.deepEqual(toPaymentEvents(FOUND, 100n, STAMP, regtest), [
    {
      ...PAYMENT,
      txid: toDisplayHex(REWARD.txid),
      index: 0,
      coinbase: true,
      receivedSats: 5_000,
      spentSats: 0,
      netSats: 5_000,
      balanceSats: 5_100,
      outputs: [{ n: 1, valueSats: 5_000, address: null, scriptHex: toHex(BARE) }],
      inputs: [],
    },
    {
      ...PAYMENT,
      txid: toDisplayHex(PURCHASE.txid),
      index: 1,
      coinbase: false,
      receivedSats: 900,
      spentSats: 5_000,
      netSats: -4_100,
      balanceSats: 1_000,
      outputs: [{ n: 1, valueSats: 900, address: ADDRESS, scriptHex: toHex(ANNA.script) }],
      inputs: [
        {
          n: 1,
          txid: toDisplayHex(somewhere(2).txid),
          vout: somewhere(2).vout,
          valueSats: null,
          address: ADDRESS,
          scriptHex: toHex(ANNA.script),
        },
        {
          n: 2,
          txid: toDisplayHex(REWARD.txid),
          vout: 1,
          valueSats: 5_000,
          address: null,
          scriptHex: toHex(BARE),
        },
      ],
    },
  ]);
});

test('JSON carries all of it', () => {
  const events = toPaymentEvents(FOUND, 0n, STAMP, regtest);
  assert.deepEqual(JSON.parse(JSON.stringify(events)), events);
});

test('what an earlier run found is marked, and addresses are those of the network', () => {
  const [, event] = toPaymentEvents(FOUND, 0n, { ...STAMP, stored: true }, mainnet);
  assert.equal(event?.stored, true);
  assert.equal(event.outputs[0]?.address, addressOf(ANNA.script, mainnet));
});

test('payments are taken back from the last to the first, each with the balance before it', () => {
  const common = { event: 'payment-removed', ...TIME, height: 7, block: toDisplayHex(BLOCK.hash) };
  assert.deepEqual(toPaymentRemovedEvents(FOUND, 1_000n, TIME), [
    { ...common, txid: toDisplayHex(PURCHASE.txid), netSats: -4_100, balanceSats: 5_100 },
    { ...common, txid: toDisplayHex(REWARD.txid), netSats: 5_000, balanceSats: 100 },
  ]);
});

test('all the money there can be is an exact number', () => {
  const most = 2_100_000_000_000_000;
  const found = new Ledger([SHOP]).examine(blockAt(1, [coinbase(1, [[SHOP, most]])])) as BlockPayments;
  const [event] = toPaymentEvents(found, 0n, STAMP, regtest);
  assert.deepEqual([event?.receivedSats, event?.balanceSats], [most, most]);
});

test('the end of a scan is told in numbers and display order', () => {
  const tip = { height: 7, hash: BLOCK.hash };
  const counts = { payments: 2, unspent: 1, unknownSpends: 1, fetchedBlocks: 3 };
  const news = {
    event: 'scanned',
    fromHeight: 5,
    tip,
    balanceSats: 900n,
    immatureSats: 0n,
    receivedSats: 5_900n,
    spentSats: 5_000n,
    ...counts,
    seconds: 1.23456,
  } as const;
  assert.deepEqual(toScanEvents(news, TIME, regtest), [
    {
      event: 'scanned',
      ...TIME,
      fromHeight: 5,
      height: 7,
      hash: toDisplayHex(BLOCK.hash),
      balanceSats: 900,
      immatureSats: 0,
      receivedSats: 5_900,
      spentSats: 5_000,
      ...counts,
      seconds: 1.235,
    },
  ]);
});

test('payments of a block are several events, found or taken back', () => {
  const found = { event: 'payments', found: FOUND, balanceSats: 100n, isStored: true } as const;
  assert.deepEqual(
    toScanEvents(found, TIME, regtest),
    toPaymentEvents(FOUND, 100n, { ...TIME, stored: true }, regtest),
  );
  const removed = { event: 'payments-removed', found: FOUND, balanceSats: 1_000n } as const;
  assert.deepEqual(toScanEvents(removed, TIME, regtest), toPaymentRemovedEvents(FOUND, 1_000n, TIME));
});
