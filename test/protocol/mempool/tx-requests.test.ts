import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Now } from '../../../src/protocol/machine.ts';
import {
  TX_REQUEST_DEFAULTS,
  type TxRequest,
  type TxRequestOptions,
  TxRequests,
} from '../../../src/protocol/mempool/tx-requests.ts';
import { FalseClock, seededRandom } from '../../support/false-time.ts';

const PREFERRED = { isPreferred: true, usesWtxid: true } as const;
const OTHER = { isPreferred: false, usesWtxid: true } as const;
const SECOND = 1_000;

/** Peers 1 to 4, the first two of our choice, and a clock. */
function fourPeers(options: Partial<TxRequestOptions> = {}): { requests: TxRequests; clock: FalseClock } {
  const requests = new TxRequests({ ...TX_REQUEST_DEFAULTS, ...options }, seededRandom());
  for (const peer of [1, 2]) requests.addPeer(peer, PREFERRED);
  for (const peer of [3, 4]) requests.addPeer(peer, OTHER);
  return { requests, clock: new FalseClock() };
}

function keysFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `tx ${first + i}`);
}

function announceAll(requests: TxRequests, peer: number, keys: readonly string[], now: Now): void {
  for (const key of keys) requests.announce(peer, key, now);
}

const request = (peer: number, ...keys: string[]): TxRequest => ({ peer, keys });

test('what a peer of our choice announces is asked of it at once, once, in order', () => {
  const { requests, clock } = fourPeers();
  announceAll(requests, 1, ['b', 'a', 'c'], clock.now);
  assert.ok((requests.deadline() ?? Infinity) <= clock.ms);
  assert.deepEqual(requests.take(clock.now), [request(1, 'b', 'a', 'c')]);
  assert.deepEqual(requests.take(clock.now), []);
  announceAll(requests, 1, ['b'], clock.now);
  assert.deepEqual(requests.take(clock.now), [], 'announcing it again changes nothing');
  assert.deepEqual([requests.size, requests.inFlight(1), requests.inFlight(2)], [3, 3, 0]);
});

test('while one peer is being asked no other one is', () => {
  const { requests, clock } = fourPeers();
  requests.announce(1, 'a', clock.now);
  requests.take(clock.now);
  for (const peer of [2, 3, 4]) requests.announce(peer, 'a', clock.now);
  assert.deepEqual(requests.take(clock.advance(59 * SECOND)), []);
  assert.deepEqual(requests.announcersOf('a'), [1, 2, 3, 4]);
});

test('peers that are not of our choice are asked after two seconds, if nobody else had it', () => {
  const { requests, clock } = fourPeers();
  requests.announce(3, 'a', clock.now);
  requests.announce(3, 'b', clock.now);
  assert.deepEqual(requests.take(clock.now), []);
  assert.equal(requests.deadline(), clock.ms + 2 * SECOND);
  requests.announce(1, 'b', clock.advance(1_999));
  assert.deepEqual(requests.take(clock.now), [request(1, 'b')]);
  assert.deepEqual(requests.take(clock.advance(1)), [request(3, 'a')]);
});

test('an announcement by txid waits two seconds if anybody connected announces by wtxid', () => {
  const { requests, clock } = fourPeers();
  requests.addPeer(5, { isPreferred: true, usesWtxid: false });
  requests.addPeer(6, { isPreferred: false, usesWtxid: false });
  requests.announce(5, 'a', clock.now);
  requests.announce(6, 'b', clock.now);
  assert.deepEqual(requests.take(clock.advance(1_999)), []);
  assert.deepEqual(requests.take(clock.advance(1)), [request(5, 'a')]);
  assert.deepEqual(requests.take(clock.advance(2 * SECOND)), [request(6, 'b')], 'delays add up');
  for (const peer of [1, 2, 3, 4]) requests.removePeer(peer);
  requests.announce(5, 'c', clock.now);
  assert.deepEqual(requests.take(clock.now), [request(5, 'c')], 'nobody speaks wtxid any more');
});

test('what a peer announces while a hundred requests are on their way to it waits two seconds', () => {
  const { requests, clock } = fourPeers();
  announceAll(requests, 1, keysFrom(0, 99), clock.now);
  requests.take(clock.now);
  requests.announce(1, 'the hundredth', clock.now);
  assert.deepEqual(requests.take(clock.now), [request(1, 'the hundredth')]);
  requests.announce(1, 'one more', clock.now);
  assert.deepEqual(requests.take(clock.advance(1_999)), []);
  assert.deepEqual(requests.take(clock.advance(1)), [request(1, 'one more')]);
});

