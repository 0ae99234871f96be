import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { regtest } from '../src/networks/regtest.ts';
import { ProbeRecord } from '../src/probe-record.ts';
import type { NodeEvent } from '../src/protocol/events.ts';
import type { DisconnectReason } from '../src/protocol/peer.ts';
import type { KnownAddress } from '../src/protocol/peers/known-address.ts';
import { openSavedPeers } from '../src/saved-peers.ts';
import { privateAddresses, saveBook } from './support/peer-books.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const INFO = { version: 70_016, services: 9n, userAgent: '', startHeight: 0 };
const [FIRST, SECOND, THIRD] = privateAddresses(3).map(({ endpoint }) => endpoint) as [
  Endpoint,
  Endpoint,
  Endpoint,
];
const OVER_IPV6 = { host: 'fd00::1', port: 1 };
type Endpoint = KnownAddress['endpoint'];
type Probed = NodeEvent & { event: 'peer-probed' };

function alive(endpoint: Endpoint): Probed {
  return { event: 'peer-probed', endpoint, info: INFO, latencyMs: 1, disconnect: undefined, found: [] };
}

function dead(endpoint: Endpoint, reason: DisconnectReason = 'connect-failed'): Probed {
  const disconnect = { reason, detail: '' };
  return { event: 'peer-probed', endpoint, info: undefined, latencyMs: undefined, disconnect, found: [] };
}

/** Records events in a book of the four addresses, and tells what it holds of one then, on disk. */
async function recorded(t: TestContext, events: readonly Probed[]) {
  const datadir = temporaryFolder(t);
  await saveBook(datadir, [...privateAddresses(3), { endpoint: OVER_IPV6 }]);
  const record = new ProbeRecord(await openSavedPeers(regtest, datadir), regtest);
  for (const event of events) await record.take(event);
  await record.close();
  const { memory, store } = await openSavedPeers(regtest, datadir);
  await store.close();
  return (endpoint: Endpoint): KnownAddress | undefined => memory.book.get(endpoint);
}

test('who answered is remembered as such, also when nobody knew of it', async (t) => {
  const stranger = { host: '10.7.7.7', port: 7 };
  const of = await recorded(t, [alive(FIRST), alive(stranger)]);
  for (const endpoint of [FIRST, stranger]) {
    const known = of(endpoint);
    assert.deepEqual([known?.isTried, known?.failures], [true, 0]);
    assert.ok((known?.lastSuccessSeconds ?? 0) > 0);
  }
});

test('calls in vain count before and after the first that was answered', async (t) => {
  const of = await recorded(t, [dead(FIRST), alive(SECOND), dead(THIRD, 'handshake-timeout')]);
  assert.deepEqual([of(FIRST)?.failures, of(THIRD)?.failures], [1, 1]);
});

test('in a kind of network in which nobody answered they do not: it may be our line', async (t) => {
  const of = await recorded(t, [dead(OVER_IPV6), alive(FIRST), dead(OVER_IPV6)]);
  assert.deepEqual([of(OVER_IPV6)?.failures, of(OVER_IPV6)?.lastTrySeconds], [0, 0]);
});

test('that a proxy fails is no fault of those behind it', async (t) => {
  const of = await recorded(t, [alive(FIRST), dead(SECOND, 'proxy-failed')]);
  assert.equal(of(SECOND)?.failures, 0);
});

test('a name is called, and nothing is remembered of it', async (t) => {
  const endpoint = { host: 'a.example', port: 1 };
  const of = await recorded(t, [alive(endpoint), dead({ ...endpoint, port: 2 })]);
  assert.equal(of(endpoint), undefined);
});

test('what was told is new, and taken for older than it was said to be', async (t) => {
  const endpoint = { host: '10.8.8.8', port: 8 };
  const seenSeconds = Math.floor(Date.now() / 1000);
  const of = await recorded(t, [{ ...alive(FIRST), found: [{ endpoint, services: 1n, seenSeconds }] }]);
  assert.deepEqual([of(endpoint)?.seenSeconds, of(endpoint)?.isTried], [seenSeconds - 7_200, false]);
});

test('what was learnt is written in between: a kill loses little', async (t) => {
  const datadir = temporaryFolder(t);
  const saved = await openSavedPeers(regtest, datadir);
  const record = new ProbeRecord(saved, regtest);
  let written = 0;
  const commit = saved.store.commit.bind(saved.store);
  saved.store.commit = (change) => {
    written++;
    return commit(change);
  };
  for (let i = 0; i < 1_200; i++) await record.take(alive({ host: `10.${i >> 8}.${i & 255}.9`, port: 1 }));
  assert.equal(written, 2);
  await record.close();
  assert.equal(written, 3);
});
