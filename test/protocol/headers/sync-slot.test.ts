/** Who is asked for the chain, what happens to one that gives nothing, and when all have had their say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerId } from '../../../src/protocol/peer.ts';
import type { HeaderSyncOutput } from '../../../src/protocol/headers/sync-contract.ts';
import { HeadersChain } from '../../support/headers-chain.ts';
import { HeaderSyncFixture, hangUps, reported } from '../../support/header-sync-fixture.ts';
import { headerAt, mine } from '../../support/mine.ts';
import { sentCommands } from '../../support/messages.ts';

const long = new HeadersChain(mine(5000));
const chain = new HeadersChain(long.slice(1, 50));
const REST_MS = 10_000;
const SETTLE_MS = 5_000;

function asked(outputs: readonly HeaderSyncOutput[]): PeerId[] {
  return outputs.flatMap((output) =>
    output.do === 'send' && output.message.command === 'getheaders' ? [output.peer] : [],
  );
}

function isSynced(outputs: readonly HeaderSyncOutput[]): boolean {
  return reported(outputs).some(({ event }) => event === 'synced');
}

test('the slot goes to the peer with the shortest measured round trip, whatever height the others claim', () => {
  const latenciesMs = new Map([
    [2, 300],
    [3, 40],
    [4, 90],
  ]);
  const fixture = new HeaderSyncFixture({ latenciesMs });
  fixture.ready(1, { startHeight: 5 });
  for (const [peer, startHeight] of [
    [2, 2 ** 31 - 1],
    [3, 10],
    [4, 1_000_000],
    [5, 900_000],
  ] as const) {
    fixture.ready(peer, { startHeight });
  }
  assert.deepEqual(asked(fixture.lost(1)), [3]);
  assert.equal(fixture.sync.syncPeer, 3);
  assert.deepEqual(asked(fixture.lost(3)), [4]);
  assert.deepEqual(asked(fixture.lost(4)), [2]);
  assert.deepEqual(asked(fixture.lost(2)), [5], 'one that was not measured comes last');
});

test('a peer that has proven work comes before one that is only quick', () => {
  const latenciesMs = new Map([
    [1, 900],
    [2, 10],
    [3, 10],
  ]);
  const fixture = new HeaderSyncFixture({ latenciesMs });
  fixture.canReplace = false;
  fixture.ready(1);
  fixture.headers(1, long.slice(1, 2_000));
  assert.equal(fixture.sync.provenHeight(1), 2_000);
  fixture.tickWhenDue();
  assert.deepEqual(asked(fixture.ready(2)), [2], 'while the first one rests another takes the slot');
  fixture.ready(3);
  fixture.clock.advance(REST_MS);
  assert.deepEqual(asked(fixture.lost(2)), [1]);
});

test('the only peer there is is not dropped for a missing answer, but asked again after a pause', () => {
  const fixture = new HeaderSyncFixture();
  fixture.canReplace = false;
  fixture.ready(1, { startHeight: 50 });
  for (let round = 0; round < 3; round++) {
    const outputs = fixture.tickWhenDue();
    assert.deepEqual(hangUps(outputs), []);
    const complaint = outputs.find((output) => output.do === 'complain');
    assert.equal(complaint?.do === 'complain' && complaint.disconnect.reason, 'headers-timeout');
    assert.equal(fixture.sync.syncPeer, undefined, 'the slot is free');
    assert.equal(fixture.sync.deadline(), fixture.clock.ms + REST_MS);
    assert.deepEqual(asked(fixture.tickWhenDue()), [1]);
  }
  fixture.serve(1, chain, []);
  fixture.headers(1, chain.slice(1));
  assert.equal(fixture.sync.isSynced, true);
});

test('the only peer that gives less than it claims is asked again, and never dropped for it', () => {
  const fixture = new HeaderSyncFixture();
  fixture.canReplace = false;
  fixture.ready(1, { startHeight: 50 });
  const outputs = fixture.headers(1, new Uint8Array(0));
  assert.deepEqual(hangUps(outputs), []);
  assert.equal(fixture.sync.isSynced, false, 'nothing that it did not give is believed');
  assert.deepEqual(asked(fixture.tickWhenDue()), [1]);
});

test('one that comes while the first one rests takes the slot, and the first one is dropped when it fails again', () => {
  const fixture = new HeaderSyncFixture();
  fixture.canReplace = false;
  fixture.ready(1, { startHeight: 50 });
  fixture.tickWhenDue();
  assert.deepEqual(asked(fixture.ready(2)), [2]);
  const outputs = fixture.serve(2, chain, [request(fixture)]);
  assert.deepEqual(asked(outputs), [1], 'the first one is asked whether it knows better');
  assert.equal(isSynced(outputs), false);
  const later = fixture.tickWhenDue();
  assert.deepEqual(hangUps(later), [[1, 'headers-timeout']]);
  assert.ok(isSynced(later), 'and waited for no longer than it may take');
});

/** What peer 2 was asked. */
function request({ tree }: HeaderSyncFixture): HeaderSyncOutput {
  const payload = { version: 1, locator: tree.locator(tree.hashAt(0)), stop: new Uint8Array(32) };
  return { do: 'send', peer: 2, message: { command: 'getheaders', payload } };
}

