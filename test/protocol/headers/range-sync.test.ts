/** The first synchronisation where anchors are built in: from several peers at once, and without them when need be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnchorTable } from '../../../src/networks/anchor-table.ts';
import type { HeaderSyncOutput } from '../../../src/protocol/headers/sync-contract.ts';
import type { PeerId } from '../../../src/protocol/peer.ts';
import { forged } from '../../support/forge.ts';
import { HeadersChain } from '../../support/headers-chain.ts';
import { HeaderSyncFixture, hangUps, reported, requests } from '../../support/header-sync-fixture.ts';
import { mine } from '../../support/mine.ts';

const SPACING = 2_016;
const chain = new HeadersChain(mine(9 * SPACING + 100));
const other = chain.withBranch(5_000, mine(12_000, { parent: chain.slice(5_000, 5_000), salt: 7 }));
const anchors = anchorsOf(chain);

test('each peer is asked for ranges of its own, from one anchor to the next', () => {
  const fixture = new HeaderSyncFixture({ anchors });
  const [first, second] = [1, 2].map((peer) =>
    requests(fixture.ready(peer, { startHeight: chain.height }), peer),
  );
  const starts = [...(first ?? []), ...(second ?? [])].map(({ locator, stop }) => [locator[0], stop]);
  assert.deepEqual(starts, [
    [chain.hashAt(0), chain.hashAt(2_015)],
    [chain.hashAt(2_015), chain.hashAt(4_031)],
    [chain.hashAt(4_031), chain.hashAt(6_047)],
    [chain.hashAt(6_047), chain.hashAt(8_063)],
  ]);
});

test('ranges are checked in order of height, whichever comes first, and then the rest is asked for', () => {
  for (const peers of [[1], [1, 2, 3], [3, 2, 1]]) {
    const fixture = new HeaderSyncFixture({ anchors });
    const first = peers.flatMap((peer) => fixture.ready(peer, { startHeight: chain.height }));
    const outputs = fixture.serveAll(new Map(peers.map((peer) => [peer, chain])), first);
    assert.equal(fixture.sync.isSynced, true);
    assert.deepEqual(fixture.tree.tip.hash, chain.tipHash);
    const forks = outputs.flatMap((output) => (output.do === 'persist' ? [output.change.fork.height] : []));
    assert.deepEqual(
      forks,
      forks.toSorted((a, b) => a - b),
    );
    assert.deepEqual(hangUps(outputs), []);
    assert.deepEqual(warnings(outputs), []);
  }
});

test('no more ranges are asked for than the bound allows, however long the first one takes', () => {
  const long = new HeadersChain(mine(4_000));
  const fixture = new HeaderSyncFixture({ anchors: anchorsOf(long, 20) });
  // The first two are asked of one that does not answer.
  let count = requests(fixture.ready(9, { startHeight: 4_000 })).length;
  let outputs = fixture.ready(1, { startHeight: 4_000 });
  let asked = requests(outputs);
  while (asked.length > 0) {
    count += asked.length;
    outputs = asked.flatMap((request) => fixture.headers(1, long.answer(request)));
    asked = requests(outputs);
  }
  assert.equal(count, 96);
  assert.equal(fixture.tree.tip.height, 0);
});

test('a range that is late is asked of another peer, and the first answer to come counts', () => {
  const fixture = new HeaderSyncFixture({ anchors: AnchorTable.of([anchorAt(chain, 2_015)]) });
  const slow = requests(fixture.ready(1, { startHeight: chain.height }));
  assert.deepEqual(requests(fixture.ready(2, { startHeight: chain.height })), [], 'not at once');
  const stolen = requests(fixture.tickWhenDue(), 2);
  assert.deepEqual(stolen, slow);
  const outputs = fixture.serve(2, chain, toSend(2, stolen));
  assert.deepEqual(fixture.tree.tip.hash, chain.tipHash);
  const late = fixture.headers(1, chain.answer(slow[0] ?? assert.fail()));
  assert.deepEqual(hangUps([...outputs, ...late]), []);
});

test('what a lost peer was asked for is asked of the others', () => {
  const fixture = new HeaderSyncFixture({ anchors });
  const lost = requests(fixture.ready(1, { startHeight: chain.height }), 1);
  const first = fixture.ready(2, { startHeight: chain.height });
  const outputs = fixture.serveAll(new Map([[2, chain]]), [...first, ...fixture.lost(1)]);
  assert.equal(fixture.sync.isSynced, true);
  const starts = [...first, ...outputs].flatMap((output) => requests([output], 2)).map(({ stop }) => stop);
  for (const { stop } of lost) assert.ok(starts.some((hash) => Buffer.compare(hash, stop) === 0));
});

test('a peer that claims less is asked for what it claims to have', () => {
  const fixture = new HeaderSyncFixture({ anchors });
  assert.deepEqual(
    requests(fixture.ready(1, { startHeight: 2_100 })).map(({ stop }) => stop),
    [chain.hashAt(2_015)],
  );
});

test('a peer whose chain ends before the last anchor gives what it has, and is not blamed', () => {
  const old = new HeadersChain(chain.slice(1, 3 * SPACING));
  const fixture = new HeaderSyncFixture({ anchors });
  // It claims more than it has, as one that was set back does.
  const first = [
    ...fixture.ready(1, { startHeight: chain.height }),
    ...fixture.ready(2, { startHeight: chain.height }),
  ];
  const outputs = fixture.serveAll(
    new Map([
      [1, old],
      [2, chain],
    ]),
    first,
  );
  assert.equal(fixture.sync.isSynced, true);
  assert.deepEqual(fixture.tree.tip.hash, chain.tipHash);
  assert.deepEqual(
    hangUps(outputs).filter(([, reason]) => reason !== 'behind'),
    [],
  );
  assert.deepEqual(warnings(outputs), []);
});

test('a peer on another chain costs nobody else anything', () => {
  const fixture = new HeaderSyncFixture({ anchors });
  const first = [1, 2].flatMap((peer) => fixture.ready(peer, { startHeight: chain.height }));
  const outputs = fixture.serveAll(
    new Map([
      [1, other],
      [2, chain],
    ]),
    first,
  );
  assert.deepEqual(fixture.tree.tip.hash, chain.tipHash);
  assert.deepEqual(warnings(outputs), []);
});

test('headers of a range that are not linked end the connection', () => {
  const fixture = new HeaderSyncFixture({ anchors });
  fixture.ready(1, { startHeight: chain.height });
  const gap = new Uint8Array([...chain.slice(1, 10), ...chain.slice(12, 2_001)]);
  assert.deepEqual(hangUps(fixture.headers(1, gap)), [[1, 'not-continuous']]);
});

test('a table that is wrong everywhere costs time alone: one message after the other, and a warning', () => {
  const wrong = AnchorTable.of(
    Array.from({ length: 9 }, (_, i) => ({
      height: SPACING * (i + 1) - 1,
      hash: new Uint8Array(32).fill(i + 1),
    })),
  );
  const fixture = new HeaderSyncFixture({ anchors: wrong });
  const first = [1, 2].flatMap((peer) => fixture.ready(peer, { startHeight: chain.height }));
  const outputs = fixture.serveAll(
    new Map([
      [1, chain],
      [2, chain],
    ]),
    first,
  );
  assert.equal(fixture.sync.isSynced, true);
  assert.deepEqual(fixture.tree.tip.hash, chain.tipHash);
  assert.deepEqual(warnings(outputs), ['anchors-unusable']);
  assert.deepEqual(hangUps(outputs), []);
});

test('a table that is wrong in one place is good again above it', () => {
  for (const bad of [0, 4, 8]) {
    const entries = Array.from({ length: 9 }, (_, i) => anchorAt(chain, SPACING * (i + 1) - 1));
    const height = SPACING * (bad + 1) - 1;
    const wrong = AnchorTable.of(entries.with(bad, { height, hash: new Uint8Array(32).fill(9) }));
    const fixture = new HeaderSyncFixture({ anchors: wrong });
    const outputs = fixture.serveAll(new Map([[1, chain]]), fixture.ready(1, { startHeight: chain.height }));
    assert.deepEqual(fixture.tree.tip.hash, chain.tipHash, `wrong at ${bad}`);
    assert.deepEqual(warnings(outputs), ['anchors-unusable']);
  }
});

test('a table that leads along headers which break a rule is believed no more, and nobody is blamed for it', () => {
  const bad = new HeadersChain(forged(chain.slice(1, 6_000), 3_000, { version: 3 }));
  const fixture = new HeaderSyncFixture({ anchors: anchorsOf(bad) });
  const first = fixture.ready(1, { startHeight: 6_000 });
  const outputs = fixture.serveAll(new Map([[1, bad]]), first);
  assert.deepEqual(warnings(outputs), ['anchors-unusable']);
  assert.equal(fixture.tree.has(bad.hashAt(3_001)), false);
});

test('a store in the middle of a period goes on at the anchor below its tip', () => {
  const fixture = new HeaderSyncFixture({ anchors, chain: new HeadersChain(chain.slice(1, 5_000)) });
  const first = fixture.ready(1, { startHeight: chain.height });
  assert.deepEqual(requests(first)[0]?.locator[0], chain.hashAt(4_031));
  fixture.serveAll(new Map([[1, chain]]), first);
  assert.deepEqual(fixture.tree.tip.hash, chain.tipHash);
});

test('a store beyond the last anchor is synced as without any', () => {
  const fixture = new HeaderSyncFixture({ anchors, chain: new HeadersChain(chain.slice(1, 9 * SPACING)) });
  const [request] = requests(fixture.ready(1, { startHeight: chain.height }));
  assert.deepEqual(request?.locator[0], chain.hashAt(9 * SPACING - 1));
});

test('a peer that owes an answer is dropped after a while, and another gives it', () => {
  const fixture = new HeaderSyncFixture({ anchors });
  fixture.ready(1, { startHeight: chain.height });
  fixture.ready(2, { startHeight: chain.height });
  fixture.clock.advance(12_000);
  const gone = hangUps(fixture.tick());
  assert.deepEqual(
    gone.map(([, reason]) => reason),
    ['headers-timeout'],
    'the one that is left has more time, since there is nobody else',
  );
  const outputs = fixture.serveAll(new Map([[3, chain]]), fixture.ready(3, { startHeight: chain.height }));
  assert.deepEqual(hangUps(outputs), []);
  assert.ok(fixture.tree.tip.height > 4 * SPACING);
});

test('those who called us are not asked for ranges', () => {
  const fixture = new HeaderSyncFixture({ anchors });
  const [request, ...more] = requests(fixture.ready(1, { startHeight: chain.height }, true));
  assert.deepEqual(request?.stop, new Uint8Array(32));
  assert.deepEqual(more, []);
});

function anchorAt(of: HeadersChain, height: number): { height: number; hash: Uint8Array } {
  return { height, hash: of.hashAt(height) };
}

function anchorsOf(of: HeadersChain, spacing: number = SPACING): AnchorTable {
  const count = Math.floor((of.height + 1) / spacing);
  return AnchorTable.of(Array.from({ length: count }, (_, i) => anchorAt(of, spacing * (i + 1) - 1)));
}

function warnings(outputs: readonly HeaderSyncOutput[]): string[] {
  return reported(outputs).flatMap((event) => (event.event === 'warning' ? [event.code] : []));
}

function toSend(peer: PeerId, payloads: ReturnType<typeof requests>): HeaderSyncOutput[] {
  return payloads.map((payload) => ({ do: 'send', peer, message: { command: 'getheaders', payload } }));
}
