import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashKey } from '../../../src/bytes/hash-key.ts';
import { newEntry } from '../../../src/protocol/mempool/pool-entry.ts';
import { RecentBlocks } from '../../../src/protocol/mempool/recent-blocks.ts';
import { FalseClock } from '../../support/false-time.ts';
import {
  mineBlock,
  type MinedBlock,
  payment,
  somewhere,
  stray,
  withWitness,
} from '../../support/transactions.ts';

const { now } = new FalseClock();

const nameOf = (n: number): string => hashKey(stray(n).txid);

test('what a block holds is known by both names until the block is taken back', () => {
  const blocks = new RecentBlocks();
  const [plain, witnessed] = [stray(1), withWitness(stray(2), Uint8Array.of(1))];
  const block = mineBlock([plain, witnessed]);
  const confirmed = [newEntry(plain, { announcers: [] }, now)];
  blocks.add(block.hash, block.transactions, confirmed);
  const names = [plain.txid, witnessed.txid, witnessed.wtxid].map(hashKey);
  assert.ok(names.every((name) => blocks.holds(name)));
  assert.equal(blocks.takeBack(mineBlock([], { height: 9 }).hash), undefined, 'another block');
  assert.ok(names.every((name) => blocks.holds(name)));
  assert.deepEqual(blocks.takeBack(block.hash), confirmed);
  assert.ok(names.every((name) => !blocks.holds(name)));
  assert.equal(blocks.takeBack(block.hash), undefined);
});

test('the last 24 blocks are kept, the newest first to be taken back', () => {
  const blocks = new RecentBlocks();
  const made = Array.from({ length: 30 }, (_, n) => mineBlock([stray(n)], { height: n + 1 }));
  for (const { hash, transactions } of made) blocks.add(hash, transactions, []);
  assert.deepEqual(
    [5, 6, 29].map((n) => blocks.holds(nameOf(n))),
    [false, true, true],
  );
  for (const { hash } of made.toReversed().slice(0, 24)) assert.deepEqual(blocks.takeBack(hash), []);
  assert.equal(blocks.takeBack((made[5] as MinedBlock).hash), undefined);
});

test('blocks that confirmed very much leave sooner, but never the last', () => {
  const blocks = new RecentBlocks();
  const large = payment({ spends: [somewhere(1)], script: new Uint8Array(900_000) });
  // What is counted is what entries say of themselves.
  const confirmed = Array.from({ length: 20 }, () => newEntry(large, { announcers: [] }, now));
  const made = [1, 2, 3, 4].map((height) => mineBlock([stray(height)], { height }));
  for (const { hash, transactions } of made) blocks.add(hash, transactions, confirmed);
  const [, second, third, fourth] = made as [MinedBlock, MinedBlock, MinedBlock, MinedBlock];
  assert.equal(blocks.takeBack(fourth.hash)?.length, 20);
  assert.equal(blocks.takeBack(third.hash)?.length, 20);
  assert.equal(blocks.takeBack(second.hash), undefined);
  const far = Array.from({ length: 80 }, () => newEntry(large, { announcers: [] }, now));
  const last = mineBlock([stray(5)], { height: 5 });
  blocks.add(last.hash, last.transactions, far);
  assert.equal(blocks.takeBack(last.hash)?.length, 80);
});
