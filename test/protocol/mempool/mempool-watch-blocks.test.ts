/** Blocks, as the watch over unconfirmed transactions fetches them and follows the best chain. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashKey } from '../../../src/bytes/hash-key.ts';
import { INVENTORY } from '../../../src/wire/inventory.ts';
import { storyOf } from '../../support/keeper-fixture.ts';
import { mineBlock, payment, somewhere, stray, withWitness } from '../../support/transactions.ts';
import { askedIn, hangUpsIn, newsIn, SECOND, sentIn, Watching } from '../../support/watch-fixture.ts';

const plain = stray(1);
const witnessed = withWitness(stray(2), Uint8Array.of(1));

test('a new block is fetched, and what it holds and contradicts is told', () => {
  const watching = Watching.open(1);
  watching.holders = [1];
  const loser = payment({ spends: [somewhere(7)], pays: [10] });
  const winner = payment({ spends: [somewhere(7)], pays: [20] });
  for (const tx of [plain, loser]) {
    watching.announce(1, tx);
    watching.deliver(1, tx);
  }
  const block = mineBlock([plain, winner]);
  assert.deepEqual(askedIn(watching.follow([block])), [[1, INVENTORY.WITNESS_BLOCK, hashKey(block.hash)]]);
  const news = newsIn(watching.bring(1, block));
  assert.deepEqual(storyOf(news, { plain, loser }), ['confirmed plain', 'conflict loser']);
  assert.deepEqual(watching.announce(1, winner), [], 'what it holds is not fetched any more');
  assert.deepEqual(watching.bring(1, block), []);
});

test('what a block holds is not waited for any more', () => {
  const watching = Watching.open(2);
  watching.holders = [1];
  for (const peer of [1, 2]) watching.announce(peer, witnessed);
  const block = mineBlock([witnessed]);
  watching.follow([block]);
  watching.bring(1, block);
  assert.deepEqual(askedIn(watching.pass(120 * SECOND)), []);
  assert.deepEqual(newsIn(watching.deliver(1, witnessed)), []);
});

test('a block that leaves the best chain gives back what it held, and one that was only waited for nothing', () => {
  const watching = Watching.open(1);
  watching.holders = [1];
  watching.announce(1, plain);
  watching.deliver(1, plain);
  const [first, second] = [mineBlock([plain]), mineBlock([], { height: 2 })] as const;
  watching.follow([first]);
  watching.bring(1, first);
  watching.follow([second]);
  const [other, next] = [mineBlock([stray(5)]), mineBlock([plain], { height: 2 })] as const;
  const outputs = watching.follow([other, next], [second, first]);
  assert.deepEqual(storyOf(newsIn(outputs), { plain }), ['returned plain']);
  assert.deepEqual(askedIn(outputs), [[1, INVENTORY.WITNESS_BLOCK, hashKey(other.hash)]]);
  assert.deepEqual(watching.bring(1, second), [], 'the one that left is not wanted');
  assert.deepEqual(newsIn(watching.bring(1, other)), []);
  assert.deepEqual(storyOf(newsIn(watching.bring(1, next)), { plain }), ['confirmed plain']);
});

test('who sends a wrong block is hung up on, and another is asked', () => {
  const watching = Watching.open(2);
  watching.holders = [1, 2];
  const block = mineBlock([plain]);
  watching.follow([block]);
  const { header } = block;
  const forged = { command: 'block', payload: { header, transactions: [] } } as const;
  const outputs = watching.give({ type: 'message', peer: 1, message: forged });
  assert.deepEqual(hangUpsIn(outputs), [[1, 'bad-block']]);
  assert.deepEqual(
    askedIn(outputs).map(([peer]) => peer),
    [2],
  );
});

test('one that sends a wrong block late is hung up on, and not asked again in the same breath', () => {
  const watching = Watching.open(1);
  watching.holders = [1];
  const block = mineBlock([plain]);
  watching.follow([block]);
  watching.pass(15 * SECOND);
  const forged = { command: 'block', payload: { header: block.header, transactions: [] } } as const;
  const outputs = watching.give({ type: 'message', peer: 1, message: forged });
  assert.deepEqual(hangUpsIn(outputs), [[1, 'bad-block']]);
  assert.deepEqual(sentIn(outputs), []);
});

test('without blocks none is asked for, and nothing is claimed to be confirmed or returned', () => {
  const watching = new Watching({ fetchesBlocks: false });
  watching.holders = [1];
  watching.ready(1);
  const tip = mineBlock([]);
  assert.deepEqual(askedIn(watching.give({ type: 'synced', tip })), []);
  watching.announce(1, plain);
  watching.deliver(1, plain);
  const block = mineBlock([plain], { height: 2 });
  assert.deepEqual(watching.follow([block]), []);
  assert.deepEqual(watching.bring(1, block), []);
  assert.deepEqual(watching.follow([], [block]), []);
  assert.deepEqual(newsIn(watching.pass(3_600 * SECOND)), []);
  assert.equal(watching.held.length, 1);
});
