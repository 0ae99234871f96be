/** One client as the only peer of another: it serves what it has, and passes on what it hears. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Addresses } from './addresses.ts';
import { PLAIN } from './chains.ts';
import { Chance } from './chance.ts';
import { SimClient } from './client.ts';
import { HonestPeer } from './honest-peer.ts';
import { Miners, SPREAD_MS } from './miners.ts';
import { World } from './world.ts';

const MINUTE_MS = 60_000;

test('a client gets the chain from another, and hears of blocks and reorganisations through it', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const chance = new Chance(seed);
    const chain = PLAIN.trunk(seed === 1 ? 2100 : chance.int(1, 100));
    const world = new World(chance.fork(), { unixSeconds: chain.tip.header.time + 3600 });
    const miners = new Miners(world, PLAIN, chain);
    const addresses = new Addresses(chance, 18444);
    const peer = new HonestPeer({ world, terrain: PLAIN, endpoint: addresses.ofNewGroup(), chain });
    world.place(peer.endpoint, peer);
    miners.peers.push(peer);
    const common = { network: { ...PLAIN.network, hasPrivateNodes: false }, follow: true };
    const middle = new SimClient(world, chance.fork(), {
      endpoint: addresses.ofNewGroup(),
      options: { ...common, connect: [peer.endpoint] },
      isListening: true,
    }).start();
    const last = new SimClient(world, chance.fork(), {
      endpoint: addresses.ofNewGroup(),
      options: { ...common, connect: [middle.endpoint] },
    }).start();
    world.run(12 * MINUTE_MS);
    assert.equal(last.tree.tip.height, chain.height, `seed ${seed}`);
    for (let i = 0; i < 10; i++) {
      miners.find();
      world.run(SPREAD_MS + 2_000);
      for (const client of [middle, last])
        assert.deepEqual(client.tree.tip.hash, miners.best.tip.hash, `seed ${seed}, block ${i}`);
    }
    assert.deepEqual(middle.partings.concat(last.partings), [], `seed ${seed}`);
  }
});
