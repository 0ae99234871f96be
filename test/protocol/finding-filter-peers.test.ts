/** A whole node that scans looks for peers that serve compact filters. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { regtest } from '../../src/networks/regtest.ts';
import { PeerMemory } from '../../src/protocol/peers/peer-memory.ts';
import type { ScanOptions } from '../../src/protocol/scan/scan-contract.ts';
import { SERVICES } from '../../src/wire/services.ts';
import { DEFAULT_UNIX_SECONDS, seededRandom } from '../support/false-time.ts';
import { HeadersChain } from '../support/headers-chain.ts';
import { FULL_NODE } from '../support/messages.ts';
import { mine } from '../support/mine.ts';
import { NodeWorld } from '../support/node-world.ts';
import { peerWith, type ScriptedPeer } from '../support/scripted-peer.ts';

const FILTER_NODE = FULL_NODE | SERVICES.COMPACT_FILTERS;
const NOW = { ms: 0, unixSeconds: DEFAULT_UNIX_SECONDS };
const MINUTE_MS = 60_000;

const chain = new HeadersChain(mine(20));
const ordinary = peerWith(chain);
const serving = peerWith(chain, { version: { services: FILTER_NODE } });
/** Begins above the tip: these peers are asked for no filters, which they do not have. */
const SCAN: ScanOptions = {
  scripts: [Uint8Array.of(0x51)],
  fromHeight: 1_000,
  usesFilters: true,
  opinionsNeeded: 2,
  maxUnbacked: 0,
  follow: true,
  stallTimeoutMs: 60 * MINUTE_MS,
  savedSegments: new Map(),
};

test('those known to serve filters are called first', () => {
  const world = worldOf({ ordinary: 30, serving: 3, isKnown: true });
  world.run(1_000);
  assert.equal(servingCount(world), 3);
});

test('room is made for those that serve filters, one peer after another, and not for more than are wanted', () => {
  const world = worldOf({ ordinary: 10, serving: 10, isKnown: false });
  world.run(10 * MINUTE_MS);
  assert.ok(servingCount(world) >= 3);
  const parted = world.events.filter(
    (event) => event.event === 'peer-disconnected' && event.disconnect.reason === 'surplus',
  );
  assert.ok(parted.length >= 1 && parted.length < 20, `${parted.length} were parted with`);
  assert.equal(world.node.connections(world.clock.now).length, 4);
});

test('where every block is fetched nobody is parted with', () => {
  const world = worldOf({ ordinary: 10, serving: 10, isKnown: false }, { ...SCAN, usesFilters: false });
  world.run(10 * MINUTE_MS);
  assert.ok(
    !world.events.some(
      (event) => event.event === 'peer-disconnected' && event.disconnect.detail.includes('filters'),
    ),
  );
});

function worldOf(
  counts: { readonly ordinary: number; readonly serving: number; readonly isKnown: boolean },
  scan: ScanOptions = SCAN,
): NodeWorld {
  const peers: Record<string, ScriptedPeer> = {};
  const memory = PeerMemory.restore([], { separatesPrivate: true }, seededRandom(3), NOW);
  const add = (host: string, peer: ScriptedPeer, services: bigint): void => {
    peers[host] = peer;
    const found = { endpoint: { host, port: regtest.port }, services, seenSeconds: NOW.unixSeconds - 3_600 };
    memory.book.add([found], `told ${host}`, NOW);
  };
  for (let i = 0; i < counts.ordinary; i++) add(`20.${i}.0.9`, ordinary, FULL_NODE);
  for (let i = 0; i < counts.serving; i++)
    add(`30.${i}.0.9`, serving, counts.isKnown ? FILTER_NODE : FULL_NODE);
  return new NodeWorld({ peers, memory, follow: true, outboundCount: 4, scan });
}

function servingCount(world: NodeWorld): number {
  return world.node
    .connections(world.clock.now)
    .filter(({ info }) => ((info?.services ?? 0n) & SERVICES.COMPACT_FILTERS) !== 0n).length;
}
