import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { BlockPayments, Payment } from '../../src/ledger/payment.ts';
import type { IdentifiedTx } from '../../src/wire/identified-tx.ts';
import { blockAt, coinbase, inputOf, owner, taproot, transfer } from '../support/payments.ts';
import { outputOf, somewhere } from '../support/transactions.ts';

const ANNA = owner(1);
const BERT = owner(2);
const SHOP = taproot(3);
const WATCHED = [ANNA.script, BERT.script];

/** Pays Anna 1,000 and the shop 70. */
const GIFT = transfer(
  [inputOf(somewhere(1))],
  [
    [SHOP, 70],
    [ANNA.script, 1_000],
  ],
);
/** Spends the gift: 300 for the shop, 600 back. */
const PURCHASE = transfer(
  [inputOf(outputOf(GIFT, 1), ANNA.key)],
  [
    [SHOP, 300],
    [BERT.script, 600],
  ],
);

/** Takes in a block that has to hold something. */
function add(ledger: Ledger, height: number, ...transactions: IdentifiedTx[]): readonly Payment[] {
  const found = ledger.examine(blockAt(height, transactions));
  assert.ok(found !== undefined, `block ${height} touches nothing`);
  ledger.append(found);
  return found.payments;
}

function watching(...scripts: Uint8Array[]): Ledger {
  return new Ledger(scripts.length > 0 ? scripts : WATCHED);
}

test('a ledger begins with nothing', () => {
  const ledger = watching();
  assert.deepEqual([ledger.balanceSats, ledger.receivedSats, ledger.spentSats], [0n, 0n, 0n]);
  assert.deepEqual([ledger.paymentCount, ledger.unspentCount, ledger.unknownSpendCount], [0, 0, 0]);
  assert.deepEqual([...ledger.history()], []);
  assert.equal(ledger.immatureSats(100), 0n);
});

test('a block that touches no watched script is nothing', () => {
  const ledger = watching(BERT.script);
  assert.equal(ledger.examine(blockAt(1, [coinbase(1, [[SHOP, 50]]), GIFT])), undefined);
  assert.equal(ledger.examine(blockAt(1, [])), undefined);
  assert.equal(new Ledger([]).examine(blockAt(1, [GIFT])), undefined);
});

test('what a block pays to a watched script is told with all that belongs to it', () => {
  const block = blockAt(7, [coinbase(7, [[SHOP, 50]]), GIFT]);
  assert.deepEqual(watching().examine(block), {
    height: 7,
    hash: block.hash,
    blockTime: block.blockTime,
    payments: [
      {
        txid: GIFT.txid,
        index: 1,
        received: [{ vout: 1, valueSats: 1_000n, script: ANNA.script }],
        spent: [],
        unknownSpends: [],
      },
    ],
  } satisfies BlockPayments);
});

test('examining changes nothing', () => {
  const ledger = watching();
  const block = blockAt(1, [GIFT, PURCHASE]);
  const first = ledger.examine(block);
  assert.deepEqual(ledger.examine(block), first);
  assert.deepEqual([ledger.balanceSats, ledger.unspentCount, [...ledger.history()]], [0n, 0, []]);
});

test('a transaction that spends and receives tells both', () => {
  const ledger = watching();
  add(ledger, 1, GIFT);
  assert.deepEqual(add(ledger, 2, PURCHASE), [
    {
      txid: PURCHASE.txid,
      index: 0,
      received: [{ vout: 1, valueSats: 600n, script: BERT.script }],
      spent: [{ vin: 0, txid: GIFT.txid, vout: 1, valueSats: 1_000n, script: ANNA.script }],
      unknownSpends: [],
    },
  ]);
  assert.deepEqual([ledger.receivedSats, ledger.spentSats, ledger.balanceSats], [1_600n, 1_000n, 600n]);
  assert.deepEqual([ledger.paymentCount, ledger.unspentCount], [2, 1]);
});

test('what is spent in the block that made it counts as received and as spent', () => {
  const ledger = watching(ANNA.script);
  const payments = add(ledger, 1, GIFT, PURCHASE);
  assert.deepEqual(
    payments.map(({ index, received, spent }) => [index, received.length, spent.length]),
    [
      [0, 1, 0],
      [1, 0, 1],
    ],
  );
  assert.deepEqual([ledger.balanceSats, ledger.receivedSats, ledger.unspentCount], [0n, 1_000n, 0]);
  ledger.undoAbove(0);
  assert.deepEqual([ledger.balanceSats, ledger.receivedSats, ledger.unspentCount], [0n, 0n, 0]);
});

test('a spend is recognised by its output, whatever the input shows', () => {
  const ledger = watching(SHOP);
  add(ledger, 1, GIFT);
  const [payment] = add(ledger, 2, transfer([inputOf(outputOf(GIFT))], [[ANNA.script, 60]]));
  assert.deepEqual(payment?.spent, [{ vin: 0, txid: GIFT.txid, vout: 0, valueSats: 70n, script: SHOP }]);
});

