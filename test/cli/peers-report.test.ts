import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  byLastSeen,
  countByNetwork,
  formatBook,
  formatConnections,
  formatKnown,
} from '../../src/cli/peers-report.ts';
import type { KnownPeer, PeerConnection } from '../../src/index.ts';

const WIDE = Number.POSITIVE_INFINITY;
const ONION = 'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion';

const OUTBOUND: PeerConnection = {
  address: '203.0.113.5:8333',
  hostNetwork: 'ipv4',
  direction: 'outbound',
  kind: 'outbound',
  services: ['NETWORK', 'WITNESS', 'NETWORK_LIMITED', 'P2P_V2'],
  version: 70_016,
  userAgent: '/Satoshi:29.0.0/',
  height: 958_000,
  provenHeight: 958_001,
  pingMs: 85.4,
  ageSeconds: 3_700,
  bytesIn: 1_234_567,
  bytesOut: 999,
  isSyncPeer: true,
};
const INBOUND: PeerConnection = {
  ...OUTBOUND,
  address: '[2001:db8::1]:50123',
  hostNetwork: 'ipv6',
  direction: 'inbound',
  kind: 'inbound',
  services: [],
  userAgent: '/headlight:0.1.0/',
  provenHeight: null,
  pingMs: 0.3,
  ageSeconds: 59,
  isSyncPeer: false,
};
/** Called and not yet answered. */
const YOUNG: PeerConnection = {
  ...INBOUND,
  address: `${ONION}:8333`,
  hostNetwork: 'onion',
  direction: 'outbound',
  kind: 'feeler',
  version: null,
  userAgent: null,
  height: null,
  pingMs: null,
  ageSeconds: 0,
  bytesIn: 0,
  bytesOut: 0,
};

test('the table of connections, in full', () => {
  assert.deepEqual(formatConnections([INBOUND, YOUNG, OUTBOUND], WIDE), [
    '   dir  kind      serv  version    height    ping    age       in        out  user agent         address',
    '*  out  outbound  nwl2    70016   958,001   85 ms  1.0 h   1.2 MB  999 bytes  /Satoshi:29.0.0/   203.0.113.5:8333',
    `   out  feeler                                       0 s  0 bytes    0 bytes                     ${ONION}:8333`,
    '   in                     70016  958,000?  0.3 ms   59 s   1.2 MB  999 bytes  /headlight:0.1.0/  [2001:db8::1]:50123',
    '',
    '* is asked for headers',
    '? was claimed, and no such header shown yet',
    'services: n network, b bloom, w witness, c compact filters, l limited, 2 v2 transport, + others',
  ]);
});

test('a terminal of 80 columns has the most important ones, and room for the legend', () => {
  assert.deepEqual(formatConnections([OUTBOUND, INBOUND], 80), [
    '   dir  serv    height    ping    age  user agent         address',
    '*  out  nwl2   958,001   85 ms  1.0 h  /Satoshi:29.0.0/   203.0.113.5:8333',
    '   in         958,000?  0.3 ms   59 s  /headlight:0.1.0/  [2001:db8::1]:50123',
    '',
    '* is asked for headers',
    '? was claimed, and no such header shown yet',
    'services: n network, b bloom, w witness, c compact filters, l limited,',
    '  2 v2 transport, + others',
  ]);
});

test('signs that are not there are not explained', () => {
  const plain = { ...OUTBOUND, isSyncPeer: false, services: [] };
  assert.equal(formatConnections([plain], WIDE).length, 2);
  assert.deepEqual(formatConnections([], WIDE), []);
});

test('no line is wider than the screen', () => {
  const wide = { ...YOUNG, userAgent: 'x'.repeat(256), services: OUTBOUND.services };
  for (let width = 1; width <= 250; width++) {
    for (const line of formatConnections([OUTBOUND, INBOUND, wide], width))
      assert.ok(line.length <= width, `${line.length} characters in ${width} columns: ${line}`);
  }
});

const NOW_MS = Date.parse('2026-06-01T00:00:00.000Z');
const KNOWN: KnownPeer = {
  address: '203.0.113.5:8333',
  hostNetwork: 'ipv4',
  services: ['NETWORK', 'WITNESS'],
  lastSeen: '2026-05-31T23:00:00.000Z',
  lastTry: '2026-05-31T22:00:00.000Z',
  lastSuccess: '2026-05-31T22:00:00.000Z',
  failures: 0,
  isTried: true,
  isActive: true,
};
const UNTRIED: KnownPeer = {
  ...KNOWN,
  address: `${ONION}:8333`,
  hostNetwork: 'onion',
  lastSeen: '2026-05-30T00:00:00.000Z',
  lastTry: null,
  lastSuccess: null,
  failures: 1_200,
  isTried: false,
};
const SILENT: KnownPeer = {
  ...UNTRIED,
  address: '[::5]:1',
  hostNetwork: 'ipv6',
  lastSeen: null,
  isActive: false,
};

test('the book in numbers, by kind of network', () => {
  assert.deepEqual(countByNetwork([KNOWN, UNTRIED, KNOWN, SILENT]), {
    ipv4: { known: 2, active: 2, tried: 2 },
    ipv6: { known: 1, active: 0, tried: 0 },
    onion: { known: 1, active: 1, tried: 0 },
  });
  const many = Array.from({ length: 1_000 }, () => KNOWN);
  assert.deepEqual(formatBook([...many, SILENT], WIDE), [
    'network  known  active  tried',
    'ipv4     1,000   1,000  1,000',
    'ipv6         1       0      0',
  ]);
});

test('the table of known addresses, those heard of last first', () => {
  assert.deepEqual(formatKnown([SILENT, UNTRIED, KNOWN].toSorted(byLastSeen), NOW_MS, WIDE), [
    'seen        answered     failures  serv  address',
    '1 hour ago  2 hours ago         0  nw    203.0.113.5:8333',
    `2 days ago  never           1,200  nw    ${ONION}:8333`,
    'never       never           1,200  nw    [::5]:1',
  ]);
  for (let width = 1; width <= 120; width++)
    for (const line of formatKnown([UNTRIED], NOW_MS, width)) assert.ok(line.length <= width, line);
});
