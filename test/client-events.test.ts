import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromHex } from '../src/bytes/hex.ts';
import { type ClientEvent, type ReportedEvent, toClientEvent } from '../src/client-events.ts';
import { regtest } from '../src/networks/regtest.ts';
import type { PeerKind } from '../src/protocol/peer.ts';

const HASH = fromHex('0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20');
const SHOWN = '201f1e1d1c1b1a191817161514131211100f0e0d0c0b0a090807060504030201';
const ENDPOINT = { host: '::1', port: 18_444 };
const NO_INFO = { version: 70016, services: 9n, userAgent: '', startHeight: 0 };

/** Without the time, which must be one. */
function shown(event: ReportedEvent): object {
  const { time, ...rest } = toClientEvent(event, regtest);
  assert.equal(new Date(time).toISOString(), time);
  assert.ok(Math.abs(Date.now() - Date.parse(time)) < 10_000);
  assert.deepEqual(JSON.parse(JSON.stringify(rest)), rest);
  return rest;
}

test('each event is shown as plain values, hashes in display order', () => {
  const block = {
    event: 'block',
    height: 7,
    hash: HASH,
    previous: HASH,
    blockTime: 5,
    bits: 0x1d00ffff,
  } as const;
  const [network, peer] = ['regtest', '[::1]:18444'];
  const expected: readonly (readonly [ReportedEvent, object])[] = [
    [
      {
        event: 'peer-connected',
        endpoint: ENDPOINT,
        kind: 'manual',
        info: { ...NO_INFO, userAgent: '/a:1/', startHeight: 3 },
      },
      {
        event: 'peer-connected',
        network,
        peer,
        direction: 'outbound',
        kind: 'manual',
        userAgent: '/a:1/',
        version: 70016,
        services: ['NETWORK', 'WITNESS'],
        height: 3,
      },
    ],
    [
      {
        event: 'peer-disconnected',
        endpoint: ENDPOINT,
        kind: 'inbound',
        disconnect: { reason: 'silent', detail: 'x' },
      },
      {
        event: 'peer-disconnected',
        network,
        peer,
        direction: 'inbound',
        kind: 'inbound',
        reason: 'silent',
        detail: 'x',
      },
    ],
    [
      { event: 'progress', height: 1, target: 2, headersPerSecond: 3 },
      { event: 'progress', network, height: 1, target: 2, headersPerSecond: 3 },
    ],
    [
      { event: 'synced', tip: { height: 1, hash: HASH, chainwork: 0xabcn }, seconds: 1.23456 },
      { event: 'synced', network, height: 1, hash: SHOWN, chainwork: `${'0'.repeat(61)}abc`, seconds: 1.235 },
    ],
    [
      block,
      { event: 'block', network, height: 7, hash: SHOWN, previous: SHOWN, blockTime: 5, bits: '1d00ffff' },
    ],
    [
      { event: 'reorg', fork: { height: 1, hash: HASH }, removed: [HASH], added: [HASH, HASH] },
      { event: 'reorg', network, fork: { height: 1, hash: SHOWN }, removed: [SHOWN], added: [SHOWN, SHOWN] },
    ],
    [
      { event: 'warning', code: 'seed-failed', message: 'm' },
      { event: 'warning', network, code: 'seed-failed', message: 'm' },
    ],
  ];
  for (const [event, wanted] of expected) assert.deepEqual(shown(event), wanted);
});

test('every kind of connection but inbound is one that we made', () => {
  const directions = (['inbound', 'manual', 'outbound', 'feeler', 'address-fetch'] as const).map(directionOf);
  assert.deepEqual(directions, ['inbound', 'outbound', 'outbound', 'outbound', 'outbound']);
});

function directionOf(kind: PeerKind): string | undefined {
  const event = toClientEvent({ event: 'peer-connected', endpoint: ENDPOINT, kind, info: NO_INFO }, regtest);
  return event.event === 'peer-connected' ? event.direction : undefined;
}

test('whatever a peer calls itself, nothing of it can steer a terminal', () => {
  assert.equal(userAgentOf('/Satoshi:29.0.0/'), '/Satoshi:29.0.0/');
  assert.equal(userAgentOf('a\u001b[2J\u0007\r\nb\u0000\u007f\u009b\u202e'), 'a?[2J???b????');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.match(userAgentOf(text), /^[ -~]*$/);
    }),
  );
});

/** What is shown of what a peer calls itself. */
function userAgentOf(userAgent: string): string {
  const info = { ...NO_INFO, userAgent };
  const connected = { event: 'peer-connected', endpoint: ENDPOINT, kind: 'manual', info } as const;
  const event: ClientEvent = toClientEvent(connected, regtest);
  return event.event === 'peer-connected' ? event.userAgent : assert.fail();
}
