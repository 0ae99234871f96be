/** Ranges between anchors, in networks where all that happens is meant: who gives how much, and what a wrong table costs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnchorTable } from '../../src/networks/anchor-table.ts';
import { Addresses } from './addresses.ts';
import type { AnchorsKind } from './anchor-plan.ts';
import { type Chain, PLAIN } from './chains.ts';
import { Chance } from './chance.ts';
import { SimClient } from './client.ts';
import { HonestPeer } from './honest-peer.ts';
import type { Route } from './line.ts';
import { OldPeer } from './old-peer.ts';
import { play } from './play.ts';
import { World } from './world.ts';

const MINUTE_MS = 60_000;
const ROUTE: Route = { latencyMs: 100, jitterMs: 20, bytesPerSecond: 200_000 };
const HEADER_BYTES = 81;

interface Shared {
  readonly chain: Chain;
  /** Bytes that each peer sent. */
  readonly sent: readonly number[];
  readonly seconds: number;
}

/** Syncs from honest peers over lines of their own, all known from the start. */
function share(routes: readonly Partial<Route>[], height: number, spacing: number): Shared {
  const chain = PLAIN.trunk(height);
  const chance = new Chance(height + spacing);
  const world = new World(chance.fork(), { unixSeconds: chain.tip.header.time + 3600 });
  const addresses = new Addresses(chance, PLAIN.network.port);
  const sent: number[] = [];
  const peers = routes.map((route, index) => {
    const peer = new HonestPeer({ world, terrain: PLAIN, endpoint: addresses.ofNewGroup(), chain });
    sent[index] = 0;
    const opened = peer.opened.bind(peer);
    peer.opened = (line) => {
      opened(line);
      const send = line.send.bind(line);
      line.send = (message) => {
        if (message.command === 'headers') sent[index] = (sent[index] ?? 0) + message.payload.headers.length;
        send(message);
      };
    };
    world.place(peer.endpoint, peer, { route: { ...ROUTE, ...route } });
    return peer;
  });
  const heights = Array.from({ length: Math.floor(height / spacing) }, (_, index) => spacing * (index + 1));
  const client = new SimClient(world, chance, {
    endpoint: { host: '91.10.20.30', port: PLAIN.network.port },
    options: {
      network: PLAIN.network,
      outboundCount: peers.length,
      connect: peers.map(({ endpoint }) => endpoint),
      anchors: AnchorTable.of(heights.map((at) => ({ height: at, hash: chain.at(at).hash }))),
      minChainwork: chain.tip.work,
    },
  }).start();
  world.run(30 * MINUTE_MS, () => client.end !== undefined);
  assert.deepEqual(client.end, { failure: undefined });
  assert.equal(client.tree.tip.height, chain.height);
  assert.equal(client.hasDoubtedAnchors, false);
  return { chain, sent, seconds: world.passedMs / 1000 };
}

test('peers with equal lines give equal parts, and little comes twice', (context) => {
  for (const [count, spacing] of [
    [2, 20],
    [4, 20],
    [8, 50],
    [4, 300],
  ] as const) {
    const { sent, chain } = share(
      Array.from({ length: count }, () => ({})),
      6000,
      spacing,
    );
    const name = `${count} peers, spacing ${spacing}: ${sent.join(', ')}`;
    context.diagnostic(name);
    const whole = chain.height * 80;
    for (const bytes of sent) assert.ok(bytes > (0.4 * whole) / count, name);
    assert.ok(sent.reduce((sum, bytes) => sum + bytes, 0) < 1.5 * whole, name);
  }
});

test('several peers are faster than one, though each line is slow', (context) => {
  const times = [1, 4, 8].map(
    (count) =>
      share(
        Array.from({ length: count }, () => ({})),
        6000,
        50,
      ).seconds,
  );
  context.diagnostic(`seconds with 1, 4 and 8 peers: ${times.join(', ')}`);
  const [one = 0, four = 0, eight = 0] = times;
  assert.ok(four < 0.6 * one && eight < four, times.join(', '));
});