test('one transaction may spend several outputs and pay the same script twice', () => {
  const ledger = watching(ANNA.script);
  const twice = transfer(
    [inputOf(somewhere(2))],
    [
      [ANNA.script, 10],
      [SHOP, 5],
      [ANNA.script, 20],
    ],
  );
  add(ledger, 1, GIFT, twice);
  assert.deepEqual([ledger.balanceSats, ledger.unspentCount], [1_030n, 3]);
  const all = transfer(
    [
      inputOf(outputOf(twice, 2)),
      inputOf(somewhere(3)),
      inputOf(outputOf(GIFT, 1)),
      inputOf(outputOf(twice, 0)),
    ],
    [[SHOP, 1_000]],
  );
  const [payment] = add(ledger, 2, all);
  assert.deepEqual(
    payment?.spent.map(({ vin, valueSats }) => [vin, valueSats]),
    [
      [0, 20n],
      [2, 1_000n],
      [3, 10n],
    ],
  );
  assert.deepEqual([ledger.balanceSats, ledger.unspentCount], [0n, 0]);
});

test('the same script watched twice counts once', () => {
  const ledger = watching(ANNA.script, Uint8Array.from(ANNA.script));
  add(ledger, 1, GIFT);
  assert.equal(ledger.balanceSats, 1_000n);
});

test('an output of nothing is still an output', () => {
  const ledger = watching(ANNA.script);
  add(ledger, 1, transfer([inputOf(somewhere(1))], [[ANNA.script, 0]]));
  assert.deepEqual([ledger.balanceSats, ledger.unspentCount, ledger.paymentCount], [0n, 1, 1]);
});

test('amounts are exact beyond what a number holds', () => {
  const ledger = watching(ANNA.script);
  const most = 2_100_000_000_000_000;
  for (let height = 1; height <= 9; height++)
    add(ledger, height, transfer([inputOf(somewhere(height))], [[ANNA.script, most - (height % 2)]]));
  assert.equal(ledger.balanceSats, 9n * 2_100_000_000_000_000n - 5n);
});

test('an input that shows a watched key and spends what is not known is told, without an amount', () => {
  const ledger = watching();
  const old = somewhere(5);
  const [payment] = add(ledger, 9, transfer([inputOf(somewhere(4)), inputOf(old, ANNA.key)], [[SHOP, 1]]));
  assert.deepEqual(payment?.unknownSpends, [{ vin: 1, ...old, script: ANNA.script }]);
  assert.deepEqual([payment.received, payment.spent], [[], []]);
  assert.deepEqual([ledger.unknownSpendCount, ledger.paymentCount, ledger.balanceSats], [1, 1, 0n]);
  ledger.undoAbove(8);
  assert.deepEqual([ledger.unknownSpendCount, ledger.paymentCount], [0, 0]);
});

test('an input that spends what is known is no unknown spend, whosever key it shows', () => {
  const ledger = watching();
  add(ledger, 1, GIFT);
  const [payment] = add(ledger, 2, transfer([inputOf(outputOf(GIFT, 1), BERT.key)], [[SHOP, 1]]));
  assert.deepEqual([payment?.spent.length, payment?.unknownSpends], [1, []]);
});

test('a coinbase shows nothing and spends nothing', () => {
  const ledger = watching();
  const [payment] = add(ledger, 1, coinbase(1, [[ANNA.script, 50]]));
  assert.deepEqual([payment?.index, payment?.spent, payment?.unknownSpends], [0, [], []]);
});

test('new coins are immature up to 100 confirmations', () => {
  const ledger = watching();
  add(
    ledger,
    10,
    coinbase(10, [
      [ANNA.script, 50],
      [BERT.script, 7],
    ]),
    GIFT,
  );
  add(ledger, 12, coinbase(12, [[ANNA.script, 40]]));
  const amounts = [12, 109, 110, 111, 112, 1_000].map((tip) => ledger.immatureSats(tip));
  // The 100th confirmation of block 10 is block 109.
  assert.deepEqual(amounts, [97n, 97n, 40n, 40n, 0n, 0n]);
  assert.equal(ledger.balanceSats, 1_097n);
});

test('new coins that are spent all the same are not counted as immature', () => {
  const ledger = watching();
  const reward = coinbase(10, [
    [ANNA.script, 50],
    [BERT.script, 7],
  ]);
  add(ledger, 10, reward);
  add(ledger, 109, transfer([inputOf(outputOf(reward), ANNA.key)], [[SHOP, 50]]));
  assert.equal(ledger.immatureSats(109), 7n);
  ledger.undoAbove(108);
  assert.equal(ledger.immatureSats(109), 57n);
});

