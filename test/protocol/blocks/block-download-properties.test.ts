/**
 * The fetching of blocks from peers of all kinds, on a clock that jumps: whatever the others do, one honest holder that
 * stays is enough. HEADLIGHT_BLOCK_SEEDS=n plays so many seeds.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type DownloadPeerKind, DownloadWorld } from '../../support/download-world.ts';

const SEED_COUNT = Number(process.env['HEADLIGHT_BLOCK_SEEDS'] ?? 200);

test(`every wanted block arrives while one honest holder stays, with ${SEED_COUNT} seeds`, () => {
  const kinds = new Set<DownloadPeerKind>();
  let refusedCount = 0;
  for (let seed = 1; seed <= SEED_COUNT; seed++) {
    const world = DownloadWorld.withOneHonestPeer(seed);
    world.play();
    assert.deepEqual(world.missingHeights, [], `seed ${seed}: ${world.description}`);
    for (const kind of world.kinds) kinds.add(kind);
    refusedCount += world.refusedCount;
  }
  if (SEED_COUNT < 20) return;
  assert.equal(kinds.size, 8, 'all kinds of peers were met');
  assert.ok(refusedCount > SEED_COUNT / 4, `only ${refusedCount} forged blocks were refused`);
});

test('a line with a long way is not left idle for a round trip after each block', () => {
  const world = new DownloadWorld(1, { blockCount: 40 });
  world.join({ kind: 'honest', latencyMs: 50, blockMs: 1 });
  world.play();
  assert.deepEqual(world.missingHeights, []);
  assert.ok(world.elapsedMs < 40 * 100 * 0.3, `${world.elapsedMs} ms for 40 round trips of 100 ms`);
});

test('several peers are as fast as all of them together', () => {
  const world = new DownloadWorld(1, { blockCount: 40 });
  for (let i = 0; i < 4; i++) world.join({ kind: 'honest', latencyMs: 50, blockMs: 1_000 });
  world.play();
  assert.deepEqual(world.missingHeights, []);
  assert.ok(world.elapsedMs < 12_000, `${world.elapsedMs} ms for 40 blocks of 1 s from 4 peers`);
});

test('when our own line is so slow that everybody is late, blocks still come, and few of them twice', () => {
  const world = new DownloadWorld(1, { blockCount: 40 });
  for (let i = 0; i < 4; i++) world.join({ kind: 'honest', latencyMs: 100, blockMs: 25_000 });
  world.play();
  assert.deepEqual(world.missingHeights, []);
  assert.ok(world.askedCount < 60, `${world.askedCount} requests for 40 blocks`);
});
