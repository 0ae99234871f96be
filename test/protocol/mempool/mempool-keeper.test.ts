import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashKey } from '../../../src/bytes/hash-key.ts';
import { MAX_MONEY_SATS } from '../../../src/chain/check-transaction.ts';
import { identify, type IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { KeptPool, PEERS, seenIn, storyOf, updateOf } from '../../support/keeper-fixture.ts';
import { aCoinbase } from '../../support/made-blocks.ts';
import {
  chainOf,
  mineBlock,
  outputOf,
  payment,
  somewhere,
  stray,
  three,
  withWitness,
} from '../../support/transactions.ts';

const MAX_MONEY = Number(MAX_MONEY_SATS);

test('a transaction is told once, with its bytes and without a fee as long as nothing is known of what it spends', () => {
  const kept = new KeptPool();
  const tx = stray(1, [5_000, 700]);
  const seen = seenIn(kept.take(tx, ['a:1', 'b:1']));
  assert.deepEqual([seen.txid, seen.wtxid, seen.raw, seen.size], [tx.txid, tx.wtxid, tx.raw, tx.size]);
  assert.deepEqual(seen.tx, tx.tx);
  assert.deepEqual([seen.feeSats, seen.peerCount, seen.isReturned], [undefined, 2, false]);
  assert.deepEqual([seen.replaces, seen.conflictsWith, seen.spentScripts], [[], [], []]);
  assert.equal(seen.firstSeenSeconds, kept.clock.now.unixSeconds);
  assert.deepEqual(seen.ancestors, { count: 1, vsize: tx.size.vsize, feeSats: undefined });
  assert.deepEqual(kept.take(tx, ['a:1']), []);
  assert.equal(kept.keeper.pool.count, 1);
});

test('what breaks a rule by itself is refused by the name of the rule, and not fetched again by either name', () => {
  const parent = stray(1);
  const broken = {
    coinbase: identify(aCoinbase()),
    'bad-txns-vout-empty': payment({ spends: [somewhere(1)], pays: [] }),
    'bad-txns-vout-negative': payment({ spends: [somewhere(1)], pays: [-1] }),
    'bad-txns-vout-toolarge': payment({ spends: [somewhere(1)], pays: [MAX_MONEY + 1] }),
    'bad-txns-txouttotal-toolarge': payment({ spends: [somewhere(1)], pays: [MAX_MONEY, 1] }),
    'bad-txns-inputs-duplicate': payment({ spends: [outputOf(parent), outputOf(parent)] }),
    'bad-txns-prevout-null': payment({
      spends: [somewhere(1), { txid: new Uint8Array(32), vout: 0xffffffff }],
      witness: Uint8Array.of(1),
    }),
  };
  for (const [rule, tx] of Object.entries(broken)) {
    const kept = new KeptPool();
    assert.equal(kept.refusal(tx), rule);
    assert.ok(kept.keeper.knows(hashKey(tx.txid), false) && kept.keeper.knows(hashKey(tx.wtxid), true), rule);
    assert.deepEqual([kept.keeper.pool.count, kept.keeper.hasUpdates], [0, false]);
    assert.deepEqual(kept.offer(tx), [], 'nobody is blamed twice for the same');
  }
});

test('a child that its known parent proves wrong is refused', () => {
  const parent = stray(1, [5_000]);
  const kept = new KeptPool();
  kept.take(parent);
  assert.equal(kept.refusal(payment({ spends: [outputOf(parent)], pays: [5_001] })), 'bad-txns-in-belowout');
  const tooHigh = payment({ spends: [outputOf(parent, 1)], pays: [1] });
  assert.equal(kept.refusal(tooHigh), 'bad-txns-inputs-missingorspent');
  const [rich, richer] = [stray(2, [MAX_MONEY]), stray(3, [MAX_MONEY])];
  kept.take(rich);
  kept.take(richer);
  const tooRich = payment({ spends: [rich, richer].map((tx) => outputOf(tx)), pays: [1] });
  assert.equal(kept.refusal(tooRich), 'bad-txns-inputvalues-outofrange');
  const both = payment({ spends: [outputOf(parent), parent.tx.inputs[0]?.previous ?? somewhere(0)] });
  assert.equal(kept.refusal(both), 'bad-txns-spends-conflicting-tx');
  assert.equal(kept.keeper.pool.count, 3);
});

test('the fee is known at once when all parents are in the list', () => {
  const [one, other] = [stray(1, [5_000, 600]), stray(2, [70_000])];
  const child = payment({ spends: [outputOf(one), outputOf(one, 1), outputOf(other)], pays: [75_000, 100] });
  const kept = new KeptPool();
  kept.take(one);
  kept.take(other);
  const seen = seenIn(kept.take(child));
  assert.equal(seen.feeSats, 500);
  assert.deepEqual([seen.ancestors?.count, seen.ancestors?.feeSats], [3, undefined]);
  assert.deepEqual(seen.descendants, { count: 1, vsize: child.size.vsize, feeSats: 500 });
});

test('the fee is known when the last parent comes after its child, and told as a change of the child', () => {
  const [one, other] = [stray(1, [5_000]), stray(2, [70_000])];
  const child = payment({ spends: [outputOf(one), outputOf(other)], pays: [74_000] });
  const kept = new KeptPool();
  assert.equal(seenIn(kept.take(child)).feeSats, undefined);
  const afterOne = seenIn(kept.take(one));
  assert.equal(afterOne.descendants?.count, 2);
  assert.equal(kept.feeOf(child), undefined, 'half of it is not known');
  kept.take(other);
  assert.equal(kept.feeOf(child), 1_000);
  const told = kept.keeper.takeUpdates(100);
  assert.equal(updateOf(told, child)?.feeSats, 1_000);
  assert.equal(updateOf(told, child)?.ancestors?.count, 3);
  assert.equal(kept.keeper.hasUpdates, false);
});

test('the fee is known when a block holds the parents, before or after the child came', () => {
  const [one, other] = [stray(1, [5_000]), stray(2, [70_000])];
  const kept = new KeptPool();
  kept.connect(mineBlock([one, other]));
  const later = payment({ spends: [outputOf(one)], pays: [4_990] });
  assert.equal(seenIn(kept.take(later)).feeSats, 10);
  const third = stray(3, [400]);
  const waiting = payment({ spends: [outputOf(other), outputOf(third)], pays: [70_000] });
  assert.equal(seenIn(kept.take(waiting)).feeSats, undefined);
  kept.keeper.takeUpdates(100);
  kept.connect(mineBlock([third], { height: 2 }));
  assert.equal(kept.feeOf(waiting), 400);
  assert.equal(updateOf(kept.keeper.takeUpdates(100), waiting)?.feeSats, 400);
});

test('a child that a late parent proves wrong leaves as a conflict with all that needs it', () => {
  const parent = stray(1, [5_000]);
  const child = payment({ spends: [outputOf(parent)], pays: [6_000] });
  const grandchild = payment({ spends: [outputOf(child)], pays: [10] });
  const kept = new KeptPool();
  kept.take(child);
  kept.take(grandchild);
  const news = kept.take(parent);
  assert.deepEqual(storyOf(news, { parent, child, grandchild }), [
    'tx parent',
    'conflict grandchild',
    'conflict child',
  ]);
  assert.equal(kept.keeper.pool.count, 1);
  assert.deepEqual(kept.take(child), [], 'and is not taken in again');
  const late = kept.keeper.takeUpdates(100);
  assert.deepEqual(late.length, 1, 'only the parent, which has lost its child, may be told of');
  assert.equal(updateOf(late, parent)?.descendants?.count, 1);
});

test('the same happens when the late parent is in a block', () => {
  const parent = stray(1, [5_000]);
  const child = payment({ spends: [outputOf(parent)], pays: [6_000] });
  const kept = new KeptPool();
  kept.take(child);
  assert.deepEqual(storyOf(kept.connect(mineBlock([parent])), { child }), ['conflict child']);
});

test('a child that spends an output which its late parent does not have is no child of it', () => {
  const parent = stray(1, [5_000]);
  const child = payment({ spends: [outputOf(parent, 7)] });
  const kept = new KeptPool();
  kept.take(child);
  assert.equal(seenIn(kept.take(parent)).descendants?.count, 1);
  assert.equal(kept.feeOf(child), undefined);
  kept.connect(mineBlock([parent]));
  assert.equal(kept.feeOf(child), undefined);
});

test('families are counted to their bound, with their fees where all are known', () => {
  const source = stray(0, [1_000_000]);
  const kept = new KeptPool();
  kept.connect(mineBlock([source]));
  let last = source;
  for (let n = 1; n <= 101; n++) {
    last = payment({ spends: [outputOf(last)], pays: [1_000_000 - n] });
    const { ancestors } = seenIn(kept.take(last));
    if (n <= 100) assert.deepEqual([ancestors?.count, ancestors?.feeSats], [n, n]);
    else assert.equal(ancestors, undefined);
  }
});

test('announcements are counted once for each peer, and gathered before they are told', () => {
  const kept = new KeptPool();
  const tx = stray(1);
  kept.take(tx, [PEERS[0]]);
  assert.equal(kept.keeper.hasUpdates, false, 'what was just told is no change');
  kept.announce(tx, PEERS[0]);
  assert.equal(kept.keeper.hasUpdates, false);
  for (const peer of [PEERS[1], PEERS[2], PEERS[1]]) assert.deepEqual(kept.announce(tx, peer), []);
  const told = kept.keeper.takeUpdates(100);
  assert.equal(told.length, 1);
  assert.equal(updateOf(told, tx)?.peerCount, 3);
  assert.deepEqual(kept.announce(stray(2), PEERS[0]), [], 'one that is not there is nothing to count for');
});

test('no more changes are told at once than asked for, and none is lost', () => {
  const kept = new KeptPool();
  const all = Array.from({ length: 10 }, (_, n) => stray(n));
  for (const tx of all) {
    kept.take(tx);
    kept.announce(tx, PEERS[1]);
  }
  const told = [4, 4, 4].map((count) => kept.keeper.takeUpdates(count));
  assert.deepEqual(
    told.map((one) => one.length),
    [4, 4, 2],
  );
  assert.ok(all.every((tx) => updateOf(told.flat(), tx)?.peerCount === 2));
  assert.equal(kept.keeper.hasUpdates, false);
});

test('what has waited too long is forgotten with all that needs it, and not taken in again', () => {
  const kept = new KeptPool({ maxAgeMs: 1_000 });
  const [parent, child] = chainOf(2, stray(1)) as [IdentifiedTx, IdentifiedTx];
  const young = stray(2);
  kept.take(parent);
  kept.clock.advance(500);
  kept.take(child);
  kept.take(young);
  kept.clock.advance(497);
  assert.deepEqual(kept.keeper.expire(kept.clock.now), []);
  kept.clock.advance(1);
  const news = kept.keeper.expire(kept.clock.now);
  assert.deepEqual(storyOf(news, { parent, child, young }), ['expired child', 'expired parent']);
  assert.ok(kept.has(young));
  assert.ok([parent, child].every(({ txid }) => kept.keeper.knows(hashKey(txid), false)));
});

test('of two witnesses the one that more peers announced is told', () => {
  const kept = new KeptPool();
  const [one, other, third] = three((n) => withWitness(stray(1), new Uint8Array(n)));
  kept.take(one, [PEERS[0]]);
  assert.deepEqual(kept.take(other, [PEERS[1]]), []);
  assert.deepEqual(kept.entry(one).wtxid, one.wtxid, 'a draw changes nothing');
  kept.announce(other, PEERS[2]);
  const told = updateOf(kept.keeper.takeUpdates(10), one);
  assert.deepEqual([told?.wtxid, told?.size, told?.peerCount], [other.wtxid, other.size, 2]);
  assert.deepEqual(kept.entry(one).raw, other.raw);
  kept.announce(one, PEERS[1]);
  kept.announce(one, PEERS[2]);
  assert.deepEqual(kept.entry(one).wtxid, one.wtxid, 'and back');
  kept.take(third, [PEERS[0]]);
  for (const { wtxid } of [one, other, third])
    assert.ok(kept.keeper.knows(hashKey(wtxid), true), 'none of them is fetched again');
  assert.deepEqual(kept.entry(one).other?.wtxid, other.wtxid, 'two peers stand by it');
  assert.equal(kept.keeper.pool.count, 1);
});

test('the scripts of spent outputs are told where they are asked for and the parents are there', () => {
  const script = Uint8Array.of(0x51, 0x52);
  const parent = payment({ spends: [somewhere(1)], pays: [10, 20], script });
  const child = payment({ spends: [outputOf(parent, 1), somewhere(2)] });
  for (const tellsSpentScripts of [true, false]) {
    const kept = new KeptPool({ tellsSpentScripts });
    kept.take(parent);
    assert.deepEqual(seenIn(kept.take(child)).spentScripts, tellsSpentScripts ? [script] : []);
  }
});

test('junk witnesses that come first do not hide the one that peers announce', () => {
  const kept = new KeptPool();
  const [junk, more, right] = three((n) => withWitness(stray(1), new Uint8Array(n)));
  kept.take(junk, [PEERS[0]]);
  kept.take(more, [PEERS[0]]);
  kept.take(right, [PEERS[1], PEERS[2]]);
  assert.deepEqual(kept.entry(right).wtxid, right.wtxid);
  assert.equal(updateOf(kept.keeper.takeUpdates(10), right)?.peerCount, 2);
});
