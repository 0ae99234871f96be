import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderRun } from '../../../src/chain/header-run.ts';
import { HeaderTree } from '../../../src/chain/header-tree.ts';
import type { TreeChange } from '../../../src/chain/tree-change.ts';
import { regtest } from '../../../src/networks/regtest.ts';
import type { HeaderEvent } from '../../../src/protocol/events.ts';
import { describeChange } from '../../../src/protocol/headers/describe-change.ts';
import { fill, HeadersChain } from '../../support/headers-chain.ts';
import { headerAt, mine } from '../../support/mine.ts';

const chain = new HeadersChain(mine(20));

function connect(tree: HeaderTree, headers: Uint8Array): TreeChange {
  const verdict = tree.check(HeaderRun.fromBytes(headers), 2_000_000_000);
  const change = verdict && tree.connect(verdict);
  assert.ok(change !== undefined);
  return change;
}

/** The block events of a chain's headers between two heights. */
function blocks(of: HeadersChain, from: number, to: number): HeaderEvent[] {
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const height = from + i;
    const view = new DataView(headerAt(of.bytes, height).slice().buffer);
    return {
      event: 'block',
      height,
      hash: of.hashAt(height),
      previous: of.hashAt(height - 1),
      blockTime: view.getUint32(68, true),
      bits: 0x207fffff,
    };
  });
}

test('headers on top of the tip are blocks, in order', () => {
  const tree = fill(new HeaderTree(regtest), chain, 15);
  const change = connect(tree, chain.slice(16));
  assert.deepEqual(describeChange(change, tree), blocks(chain, 16, 20));
});

test('a side branch that stays one is nothing to tell', () => {
  const tree = fill(new HeaderTree(regtest), chain);
  const change = connect(tree, mine(3, { parent: headerAt(chain.bytes, 10), salt: 1 }));
  assert.equal(change.branched.length, 3);
  assert.deepEqual(describeChange(change, tree), []);
});

test('a reorganisation is told first, newest removed first and oldest added first, and then its blocks', () => {
  const tree = fill(new HeaderTree(regtest), chain);
  const branch = mine(12, { parent: headerAt(chain.bytes, 10), salt: 2 });
  const other = chain.withBranch(10, branch);
  // Some of the branch is known before it wins.
  assert.deepEqual(describeChange(connect(tree, other.slice(11, 14)), tree), []);
  const events = describeChange(connect(tree, other.slice(15)), tree);
  const heights = Array.from({ length: 12 }, (_, i) => 11 + i);
  const removed = heights.slice(0, 10).map((height) => chain.hashAt(height));
  const reorg = {
    event: 'reorg',
    fork: { height: 10, hash: chain.hashAt(10) },
    removed: removed.toReversed(),
    added: heights.map((height) => other.hashAt(height)),
  };
  assert.deepEqual(events, [reorg, ...blocks(other, 11, 22)]);
});
