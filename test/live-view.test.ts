/** What another process tells is believed only as far as it makes sense. */

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { LiveReport } from '../src/io/live-report.ts';
import { askLiveView, type LiveView, readLiveView } from '../src/live-view.ts';
import type { KnownPeer, PeerConnection } from '../src/peer-list.ts';
import { networkFolder } from '../src/saved-peers.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const CONNECTION: PeerConnection = {
  address: '[::1]:18444',
  hostNetwork: 'ipv6',
  direction: 'outbound',
  kind: 'manual',
  services: ['NETWORK', 'BIT_24'],
  version: 70_016,
  userAgent: '/a:1/',
  height: -1,
  provenHeight: null,
  pingMs: 0.3,
  ageSeconds: 1,
  bytesIn: 2,
  bytesOut: 3,
  isSyncPeer: true,
};

const KNOWN: KnownPeer = {
  address: '1.2.3.4:8333',
  hostNetwork: 'ipv4',
  services: [],
  lastSeen: '2026-01-01T00:00:00.000Z',
  lastTry: null,
  lastSuccess: null,
  failures: 0,
  isTried: false,
  isActive: true,
};

const VIEW: LiveView = {
  startHeight: 0,
  pid: 5,
  network: 'regtest',
  tip: {
    height: 7,
    hash: 'ab'.repeat(32),
    blockTime: 1_231_006_505,
    bits: '207fffff',
    chainwork: '0'.repeat(64),
  },
  listening: '127.0.0.1:18444',
  connections: [CONNECTION],
  known: [KNOWN],
};

test('what a client tells is read as it was told', () => {
  assert.deepEqual(readLiveView(JSON.parse(JSON.stringify(VIEW))), VIEW);
  const quiet = { ...VIEW, listening: null, connections: [], known: [] };
  assert.deepEqual(readLiveView(quiet), quiet);
});

test('fields that nobody asked for are left out', () => {
  const more = { ...VIEW, connections: [{ ...CONNECTION, color: 'red' }], password: 'x' };
  assert.deepEqual(readLiveView(more), VIEW);
});

const NO_VIEW: readonly unknown[] = [
  undefined,
  null,
  7,
  'text',
  [],
  {},
  { ...VIEW, pid: -1 },
  { ...VIEW, pid: '5' },
  { ...VIEW, network: 'florin' },
  { ...VIEW, listening: 'no address' },
  { ...VIEW, listening: undefined },
  { ...VIEW, connections: {} },
  { ...VIEW, known: null },
  { ...VIEW, tip: { ...VIEW.tip, hash: 'AB'.repeat(32) } },
  { ...VIEW, tip: { ...VIEW.tip, blockTime: 1e12 } },
  { ...VIEW, tip: { ...VIEW.tip, chainwork: '' } },
  { ...VIEW, tip: { ...VIEW.tip, height: 1.5 } },
];

test('what is no view at all is none', () => {
  for (const value of NO_VIEW) assert.equal(readLiveView(value), undefined, JSON.stringify(value));
  // A value that was only inherited was told by nobody.
  assert.equal(readLiveView(Object.create(VIEW)), undefined);
});

const WRONG_CONNECTIONS: readonly object[] = [
  { address: 'host :1' },
  { address: 'x'.repeat(300) },
  { address: '\u001b[2J:1' },
  { hostNetwork: 'tor' },
  { direction: 'sideways' },
  { kind: 'friend' },
  { services: 'NETWORK' },
  { services: ['\u001b[2J'] },
  { services: Array.from({ length: 65 }, () => 'NETWORK') },
  { version: 1.5 },
  { version: 2 ** 31 },
  { userAgent: '\u001b]0;title\u0007' },
  { userAgent: 'x'.repeat(257) },
  { userAgent: 7 },
  { height: '12' },
  { provenHeight: -1 },
  { pingMs: -1 },
  { pingMs: '1' },
  { ageSeconds: 1.5 },
  { bytesIn: 1e300 },
  { bytesOut: undefined },
  { isSyncPeer: 1 },
];

test('a connection with anything wrong in it is left out, and the others stay', () => {
  for (const wrong of WRONG_CONNECTIONS) {
    const connections = [CONNECTION, { ...CONNECTION, ...wrong }, null, 'x', CONNECTION];
    const read = readLiveView({ ...VIEW, connections })?.connections;
    assert.deepEqual(read, [CONNECTION, CONNECTION], JSON.stringify(wrong));
  }
});

const WRONG_ADDRESSES: readonly object[] = [
  { address: 'a b' },
  { hostNetwork: null },
  { services: [7] },
  { lastSeen: 'yesterday' },
  { lastSeen: '2026-13-01T00:00:00.000Z' },
  { lastTry: 5 },
  { lastSuccess: '2026-01-01' },
  { failures: -1 },
  { isTried: 'yes' },
  { isActive: null },
];

test('a known address with anything wrong in it is left out, and the others stay', () => {
  for (const wrong of WRONG_ADDRESSES) {
    const read = readLiveView({ ...VIEW, known: [{ ...KNOWN, ...wrong }, KNOWN] })?.known;
    assert.deepEqual(read, [KNOWN], JSON.stringify(wrong));
  }
});

test('lists that are longer than any client has are cut', () => {
  const read = readLiveView({ ...VIEW, connections: Array.from({ length: 2_000 }, () => CONNECTION) });
  assert.equal(read?.connections.length, 1_000);
});

test('no JSON makes it throw, or passes on what could steer a terminal', () => {
  const spoilt = fc.record({
    connections: fc.array(
      fc.record({
        ...Object.fromEntries(Object.entries(CONNECTION).map(([name, value]) => [name, fc.constant(value)])),
        userAgent: fc.oneof(fc.string({ unit: 'binary' }), fc.constant(null)),
        address: fc.oneof(fc.string({ unit: 'binary' }), fc.constant('a:1')),
      }),
    ),
    known: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), spoilt), (value) => {
      const read = readLiveView({ ...VIEW, known: [], ...(value as object) });
      assert.match(JSON.stringify(read ?? ''), /^[ -~]*$/);
    }),
  );
});

async function telling(t: TestContext, report: object): Promise<string> {
  const datadir = temporaryFolder(t);
  const folder = networkFolder(datadir, 'regtest');
  mkdirSync(folder, { recursive: true });
  const live = await LiveReport.serve(folder, () => report);
  t.after(() => live?.close());
  return datadir;
}

test('the client that runs in a folder is asked there', async (t) => {
  assert.deepEqual(await askLiveView(await telling(t, VIEW), 'regtest'), VIEW);
  assert.equal(await askLiveView(temporaryFolder(t), 'regtest'), undefined);
});

test('a client of another network has nothing to say of this one', async (t) => {
  const datadir = await telling(t, { ...VIEW, network: 'signet' });
  assert.equal(await askLiveView(datadir, 'regtest'), undefined);
});
