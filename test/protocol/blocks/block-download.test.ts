import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block } from '../../../src/wire/block.ts';
import { Downloading, minedChain } from '../../support/block-holders.ts';
import { mineBlock, type MinedBlock, stray, withWitness } from '../../support/transactions.ts';

const SECOND = 1_000;

const chain = minedChain(24);
const [one, two, three, four, five, six] = chain as [
  MinedBlock,
  MinedBlock,
  MinedBlock,
  MinedBlock,
  MinedBlock,
  MinedBlock,
];

/** The same block without its last transaction. */
function cut({ message }: MinedBlock): Block {
  const { header, transactions } = message.payload;
  return { header, transactions: transactions.slice(0, -1) };
}

test('blocks are asked for in the order of wish, four at a time of the one peer that has them', () => {
  const fetching = new Downloading([1]).want(...chain.slice(0, 6));
  assert.deepEqual(fetching.after(0, chain), { 1: [1, 2, 3, 4] });
  assert.equal(fetching.download.waitingCount, 6);
  assert.equal(fetching.download.inFlightCount, 4);
  const outcome = fetching.receive(1, one.message.payload);
  assert.ok(outcome.kind === 'fetched');
  const { height, hash, header, transactions } = outcome.block;
  assert.deepEqual([height, hash, header], [1, one.hash, one.header]);
  assert.deepEqual(
    transactions.map(({ txid }) => txid),
    one.transactions.map(({ txid }) => txid),
  );
  assert.deepEqual(fetching.after(0, chain), { 1: [5] }, 'its line does not rest');
  for (const block of [two, three, four, five]) assert.equal(fetching.bring(1, block), 'fetched');
  assert.deepEqual(fetching.after(0, chain), { 1: [6] });
  assert.equal(fetching.bring(1, six), 'fetched');
  assert.deepEqual([fetching.download.waitingCount, fetching.download.inFlightCount], [0, 0]);
  assert.equal(fetching.download.deadline(), undefined);
});

test('blocks are asked of several peers, evenly at first, and of the best first', () => {
  const fetching = new Downloading([3, 1, 2]).want(...chain.slice(0, 7));
  assert.deepEqual(fetching.after(0, chain), { 1: [2, 5], 2: [3, 6], 3: [1, 4, 7] });
});

test('no more than sixteen are in flight', () => {
  const fetching = new Downloading([1, 2, 3, 4, 5, 6, 7, 8]).want(...chain);
  const asked = Object.values(fetching.after(0, chain)).flat();
  assert.equal(asked.length, 16);
  assert.equal(fetching.download.inFlightCount, 16);
  assert.deepEqual(fetching.after(0, chain), {});
  fetching.bring(1, one);
  assert.deepEqual(Object.values(fetching.after(0, chain)), [[17]]);
});

test('the bounds are for the caller to choose', () => {
  const fetching = new Downloading([1, 2], { maxInFlight: 3, maxInFlightPerPeer: 2 }).want(...chain);
  assert.deepEqual(fetching.after(0, chain), { 1: [1, 3], 2: [2] });
});

test('a wish that is made twice is one', () => {
  const fetching = new Downloading([1]).want(one, two, one);
  assert.equal(fetching.download.waitingCount, 2);
  assert.deepEqual(fetching.after(0, chain), { 1: [1, 2] });
  assert.deepEqual(fetching.want(one).after(0, chain), {});
});

test('peers that bring blocks fast are asked before the others', () => {
  const fetching = new Downloading([1, 2]).want(...chain.slice(0, 4));
  assert.deepEqual(fetching.after(0, chain), { 1: [1, 3], 2: [2, 4] });
  fetching.clock.advance(50);
  for (const block of [two, four]) fetching.bring(2, block);
  fetching.clock.advance(3 * SECOND);
  for (const block of [one, three]) fetching.bring(1, block);
  assert.deepEqual(fetching.want(five, six).after(0, chain), { 2: [5, 6] });
});

test('blocks that nobody was asked for are not looked at', () => {
  const fetching = new Downloading([1, 2]).want(one, two);
  assert.equal(fetching.bring(1, one), 'unwanted', 'not yet');
  assert.deepEqual(fetching.after(0, chain), { 1: [1], 2: [2] });
  assert.equal(fetching.bring(2, one), 'unwanted', 'of one that was asked for another');
  assert.equal(fetching.bring(3, one), 'unwanted', 'of a stranger');
  assert.equal(fetching.bring(1, three), 'unwanted', 'of no use');
  assert.equal(fetching.bring(1, one), 'fetched');
  assert.equal(fetching.bring(1, one), 'unwanted', 'a second time');
});

test('after ten seconds another is asked as well, and the first may still bring it', () => {
  const fetching = new Downloading([1, 2, 3]).want(one);
  fetching.after(0, chain);
  assert.deepEqual(fetching.after(9_999, chain), {});
  assert.deepEqual(fetching.after(1, chain), { 2: [1] });
  assert.deepEqual(fetching.after(10 * SECOND, chain), { 3: [1] });
  assert.equal(fetching.bring(1, one), 'fetched');
  assert.equal(fetching.bring(2, one), 'unwanted', 'those that come later are nothing new');
});

