/** Branches that have less work than our chain: kept while they may still win, and never without end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderSyncFixture, hangUps, requests } from '../../support/header-sync-fixture.ts';
import { HeadersChain } from '../../support/headers-chain.ts';
import { mine } from '../../support/mine.ts';

/** The work that a branch may lack is that of 144 blocks. */
const DEPTH = 144;

const ours = new HeadersChain(mine(4_500));
const rival = new HeadersChain(mine(4_500, { salt: 1 }));

test('a branch that ends over 144 blocks of work below our tip is let go, and its sender is not blamed', () => {
  const fixture = synced(ours);
  const outputs = fixture.headers(2, rival.slice(1, 1_999));
  assert.deepEqual(
    outputs.map(({ do: what }) => what),
    ['send'],
    'sendheaders, since this is all the peer has',
  );
  assert.equal(fixture.tree.has(rival.hashAt(1)), false);
  assert.equal(fixture.tree.tips().length, 1);
});

test('a branch that ends within 144 blocks of work below our tip is kept', () => {
  const chain = new HeadersChain(ours.slice(1, 500));
  for (const [length, isKept] of [
    [500 - DEPTH, true],
    [500 - DEPTH - 1, false],
  ] as const) {
    const fixture = synced(chain);
    fixture.headers(2, rival.slice(1, length));
    assert.equal(fixture.tree.has(rival.hashAt(length)), isKept, `${length} headers`);
  }
});

test('a branch that fills its message may go on: its work is counted, then it is fetched again and wins', () => {
  const chain = new HeadersChain(ours.slice(1, 4_400));
  const fixture = synced(chain);
  const first = fixture.headers(2, rival.slice(1, 2_000));
  assert.equal(fixture.tree.has(rival.hashAt(1)), false, 'nothing of it is kept yet');
  const outputs = fixture.serve(2, rival, first);
  assert.deepEqual(fixture.tree.tip.hash, rival.tipHash);
  assert.deepEqual(
    requests(outputs, 2).map(({ locator }) => locator[0]),
    [rival.hashAt(4_000), rival.hashAt(0), rival.hashAt(2_000), rival.hashAt(4_000)],
  );
});

test('a branch that comes to its end with too little work was never kept', () => {
  const fixture = synced(ours);
  const poor = new HeadersChain(rival.slice(1, 4_300));
  const outputs = fixture.serve(2, poor, fixture.headers(2, poor.slice(1, 2_000)));
  assert.deepEqual(hangUps(outputs), []);
  assert.ok(outputs.every((output) => output.do !== 'persist'));
  assert.equal(fixture.tree.tips().length, 1);
});

test('a branch that outgrows what is kept of side branches and still does not win ends the connection', () => {
  const fixture = synced(ours, { maxSideHeaders: 3_000 });
  const outputs = fixture.serve(2, rival, fixture.headers(2, rival.slice(1, 2_000)));
  assert.deepEqual(hangUps(outputs), [[2, 'branch-too-long']]);
  assert.equal(fixture.tree.has(rival.hashAt(2_000)), true);
  assert.equal(fixture.tree.has(rival.hashAt(3_001)), false, 'nothing beyond the bound is kept');
  assert.deepEqual(fixture.tree.tip.hash, ours.tipHash);
});

/** Synced by peer 1, with peer 2 ready and its first answer not yet here. */
function synced(chain: HeadersChain, options: { maxSideHeaders?: number } = {}): HeaderSyncFixture {
  const fixture = HeaderSyncFixture.synced(chain, options);
  fixture.ready(2, { startHeight: rival.height });
  return fixture;
}
