import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveConnection } from '../src/io/runner.ts';
import { describeConnection, describeKnown } from '../src/peer-list.ts';

const CONNECTION: LiveConnection = {
  peer: 7,
  endpoint: { host: '::1', port: 18_444 },
  kind: 'manual',
  info: { version: 70_016, services: 9n, userAgent: '/a\u001b[2J/', startHeight: 12 },
  ageMs: 61_499,
  latencyMs: 12.345,
  provenHeight: 11,
  isSyncPeer: true,
  bytesIn: 5,
  bytesOut: 6,
};

test('a connection is told in plain values, and what the peer calls itself in plain letters', () => {
  const told = describeConnection(CONNECTION);
  assert.deepEqual(told, {
    address: '[::1]:18444',
    hostNetwork: 'ipv6',
    direction: 'outbound',
    kind: 'manual',
    services: ['NETWORK', 'WITNESS'],
    version: 70_016,
    userAgent: '/a?[2J/',
    height: 12,
    provenHeight: 11,
    pingMs: 12.3,
    ageSeconds: 61,
    bytesIn: 5,
    bytesOut: 6,
    isSyncPeer: true,
  });
  assert.deepEqual(JSON.parse(JSON.stringify(told)), told);
});

test('what is not known yet is null, and a name is of no kind of network', () => {
  const young = {
    ...CONNECTION,
    endpoint: { host: 'a.example', port: 1 },
    kind: 'inbound',
    info: undefined,
    latencyMs: undefined,
    provenHeight: undefined,
  } as const;
  const told = describeConnection(young);
  assert.deepEqual(
    [told.hostNetwork, told.version, told.userAgent, told.height, told.provenHeight, told.pingMs],
    [null, null, null, null, null, null],
  );
  assert.deepEqual([told.direction, told.services], ['inbound', []]);
});

test('a known address has its times in words that JSON can carry, and null for never', () => {
  const known = {
    endpoint: { host: '1.2.3.4', port: 8333 },
    network: 'ipv4',
    services: 0x408n,
    seenSeconds: 1_231_006_505,
    lastTrySeconds: 1_231_006_506,
    lastSuccessSeconds: 0,
    failures: 2,
    isTried: false,
  } as const;
  const told = describeKnown(known, true);
  assert.deepEqual(told, {
    address: '1.2.3.4:8333',
    hostNetwork: 'ipv4',
    services: ['WITNESS', 'NETWORK_LIMITED'],
    lastSeen: '2009-01-03T18:15:05.000Z',
    lastTry: '2009-01-03T18:15:06.000Z',
    lastSuccess: null,
    failures: 2,
    isTried: false,
    isActive: true,
  });
  assert.deepEqual(JSON.parse(JSON.stringify(told)), told);
});
