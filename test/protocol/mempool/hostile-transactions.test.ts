/**
 * Strangers who make as many transactions as they like, of the worst shapes. The bounds of time are wide, for slow machines,
 * and still far below what work that grows with the square takes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256d } from '../../../src/bytes/hash.ts';
import type { TxNews } from '../../../src/protocol/mempool/mempool-news.ts';
import type { IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { INVENTORY, type InventoryItem } from '../../../src/wire/inventory.ts';
import type { OutPoint } from '../../../src/wire/tx.ts';
import { KeptPool, PEERS } from '../../support/keeper-fixture.ts';
import { secondsOfWork } from '../../support/seconds-of-work.ts';
import { chainOf, mineBlock, outputOf, payment, somewhere, stray } from '../../support/transactions.ts';
import { askedIn, hangUpsIn, newsIn, SECOND, Watching } from '../../support/watch-fixture.ts';

const [A, B] = PEERS;
const MANY = 8_000;

/** Asserts that something takes no more than so many seconds of work. */
function within(seconds: number, what: string, act: () => void): void {
  const taken = secondsOfWork(act);
  assert.ok(taken < seconds, `${what} took ${taken.toFixed(1)} s`);
}

function outputsOf(tx: IdentifiedTx, count: number): OutPoint[] {
  return Array.from({ length: count }, (_, n) => outputOf(tx, n));
}

/** Hashes of nothing, as they are announced. */
function itemsFrom(first: number, count: number): InventoryItem[] {
  return Array.from({ length: count }, (_, n) => ({
    type: INVENTORY.WTX,
    hash: sha256d(new Uint8Array(new Uint32Array([first + n]).buffer)),
  }));
}

/** The most hashes that one event names. */
function mostConflicts(news: readonly TxNews[]): number {
  return Math.max(
    0,
    ...news.map((one) => {
      if (one.event === 'tx') return one.tx.conflictsWith.length;
      return one.event === 'tx-updated' ? one.standing.conflictsWith.length : 0;
    }),
  );
}

/** All changes, as they would be told. */
function updatesOf(kept: KeptPool): TxNews[] {
  const told: TxNews[] = [];
  while (kept.keeper.hasUpdates) for (const one of kept.keeper.takeUpdates(1_000)) told.push(one);
  return told;
}

test('a peer that announces 60,000 hashes is asked for a thousand at a time, and no more is kept than allowed', () => {
  const watching = Watching.open(2);
  within(6, 'announcing', () => {
    assert.equal(askedIn(watching.inv(1, ...itemsFrom(0, 30_000))).length, 1_000);
    assert.deepEqual(watching.inv(1, ...itemsFrom(30_000, 30_000)), []);
    assert.deepEqual(watching.inv(1, ...itemsFrom(0, 30_000)), [], 'again the same');
  });
  const honest = stray(1);
  assert.equal(askedIn(watching.announce(2, honest))[0]?.[0], 2, 'others are heard meanwhile');
  within(10, 'being silent', () => {
    const asked = askedIn(watching.pass(7_200 * SECOND));
    assert.ok(asked.length <= 49_000);
  });
});

test('a chain of 1,000 unconfirmed transactions is taken in, updated and confirmed quickly', () => {
  const chain = chainOf(1_000, stray(1));
  for (const order of [chain, chain.toReversed()]) {
    const kept = new KeptPool();
    within(5, 'a chain', () => {
      for (const tx of order) kept.take(tx, [A]);
      for (const tx of order) kept.announce(tx, B);
      updatesOf(kept);
    });
    assert.equal(kept.keeper.pool.count, 1_000);
    const block = mineBlock(chain);
    within(3, 'its end', () => assert.equal(kept.connect(block).length, 1_000));
    within(3, 'its return', () => assert.equal(kept.keeper.disconnect(block.hash).length, 1_000));
  }
});

test('a transaction with very many outputs, each spent, is as quick as others', () => {
  const parent = payment({ spends: [somewhere(1)], pays: Array.from({ length: MANY }, () => 1_000) });
  const children = outputsOf(parent, MANY).map((spent) => payment({ spends: [spent], pays: [900] }));
  for (const order of [
    [parent, ...children],
    [...children, parent],
  ]) {
    const kept = new KeptPool();
    within(6, 'a family', () => {
      for (const tx of order) kept.take(tx, [A]);
      updatesOf(kept);
    });
    assert.ok(children.every((child) => kept.feeOf(child) === 100));
    const winner = payment({ spends: [somewhere(1)], pays: [7] });
    within(4, 'its end', () => assert.equal(kept.connect(mineBlock([winner])).length, MANY + 1));
    assert.equal(kept.keeper.pool.bytes, 0);
  }
});

test('a transaction with very many inputs, each of a parent of its own, is as quick whoever comes first', () => {
  const parents = Array.from({ length: MANY }, (_, n) => stray(n, [1_000]));
  const child = payment({ spends: parents.map((parent) => outputOf(parent)), pays: [10] });
  for (const order of [
    [...parents, child],
    [child, ...parents],
  ]) {
    const kept = new KeptPool();
    within(6, 'a family', () => {
      for (const tx of order) kept.take(tx, [A]);
      updatesOf(kept);
    });
    assert.equal(kept.feeOf(child), MANY * 1_000 - 10);
  }
});

