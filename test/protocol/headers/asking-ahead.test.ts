/** The next request leaves before the last answer is checked, and what is checked is checked in order, a little at a time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeaderSyncOutput } from '../../../src/protocol/headers/sync-contract.ts';
import { HeaderSyncFixture, hangUps, reported, requests } from '../../support/header-sync-fixture.ts';
import { HeadersChain } from '../../support/headers-chain.ts';
import { mine } from '../../support/mine.ts';

const chain = new HeadersChain(mine(16_000));

/** Takes an answer without letting anything else happen. */
function answer(fixture: HeaderSyncFixture, from: number, to: number): HeaderSyncOutput[] {
  return fixture.sync.handle({ type: 'headers', peer: 1, headers: chain.slice(from, to) }, fixture.clock.now);
}

function tick(fixture: HeaderSyncFixture): HeaderSyncOutput[] {
  return fixture.sync.handle({ type: 'tick' }, fixture.clock.now);
}

test('a full answer is followed by the next request at once, and checked at a tick that is due now', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1, { startHeight: chain.height });
  const outputs = answer(fixture, 1, 2_000);
  assert.deepEqual(
    outputs.map((output) => output.do),
    ['send'],
  );
  assert.deepEqual(requests(outputs)[0]?.locator, [chain.hashAt(2_000), chain.hashAt(0)]);
  assert.equal(fixture.tree.tip.height, 0);
  assert.equal(fixture.sync.deadline(), fixture.clock.ms);
  assert.ok(tick(fixture).some((output) => output.do === 'persist'));
  assert.equal(fixture.tree.tip.height, 2_000);
});

test('each tick checks one answer, so that others have their turn in between', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1, { startHeight: chain.height });
  for (let i = 0; i < 3; i++) answer(fixture, 2_000 * i + 1, 2_000 * (i + 1));
  for (const height of [2_000, 4_000, 6_000]) {
    assert.equal(fixture.sync.deadline(), fixture.clock.ms);
    tick(fixture);
    assert.equal(fixture.tree.tip.height, height);
  }
  assert.notEqual(fixture.sync.deadline(), fixture.clock.ms);
});

test('a peer that is faster than we are is asked on when there is room again', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1, { startHeight: chain.height });
  for (let i = 0; i < 4; i++)
    assert.equal(requests(answer(fixture, 2_000 * i + 1, 2_000 * (i + 1))).length, 1);
  assert.deepEqual(answer(fixture, 8_001, 10_000), [], 'four wait already');
  const outputs = Array.from({ length: 5 }, () => tick(fixture)).flat();
  assert.equal(fixture.tree.tip.height, 10_000);
  assert.deepEqual(requests(outputs)[0]?.locator[0], chain.hashAt(10_000));
});

test('the end of a chain is judged after all that came before it, also when it is an empty answer', () => {
  for (const end of [4_000, 3_500]) {
    const short = new HeadersChain(chain.slice(1, end));
    const fixture = new HeaderSyncFixture();
    fixture.ready(1, { startHeight: end });
    answer(fixture, 1, 2_000);
    if (end === 4_000) answer(fixture, 2_001, 4_000);
    const last = end === 4_000 ? new Uint8Array(0) : short.slice(2_001);
    assert.deepEqual(fixture.sync.handle({ type: 'headers', peer: 1, headers: last }, fixture.clock.now), []);
    const outputs = [tick(fixture), tick(fixture), tick(fixture)].flat();
    assert.equal(fixture.sync.isSynced, true);
    assert.deepEqual(fixture.tree.tip.hash, short.tipHash);
    assert.equal(reported(outputs).filter(({ event }) => event === 'synced').length, 1);
  }
});

test('a broken rule in an answer that was asked ahead of ends the connection, and the rest is forgotten', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1, { startHeight: chain.height });
  const bad = new Uint8Array(chain.slice(1, 2_000));
  bad[80 * 1_000 + 40] = (bad[80 * 1_000 + 40] as number) ^ 1;
  fixture.sync.handle({ type: 'headers', peer: 1, headers: bad }, fixture.clock.now);
  answer(fixture, 2_001, 4_000);
  const outputs = [tick(fixture), tick(fixture)].flat();
  assert.equal(hangUps(outputs).length, 1);
  assert.equal(fixture.tree.tip.height, 0);
  assert.equal(fixture.sync.deadline(), undefined);
});

test('what waits of a peer that is lost is not checked any more', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1, { startHeight: chain.height });
  answer(fixture, 1, 2_000);
  fixture.lost(1);
  tick(fixture);
  assert.equal(fixture.tree.tip.height, 0);
});

test('no peer is asked ahead while its chain is only counted', () => {
  const fixture = new HeaderSyncFixture({ minChainwork: 2n * 9_000n });
  const first = fixture.ready(1, { startHeight: chain.height });
  const outputs = fixture.serve(1, chain, first);
  assert.equal(fixture.sync.isSynced, true);
  const starts = outputs.flatMap((output) => requests([output])).map(({ locator }) => locator[0]);
  const again = starts.findIndex(
    (hash, i) => i > 0 && Buffer.compare(hash as Uint8Array, chain.hashAt(0)) === 0,
  );
  assert.ok(again > 3, 'it is asked for the chain a second time, from the fork');
  const stored = outputs.findIndex((output) => output.do === 'persist');
  assert.ok(outputs.slice(0, stored).filter((output) => output.do === 'send').length > again);
});

test('the height counted is told while nothing is stored', () => {
  const fixture = new HeaderSyncFixture({ minChainwork: 2n * 15_000n });
  const first = fixture.ready(1, { startHeight: chain.height });
  fixture.clock.advance(300);
  assert.equal(requests(first).length, 1);
  const [event] = reported(fixture.headers(1, chain.slice(1, 2_000)));
  assert.ok(event?.event === 'progress');
  assert.deepEqual([event.height, event.countedHeight, event.target], [0, 2_000, 16_000]);
});