test('who came to its end first does not decide: the others are asked, and the heavier chain is taken', () => {
  const fixture = new HeaderSyncFixture();
  const short = new HeadersChain(mine(30, { salt: 9 }));
  const first = fixture.ready(1, { startHeight: 30 });
  fixture.ready(2);
  const outputs = fixture.serve(1, short, first);
  assert.deepEqual(asked(outputs), [2]);
  assert.equal(isSynced(outputs), false);
  const later = fixture.serve(2, long, outputs);
  assert.ok(isSynced(later));
  assert.deepEqual(fixture.tree.tip.hash, long.tipHash);
  assert.deepEqual(hangUps([...outputs, ...later]), [], 'nobody is dropped for having less');
});

test('a peer that is a block behind the first is no reason to wait, and is kept', () => {
  const fixture = new HeaderSyncFixture();
  const first = fixture.ready(1, { startHeight: 50 });
  fixture.ready(2, { startHeight: 49 });
  const outputs = fixture.serve(1, chain, first);
  const later = fixture.serve(2, new HeadersChain(long.slice(1, 49)), outputs);
  assert.ok(isSynced(later));
  assert.deepEqual(hangUps(later), []);
});

test('it waits for connections that are under way, but only for a moment', () => {
  for (const [arrives, waitedMs] of [
    [true, 1_000],
    [false, SETTLE_MS],
  ] as const) {
    const fixture = new HeaderSyncFixture();
    fixture.areOthersComing = true;
    fixture.serve(1, chain, fixture.ready(1));
    assert.equal(fixture.sync.isSettling, true);
    assert.deepEqual(reported(fixture.tick()), []);
    assert.equal(fixture.sync.deadline(), fixture.clock.ms + SETTLE_MS);
    fixture.clock.advance(waitedMs);
    fixture.areOthersComing = !arrives;
    assert.ok(isSynced(fixture.tick()), `after ${waitedMs} ms`);
  }
});

test('a peer that connects meanwhile is asked at once, and has its say', () => {
  const fixture = new HeaderSyncFixture();
  fixture.areOthersComing = true;
  fixture.serve(1, chain, fixture.ready(1));
  const outputs = fixture.ready(2);
  assert.deepEqual(asked(outputs), [2]);
  fixture.areOthersComing = false;
  assert.ok(isSynced(fixture.serve(2, long, outputs)));
  assert.deepEqual(fixture.tree.tip.hash, long.tipHash);
});

test('one that begins a better chain and vanishes leaves it to the others to say what is best', () => {
  const fixture = new HeaderSyncFixture();
  const first = fixture.ready(1);
  fixture.ready(2);
  const outputs = fixture.serve(1, chain, first);
  fixture.headers(2, long.slice(50, 2_049));
  assert.equal(fixture.sync.syncPeer, 2, 'who has more has the slot');
  const onLoss = fixture.lost(2);
  assert.deepEqual(asked(onLoss), [1], 'the first one is asked again');
  assert.equal(isSynced([...outputs, ...onLoss]), false);
  const end = fixture.serve(1, long, onLoss);
  assert.ok(isSynced(end));
  assert.deepEqual(fixture.tree.tip.hash, long.tipHash);
});

test('a false chain with less work does not end it, nor is it kept apart from where it may win', () => {
  const fixture = new HeaderSyncFixture();
  const fork = chain.withBranch(10, mine(60, { parent: headerAt(chain.bytes, 10), salt: 4 }));
  const first = fixture.ready(1);
  fixture.ready(2);
  const outputs = fixture.serve(1, long, first);
  assert.ok(isSynced(fixture.serve(2, fork, outputs)));
  assert.deepEqual(fixture.tree.tip.hash, long.tipHash);
});

test('those who called us are asked only when there is nobody else, and when they claim to have more', () => {
  const fixture = new HeaderSyncFixture({ chain });
  assert.deepEqual(asked(fixture.ready(1, { startHeight: 50 }, true)), []);
  assert.deepEqual(asked(fixture.ready(2, { startHeight: 5_000 }, true)), [2]);
  assert.deepEqual(asked(fixture.ready(3, { startHeight: 0 })), [3], 'one of our own choice comes before it');
  assert.equal(fixture.sync.syncPeer, 3);
  fixture.headers(2, long.slice(51, 2_050));
  assert.equal(fixture.sync.syncPeer, 3, 'and keeps the slot');
});

