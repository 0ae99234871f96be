/** How a headlight that knows one other headlight comes to know real nodes, and knows them still after a restart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointText } from '../../src/index.ts';
import { Follower } from '../support/follower.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Bitcoind } from '../support/nodes/bitcoind.ts';
import { Btcd } from '../support/nodes/btcd.ts';
import { eventually } from '../support/nodes/eventually.ts';
import { mineFor, startNetwork } from '../support/nodes/node-network.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const options = { skip: skipWithoutNodes(), timeout: 60_000 };
/** Addresses of each node: who is asked for addresses tells less than a quarter of those that it knows. */
const HOSTS_PER_NODE = 5;

test('a headlight learns real nodes from another, and finds them again without it', options, async (t) => {
  const programs = [Bitcoind, Btcd, Bitcoind];
  const nodes = await startNetwork(t, { programs, blocks: 150, hostsOf });
  const addresses = nodes.flatMap((node) => node.addresses);
  const [miner] = nodes;
  assert.ok(miner !== undefined);

  const guide = await Follower.start(t, {
    network: 'regtest',
    addPeers: addresses,
    maxPeers: addresses.length,
    listen: '127.0.0.1:0',
  });
  await guide.event('synced');
  await eventually('the guide knows them all', () => working(guide).length === addresses.length);

  const datadir = temporaryFolder(t);
  const { listening } = guide.client;
  assert.ok(listening !== undefined);
  const first = await Follower.start(t, { network: 'regtest', datadir, addPeers: [endpointText(listening)] });
  assert.equal((await first.event('synced')).hash, (await miner.tip()).hash);
  // A quarter of fifteen, rounded up.
  await eventually('it is connected to what it was told', () => found(first).length === 4);
  assert.ok(found(first).every((address) => addresses.includes(address)));
  const learnt = found(first);
  await first.client.stop();
  await guide.client.stop();

  const block = await mineFor(nodes, miner);
  const again = await Follower.start(t, { network: 'regtest', datadir });
  await eventually('it is connected to them again', () => found(again).length === learnt.length);
  assert.deepEqual(new Set(found(again)), new Set(learnt));
  await again.event('synced');
  assert.equal(again.client.tip?.hash, block);
});

/** Addresses from 127.0.0.2 on, some for each node. */
function hostsOf(index: number): string[] {
  const first = 2 + index * HOSTS_PER_NODE;
  return Array.from({ length: HOSTS_PER_NODE }, (_, i) => `127.0.0.${first + i}`);
}

/** Addresses of peers that nobody named, whose handshake is over. */
function found({ client }: Follower): string[] {
  return client
    .connections()
    .flatMap(({ kind, version, address }) => (kind === 'outbound' && version !== null ? [address] : []));
}

/** Addresses that headlight has been connected to. */
function working({ client }: Follower): string[] {
  return client.knownPeers().flatMap(({ isTried, address }) => (isTried ? [address] : []));
}
