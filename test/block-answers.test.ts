import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toDisplayHex } from '../src/bytes/hex.ts';
import { BlockAnswers } from '../src/block-answers.ts';
import { HeaderTree } from '../src/chain/header-tree.ts';
import type { ChainPoint } from '../src/chain/tree-change.ts';
import { ClientError } from '../src/client-error.ts';
import { regtest } from '../src/networks/regtest.ts';
import { minedChain } from './support/block-holders.ts';
import { grow } from './support/chains.ts';
import { concatenated } from './support/concatenated.ts';
import type { MinedBlock } from './support/transactions.ts';

const [one, two] = minedChain(2) as [MinedBlock, MinedBlock];

class Asking {
  readonly answers = new BlockAnswers();
  readonly tree = new HeaderTree(regtest);
  readonly wanted: ChainPoint[] = [];

  constructor() {
    grow(this.tree, concatenated(one.bytes, two.bytes));
  }

  fetch(which: number | string): ReturnType<BlockAnswers['fetch']> {
    return this.answers.fetch(which, this.tree, { fetchBlock: (block) => this.wanted.push(block) });
  }
}

function isCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ClientError && error.code === code;
}

test('a block is asked for by its height, and answered when it comes', async () => {
  const asking = new Asking();
  const answer = asking.fetch(1);
  assert.deepEqual(asking.wanted, [{ height: 1, hash: one.hash }]);
  asking.answers.answer({ event: 'block-fetched', block: one });
  const { height, hash, header, transactions } = await answer;
  assert.deepEqual([height, hash, header], [1, toDisplayHex(one.hash), one.header]);
  assert.equal(transactions, one.transactions);
});

test('a block is asked for by its hash', async () => {
  const asking = new Asking();
  const answer = asking.fetch(toDisplayHex(two.hash));
  assert.deepEqual(asking.wanted, [{ height: 2, hash: two.hash }]);
  asking.answers.answer({ event: 'block-fetched', block: two });
  assert.equal((await answer).height, 2);
});

test('who asks for what is on its way waits for that', async () => {
  const asking = new Asking();
  const both = Promise.all([asking.fetch(1), asking.fetch(toDisplayHex(one.hash))]);
  assert.equal(asking.wanted.length, 1);
  asking.answers.answer({ event: 'block-fetched', block: one });
  assert.equal((await both).length, 2);
  void asking.fetch(1).catch(() => undefined);
  assert.equal(asking.wanted.length, 2, 'it is not kept');
});

test('what is not on the best chain is not asked for', async () => {
  const asking = new Asking();
  for (const which of [3, -1, 0.5, NaN, 'ab'.repeat(32)])
    await assert.rejects(asking.fetch(which), isCode('block-not-found'), `${which}`);
  assert.deepEqual(asking.wanted, []);
});

test('what is no hash is wrong use', async () => {
  const asking = new Asking();
  for (const which of ['', 'ab', 'zz'.repeat(32)]) await assert.rejects(asking.fetch(which), TypeError);
});

test('that a block cannot be had is an error with its code, for that block alone', async () => {
  const asking = new Asking();
  const [first, second] = [asking.fetch(1), asking.fetch(2)];
  asking.answers.answer({ event: 'block-failed', block: one, code: 'blocks-unavailable', message: 'none' });
  await assert.rejects(first, isCode('blocks-unavailable'));
  asking.answers.answer({ event: 'block-fetched', block: two });
  assert.equal((await second).height, 2);
});

test('at the end all who wait are told', async () => {
  const asking = new Asking();
  const answers = [asking.fetch(1), asking.fetch(2)];
  asking.answers.end(new ClientError('stopped', 'it is over'));
  for (const answer of answers) await assert.rejects(answer, isCode('stopped'));
  asking.answers.answer({ event: 'block-fetched', block: one });
});
