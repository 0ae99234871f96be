/** Our own node as the peer of our own node. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { fill, HeadersChain } from '../support/headers-chain.ts';
import { mine } from '../support/mine.ts';
import { TwoNodes } from '../support/two-nodes.ts';

const all = new HeadersChain(mine(4203));
const chain = new HeadersChain(all.slice(1, 4200));

function serving(): HeaderTree {
  return fill(new HeaderTree(regtest), chain);
}

test('a node gets its whole chain from one that is called, and is done', () => {
  const two = new TwoNodes(serving(), chain).run(60_000);
  assert.equal(two.hasCallerFinished, true);
  assert.deepEqual(two.trees.caller.tip, two.trees.called.tip);
  const connected = two.events.called.find((event) => event.event === 'peer-connected');
  assert.equal(connected?.event === 'peer-connected' && connected.info.userAgent, '/caller/');
});

test('the one that is called asks for nothing and learns nothing', () => {
  const two = new TwoNodes(new HeaderTree(regtest), new HeadersChain()).run(60_000);
  assert.equal(two.hasCallerFinished, true, 'a peer that has no more than genesis, and says so');
  assert.deepEqual(
    two.events.called.map(({ event }) => event),
    ['peer-connected'],
  );
});

test('a node that stays hears of new headers when it asks again, and both keep the line up', () => {
  const tree = serving();
  const two = new TwoNodes(tree, chain, { follow: true }).run(3_600_000);
  assert.deepEqual(two.trees.caller.tip.hash, chain.tipHash);
  const verdict = tree.check(HeaderRun.fromBytes(all.slice(4201)), two.clock.now.unixSeconds);
  assert.ok(verdict !== undefined && tree.connect(verdict) !== undefined);
  two.stored = all;
  two.runOn(600_000);
  assert.deepEqual(two.trees.caller.tip.hash, all.tipHash);
  const blocks = two.events.caller.filter(({ event }) => event === 'block');
  assert.equal(blocks.length, 3);
  two.runOn(24 * 3_600_000);
  for (const end of ['caller', 'called'] as const) {
    assert.equal(two.events[end].filter(({ event }) => event === 'peer-disconnected').length, 0);
  }
});
