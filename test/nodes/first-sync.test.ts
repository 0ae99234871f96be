/** A first synchronisation from real nodes, of which the one that is asked for the chain fails in the middle of it. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { LightClientOptions } from '../../src/index.ts';
import { Follower } from '../support/follower.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Bitcoind } from '../support/nodes/bitcoind.ts';
import { eventually } from '../support/nodes/eventually.ts';
import { startNetwork } from '../support/nodes/node-network.ts';
import type { RegtestNode } from '../support/nodes/regtest-node.ts';
import { SlowProxy } from '../support/slow-proxy.ts';

const options = { skip: skipWithoutNodes('bitcoind'), timeout: 90_000 };
const BLOCKS = 4_500;
/** A message of 2,000 headers takes three quarters of a second. */
const SLOWLY = { chunkBytes: 40_000, pauseMs: 150 };

test('when the node that is asked for the chain fails, another one goes on', options, async (t) => {
  const programs = [Bitcoind, Bitcoind, Bitcoind];
  const nodes = await startNetwork(t, { programs, blocks: BLOCKS, hostsOf: () => ['127.0.0.1'] });
  const hash = await nodes[0]?.blockHash(BLOCKS);

  await t.test('because it is paused', async (part) => {
    const { follower, asked, address } = await inTheMiddle(part, nodes, { headersTimeoutMs: 1_500 });
    await asked.pause();
    part.after(() => asked.resume());
    const { reason } = await follower.event('peer-disconnected', ({ peer }) => peer === address);
    assert.equal(reason, 'headers-timeout');
    assert.equal((await follower.event('synced')).hash, hash);
  });

  await t.test('because it is killed', async (part) => {
    const { follower, asked, address } = await inTheMiddle(part, nodes);
    await asked.kill();
    const { reason } = await follower.event('peer-disconnected', ({ peer }) => peer === address);
    assert.equal(reason, 'connection-lost');
    assert.equal((await follower.event('synced')).hash, hash);
  });
});

interface Middle {
  readonly follower: Follower;
  /** The node that is asked for the chain. */
  readonly asked: RegtestNode;
  /** Where it was called. */
  readonly address: string;
}

/** A headlight that has got a part of the chain, and is connected to several nodes that have all of it. */
async function inTheMiddle(
  t: TestContext,
  nodes: readonly RegtestNode[],
  more: LightClientOptions = {},
): Promise<Middle> {
  const nodeAt = new Map<string, RegtestNode>();
  for (const node of nodes) {
    const proxy = await SlowProxy.start({ targetPort: node.p2pPort, ...SLOWLY });
    t.after(() => proxy.stop());
    nodeAt.set(`127.0.0.1:${proxy.port}`, node);
  }
  const follower = await Follower.start(t, { network: 'regtest', addPeers: [...nodeAt.keys()], ...more });
  const { height } = await follower.event('progress');
  const { client } = follower;
  await eventually('all are connected', () => client.connections().every(({ version }) => version !== null));
  const address = client.connections().find(({ isSyncPeer }) => isSyncPeer)?.address ?? '';
  const asked = nodeAt.get(address);
  assert.ok(asked !== undefined && client.connections().length === nodes.length);
  assert.ok(height < BLOCKS && follower.client.tip?.height !== BLOCKS, 'it is not over');
  return { follower, asked, address };
}
