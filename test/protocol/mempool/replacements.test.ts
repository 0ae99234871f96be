/** Transactions that spend the same output, as the keeper of the list judges them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toDisplayHex } from '../../../src/bytes/hex.ts';
import { hashKey } from '../../../src/bytes/hash-key.ts';
import type { IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { KeptPool, PEERS, seenIn, storyOf, updateOf } from '../../support/keeper-fixture.ts';
import { chainOf, outputOf, payment, somewhere, stray } from '../../support/transactions.ts';

const [A, B, C] = PEERS;

/** Pays some amount from the same outputs. */
function spending(spends: Parameters<typeof payment>[0]['spends'], pays: number): IdentifiedTx {
  return payment({ spends, pays: [pays] });
}

test('with one peer, what it announces in place of another has taken its place', () => {
  const kept = new KeptPool({}, [A]);
  const old = spending([somewhere(1)], 1_000);
  const young = spending([somewhere(1)], 900);
  kept.take(old, [A]);
  const news = kept.take(young, [A]);
  assert.deepEqual(storyOf(news, { old, young }), ['tx young', 'replaced old']);
  assert.deepEqual(seenIn(news).replaces, [old.txid]);
  assert.deepEqual(seenIn(news).conflictsWith, []);
  const removed = news.find(({ event }) => event === 'tx-removed');
  assert.ok(removed?.event === 'tx-removed' && removed.replacedBy === young.txid && removed.peerCount === 1);
  assert.ok(kept.keeper.knows(hashKey(old.txid), false), 'it is not fetched again');
  assert.deepEqual(kept.take(old, [A]), [], 'nor taken in');
});

test('what pays less, or the same, replaces nothing: both are shown as conflicts', () => {
  for (const pays of [1_000, 1_001]) {
    const kept = new KeptPool({}, [A]);
    const old = payment({ spends: [somewhere(1)], pays: [1_000], lockTime: 7 });
    const young = spending([somewhere(1)], pays);
    kept.take(old, [A]);
    const news = kept.take(young, [A]);
    assert.deepEqual(storyOf(news, { old, young }), ['tx young']);
    assert.deepEqual(seenIn(news).conflictsWith, [old.txid]);
    assert.deepEqual(updateOf(kept.keeper.takeUpdates(10), old)?.conflictsWith, [young.txid]);
  }
});

test('known fees decide, whatever the outputs say', () => {
  const source = stray(0, [10_000, 10_000, 10_000]);
  const outputs = [0, 1, 2].map((n) => outputOf(source, n));
  const kept = new KeptPool({}, [A]);
  kept.take(source, [A]);
  const old = spending(outputs.slice(0, 1), 9_000);
  kept.take(old, [A]);
  const less = spending(outputs.slice(0, 2), 19_500);
  assert.deepEqual(storyOf(kept.take(less, [A]), { old, less }), ['tx less']);
  const more = spending(outputs.slice(0, 3), 28_000);
  assert.deepEqual(storyOf(kept.take(more, [A]), { old, less, more }), [
    'tx more',
    'replaced old',
    'replaced less',
  ]);
});

test('more inputs may pay more, so the word of the only peer is believed', () => {
  const kept = new KeptPool({}, [A]);
  const old = spending([somewhere(1)], 1_000);
  const young = spending([somewhere(1), somewhere(2)], 5_000);
  kept.take(old, [A]);
  assert.deepEqual(storyOf(kept.take(young, [A]), { old, young }), ['tx young', 'replaced old']);
});

test('with fewer inputs nothing is known of the fee, and the word of the only peer is believed', () => {
  const kept = new KeptPool({}, [A]);
  const old = spending([somewhere(1), somewhere(2)], 1_000);
  const young = spending([somewhere(1)], 5_000);
  kept.take(old, [A]);
  assert.deepEqual(storyOf(kept.take(young, [A]), { old, young }), ['tx young', 'replaced old']);
});

test('one peer of several is not believed until a second says the same', () => {
  const kept = new KeptPool({}, [A, B, C]);
  const [old, oldChild] = chainOf(2, spending([somewhere(1)], 1_000)) as [IdentifiedTx, IdentifiedTx];
  const young = spending([somewhere(1)], 900);
  kept.take(old, [A, B]);
  kept.take(oldChild, [A, B]);
  const news = kept.take(young, [C]);
  assert.deepEqual(storyOf(news, { old, young }), ['tx young']);
  assert.deepEqual(seenIn(news).conflictsWith.map(toDisplayHex), [toDisplayHex(old.txid)]);
  assert.deepEqual(kept.announce(young, C), [], 'saying it again is no second word');
  assert.deepEqual(storyOf(kept.announce(young, B), { old, oldChild, young }), [
    'replaced oldChild',
    'replaced old',
  ]);
  const told = kept.keeper.takeUpdates(10);
  assert.deepEqual(updateOf(told, young)?.conflictsWith, []);
  assert.deepEqual(
    told.map((one) => one.event),
    ['tx-updated'],
    'nothing is told of those that are gone',
  );
});