test('all that a late peer owes is asked of others, and nothing more of it', () => {
  const fetching = new Downloading([1]).want(one, two);
  fetching.after(0, chain);
  fetching.holders = [1, 2];
  assert.deepEqual(fetching.after(10 * SECOND, chain), { 2: [1, 2] });
  assert.deepEqual(fetching.want(three, four, five).after(0, chain), { 2: [3, 4] });
  assert.equal(fetching.bring(1, one), 'fetched');
  assert.deepEqual(fetching.after(0, chain), {}, 'two is expected of both');
  assert.equal(fetching.bring(1, two), 'fetched');
  assert.deepEqual(fetching.after(0, chain), { 1: [5] });
});

test('the time for a block runs only when it is the next that its peer owes', () => {
  const fetching = new Downloading([1]).want(one, two, three);
  fetching.after(0, chain);
  fetching.holders = [1, 2];
  for (const block of [one, two]) {
    assert.deepEqual(fetching.after(9 * SECOND, chain), {});
    assert.equal(fetching.bring(1, block), 'fetched');
  }
  assert.deepEqual(fetching.after(9 * SECOND, chain), {}, 'twenty-seven seconds after it was asked for');
});

test('one whose blocks come, but take longer, is given twice their time and one block at a time', () => {
  const fetching = new Downloading([1]).want(...chain.slice(0, 6));
  fetching.after(0, chain);
  for (const block of [one, two, three]) {
    assert.deepEqual(fetching.after(15 * SECOND, chain), {});
    assert.equal(fetching.bring(1, block), 'fetched');
  }
  fetching.holders = [1, 2];
  assert.deepEqual(fetching.after(1, chain), { 2: [5, 6] });
  for (const block of [five, six]) fetching.bring(2, block);
  assert.deepEqual(fetching.after(29_998, chain), {});
  assert.deepEqual(fetching.after(1, chain), { 2: [4] });
});

test('a block that its peer has passed over is asked of another', () => {
  const fetching = new Downloading([1]).want(one, two, three);
  assert.deepEqual(fetching.after(0, chain), { 1: [1, 2, 3] });
  fetching.holders = [1, 2];
  assert.equal(fetching.bring(1, two), 'fetched');
  assert.deepEqual(fetching.after(0, chain), { 2: [1] });
  assert.equal(fetching.bring(1, one), 'fetched', 'it may still come');
});

test('who does not have a block is passed over at once', () => {
  const fetching = new Downloading([1, 2]).want(one);
  fetching.after(0, chain);
  fetching.lacks(1, two);
  assert.deepEqual(fetching.after(0, chain), {}, 'what it says of others changes nothing');
  fetching.lacks(2, one);
  assert.deepEqual(fetching.after(0, chain), {}, 'nor what others say');
  fetching.lacks(1, one);
  assert.deepEqual(fetching.after(0, chain), { 2: [1] });
});

test('when nobody has it, all are asked again half a minute later, and other blocks do not wait for that', () => {
  const fetching = new Downloading([1, 2], { maxInFlight: 1 }).want(one, two);
  for (const peer of [1, 2]) {
    assert.deepEqual(fetching.after(0, chain), { [peer]: [1] });
    fetching.lacks(peer, one);
  }
  assert.deepEqual(fetching.after(0, chain), { 1: [2] });
  fetching.bring(1, two);
  assert.deepEqual(fetching.after(29_999, chain), {});
  assert.deepEqual(fetching.after(1, chain), { 1: [1] });
});

test('one that comes to have it is asked within two seconds, and has the others asked no sooner', () => {
  const fetching = new Downloading([]).want(one);
  assert.deepEqual(fetching.after(0, chain), {});
  fetching.holders = [1];
  assert.deepEqual(fetching.after(1_999, chain), {});
  assert.deepEqual(fetching.after(1, chain), { 1: [1] });
  fetching.lacks(1, one);
  assert.deepEqual(fetching.after(27_999, chain), {});
  assert.deepEqual(fetching.after(1, chain), { 1: [1] });
});

test('when a peer is lost, what it owed is asked of others at once', () => {
  const fetching = new Downloading([1]).want(one, two);
  fetching.after(0, chain);
  fetching.holders = [1, 2];
  fetching.lose(1);
  assert.deepEqual(fetching.after(0, chain), { 2: [1, 2] });
  assert.equal(fetching.bring(1, one), 'unwanted');
  fetching.lose(2);
  assert.deepEqual(fetching.after(0, chain), {});
  assert.equal(fetching.download.waitingCount, 2, 'they are wanted still');
});

