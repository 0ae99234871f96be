/** A client that ran once finds the network again when nobody is left to introduce it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointText } from '../../src/protocol/peer.ts';
import type { LightNodeOptions } from '../../src/protocol/light-node.ts';
import { Addresses } from './addresses.ts';
import { PLAIN } from './chains.ts';
import { Chance } from './chance.ts';
import { SimClient } from './client.ts';
import { AddressFlood } from './hostile/address-flood.ts';
import { HonestPeer } from './honest-peer.ts';
import { World } from './world.ts';

const SEEDS = [1, 2, 3];
const HOUR_MS = 3_600_000;
const HOME = { host: '91.10.20.30', port: 18444 };

/** Six honest peers and a flooder, one of whom a DNS seed knows. */
function neighbourhood(seed: number) {
  const chance = new Chance(seed);
  const chain = PLAIN.trunk(100);
  const world = new World(chance.fork(), { unixSeconds: chain.tip.header.time + 3600 });
  const addresses = new Addresses(chance, 18444);
  const peers = Array.from({ length: 6 }, () => {
    const peer = new HonestPeer({ world, terrain: PLAIN, endpoint: addresses.ofNewGroup(), chain });
    world.place(peer.endpoint, peer);
    return peer;
  });
  const flooder = new AddressFlood({ world, terrain: PLAIN, endpoint: addresses.ofNewGroup(), chain });
  world.place(flooder.endpoint, flooder);
  for (const peer of peers) peer.known = [...peers, flooder].map(({ endpoint }) => endpoint);
  world.seed('seed', () => ({ addresses: peers.slice(0, 1).map(({ endpoint }) => endpoint.host) }));
  return { chance, chain, world, peers };
}

function optionsWith(options: Partial<LightNodeOptions>): Partial<LightNodeOptions> {
  const network = { ...PLAIN.network, hasPrivateNodes: false, dnsSeeds: ['seed'] };
  return { network, outboundCount: 3, follow: true, ...options };
}

for (const follow of [true, false]) {
  test(`what one run learnt is enough for the next, which ${follow ? 'stays' : 'ends at the tip'}, without any seed`, () => {
    for (const seed of SEEDS) {
      const { chance, chain, world } = neighbourhood(seed);
      const first = new SimClient(world, chance, { endpoint: HOME, options: optionsWith({}) }).start();
      world.run(HOUR_MS / 2);
      const anchors = first.connections
        .filter(({ kind, info }) => kind === 'outbound' && info !== undefined)
        .toSorted((a, b) => b.ageMs - a.ageMs)
        .slice(0, 2)
        .map(({ endpoint }) => endpointText(endpoint));
      first.stop();
      assert.equal(anchors.length, 2, `seed ${seed}`);
      world.run(5 * HOUR_MS);

      world.seed('seed', () => ({ addresses: [], error: 'SERVFAIL' }));
      const { records } = first;
      const options = optionsWith({ follow, progressTimeoutMs: HOUR_MS });
      const second = new SimClient(world, chance, { endpoint: HOME, options, records }).start();
      assert.deepEqual(
        second.dialled.slice(0, 2).map(endpointText).toSorted(),
        anchors.toSorted(),
        'those that served it last are called first',
      );
      world.run(HOUR_MS, () => second.end !== undefined);
      assert.equal(second.tree.tip.height, chain.height, `seed ${seed}`);
      if (follow)
        assert.equal(second.connections.filter(({ kind }) => kind === 'outbound').length, 3, `seed ${seed}`);
      else assert.deepEqual(second.end, { failure: undefined }, `seed ${seed}`);
    }
  });
}

test('when the anchors are gone, too, the others in the book are found', () => {
  for (const seed of SEEDS) {
    const { chance, chain, world, peers } = neighbourhood(seed);
    const first = new SimClient(world, chance, { endpoint: HOME, options: optionsWith({}) }).start();
    world.run(HOUR_MS / 2);
    first.stop();
    world.seed('seed', () => ({ addresses: [], error: 'SERVFAIL' }));
    const gone = new Set(first.memory.anchors.map(({ host }) => host));
    assert.equal(gone.size, 2);
    for (const { endpoint } of peers) if (gone.has(endpoint.host)) world.setReach(endpoint, 'black-hole');
    const second = new SimClient(world, chance, {
      endpoint: HOME,
      options: optionsWith({}),
      records: first.records,
    }).start();
    world.run(HOUR_MS, () => second.tree.tip.height === chain.height);
    assert.equal(second.tree.tip.height, chain.height, `seed ${seed}`);
  }
});

test('without what was remembered, and without seeds, nobody is found', () => {
  const { chance, world } = neighbourhood(1);
  world.seed('seed', () => ({ addresses: [], error: 'SERVFAIL' }));
  const client = new SimClient(world, chance, {
    endpoint: HOME,
    options: optionsWith({ follow: false }),
  }).start();
  world.run(HOUR_MS, () => client.end !== undefined);
  assert.equal(client.end?.failure?.code, 'no-peer');
});