test('one peer is believed when all who announced the other are gone', () => {
  const kept = new KeptPool({}, [A, B, C]);
  const old = spending([somewhere(1)], 1_000);
  const young = spending([somewhere(1)], 900);
  kept.take(old, [A, B]);
  kept.present.delete(A);
  kept.present.delete(B);
  assert.deepEqual(storyOf(kept.take(young, [C]), { old, young }), ['tx young', 'replaced old']);
});

test('with several peers the word of one is not enough, though it was the one that announced the other', () => {
  const kept = new KeptPool({}, [A, B]);
  const old = spending([somewhere(1)], 1_000);
  kept.take(old, [A]);
  const byB = spending([somewhere(1)], 800);
  assert.deepEqual(storyOf(kept.take(byB, [B]), { byB }), ['tx byB']);
  const byA = spending([somewhere(1)], 900);
  const news = kept.take(byA, [A]);
  assert.deepEqual(storyOf(news, { old, byA, byB }), ['tx byA']);
  assert.deepEqual(seenIn(news).conflictsWith, [old.txid, byB.txid]);
});

test('our own transaction is not displaced by one stranger, and is by two peers', () => {
  const kept = new KeptPool({}, [A, B, C]);
  const own = spending([somewhere(1)], 1_000);
  const other = spending([somewhere(1)], 900);
  kept.take(own, [], { isOwn: true });
  assert.deepEqual(storyOf(kept.take(other, [A]), { own, other }), ['tx other']);
  assert.deepEqual(storyOf(kept.announce(other, B), { own, other }), ['replaced own']);
});

test('all that is contradicted is replaced, with whatever needs it, each once', () => {
  const kept = new KeptPool({}, [A]);
  const [first, child] = chainOf(2, spending([somewhere(1)], 1_000)) as [IdentifiedTx, IdentifiedTx];
  const second = spending([somewhere(2), outputOf(child)], 1_000);
  const young = spending([somewhere(1), somewhere(2)], 100);
  for (const tx of [first, child, second]) kept.take(tx, [A]);
  const story = storyOf(kept.take(young, [A]), { first, child, second, young });
  assert.deepEqual(story, ['tx young', 'replaced second', 'replaced child', 'replaced first']);
  assert.equal(kept.keeper.pool.count, 1);
});

test('nothing more is told of one that went with its parent, though it was a rival itself', () => {
  const kept = new KeptPool({}, [A]);
  const source = stray(0, [10_000, 10_000]);
  const [one, other] = [outputOf(source), outputOf(source, 1)];
  kept.take(source, [A]);
  const first = spending([one], 9_900);
  // It pays so much that by itself it would stay.
  const second = spending([other, outputOf(first)], 100);
  const young = spending([one, other], 19_000);
  kept.take(first, [A]);
  kept.take(second, [A]);
  kept.keeper.takeUpdates(100);
  kept.take(young, [A]);
  assert.equal(kept.keeper.pool.count, 2);
  const told = kept.keeper.takeUpdates(100);
  assert.equal(updateOf(told, second), undefined);
});

test('a transaction never takes its own ancestors away, however many there are', () => {
  const kept = new KeptPool({}, [A]);
  const chain = chainOf(150, spending([somewhere(1)], 1_000));
  for (const tx of chain) kept.take(tx, [A]);
  const end = spending([outputOf(chain.at(-1) as IdentifiedTx), somewhere(1)], 10);
  assert.deepEqual(kept.take(end, [A]), [], 'too many to follow: it is passed over, and nobody is blamed');
  assert.ok(chain.every((tx) => kept.has(tx)));
});

test('junk that contradicts a large transaction does not hide its replacement', () => {
  const kept = new KeptPool({}, [A, B, C]);
  const outputs = Array.from({ length: 150 }, (_, n) => somewhere(n));
  const old = spending(outputs, 1_000);
  kept.take(old, [A, B]);
  kept.take(spending(outputs, 500), [C]);
  const young = spending(outputs, 900);
  assert.deepEqual(
    storyOf(kept.take(young, [A, B]), { old, young }).filter((one) => !one.endsWith('?')),
    ['tx young', 'replaced old'],
  );
});

test('what was displaced comes back when two peers announce it after that, and not by the word of one', () => {
  const kept = new KeptPool({}, [A, B, C]);
  // Fees cannot be compared.
  const [one, other] = [1, 2].map((n) => spending([somewhere(0), somewhere(n)], 1_000)) as [
    IdentifiedTx,
    IdentifiedTx,
  ];
  kept.take(one, [A]);
  kept.clock.advance(1_000);
  assert.deepEqual(storyOf(kept.take(other, [B, C]), { one, other }), ['tx other', 'replaced one']);
  kept.clock.advance(1_000);
  assert.deepEqual(kept.announce(one, A), []);
  assert.ok(kept.keeper.knows(hashKey(one.wtxid), true), 'it may only be behind');
  kept.announce(one, B);
  assert.ok(!kept.keeper.knows(hashKey(one.wtxid), true));
  assert.deepEqual(storyOf(kept.take(one, [B]), { one, other }), ['tx one', 'replaced other']);
});
