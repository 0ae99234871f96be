/** headlight among several real nodes that are connected to each other, and what it does when some of them fail. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LightClientOptions } from '../../src/index.ts';
import { Follower } from '../support/follower.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Bitcoind } from '../support/nodes/bitcoind.ts';
import { eventually } from '../support/nodes/eventually.ts';
import { mineFor, startNetwork } from '../support/nodes/node-network.ts';
import type { RegtestNode } from '../support/nodes/regtest-node.ts';

const options = { skip: skipWithoutNodes(), timeout: 60_000 };
const MAX_PEERS = 3;
/** Time in which something bad would have happened. */
const WATCH_MS = 1_000;

test('blocks found at any of the nodes reach all of them, and headlight', options, async (t) => {
  const nodes = await startNetwork(t, { blocks: 20 });
  const follower = await following(t, nodes);
  for (const miner of nodes) {
    const hash = await mineFor(nodes, miner);
    await follower.event('block', (event) => event.hash === hash);
  }
  assert.equal(connected(follower).length, MAX_PEERS);
  assert.deepEqual(
    follower.events.filter(({ event }) => event === 'peer-disconnected'),
    [],
  );
});

test('a node that is killed is replaced, and the blocks of the others still come', options, async (t) => {
  const nodes = await startNetwork(t, { blocks: 20 });
  const follower = await following(t, nodes);
  const { victim, spare } = choose(nodes, follower);
  await victim.kill();
  await follower.event('peer-disconnected', isOf(victim));
  await follower.event('peer-connected', isOf(spare));
  await assertFollows(follower, without(nodes, victim));
});

test(
  'a node that is paused is dropped as silent and replaced; that it wakes again does no harm',
  options,
  async (t) => {
    const nodes = await startNetwork(t, { blocks: 20 });
    const follower = await following(t, nodes, { pingIntervalMs: 500, silenceTimeoutMs: 1_500 });
    const { victim, spare } = choose(nodes, follower);
    await victim.pause();
    const { reason } = await follower.event('peer-disconnected', isOf(victim));
    assert.equal(reason, 'silent');
    await follower.event('peer-connected', isOf(spare));
    await assertFollows(follower, without(nodes, victim));

    victim.resume();
    await sleep(WATCH_MS);
    await victim.waitForTip((await spare.tip()).hash);
    await assertFollows(follower, nodes);
  },
);

test('a node that was restarted is connected again when it is needed', options, async (t) => {
  const nodes = await startNetwork(t, { blocks: 20 });
  const follower = await following(t, nodes);
  const { victim, spare } = choose(nodes, follower);
  await victim.kill();
  await follower.event('peer-connected', isOf(spare));
  const hash = await mineFor(without(nodes, victim), spare);
  await victim.start();
  await victim.waitForTip(hash);

  const { victim: other } = choose(nodes, follower);
  const eventsBefore = follower.events.length;
  await other.kill();
  await follower.event(
    'peer-connected',
    (event) => isOf(victim)(event) && follower.events.indexOf(event) >= eventsBefore,
  );
  await assertFollows(follower, without(nodes, other));
});

/** A headlight at the tip, with as many peers as it wants, that may call all of some nodes. */
async function following(
  t: TestContext,
  nodes: readonly RegtestNode[],
  more: LightClientOptions = {},
): Promise<Follower> {
  const addPeers = nodes.map(({ address }) => address);
  const follower = await Follower.start(t, { network: 'regtest', addPeers, maxPeers: MAX_PEERS, ...more });
  const { hash } = await follower.event('synced');
  assert.equal(hash, (await nodes[0]?.tip())?.hash);
  await eventually(`${MAX_PEERS} peers are connected`, () => connected(follower).length === MAX_PEERS);
  return follower;
}

/** Addresses of those whose handshake is over. */
function connected({ client }: Follower): string[] {
  return client.connections().flatMap(({ version, address }) => (version === null ? [] : [address]));
}

/** A node that headlight is connected to, and the one that it is not. Of btcd no chain would be left after a restart. */
function choose(
  nodes: readonly RegtestNode[],
  follower: Follower,
): { victim: RegtestNode; spare: RegtestNode } {
  const peers = connected(follower);
  const victim = nodes.find((node) => node instanceof Bitcoind && peers.includes(node.address));
  const spare = nodes.find(({ address }) => !peers.includes(address));
  assert.ok(victim !== undefined && spare !== undefined, `connected to ${peers.join(', ')}`);
  return { victim, spare };
}

function without(nodes: readonly RegtestNode[], gone: RegtestNode): RegtestNode[] {
  return nodes.filter((node) => node !== gone);
}

function isOf({ address }: RegtestNode): (event: { readonly peer: string }) => boolean {
  return ({ peer }) => peer === address;
}

/** Whether headlight has its peers, and hears of a block from each of the nodes. */
async function assertFollows(follower: Follower, nodes: readonly RegtestNode[]): Promise<void> {
  for (const miner of nodes) {
    const hash = await mineFor(nodes, miner);
    await follower.event('block', (event) => event.hash === hash);
  }
  await eventually('all peers are there', () => connected(follower).length === MAX_PEERS);
  assert.ok(!follower.events.some(({ event }) => event === 'warning' || event === 'error'));
}