test('a line that hardly moves holds nobody up', () => {
  const fast = share([{}, {}, {}], 6000, 50).seconds;
  const { seconds, sent } = share([{}, {}, {}, { bytesPerSecond: 1_000 }], 6000, 50);
  assert.ok(seconds < 2 * fast + 5, `${seconds} s, ${fast} s without it: ${sent.join(', ')}`);
});

test('a range that is longer than a message comes in several', () => {
  for (const spacing of [2001, 2016, 4001, 5999]) {
    const { sent, chain } = share([{}, {}], 6000, spacing);
    assert.ok(
      sent.reduce((sum, bytes) => sum + bytes, 0) < 2.2 * chain.height * HEADER_BYTES,
      `spacing ${spacing}: ${sent.join(', ')}`,
    );
  }
});

for (const kind of ['one wrong', 'all wrong', 'of a branch', 'unproven'] as const satisfies AnchorsKind[]) {
  test(`with a table that is wrong (${kind}) the best chain is found, and a warning says why it took longer`, () => {
    for (const [seed, height, spacing] of [
      [1, 200, 7],
      [2, 200, 50],
      [3, 4500, 300],
      [4, 4500, 2001],
      [5, 6000, 20],
    ] as const) {
      const wishes = {
        mode: 'sync',
        hostileCount: 0,
        busyCount: 0,
        honestCount: 2,
        hasMinimum: true,
      } as const;
      const { scenario } = play(seed, { ...wishes, height, spacing, anchors: kind });
      const isWrong = scenario.anchors.wrongFrom !== undefined;
      assert.equal(scenario.client.hasDoubtedAnchors, isWrong, `seed ${seed}`);
    }
  });
}

test('a table that goes further than any chain is used as far as they go, and nobody complains', () => {
  for (const [seed, height, spacing] of [
    [1, 200, 7],
    [2, 4500, 300],
  ] as const) {
    const wishes = { mode: 'sync', hostileCount: 0, busyCount: 0, honestCount: 2 } as const;
    const { scenario } = play(seed, { ...wishes, height, spacing, anchors: 'beyond' });
    assert.equal(scenario.client.hasDoubtedAnchors, false);
  }
});

test('old peers give what they have, and one that has all gives the rest', () => {
  const chain = PLAIN.trunk(4000);
  const chance = new Chance(11);
  const world = new World(chance.fork(), { unixSeconds: chain.tip.header.time + 3600 });
  const addresses = new Addresses(chance, PLAIN.network.port);
  const make = (Kind: typeof HonestPeer): HonestPeer => {
    const peer = new Kind({ world, terrain: PLAIN, endpoint: addresses.ofNewGroup(), chain });
    world.place(peer.endpoint, peer, { route: ROUTE });
    return peer;
  };
  const old = Array.from({ length: 4 }, (_, index) => {
    const peer = make(OldPeer);
    peer.chain = chain.upTo(700 * (index + 1));
    return peer;
  });
  const whole = make(HonestPeer);
  const heights = Array.from({ length: 80 }, (_, index) => 50 * (index + 1));
  const client = new SimClient(world, chance, {
    endpoint: { host: '91.10.20.30', port: PLAIN.network.port },
    options: {
      network: PLAIN.network,
      outboundCount: 5,
      connect: [...old, whole].map(({ endpoint }) => endpoint),
      anchors: AnchorTable.of(heights.map((height) => ({ height, hash: chain.at(height).hash }))),
    },
  }).start();
  world.run(5 * MINUTE_MS, () => client.end !== undefined);
  assert.deepEqual(client.end, { failure: undefined });
  assert.equal(client.tree.tip.height, chain.height);
  for (const peer of old) assert.equal(client.memory.discouraged.has(peer.endpoint.host, world.now), false);
});