test('a hub between very many parents and very many children is looked at in part only', () => {
  const parents = Array.from({ length: MANY }, (_, n) => stray(n, [1_000]));
  const hub = payment({
    spends: parents.map((parent) => outputOf(parent)),
    pays: Array.from({ length: MANY }, () => 900),
  });
  const children = outputsOf(hub, MANY).map((spent) => payment({ spends: [spent], pays: [800] }));
  const kept = new KeptPool();
  within(8, 'a hub', () => {
    for (const tx of [...parents, hub, ...children]) kept.take(tx, [A]);
    for (const tx of parents) kept.announce(tx, B);
    updatesOf(kept);
  });
  const small = new KeptPool({ maxBytes: 10_000_000 });
  within(8, 'a hub where there is no room', () => {
    for (const tx of [...parents, hub, ...children]) small.take(tx, [A]);
  });
});

test('of very many transactions that spend the same output few are kept, and each names few', () => {
  const kept = new KeptPool();
  let most = 0;
  within(5, 'rivals', () => {
    for (let n = 0; n < 10_000; n++) {
      // Each pays a little less, so that none replaces another.
      const news = kept.take(payment({ spends: [somewhere(1)], pays: [1_000 + n] }), [A]);
      most = Math.max(most, mostConflicts(news));
      if (n % 100 === 0) most = Math.max(most, mostConflicts(updatesOf(kept)));
    }
  });
  assert.ok(kept.keeper.pool.count <= 100 && most <= 100);
});

test('a large transaction each of whose inputs another one spends as well is settled quickly, first or last', () => {
  const outputs = Array.from({ length: MANY }, (_, n) => somewhere(n));
  const large = payment({ spends: outputs, pays: [1] });
  const small = outputs.map((spent) => payment({ spends: [spent], pays: [1_000] }));
  for (const order of [
    [...small, large],
    [large, ...small],
  ]) {
    const kept = new KeptPool({}, [A, B]);
    within(6, 'rivals', () => {
      for (const tx of order) kept.take(tx, [A]);
      kept.announce(large, B);
      for (const tx of small) kept.announce(tx, B);
      updatesOf(kept);
    });
    within(3, 'their end', () => kept.connect(mineBlock(small.slice(0, 100))));
  }
});

test('large transactions that two peers announced make small rivals no dearer', () => {
  const outputs = Array.from({ length: MANY }, (_, n) => somewhere(n));
  const kept = new KeptPool({}, [A, B]);
  kept.take(payment({ spends: outputs, pays: [1] }), [A, B]);
  within(5, 'rivals', () => {
    for (let n = 0; n < 4_000; n++)
      kept.take(payment({ spends: [outputs[n] as OutPoint], pays: [1_000] }), [A]);
  });
});

test('a flood that is evicted as it comes takes about as long for each', () => {
  const kept = new KeptPool({ maxBytes: 5_000_000 });
  const flood = Array.from({ length: 20_000 }, (_, n) => stray(n));
  within(10, 'a flood', () => {
    for (const tx of flood) kept.take(tx, ['c:1']);
  });
  assert.ok(kept.keeper.pool.bytes <= 5_000_000);
});

test('a flood of chains is evicted as quickly', () => {
  const kept = new KeptPool({ maxBytes: 5_000_000 });
  const chains = Array.from({ length: 150 }, (_, n) => chainOf(100, stray(n))).flat();
  within(15, 'chains', () => {
    for (const tx of chains) kept.take(tx, ['c:1']);
  });
});

test('a peer that names other kinds of things, or the same thing again and again, has nothing asked', () => {
  const watching = Watching.open(1);
  const { wtxid } = stray(1);
  const same = Array.from({ length: 50_000 }, () => ({ type: INVENTORY.WTX, hash: wtxid }));
  assert.equal(askedIn(watching.inv(1, ...same)).length, 1);
  const blocks = same.map(({ hash }) => ({ type: INVENTORY.BLOCK, hash }));
  assert.deepEqual(watching.inv(1, ...blocks), []);
  assert.deepEqual(watching.notFound(1, ...blocks), []);
  assert.deepEqual(hangUpsIn(watching.notFound(1, ...same)), []);
});

test('a block that holds transactions twice is refused, whatever is in the list', () => {
  const watching = Watching.open(1);
  watching.holders = [1];
  const tx = stray(1);
  watching.announce(1, tx);
  watching.deliver(1, tx);
  const block = mineBlock([tx]);
  watching.follow([block]);
  const { header, transactions } = block.message.payload;
  const doubled = { header, transactions: [...transactions, ...transactions] };
  const outputs = watching.give({
    type: 'message',
    peer: 1,
    message: { command: 'block', payload: doubled },
  });
  assert.deepEqual(hangUpsIn(outputs), [[1, 'bad-block']]);
  assert.deepEqual(newsIn(outputs), []);
});
