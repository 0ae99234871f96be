import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { toHex } from '../../src/bytes/hex.ts';
import { decodeBlockPayments, encodeBlockPayments } from '../../src/ledger/payment-record.ts';
import type { BlockPayments, Payment } from '../../src/ledger/payment.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const position = fc.oneof(fc.nat(3), fc.nat(0xffffffff));
const script = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 250, maxLength: 260 }));
const valueSats = fc.oneof(
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 0n, max: 2_100_000_000_000_000n }),
);

function record<T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T, keyof T>(model, { noNullPrototype: true });
}

function some<T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(item, { maxLength: 3 });
}

const payment: fc.Arbitrary<Payment> = record<Payment>({
  txid: hash,
  index: fc.nat(16_665),
  received: some(record({ vout: position, valueSats, script })),
  spent: some(record({ vin: position, txid: hash, vout: position, valueSats, script })),
  unknownSpends: some(record({ vin: position, txid: hash, vout: position, script })),
}).filter(({ received, spent, unknownSpends }) => received.length + spent.length + unknownSpends.length > 0);

const blockPayments: fc.Arbitrary<BlockPayments> = record<BlockPayments>({
  height: fc.nat(0xffffffff),
  hash,
  blockTime: fc.nat(0xffffffff),
  payments: fc.array(payment, { minLength: 1, maxLength: 4 }),
});

const SCRIPT = Uint8Array.of(0x51);
const FOUND: BlockPayments = {
  height: 0x010203,
  hash: new Uint8Array(32).fill(0xaa),
  blockTime: 1_600_000_000,
  payments: [
    {
      txid: new Uint8Array(32).fill(0xbb),
      index: 2,
      received: [{ vout: 1, valueSats: 0xfdn, script: SCRIPT }],
      spent: [{ vin: 3, txid: new Uint8Array(32).fill(0xcc), vout: 4, valueSats: 5n, script: SCRIPT }],
      unknownSpends: [{ vin: 6, txid: new Uint8Array(32).fill(0xdd), vout: 300, script: SCRIPT }],
    },
  ],
};

test('the bytes are those that stores already hold', () => {
  const bytes = [
    '01', // layout
    '03020100',
    'aa'.repeat(32),
    '00105e5f',
    '01', // payments
    'bb'.repeat(32),
    '02',
    '01', // received
    '01fdfd000151',
    '01', // spent
    `03${'cc'.repeat(32)}04050151`,
    '01', // unknown spends
    `06${'dd'.repeat(32)}fd2c010151`,
  ];
  assert.equal(toHex(encodeBlockPayments(FOUND)), bytes.join(''));
  assert.deepEqual(decodeBlockPayments(encodeBlockPayments(FOUND)), FOUND);
});

test('what is written comes back as it was', () => {
  fc.assert(
    fc.property(blockPayments, (found) => {
      assert.deepEqual(decodeBlockPayments(encodeBlockPayments(found)), found);
    }),
  );
});

test('what comes back shares no memory with the bytes', () => {
  const bytes = Buffer.from(encodeBlockPayments(FOUND));
  const found = decodeBlockPayments(bytes);
  bytes.fill(0xff);
  assert.deepEqual(found, FOUND);
});

test('damaged bytes are undefined or another record, and never an exception', () => {
  fc.assert(
    fc.property(blockPayments, fc.nat(), fc.integer({ min: 1, max: 255 }), (found, at, change) => {
      const bytes = Uint8Array.from(encodeBlockPayments(found));
      const place = at % bytes.length;
      const damaged = bytes.map((byte, i) => (i === place ? byte ^ change : byte));
      const read = decodeBlockPayments(damaged);
      // Whatever is read has no other bytes.
      if (read !== undefined) assert.deepEqual(encodeBlockPayments(read), damaged);
    }),
    { numRuns: 500 },
  );
});

test('any bytes at all are undefined or a record', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      decodeBlockPayments(bytes);
      decodeBlockPayments(Uint8Array.of(1, ...bytes));
    }),
  );
});

const whole = encodeBlockPayments(FOUND);

test('bytes that were cut short or added to are damaged', () => {
  for (let length = 0; length < whole.length; length++)
    assert.equal(decodeBlockPayments(whole.subarray(0, length)), undefined);
  assert.equal(decodeBlockPayments(Uint8Array.of(...whole, 0)), undefined);
});

const DAMAGED: Readonly<Record<string, Uint8Array>> = {
  'another layout': whole.with(0, 2),
  'a record without a payment': Uint8Array.of(...whole.subarray(0, 41), 0),
  'a payment of nothing': Uint8Array.of(...whole.subarray(0, 75), 0, 0, 0),
  'a count without the bytes for it': whole.with(41, 0xfc),
  'a place that no block has': Uint8Array.of(
    ...whole.subarray(0, 74),
    0xfd,
    0x1a,
    0x41,
    ...whole.subarray(75),
  ),
};

for (const [what, bytes] of Object.entries(DAMAGED)) {
  test(`${what} is damaged`, () => {
    assert.equal(decodeBlockPayments(bytes), undefined);
  });
}

test('what has no bytes is refused', () => {
  assert.throws(() => encodeBlockPayments({ ...FOUND, height: -1 }), RangeError);
  assert.throws(() => encodeBlockPayments({ ...FOUND, hash: new Uint8Array(31) }), RangeError);
});
