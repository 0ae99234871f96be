/** What blocks, and blocks that leave the best chain, do to the list of unconfirmed transactions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashKey } from '../../../src/bytes/hash-key.ts';
import type { IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { KeptPool, PEERS, storyOf, updateOf } from '../../support/keeper-fixture.ts';
import { chainOf, mineBlock, outputOf, payment, somewhere, stray, two } from '../../support/transactions.ts';

const [A, B] = PEERS;

test('what a block holds leaves as confirmed, with the block, and is not fetched again', () => {
  const kept = new KeptPool();
  const [one, other, rest] = [stray(1), stray(2), stray(3)];
  for (const tx of [one, other, rest]) kept.take(tx, [A, B]);
  const block = mineBlock([other, one, stray(4)], { height: 7 });
  const news = kept.connect(block);
  assert.deepEqual(storyOf(news, { one, other, rest }), ['confirmed other', 'confirmed one']);
  for (const told of news)
    assert.ok(told.event === 'tx-removed' && told.block?.height === 7 && told.peerCount === 2);
  assert.equal(kept.keeper.pool.count, 1);
  for (const { txid, wtxid } of block.transactions)
    assert.ok([txid, wtxid].every((name) => kept.keeper.knows(hashKey(name), true)));
  assert.deepEqual(kept.take(one), [], 'one that comes late is nothing new');
});

test('what a block contradicts leaves as a conflict, with all that needs it', () => {
  const kept = new KeptPool();
  const [loser, child, grandchild] = chainOf(3, stray(1)) as [IdentifiedTx, IdentifiedTx, IdentifiedTx];
  for (const tx of [loser, child, grandchild]) kept.take(tx);
  const winner = payment({ spends: loser.tx.inputs.map(({ previous }) => previous), pays: [800] });
  const block = mineBlock([winner]);
  const news = kept.connect(block);
  assert.deepEqual(storyOf(news, { loser, child, grandchild }), [
    'conflict grandchild',
    'conflict child',
    'conflict loser',
  ]);
  for (const told of news) assert.ok(told.event === 'tx-removed' && told.block === block && !told.replacedBy);
  assert.deepEqual(kept.take(loser), [], 'it is not taken in again');
  assert.equal(kept.keeper.hasUpdates, false);
});

test('of two rivals the one in the block is confirmed, and the other contradicts it', () => {
  const kept = new KeptPool();
  const [one, other] = [800, 800].map((pays, lockTime) =>
    payment({ spends: [somewhere(1)], pays: [pays], lockTime }),
  ) as [IdentifiedTx, IdentifiedTx];
  kept.take(one);
  kept.take(other);
  assert.deepEqual(storyOf(kept.connect(mineBlock([other])), { one, other }), [
    'confirmed other',
    'conflict one',
  ]);
  assert.deepEqual(kept.keeper.takeUpdates(10), []);
});

test('a parent and its child in one block are both confirmed, and what needs them stays with its fee', () => {
  const kept = new KeptPool();
  const [parent, child, grandchild] = [5_000, 4_000, 3_500].reduce<IdentifiedTx[]>(
    (made, pays) => [
      ...made,
      payment({
        spends: [made.length === 0 ? somewhere(1) : outputOf(made.at(-1) as IdentifiedTx)],
        pays: [pays],
      }),
    ],
    [],
  ) as [IdentifiedTx, IdentifiedTx, IdentifiedTx];
  for (const tx of [parent, child, grandchild]) kept.take(tx);
  kept.keeper.takeUpdates(10);
  const story = storyOf(kept.connect(mineBlock([parent, child])), { parent, child, grandchild });
  assert.deepEqual(story, ['confirmed parent', 'confirmed child']);
  assert.equal(kept.feeOf(grandchild), 500);
  const told = updateOf(kept.keeper.takeUpdates(10), grandchild);
  assert.deepEqual([told?.ancestors?.count, told?.feeSats], [1, 500]);
});

test('what a block confirmed comes back when the block leaves, and is confirmed by another', () => {
  const kept = new KeptPool();
  const [parent, child] = chainOf(2, stray(1)) as [IdentifiedTx, IdentifiedTx];
  kept.take(parent, [A, B]);
  kept.take(child, [A]);
  const firstSeenSeconds = kept.entry(parent).firstSeenSeconds;
  const block = mineBlock([parent, child]);
  kept.connect(block);
  kept.clock.advance(60_000);
  const back = kept.keeper.disconnect(block.hash);
  assert.deepEqual(storyOf(back, { parent, child }), ['returned parent', 'returned child']);
  const [first] = back;
  assert.ok(
    first?.event === 'tx' && first.tx.peerCount === 2 && first.tx.firstSeenSeconds === firstSeenSeconds,
  );
  assert.equal(kept.feeOf(child), 0);
  const again = mineBlock([parent], { height: 2 });
  assert.deepEqual(storyOf(kept.connect(again), { parent, child }), ['confirmed parent']);
  assert.deepEqual(storyOf(kept.keeper.disconnect(again.hash), { parent }), ['returned parent']);
  assert.equal(kept.keeper.pool.count, 2);
  assert.deepEqual([...kept.keeper.pool.childrenOf(kept.entry(parent))], [kept.entry(child)]);
});

test('what was contradicted by a block that left may be right again', () => {
  const kept = new KeptPool();
  const [one, other] = [800, 800].map((pays, lockTime) =>
    payment({ spends: [somewhere(1)], pays: [pays], lockTime }),
  ) as [IdentifiedTx, IdentifiedTx];
  kept.take(one);
  kept.take(other);
  const block = mineBlock([one]);
  kept.connect(block);
  assert.ok(kept.keeper.knows(hashKey(other.txid), false));
  assert.deepEqual(storyOf(kept.keeper.disconnect(block.hash), { one, other }), ['returned one']);
  assert.equal(kept.keeper.knows(hashKey(other.txid), false), false);
  assert.deepEqual(storyOf(kept.take(other, [A, B]), { one, other }).slice(0, 1), ['tx other']);
});

test('what spends an output that a recent block spends is passed over, until that block is left', () => {
  const kept = new KeptPool();
  const spends = [somewhere(1)];
  const old = payment({ spends, pays: [800] });
  const young = payment({ spends, pays: [700] });
  kept.take(old, [A]);
  const block = mineBlock([old]);
  kept.connect(block);
  assert.deepEqual(kept.take(young, [A, B]), [], 'and nobody is blamed: it may have been on its way');
  assert.ok(kept.keeper.knows(hashKey(young.txid), false), 'it is not fetched again');
  assert.deepEqual(storyOf(kept.keeper.disconnect(block.hash), { old, young }), ['returned old']);
  assert.deepEqual(storyOf(kept.take(young, [A, B]), { old, young }), ['tx young', 'replaced old']);
});

test('a block may confirm what we had taken for replaced: then the other one contradicts it', () => {
  const kept = new KeptPool({}, [A]);
  const old = payment({ spends: [somewhere(1)], pays: [800] });
  const young = payment({ spends: [somewhere(1)], pays: [700] });
  kept.take(old);
  kept.take(young);
  assert.ok(kept.keeper.knows(hashKey(old.txid), false) && !kept.has(old));
  const block = mineBlock([old]);
  assert.deepEqual(storyOf(kept.connect(block), { old, young }), ['conflict young']);
  assert.deepEqual(
    kept.keeper.disconnect(block.hash),
    [],
    'what was not in the list does not come back to it',
  );
  assert.deepEqual(storyOf(kept.take(old), { old }), ['tx old'], 'but it may be announced again');
});

test('only the last block can leave, and one that was never seen changes nothing', () => {
  const kept = new KeptPool();
  const [one, other] = [stray(1), stray(2)];
  kept.take(one);
  kept.take(other);
  const blocks = [mineBlock([one]), mineBlock([other], { height: 2 })] as const;
  for (const block of blocks) kept.connect(block);
  assert.deepEqual(kept.keeper.disconnect(mineBlock([], { height: 3 }).hash), []);
  assert.deepEqual(storyOf(kept.keeper.disconnect(blocks[1].hash), { one, other }), ['returned other']);
  assert.deepEqual(storyOf(kept.keeper.disconnect(blocks[0].hash), { one, other }), ['returned one']);
});

test('a block with two transactions that spend the same changes nothing but what it holds', () => {
  // No such block is valid, but nobody checks that here.
  const kept = new KeptPool();
  const [one, other] = two((lockTime) => payment({ spends: [somewhere(1)], lockTime }));
  kept.take(one);
  kept.take(other);
  kept.connect(mineBlock([one, other, stray(3)]));
  assert.equal(kept.keeper.pool.count, 0);
});