test('any number of quick peers that never answer do not keep one from being asked that does', () => {
  const latenciesMs = new Map(Array.from({ length: 30 }, (_, i) => [i, i < 29 ? 1 : 500]));
  const fixture = new HeaderSyncFixture({ latenciesMs });
  for (let peer = 0; peer < 30; peer++) fixture.ready(peer, { startHeight: 5_000 });
  const outputs = fixture.tickWhenDue();
  assert.ok(asked(outputs).includes(29), 'when the first one fails, all are asked');
  fixture.lost(0);
  fixture.serve(29, long, outputs);
  assert.deepEqual(fixture.tree.tip.hash, long.tipHash);
});

test('the time for a whole chain is told by the clock, not by the height that a peer claims', () => {
  const patient = { headersTimeoutMs: 3_600_000, impatientTimeoutMs: 3_600_000 };
  const tipSeconds = 1_296_688_602 + 50 * 600;
  const fixture = new HeaderSyncFixture({ chain, unixSeconds: tipSeconds + 100 * 600, ...patient });
  fixture.ready(1, { startHeight: 2 ** 31 - 1 });
  fixture.ready(2);
  const startMs = fixture.clock.ms;
  assert.deepEqual(hangUps(fixture.tickWhenDue()), [[1, 'too-slow']]);
  assert.equal(fixture.clock.ms - startMs, 15 * 60_000 + 100);
});

test('a chain that is known already does not begin it all anew when others have their say', () => {
  const fixture = new HeaderSyncFixture({ chain: new HeadersChain(long.slice(1, 4_990)) });
  const first = fixture.ready(1, { startHeight: 5_000 });
  fixture.ready(2, { startHeight: 1_000_000 });
  const outputs = fixture.serve(1, long, first);
  assert.deepEqual(asked(outputs), [2]);
  // What it says is true, and of no use; it never comes to an end.
  fixture.headers(2, long.slice(1, 2_000));
  assert.equal(fixture.sync.isSettling, true);
  fixture.clock.advance(11_000);
  assert.deepEqual(fixture.headers(2, long.slice(2, 2_001)), []);
  fixture.clock.advance(4_000);
  assert.ok(isSynced(fixture.tick()));
});

test('when somebody who is asked takes longer than a moment, it is waited for', () => {
  const fixture = new HeaderSyncFixture();
  const first = fixture.ready(1);
  fixture.ready(2);
  const outputs = fixture.serve(1, new HeadersChain(long.slice(1, 20)), first);
  fixture.clock.advance(10_000);
  assert.equal(isSynced(fixture.tick()), false);
  assert.ok(isSynced(fixture.serve(2, chain, outputs)));
  assert.equal(fixture.tree.tip.height, 50);
});

test('with callers alone, those who claim to have more are waited for', () => {
  const fixture = new HeaderSyncFixture();
  const first = fixture.ready(1, { startHeight: 20 }, true);
  fixture.ready(2, { startHeight: 50 }, true);
  const outputs = fixture.serve(1, new HeadersChain(long.slice(1, 20)), first);
  assert.deepEqual([asked(outputs), isSynced(outputs)], [[2], false]);
  assert.ok(isSynced(fixture.serve(2, chain, outputs)));
  assert.equal(fixture.tree.tip.height, 50);
});

test('those who called us owe us nothing: neither silence nor a short chain costs them the connection', () => {
  const fixture = new HeaderSyncFixture({ chain });
  fixture.ready(1, { startHeight: 5_000 }, true);
  assert.deepEqual(hangUps(fixture.tickWhenDue()), []);
  assert.deepEqual(asked(fixture.tickWhenDue()), [1]);
  assert.deepEqual(hangUps(fixture.headers(1, new Uint8Array(0))), []);
  fixture.tickWhenDue();
  assert.deepEqual(hangUps(fixture.headers(1, mine(3, { salt: 8 }))), []);
});

test('a broken rule costs also those who called us the connection', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1, { startHeight: 50 }, true);
  const gap = new Uint8Array([...long.slice(1, 1), ...long.slice(3, 3)]);
  assert.deepEqual(hangUps(fixture.headers(1, gap)), [[1, 'not-continuous']]);
});

test('a client with nobody but callers is synced by them', () => {
  const fixture = new HeaderSyncFixture();
  const outputs = fixture.serve(1, chain, fixture.ready(1, { startHeight: 50 }, true));
  assert.ok(isSynced(outputs));
  assert.ok(sentCommands(outputs).includes('sendheaders'));
});

test('when the best chain last grew is known, and a side branch is no growth', () => {
  const fixture = HeaderSyncFixture.synced(chain);
  const grownMs = fixture.sync.grownMs;
  assert.equal(grownMs, fixture.clock.ms);
  fixture.clock.advance(60_000);
  fixture.headers(1, mine(1, { parent: headerAt(chain.bytes, 48), salt: 6 }));
  assert.equal(fixture.sync.grownMs, grownMs);
  fixture.headers(1, long.slice(51, 51));
  assert.equal(fixture.sync.grownMs, fixture.clock.ms);
});
