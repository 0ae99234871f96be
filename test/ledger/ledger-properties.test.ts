/** The ledger against a model that works everything out anew, on random chains with reorganisations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { toHex } from '../../src/bytes/hex.ts';
import { type ExaminedBlock, Ledger } from '../../src/ledger/ledger.ts';
import { decodeBlockPayments, encodeBlockPayments } from '../../src/ledger/payment-record.ts';
import { totalSats } from '../../src/ledger/payment.ts';
import type { IdentifiedTx } from '../../src/wire/identified-tx.ts';
import type { OutPoint } from '../../src/wire/tx.ts';
import { type Standing, standingAfter, standingOf } from '../support/ledger-model.ts';
import { blockAt, coinbase, inputOf, owner, type Pay, taproot, transfer } from '../support/payments.ts';

const OWNERS = [owner(1), owner(2), owner(3)];
/** Two that show themselves when they spend, one that does not. */
const WATCHED = [owner(1).script, owner(2).script, taproot(4)];
const SCRIPTS = [...WATCHED, owner(3).script, taproot(5)];
/** Blocks that the ledger does not see. */
const FROM_HEIGHT = 3;

/** A transaction by the places of what it spends among all that can be spent, counted from the newest. */
interface Transfer {
  readonly spends: readonly number[];
  readonly pays: readonly (readonly [script: number, sats: number])[];
}

interface Step {
  /** Blocks of the end that are left before. */
  readonly undone: number;
  /** Heights above the last block. */
  readonly gap: number;
  /** Two coinbases with the same number and payments are the same transaction. */
  readonly coinbase: number;
  readonly transfers: readonly Transfer[];
}

const pays = fc.array(fc.tuple(fc.nat(SCRIPTS.length - 1), fc.nat(1_000)), { minLength: 1, maxLength: 4 });
const step: fc.Arbitrary<Step> = fc.record({
  undone: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(6) }),
  gap: fc.oneof(
    { weight: 5, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: 99 }) },
  ),
  coinbase: fc.nat(12),
  transfers: fc.array(fc.record({ spends: fc.array(fc.nat(8), { minLength: 1, maxLength: 4 }), pays }), {
    maxLength: 5,
  }),
});
const steps = fc.array(step, { minLength: 1, maxLength: 25, size: 'max' });

interface Spendable extends OutPoint {
  readonly script: Uint8Array;
}

/** A chain as a miner makes it, and the outputs that can be spent on it. */
class Miner {
  blocks: ExaminedBlock[] = [];
  #salt = 0;

  leave(count: number): void {
    this.blocks = this.blocks.slice(0, Math.max(0, this.blocks.length - count));
  }

  mine({ gap, coinbase: number, transfers }: Step): ExaminedBlock {
    const spendable = this.#spendable();
    // One that depends on nothing but its number: txids come again, whether or not they were spent.
    const transactions = [
      coinbase(number, [
        [SCRIPTS[number % 5] as Uint8Array, 50],
        [taproot(4), 5],
      ]),
    ];
    take(spendable, transactions[0] as IdentifiedTx);
    for (const { spends, pays: wanted } of transfers) {
      const inputs = spends.flatMap((place) => {
        const [spent] = spendable.splice(-1 - (place % Math.max(1, spendable.length)), 1);
        return spent === undefined ? [] : [inputOf(spent, keyFor(spent.script))];
      });
      if (inputs.length === 0) continue;
      const outputs = wanted.map(([script, sats]): Pay => [SCRIPTS[script] as Uint8Array, sats]);
      const made = transfer(inputs, outputs);
      transactions.push(made);
      take(spendable, made);
    }
    const block = blockAt((this.blocks.at(-1)?.height ?? 0) + gap, transactions, this.#salt++);
    this.blocks.push(block);
    return block;
  }

  #spendable(): Spendable[] {
    const spendable: Spendable[] = [];
    for (const { transactions } of this.blocks) {
      for (const transaction of transactions) {
        for (const { previous } of transaction.tx.inputs) {
          const place = spendable.findIndex((one) => isSame(one, previous));
          if (place !== -1) spendable.splice(place, 1);
        }
        take(spendable, transaction);
      }
    }
    return spendable;
  }
}