test('after a minute without an answer the next candidate is asked, those of our choice first', () => {
  const { requests, clock } = fourPeers();
  requests.announce(1, 'a', clock.now);
  requests.take(clock.now);
  for (const peer of [4, 3, 2]) requests.announce(peer, 'a', clock.now);
  assert.deepEqual(requests.take(clock.advance(59_999)), []);
  assert.equal(requests.deadline(), clock.ms + 1);
  assert.deepEqual(requests.take(clock.advance(1)), [request(2, 'a')]);
  assert.equal(requests.inFlight(1), 0);
});

test('a peer that has failed is not asked again for the same, however often it announces it', () => {
  const { requests, clock } = fourPeers();
  requests.announce(1, 'a', clock.now);
  requests.announce(2, 'a', clock.now);
  const [first] = requests.take(clock.now);
  assert.ok(first !== undefined);
  requests.failed(first.peer, 'a');
  requests.announce(first.peer, 'a', clock.now);
  const second = requests.take(clock.now);
  assert.deepEqual(second, [request(3 - first.peer, 'a')], 'notfound: the other one is asked at once');
  requests.announce(first.peer, 'a', clock.now);
  assert.deepEqual(requests.take(clock.advance(59 * SECOND)), []);
});

test('a candidate that says beforehand that it has nothing is not asked', () => {
  const { requests, clock } = fourPeers();
  requests.announce(1, 'a', clock.now);
  requests.take(clock.now);
  requests.announce(2, 'a', clock.now);
  requests.announce(3, 'a', clock.now);
  requests.failed(2, 'a');
  requests.failed(3, 'a');
  requests.failed(4, 'a');
  assert.deepEqual(requests.take(clock.advance(2 * SECOND)), []);
  requests.failed(1, 'a');
  assert.equal(requests.isWanted('a'), false);
});

test('when all have failed it is forgotten, and a new announcement begins anew', () => {
  const { requests, clock } = fourPeers();
  requests.announce(1, 'a', clock.now);
  requests.announce(2, 'a', clock.now);
  requests.take(clock.now);
  requests.failed(1, 'a');
  requests.failed(2, 'a');
  assert.deepEqual([requests.size, requests.announcementCount, requests.deadline()], [0, 0, undefined]);
  requests.announce(1, 'a', clock.now);
  assert.deepEqual(requests.take(clock.now), [request(1, 'a')]);
  assert.deepEqual(requests.take(clock.advance(60 * SECOND)), []);
  assert.equal(requests.isWanted('a'), false, 'silence of the last one ends it too');
});

test('the next is chosen by chance, each of the candidates as likely as the others', () => {
  const counts = new Map<number, number>();
  const { requests, clock } = fourPeers({ maxInFlight: 5_000 });
  for (const peer of [5, 6]) requests.addPeer(peer, PREFERRED);
  for (const peer of [1, 2, 5, 6, 3]) announceAll(requests, peer, keysFrom(0, 4_000), clock.now);
  for (const { peer, keys } of requests.take(clock.now))
    counts.set(peer, (counts.get(peer) ?? 0) + keys.length);
  // Five standard deviations of 27 either way.
  for (const peer of [1, 2, 5, 6]) assert.ok(Math.abs((counts.get(peer) ?? 0) - 1_000) < 137, `peer ${peer}`);
  assert.equal(counts.get(3), undefined);
});

test('what arrived is wanted no longer, and nobody is asked for it', () => {
  const { requests, clock } = fourPeers();
  for (const peer of [1, 2, 3]) requests.announce(peer, 'a', clock.now);
  requests.announce(3, 'b', clock.now);
  requests.take(clock.now);
  assert.equal(requests.isWanted('a'), true);
  requests.forget('a');
  requests.forget('never heard of');
  assert.deepEqual([requests.isWanted('a'), requests.isWanted('b')], [false, true]);
  assert.deepEqual(
    [1, 2, 3].map((peer) => requests.inFlight(peer)),
    [0, 0, 0],
  );
  assert.deepEqual(requests.take(clock.advance(100 * SECOND)), [request(3, 'b')]);
});

test('when a peer leaves, what it was asked for goes to the next at once, and what only it had is forgotten', () => {
  const { requests, clock } = fourPeers();
  announceAll(requests, 1, ['a', 'b', 'c'], clock.now);
  requests.announce(4, 'd', clock.now);
  requests.take(clock.now);
  announceAll(requests, 2, ['c', 'b'], clock.now);
  requests.failed(2, 'b');
  requests.removePeer(1);
  requests.removePeer(4);
  requests.removePeer(99);
  assert.deepEqual(requests.take(clock.now), [request(2, 'c')]);
  assert.deepEqual([requests.size, requests.announcementCount, requests.inFlight(1)], [1, 1, 0]);
  requests.announce(1, 'e', clock.now);
  assert.equal(requests.isWanted('e'), false, 'who has left cannot announce');
});