test('who answers nothing is given up after a while, and then asked for one block at a time', () => {
  const fetching = new Downloading([1]).want(...chain.slice(0, 5));
  assert.deepEqual(fetching.after(0, chain), { 1: [1, 2, 3, 4] });
  assert.deepEqual(fetching.after(10 * SECOND, chain), {});
  assert.deepEqual(fetching.after(29_999, chain), {});
  assert.deepEqual(fetching.after(1, chain), { 1: [1] });
  assert.equal(fetching.bring(1, two), 'fetched', 'what it was asked for long ago is taken nonetheless');
  assert.deepEqual(fetching.after(0, chain), {}, 'it owes the other still');
});

test('one that owes a block for long, which came from another, is not waited for when the next one is wanted', () => {
  const fetching = new Downloading([1, 2]).want(one);
  fetching.after(0, chain);
  fetching.after(10 * SECOND, chain);
  assert.equal(fetching.bring(2, one), 'fetched');
  assert.equal(fetching.download.deadline(), undefined);
  fetching.lose(2);
  assert.deepEqual(fetching.want(two).after(3_600 * SECOND, chain), { 1: [2] });
});

test('who sends other transactions than the header names is told apart, and another is asked', () => {
  const fetching = new Downloading([1, 2]).want(one);
  fetching.after(0, chain);
  const outcome = fetching.receive(1, cut(one));
  assert.ok(outcome.kind === 'refused' && outcome.rule === 'bad-txnmrklroot' && outcome.detail !== '');
  assert.deepEqual(outcome.block, { height: 1, hash: one.hash });
  assert.equal(fetching.receive(1, cut(one)).kind, 'unwanted', 'it had its chance');
  assert.deepEqual(fetching.after(0, chain), { 2: [1] });
  assert.equal(fetching.bring(2, one), 'fetched');
});

test('one that sent a forged block is asked nothing more, and what it owes is asked of others at once', () => {
  const fetching = new Downloading([1]).want(one, two, three);
  fetching.after(0, chain);
  fetching.receive(1, cut(one));
  assert.deepEqual(fetching.after(0, chain), {});
  fetching.holders = [1, 2];
  assert.deepEqual(fetching.want(four).after(2 * SECOND, chain), { 2: [1, 2, 3, 4] });
});

test('who sends other witnesses than the block commits to is told apart too', () => {
  const witnessed = withWitness(stray(1), Uint8Array.of(1));
  const block = mineBlock([witnessed]);
  const fetching = new Downloading([1]).want(block);
  fetching.after(0, [block]);
  const [coinbase] = block.transactions;
  const changed = [coinbase, withWitness(witnessed, Uint8Array.of(2))].flatMap((part) => part?.tx ?? []);
  const outcome = fetching.receive(1, { header: block.header, transactions: changed });
  assert.ok(outcome.kind === 'refused' && outcome.rule === 'bad-witness-merkle-match');
  assert.equal(fetching.download.waitingCount, 1);
});

test('a block that breaks a rule of its own is not asked for again', () => {
  const { tx } = stray(1);
  const twice = { ...tx, inputs: [...tx.inputs, ...tx.inputs] };
  const block = mineBlock([{ ...stray(1), tx: twice }]);
  const fetching = new Downloading([1, 2]).want(block);
  fetching.after(0, [block]);
  const outcome = fetching.receive(1, block.message.payload);
  assert.ok(outcome.kind === 'invalid' && outcome.rule === 'bad-txns-inputs-duplicate');
  assert.deepEqual(outcome.block, { height: 1, hash: block.hash });
  assert.equal(fetching.download.waitingCount, 0);
  assert.deepEqual(fetching.after(0, [block]), {});
});

test('a block that is forgotten is not waited for, and what comes in its place is asked at once', () => {
  const fetching = new Downloading([1]).want(...chain.slice(0, 5));
  fetching.after(0, chain);
  fetching.download.forget(five.hash);
  fetching.download.forget(two.hash);
  fetching.download.forget(six.hash);
  assert.equal(fetching.download.waitingCount, 3);
  assert.deepEqual(fetching.want(six).after(0, chain), {}, 'the peer sends all that it was asked for');
  fetching.bring(1, one);
  assert.equal(fetching.bring(1, two), 'unwanted');
  assert.deepEqual(fetching.after(0, chain), { 1: [6] });
});

test('a block that is wanted again while it is on its way is not asked for twice', () => {
  const fetching = new Downloading([1, 2]).want(one);
  fetching.after(0, chain);
  fetching.download.forget(one.hash);
  assert.deepEqual(fetching.want(one).after(0, chain), {});
  assert.equal(fetching.bring(1, one), 'fetched');
});

test('it says since when the first block is waited for', () => {
  const fetching = new Downloading([1]);
  assert.equal(fetching.download.firstUnserved, undefined);
  const startMs = fetching.clock.ms;
  fetching.want(one, two).after(0, chain);
  fetching.after(5 * SECOND, chain);
  assert.deepEqual(fetching.download.firstUnserved, {
    block: { height: 1, hash: one.hash },
    sinceMs: startMs,
  });
  fetching.bring(1, one);
  fetching.after(0, chain);
  assert.deepEqual(fetching.download.firstUnserved, {
    block: { height: 2, hash: two.hash },
    sinceMs: startMs + 5 * SECOND,
  });
});
