import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderChain } from '../src/header-chain.ts';
import { findProvenBlock } from '../src/merkle-proof-block.ts';
import { decode } from '../src/wire/codec.ts';
import { header } from '../src/wire/header.ts';
import { ANCHORED, LOW_BASE, minedAt, minedFrom } from './support/anchored.ts';
import { extend, hashOf } from './support/chains.ts';
import { mine } from './support/mine.ts';

/** A chain that begins at an anchor, at height 2,015, and has 100 headers above it. */
async function anchoredChain(): Promise<HeaderChain> {
  const chain = await HeaderChain.open({
    network: ANCHORED,
    datadir: undefined,
    create: true,
    start: LOW_BASE.height,
  });
  await extend(chain, minedFrom(2_016, 100));
  return chain;
}

const find = (chain: HeaderChain, bytes: Uint8Array) => findProvenBlock(chain, decode(header, bytes));

test('blocks above an anchor are found, and so is its own, of which no header is stored', async () => {
  const chain = await anchoredChain();
  for (const [height, confirmations] of [
    [2_015, 101],
    [2_016, 100],
    [2_115, 1],
  ] as const) {
    const block = await find(chain, minedAt(height));
    assert.ok('height' in block);
    assert.deepEqual(
      [block.height, block.hash, block.confirmations],
      [height, hashOf(minedAt(height)), confirmations],
    );
    // Eleven times are needed for it.
    assert.equal(block.medianTime !== undefined, height >= 2_026);
  }
});

test('a block below the anchor is told apart from one above the tip, and from one beside it', async () => {
  const chain = await anchoredChain();
  const codeOf = async (bytes: Uint8Array): Promise<string> => {
    const block = await find(chain, bytes);
    return 'code' in block ? block.code : 'found';
  };
  assert.equal(await codeOf(minedAt(2_014)), 'block-before-start');
  assert.equal(await codeOf(minedAt(5)), 'block-before-start');
  assert.equal(await codeOf(minedAt(2_116)), 'block-not-synced');
  assert.equal(await codeOf(minedAt(2_200)), 'block-not-synced');
  assert.equal(await codeOf(mine(1, { parent: minedAt(2_015), salt: 1 })), 'block-stale');
  assert.equal(await codeOf(mine(1, { parent: minedAt(2_114), salt: 1 })), 'block-stale');
  assert.equal(await codeOf(mine(30, { parent: minedAt(2_015), salt: 1 }).subarray(-80)), 'block-unknown');
});

test('a chain of the anchor alone may still have anything above it', async () => {
  const chain = await HeaderChain.open({ network: ANCHORED, datadir: undefined, create: true, start: 2_015 });
  const above = await find(chain, minedAt(2_016));
  assert.ok('code' in above && above.code === 'block-not-synced');
  const own = await find(chain, minedAt(2_015));
  assert.ok('height' in own && own.confirmations === 1);
});

test('a block on top of a branch that is as long as ours may have made it the best', async () => {
  const chain = await HeaderChain.open({ network: ANCHORED, datadir: undefined, create: true });
  await extend(chain, minedFrom(1, 3));
  const side = mine(3, { salt: 1 });
  await extend(chain, side);
  const last = await find(chain, side.subarray(-80));
  assert.ok('code' in last && last.code === 'block-stale');
  assert.match(last.message, /that has another one at height 3, and 0 more on top of it$/);
  const next = await find(chain, mine(1, { parent: side.subarray(-80), salt: 1 }));
  assert.ok('code' in next && next.code === 'block-not-synced');
});