function take(spendable: Spendable[], { tx, txid }: IdentifiedTx): void {
  tx.outputs.forEach(({ script }, vout) => {
    if (!spendable.some((one) => isSame(one, { txid, vout }))) spendable.push({ txid, vout, script });
  });
}

function isSame(a: OutPoint, b: OutPoint): boolean {
  return a.vout === b.vout && toHex(a.txid) === toHex(b.txid);
}

function keyFor(script: Uint8Array): Uint8Array | undefined {
  return OWNERS.find((one) => toHex(one.script) === toHex(script))?.key;
}

/** Lets a ledger look at a block; through bytes, as a store would keep it. */
function look(ledger: Ledger, block: ExaminedBlock): void {
  const found = ledger.examine(block);
  if (found === undefined || block.height < FROM_HEIGHT) return;
  const kept = decodeBlockPayments(encodeBlockPayments(found));
  assert.deepEqual(kept, found);
  ledger.append(kept);
}

/** All that a ledger tells of itself. */
function accountOf(ledger: Ledger, tip: number): Standing & Record<string, unknown> {
  const { receivedSats, spentSats, paymentCount } = ledger;
  return {
    ...standingOf(ledger, tip),
    receivedSats,
    spentSats,
    paymentCount,
    history: [...ledger.history()],
  };
}

test('after any chain and any reorganisations the ledger says what the blocks say', () => {
  fc.assert(
    fc.property(steps, (history) => {
      const miner = new Miner();
      const ledger = new Ledger(WATCHED);
      for (const one of history) {
        miner.leave(one.undone);
        const fork = miner.blocks.at(-1)?.height ?? 0;
        const before = [...ledger.history()];
        const removed = ledger.undoAbove(fork);
        assert.deepEqual([...ledger.history(), ...removed.toReversed()], before);
        const block = miner.mine(one);
        if (block.height >= FROM_HEIGHT) look(ledger, block);
        const expected = standingAfter(miner.blocks, FROM_HEIGHT, WATCHED);
        assert.deepEqual(standingOf(ledger, block.height), expected);
      }
    }),
    { numRuns: 100 },
  );
});

test('a ledger that undid blocks is as one that never saw them', () => {
  fc.assert(
    fc.property(steps, fc.nat(30), (history, keep) => {
      const miner = new Miner();
      const blocks = history.map((one) => miner.mine(one));
      const height = blocks[Math.min(keep, blocks.length - 1)]?.height ?? 0;
      const [all, some] = [new Ledger(WATCHED), new Ledger(WATCHED)];
      for (const block of blocks) look(all, block);
      for (const block of blocks) if (block.height <= height) look(some, block);
      all.undoAbove(height);
      assert.deepEqual(accountOf(all, height), accountOf(some, height));
      // And goes on as one.
      for (const block of blocks) {
        if (block.height <= height) continue;
        look(all, block);
        look(some, block);
      }
      assert.deepEqual(accountOf(all, 10_000), accountOf(some, 10_000));
    }),
    { numRuns: 100 },
  );
});

test('the balance is what the history adds up to', () => {
  fc.assert(
    fc.property(steps, (history) => {
      const miner = new Miner();
      const ledger = new Ledger(WATCHED);
      for (const one of history) look(ledger, miner.mine(one));
      let balance = 0n;
      for (const { payments } of ledger.history()) {
        for (const { received, spent } of payments) {
          balance += totalSats(received) - totalSats(spent);
          assert.ok(balance >= 0n);
        }
      }
      assert.equal(balance, ledger.balanceSats);
      assert.equal(ledger.balanceSats, ledger.receivedSats - ledger.spentSats);
    }),
  );
});