test('no more than a thousand requests are on their way to a peer; others are asked instead, or it waits', () => {
  const { requests, clock } = fourPeers();
  announceAll(requests, 1, keysFrom(0, 1_500), clock.now);
  assert.deepEqual(requests.take(clock.now), [request(1, ...keysFrom(0, 1_000))]);
  assert.equal(requests.deadline(), clock.ms + 60 * SECOND, 'nothing is to be done before');
  announceAll(requests, 2, keysFrom(0, 1_200), clock.now);
  assert.deepEqual(requests.take(clock.now), [request(2, ...keysFrom(1_000, 200))]);
  requests.forget('tx 7', 1);
  assert.ok((requests.deadline() ?? Infinity) <= clock.ms);
  assert.deepEqual(requests.take(clock.now), [request(1, 'tx 1200')]);
});

test('one request names a thousand transactions at most', () => {
  const { requests, clock } = fourPeers({ maxInFlight: 2_500 });
  announceAll(requests, 1, keysFrom(0, 3_000), clock.now);
  assert.deepEqual(requests.take(clock.now), [
    request(1, ...keysFrom(0, 1_000)),
    request(1, ...keysFrom(1_000, 1_000)),
    request(1, ...keysFrom(2_000, 500)),
  ]);
});

test('of a peer no more announcements are kept than its kind may have, and those ignored are counted', () => {
  const { requests, clock } = fourPeers();
  announceAll(requests, 1, keysFrom(0, 50_001), clock.now);
  announceAll(requests, 3, keysFrom(0, 5_002), clock.now);
  assert.deepEqual([requests.announcementCount, requests.ignoredCount], [55_000, 3]);
  assert.deepEqual([requests.isWanted('tx 49999'), requests.isWanted('tx 50000')], [true, false]);
  requests.forget('tx 0');
  requests.announce(1, 'tx 50000', clock.now);
  assert.equal(requests.isWanted('tx 50000'), true, 'there is room again');
});

test('when there is no room at all, peers with few announcements are still heard', () => {
  const { requests, clock } = fourPeers({ maxTotal: 100, maxInFlight: 10 });
  announceAll(requests, 1, keysFrom(0, 101), clock.now);
  assert.deepEqual([requests.announcementCount, requests.ignoredCount], [100, 1]);
  announceAll(requests, 2, keysFrom(200, 11), clock.now);
  assert.deepEqual([requests.announcementCount, requests.ignoredCount], [110, 2]);
  assert.deepEqual([requests.isWanted('tx 209'), requests.isWanted('tx 210')], [true, false]);
});

test('who let a request time out is not preferred until it delivers what it was asked for', () => {
  const { requests, clock } = fourPeers();
  requests.announce(1, 'a', clock.now);
  requests.take(clock.now);
  assert.deepEqual(requests.take(clock.advance(60 * SECOND)), []);
  requests.announce(1, 'b', clock.now);
  requests.announce(1, 'c', clock.now);
  requests.announce(1, 'd', clock.now);
  requests.forget('d', 1);
  requests.announce(2, 'b', clock.advance(1_999));
  assert.deepEqual(
    requests.take(clock.now),
    [request(2, 'b')],
    'who comes later and is not slow is asked first',
  );
  assert.deepEqual(
    requests.take(clock.advance(1)),
    [request(1, 'c')],
    'but if nobody else has it, it is asked',
  );
  requests.announce(2, 'c', clock.now);
  requests.forget('c', 2);
  requests.announce(1, 'e', clock.now);
  assert.deepEqual(requests.take(clock.now), [], 'another one delivered');
  requests.take(clock.advance(2 * SECOND));
  requests.forget('e', 1);
  requests.announce(1, 'f', clock.now);
  assert.deepEqual(requests.take(clock.now), [request(1, 'f')], 'it delivered');
});

test('who had nothing or left it unanswered stands by it no more, unless it brings it after all', () => {
  const { requests, clock } = fourPeers();
  for (const peer of [1, 2, 3]) {
    requests.announce(peer, 'a', clock.now);
    clock.advance(10);
  }
  const start = clock.ms - 30;
  const [asked] = requests.take(clock.now);
  const first = asked?.peer as number;
  requests.failed(first, 'a');
  const others = [1, 2, 3].filter((peer) => peer !== first);
  const standing = others.map((peer) => ({ peer, atMs: start + 10 * (peer - 1) }));
  assert.deepEqual(requests.standingBy('a', 7), standing);
  assert.equal(requests.standingBy('a', first).length, 3);
  assert.deepEqual(requests.standingBy('b', 1), []);
});