test('blocks that are undone come back the newest first, and leave no trace', () => {
  const ledger = watching();
  add(ledger, 1, GIFT);
  const kept = [...ledger.history()];
  add(ledger, 5, PURCHASE);
  add(ledger, 6, coinbase(6, [[ANNA.script, 50]]));
  const later = [...ledger.history()].slice(1);
  assert.deepEqual(ledger.undoAbove(6), []);
  assert.deepEqual(ledger.undoAbove(4), later.toReversed());
  assert.deepEqual([...ledger.history()], kept);
  assert.deepEqual([ledger.balanceSats, ledger.unspentCount, ledger.paymentCount], [1_000n, 1, 1]);
  // What was spent can be spent again, and so elsewhere.
  assert.equal(add(ledger, 3, PURCHASE)[0]?.spent[0]?.valueSats, 1_000n);
});

test('a transaction that repeats the txid of one with unspent outputs gains nothing', () => {
  const ledger = watching();
  const reward = coinbase(1, [
    [ANNA.script, 50],
    [SHOP, 1],
  ]);
  add(ledger, 1, reward);
  assert.equal(ledger.examine(blockAt(120, [reward])), undefined);
  assert.deepEqual([ledger.balanceSats, ledger.unspentCount], [50n, 1]);
});

test('what repeats a txid is new as far as the outputs of the first were spent', () => {
  const ledger = watching();
  const reward = coinbase(1, [
    [ANNA.script, 50],
    [BERT.script, 7],
  ]);
  const spending = transfer([inputOf(outputOf(reward), ANNA.key)], [[SHOP, 50]]);
  add(ledger, 1, reward);
  add(ledger, 101, spending);
  const [again] = add(ledger, 120, reward);
  assert.deepEqual(again?.received, [{ vout: 0, valueSats: 50n, script: ANNA.script }]);
  assert.deepEqual([ledger.balanceSats, ledger.unspentCount, ledger.immatureSats(120)], [57n, 2, 50n]);
  add(
    ledger,
    300,
    transfer([inputOf(outputOf(reward), ANNA.key), inputOf(outputOf(reward, 1))], [[SHOP, 57]]),
  );
  assert.deepEqual([ledger.balanceSats, ledger.unspentCount], [0n, 0]);
  assert.equal(ledger.undoAbove(119).length, 2);
  assert.deepEqual([ledger.balanceSats, ledger.unspentCount], [7n, 1]);
  ledger.undoAbove(100);
  assert.deepEqual([ledger.balanceSats, ledger.unspentCount], [57n, 2]);
});

test('a txid that is repeated counts when the first was before the beginning', () => {
  const ledger = watching();
  assert.equal(add(ledger, 91_880, coinbase(1, [[ANNA.script, 50]])).length, 1);
});

const FOUND = watching().examine(blockAt(5, [GIFT])) as BlockPayments;
const SPENT = (() => {
  const ledger = watching();
  ledger.append(FOUND);
  return ledger.examine(blockAt(6, [PURCHASE])) as BlockPayments;
})();

function changed(found: BlockPayments, change: (payment: Payment) => Partial<Payment>): BlockPayments {
  return { ...found, payments: found.payments.map((payment) => ({ ...payment, ...change(payment) })) };
}

const REFUSED: readonly (readonly [what: string, BlockPayments, RegExp])[] = [
  ['a block at the height of the last', FOUND, /height 5 is not above 5/],
  ['half a height', { ...SPENT, height: 5.5 }, /height 5.5 is not above 5/],
  ['no payments', { ...SPENT, payments: [] }, /nothing was found at height 6/],
  [
    'a payment in the place of another',
    { ...SPENT, payments: [...SPENT.payments, ...SPENT.payments] },
    /place 0 comes after 0/,
  ],
  [
    'a payment of nothing',
    changed(SPENT, () => ({ received: [], spent: [] })),
    /[0-9a-f]{64} touches nothing/,
  ],
  [
    'a spend of what is not there',
    changed(SPENT, ({ spent }) => ({ spent: [...spent, ...spent] })),
    /input 0 of [0-9a-f]{64} spends what is not there/,
  ],
  [
    'a spend of another amount',
    changed(SPENT, ({ spent }) => ({ spent: spent.map((one) => ({ ...one, valueSats: 999n })) })),
    /spends another output than was made/,
  ],
  [
    'a spend of another script',
    changed(SPENT, ({ spent }) => ({ spent: spent.map((one) => ({ ...one, script: BERT.script })) })),
    /spends another output than was made/,
  ],
  ['what is there already', { ...FOUND, height: 6 }, /output 1 of [0-9a-f]{64} is there already/],
  [
    'what is paid to others',
    changed(SPENT, ({ received }) => ({ received: received.map((one) => ({ ...one, script: SHOP })) })),
    /output 1 of [0-9a-f]{64} pays to a script that is not watched/,
  ],
];

for (const [what, found, message] of REFUSED) {
  test(`${what} is refused, and nothing is changed`, () => {
    const ledger = watching();
    ledger.append(FOUND);
    assert.throws(() => ledger.append(found), { name: 'RangeError', message });
    assert.deepEqual([...ledger.history()], [FOUND]);
    assert.deepEqual([ledger.balanceSats, ledger.unspentCount, ledger.paymentCount], [1_000n, 1, 1]);
    ledger.append(SPENT);
    assert.equal(ledger.balanceSats, 600n);
  });
}
