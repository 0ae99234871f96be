/** Bringing the tree to the tip. What happens once it is there is in header-sync-following.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeadersChain } from '../../support/headers-chain.ts';
import { HeaderSyncFixture, hangUps, reported, requests } from '../../support/header-sync-fixture.ts';
import { mine } from '../../support/mine.ts';
import { blockInv, sentCommands } from '../../support/messages.ts';

const long = new HeadersChain(mine(5000));
const NO_STOP = new Uint8Array(32);

test('the first request starts one header below the tip and ends in genesis', () => {
  for (const [height, start] of [
    [0, 0],
    [1, 0],
    [2, 1],
    [5000, 4999],
  ] as const) {
    const fixture = new HeaderSyncFixture({ chain: new HeadersChain(long.slice(1, height)) });
    const [request, ...more] = requests(fixture.ready(1));
    assert.ok(request !== undefined && more.length === 0);
    assert.deepEqual(request.locator[0], long.hashAt(start), `tip at ${height}`);
    assert.deepEqual(request.locator.at(-1), long.hashAt(0));
    assert.deepEqual(request.stop, NO_STOP);
    assert.ok(request.locator.length <= 101);
  }
});

test('exactly 2,000 headers are followed by a request from the last of them', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1, { startHeight: 5000 });
  const outputs = fixture.headers(1, long.slice(1, 2000));
  const [request] = requests(outputs, 1);
  assert.deepEqual(request?.locator[0], long.hashAt(2000));
  assert.deepEqual(sentCommands(outputs), ['getheaders']);
  assert.equal(fixture.tree.tip.height, 2000);
  assert.equal(fixture.sync.isSynced, false);
});

test('fewer than 2,000 headers are the end: synced, once, and sendheaders is sent, once', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1);
  fixture.clock.advance(1500);
  const outputs = fixture.headers(1, long.slice(1, 1999));
  assert.deepEqual(sentCommands(outputs), ['sendheaders']);
  const synced = reported(outputs).filter(({ event }) => event === 'synced');
  assert.deepEqual(synced, [{ event: 'synced', tip: fixture.tree.tip, seconds: 1.5 }]);
  assert.equal(fixture.tree.tip.height, 1999);
  const later = fixture.headers(1, long.slice(2000, 2001));
  assert.deepEqual(sentCommands(later), []);
  assert.ok(reported(later).every(({ event }) => event === 'block'));
});

test('each message of headers is to be persisted before anything is said about it', () => {
  const fixture = new HeaderSyncFixture();
  const outputs = fixture.serve(1, long, fixture.ready(1, { startHeight: 5000 }));
  const persisted = outputs.flatMap((output) => (output.do === 'persist' ? [output.change] : []));
  assert.deepEqual(
    persisted.map(({ fork, tip }) => [fork.height, tip.height]),
    [
      [0, 2000],
      [2000, 4000],
      [4000, 5000],
    ],
  );
  assert.equal(outputs.find((output) => output.do !== 'send')?.do, 'persist');
  assert.deepEqual(fixture.tree.tip.hash, long.tipHash);
});

test('progress tells the height reached and the height claimed, and no claim is below what was reached', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1, { startHeight: 3000 });
  fixture.clock.advance(400);
  const [first] = reported(fixture.headers(1, long.slice(1, 2000)));
  const position = { event: 'progress', headersPerSecond: 5000 };
  assert.deepEqual(first, { ...position, height: 2000, target: 3000 });
  fixture.clock.advance(400);
  const [second] = reported(fixture.headers(1, long.slice(2001, 4000)));
  assert.deepEqual(second, { ...position, height: 4000, target: 4000 });
});

test('a peer that has nothing above our tip answers with it, and we are synced', () => {
  const chain = new HeadersChain(long.slice(1, 50));
  const fixture = new HeaderSyncFixture({ chain });
  const outputs = fixture.serve(1, chain, fixture.ready(1, { startHeight: 50 }));
  assert.equal(fixture.sync.isSynced, true);
  assert.ok(outputs.every((output) => output.do !== 'persist'));
});

test('an empty answer is all there is where there is nothing but genesis', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1, { startHeight: 0 });
  assert.deepEqual(hangUps(fixture.headers(1, new Uint8Array(0))), []);
  assert.equal(fixture.sync.isSynced, true);
});

test('a peer that has less than we have makes no synchronisation, and another is asked', () => {
  for (const has of [new HeadersChain(long.slice(1, 9)), new HeadersChain(mine(5, { salt: 1 }))]) {
    const fixture = new HeaderSyncFixture({ chain: new HeadersChain(long.slice(1, 10)) });
    const outputs = fixture.serve(1, has, fixture.ready(1, { startHeight: has.height }));
    assert.deepEqual(hangUps(outputs), [[1, 'behind']]);
    assert.equal(fixture.sync.isSynced, false);
  }
});

test('a peer that serves a part of what it claims, and nothing new, refuses the rest', () => {
  const fixture = new HeaderSyncFixture({ chain: new HeadersChain(long.slice(1, 10)) });
  fixture.ready(1, { startHeight: 11 });
  assert.deepEqual(hangUps(fixture.headers(1, long.slice(10, 10))), [[1, 'headers-refused']]);
});

test('a peer that does not answer has less time when another is ready', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1, { startHeight: 50 });
  assert.equal(fixture.sync.deadline(), fixture.clock.ms + 30_000);
  fixture.ready(2, { startHeight: 50 });
  assert.equal(fixture.sync.deadline(), fixture.clock.ms + 12_000);
  const outputs = fixture.tickWhenDue();
  assert.deepEqual(hangUps(outputs), [[1, 'headers-timeout']]);
  assert.equal(requests(outputs, 2).length, 1, 'and the other one is asked');
});

test('a peer that takes very long for the whole chain is left when another is ready', () => {
  const fixture = new HeaderSyncFixture();
  let request = fixture.ready(1, { startHeight: 100_000 });
  fixture.ready(2, { startHeight: 100_000 });
  const endless = new HeadersChain(long.slice(1, 4_000));
  assert.equal(requests(request, 1).length, 1);
  request = fixture.headers(1, endless.slice(1, 2_000));
  fixture.clock.advance(15 * 60_000 + 100_000 - 1);
  request = fixture.headers(1, endless.slice(2_001, 4_000));
  assert.deepEqual(hangUps(fixture.tick()), []);
  fixture.clock.advance(1);
  assert.deepEqual(hangUps(fixture.tick()), [[1, 'too-slow']]);
  assert.equal(requests(request, 1).length, 1);
});

test('an empty answer of a peer that claims more is a refusal, and the next peer is asked', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1, { startHeight: 11 });
  fixture.ready(2);
  const outputs = fixture.headers(1, new Uint8Array(0));
  assert.deepEqual(hangUps(outputs), [[1, 'headers-refused']]);
  assert.equal(fixture.sync.isSynced, false);
  assert.equal(requests(outputs, 2).length, 1);
});

test('an empty message that nobody asked for is nothing', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1);
  fixture.ready(2, { startHeight: 99 });
  assert.deepEqual(fixture.headers(2, new Uint8Array(0)), []);
  assert.deepEqual(fixture.headers(3, new Uint8Array(0)), []);
});

test('headers that nobody asked for do not end the first synchronisation, nor does their sender suffer', () => {
  const fixture = new HeaderSyncFixture({ minChainwork: 100n });
  fixture.ready(1, { startHeight: 5000 });
  fixture.ready(2);
  for (const unasked of [long.slice(1, 1), long.slice(1, 2), mine(3, { salt: 5 })]) {
    assert.deepEqual(fixture.headers(2, unasked), []);
    assert.deepEqual(fixture.headers(77, unasked), [], 'of a peer that we do not know');
  }
  assert.equal(fixture.sync.isSynced, false);
});

test('while far behind only one peer is asked, and the next takes over when it is lost', () => {
  const fixture = new HeaderSyncFixture();
  assert.equal(requests(fixture.ready(1, { startHeight: 5000 })).length, 1);
  assert.deepEqual(fixture.ready(2), []);
  assert.deepEqual(fixture.ready(3), []);
  fixture.headers(1, long.slice(1, 2000));
  assert.deepEqual(fixture.lost(3), [], 'the loss of another changes nothing');
  const [request] = requests(fixture.lost(1), 2);
  assert.deepEqual(request?.locator[0], long.hashAt(1999), 'it goes on where the first one ended');
  assert.deepEqual(fixture.lost(2), []);
  assert.equal(requests(fixture.ready(4)).length, 1, 'a later one takes the free slot');
});

test('when synced, all the others are asked once each', () => {
  const fixture = new HeaderSyncFixture();
  const first = fixture.ready(1);
  fixture.ready(2);
  fixture.ready(3);
  const outputs = fixture.serve(1, new HeadersChain(long.slice(1, 10)), first);
  const asked = outputs.flatMap((output) =>
    output.do === 'send' && output.message.command === 'getheaders' ? [output.peer] : [],
  );
  assert.deepEqual(asked, [2, 3]);
});

test('a peer that does not answer getheaders in time is hung up on', () => {
  const fixture = new HeaderSyncFixture({ headersTimeoutMs: 12_000 });
  fixture.ready(1);
  assert.equal(fixture.sync.deadline(), fixture.clock.ms + 12_000);
  fixture.clock.advance(11_999);
  assert.deepEqual(fixture.tick(), []);
  fixture.inv(1, blockInv(long.hashAt(9)));
  fixture.headers(1, long.slice(3, 4));
  assert.equal(fixture.sync.deadline(), fixture.clock.ms + 1, 'other messages put nothing off');
  fixture.clock.advance(1);
  const [output] = fixture.tick();
  const disconnect = { reason: 'headers-timeout', detail: 'no answer to getheaders in 12 s' };
  assert.deepEqual(output, { do: 'hang-up', peer: 1, disconnect });
  assert.equal(fixture.sync.deadline(), undefined);
});

test('each full answer gives the peer time for the next one', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1);
  for (const from of [1, 2001]) {
    fixture.clock.advance(29_999);
    fixture.headers(1, long.slice(from, from + 1999));
    assert.equal(fixture.sync.deadline(), fixture.clock.ms + 30_000);
  }
});

test('a chain with too little work is refused at its end, not before', () => {
  const fixture = new HeaderSyncFixture({ minChainwork: 10_001n });
  const first = fixture.ready(1, { startHeight: 4500 });
  const outputs = fixture.serve(1, new HeadersChain(long.slice(1, 4500)), first);
  assert.deepEqual(hangUps(outputs), [[1, 'low-work']]);
  assert.equal(requests(outputs).length, 2);
  assert.equal(fixture.sync.isSynced, false);
  assert.deepEqual(sentCommands(outputs).includes('sendheaders'), false);
});

test('work that is just enough is enough', () => {
  // Two expected hashes each, genesis included.
  const fixture = new HeaderSyncFixture({ minChainwork: 10_002n });
  fixture.serve(1, long, fixture.ready(1));
  assert.equal(fixture.sync.isSynced, true);
});

test('the same 2,000 headers again, or some of them, are no answer: time goes on, and nobody is blamed at once', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1, { startHeight: 5000 });
  fixture.headers(1, long.slice(1, 2000));
  const dueMs = fixture.sync.deadline();
  fixture.clock.advance(5_000);
  for (const from of [1, 2, 1_000]) assert.deepEqual(fixture.headers(1, long.slice(from, from + 1999)), []);
  assert.equal(fixture.tree.tip.height, 2000);
  assert.equal(fixture.sync.deadline(), dueMs);
  assert.deepEqual(hangUps(fixture.tickWhenDue()), [[1, 'headers-timeout']]);
});

test('an answer that comes twice, since it was asked for twice, costs an honest peer nothing', () => {
  const fixture = new HeaderSyncFixture();
  fixture.canReplace = false;
  fixture.ready(1, { startHeight: 5000 });
  fixture.tickWhenDue();
  assert.equal(requests(fixture.tickWhenDue(), 1).length, 1, 'asked again after a pause');
  const first = fixture.headers(1, long.slice(1, 2000));
  assert.deepEqual(fixture.headers(1, long.slice(1, 2000)), []);
  fixture.serve(1, long, first);
  assert.deepEqual(fixture.tree.tip.hash, long.tipHash);
});

test('2,000 headers that we have already are no offence when they lead on', () => {
  const fixture = new HeaderSyncFixture({ chain: new HeadersChain(long.slice(1, 4500)) });
  fixture.ready(1, { startHeight: 5000 });
  // A peer whose answer starts at genesis, as after a deep reorganisation.
  for (const from of [1, 2001]) {
    const outputs = fixture.headers(1, long.slice(from, from + 1999));
    assert.deepEqual(hangUps(outputs), []);
    assert.deepEqual(requests(outputs)[0]?.locator[0], long.hashAt(from + 1999));
  }
  fixture.headers(1, long.slice(4001, 5000));
  assert.deepEqual(fixture.tree.tip.hash, long.tipHash);
  assert.equal(fixture.sync.isSynced, true);
});

test('inv says nothing while far behind', () => {
  const fixture = new HeaderSyncFixture();
  fixture.ready(1);
  fixture.ready(2);
  assert.deepEqual(fixture.inv(2, blockInv(long.hashAt(7))), []);
});
