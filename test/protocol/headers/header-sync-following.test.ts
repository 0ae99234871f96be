/** Staying at the tip: announcements, reorganisations and the questions asked when nobody announces anything. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INVENTORY } from '../../../src/wire/inventory.ts';
import { HeaderSyncFixture, hangUps, reported, requests } from '../../support/header-sync-fixture.ts';
import { HeadersChain } from '../../support/headers-chain.ts';
import { headerAt, mine } from '../../support/mine.ts';
import { blockInv, sentCommands } from '../../support/messages.ts';

const all = new HeadersChain(mine(120));
const chain = new HeadersChain(all.slice(1, 100));
const STRANGE = new Uint8Array(32).fill(0xee);

test('new headers are told as blocks, one by one and in order', () => {
  const fixture = HeaderSyncFixture.synced(chain);
  const outputs = fixture.headers(1, all.slice(101, 103));
  const events = reported(outputs);
  assert.equal(outputs[0]?.do, 'persist');
  assert.deepEqual(
    events.map((event) => event.event === 'block' && [event.height, event.hash, event.previous]),
    [101, 102, 103].map((height) => [height, all.hashAt(height), all.hashAt(height - 1)]),
  );
  assert.deepEqual(requests(outputs), []);
});

test('a branch with more work is told as a reorg and its blocks, once it has more', () => {
  const fixture = HeaderSyncFixture.synced(chain);
  const other = chain.withBranch(90, mine(20, { parent: headerAt(chain.bytes, 90), salt: 9 }));
  assert.deepEqual(reported(fixture.headers(1, other.slice(91, 100))), [], 'the same work is not more');
  const events = reported(fixture.headers(1, other.slice(101, 102)));
  const heights = Array.from({ length: 12 }, (_, i) => 91 + i);
  const [reorg, ...blocks] = events;
  assert.deepEqual(reorg, {
    event: 'reorg',
    fork: { height: 90, hash: chain.hashAt(90) },
    removed: heights
      .slice(0, 10)
      .toReversed()
      .map((height) => chain.hashAt(height)),
    added: heights.map((height) => other.hashAt(height)),
  });
  assert.deepEqual(
    blocks.map((event) => event.event === 'block' && event.height),
    heights,
  );
});

test('headers without a parent that we know lead to one getheaders and no punishment', () => {
  const fixture = HeaderSyncFixture.synced(chain);
  const outputs = fixture.headers(1, all.slice(105, 106));
  assert.deepEqual(sentCommands(outputs), ['getheaders']);
  assert.deepEqual(requests(outputs)[0]?.locator[0], chain.hashAt(99));
  assert.deepEqual(fixture.headers(1, all.slice(107, 107)), [], 'while it is on its way, no second one');
  fixture.serve(1, all, outputs);
  assert.deepEqual(fixture.tree.tip.hash, all.tipHash);
});

test('headers that never connect are no way to keep the connection', () => {
  const fixture = HeaderSyncFixture.synced(chain);
  fixture.headers(1, all.slice(105, 106));
  fixture.clock.advance(29_000);
  assert.deepEqual(fixture.headers(1, all.slice(105, 106)), []);
  fixture.clock.advance(1_000);
  assert.deepEqual(hangUps(fixture.tick()), [[1, 'headers-timeout']]);
});

test('the inv of an unknown block leads to getheaders, that of a known one to nothing', () => {
  const fixture = HeaderSyncFixture.synced(chain);
  assert.deepEqual(fixture.inv(1, blockInv(chain.tipHash)), []);
  assert.deepEqual(fixture.inv(1, blockInv(chain.hashAt(3))), []);
  assert.deepEqual(fixture.inv(5, blockInv(STRANGE)), [], 'of a peer that we do not know');
  assert.deepEqual(sentCommands(fixture.inv(1, blockInv(all.hashAt(101)))), ['getheaders']);
  assert.deepEqual(fixture.inv(1, blockInv(all.hashAt(102))), [], 'one request at a time');
});

test('of several blocks in an inv only the last counts, and other things in it do not', () => {
  const fixture = HeaderSyncFixture.synced(chain);
  assert.deepEqual(fixture.inv(1, blockInv(STRANGE, chain.tipHash)), []);
  const items = [INVENTORY.TX, INVENTORY.WTX, INVENTORY.FILTERED_BLOCK, 999].map((type) => ({
    type,
    hash: STRANGE,
  }));
  assert.deepEqual(fixture.handle({ type: 'inv', peer: 1, items }), []);
  assert.deepEqual(fixture.handle({ type: 'inv', peer: 1, items: [] }), []);
  const mixed = [{ type: INVENTORY.BLOCK, hash: STRANGE }, ...items];
  assert.equal(requests(fixture.handle({ type: 'inv', peer: 1, items: mixed })).length, 1);
});

test('the inv of a block on a known side branch is nothing new', () => {
  const fixture = HeaderSyncFixture.synced(chain);
  const branch = mine(2, { parent: headerAt(chain.bytes, 95), salt: 3 });
  fixture.headers(1, branch);
  const other = chain.withBranch(95, branch);
  assert.deepEqual(fixture.inv(1, blockInv(other.tipHash)), []);
});

test('a peer that announces nothing is asked again after the refresh interval', () => {
  const fixture = HeaderSyncFixture.synced(chain, { refreshIntervalMs: 45_000 });
  for (let round = 0; round < 3; round++) {
    assert.equal(fixture.sync.deadline(), fixture.clock.ms + 45_000);
    const asked = fixture.tickWhenDue();
    assert.deepEqual(sentCommands(asked), ['getheaders']);
    assert.equal(fixture.sync.deadline(), fixture.clock.ms + 30_000, 'the answer is due now');
    assert.deepEqual(fixture.serve(1, chain, asked), [], 'no event, no second sendheaders');
  }
});

test('a peer that comes later is asked at once, and told to send headers when it has answered', () => {
  const fixture = HeaderSyncFixture.synced(chain);
  const asked = fixture.ready(2, { startHeight: 110 });
  const outputs = fixture.serve(2, new HeadersChain(all.slice(1, 110)), asked);
  assert.deepEqual(sentCommands(outputs), ['sendheaders']);
  const events = reported(outputs).map(({ event }) => event);
  assert.deepEqual(
    events,
    Array.from({ length: 10 }, () => 'block'),
  );
});

test('a later peer that is behind, or has less work, or is still at its own start, is no offence', () => {
  const fixture = HeaderSyncFixture.synced(chain, { minChainwork: 100n });
  for (const [peer, has, startHeight] of [
    [2, new HeadersChain(all.slice(1, 5)), 5],
    [3, new HeadersChain(), 0],
    [4, new HeadersChain(), 900_000],
    [5, new HeadersChain(mine(30, { salt: 4 })), 30],
  ] as const) {
    const asked = fixture.ready(peer, { startHeight });
    const [request] = requests(asked);
    assert.ok(request !== undefined);
    assert.deepEqual(hangUps(fixture.headers(peer, has.answer(request))), []);
  }
  assert.deepEqual(fixture.tree.tip.hash, chain.tipHash);
});

test('the same announcement from several peers is told once', () => {
  const fixture = HeaderSyncFixture.synced(chain);
  fixture.serve(2, chain, fixture.ready(2));
  assert.equal(reported(fixture.headers(1, all.slice(101, 101))).length, 1);
  assert.deepEqual(fixture.headers(2, all.slice(101, 101)), []);
});

test('a peer that left its chain for one far below is followed, however much of it we know already', () => {
  const deep = new HeadersChain(mine(6000));
  const fixture = HeaderSyncFixture.synced(deep);
  const other = deep.withBranch(3900, mine(2200, { parent: headerAt(deep.bytes, 3900), salt: 8 }));
  // The locator is thin down there, so the answer begins with 2,000 headers that are no news.
  const asked = fixture.inv(1, blockInv(other.tipHash));
  const outputs = fixture.serve(1, other, asked);
  assert.deepEqual(hangUps(outputs), []);
  assert.deepEqual(fixture.tree.tip.hash, other.tipHash);
});
