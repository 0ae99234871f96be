/**
 * What btcd does with headlight. It takes headers only of peers that claim to have blocks as well, and means to fetch those
 * next (btcd: netsync/manager.go, isSyncCandidate and handleHeadersMsg; server.go, OnVersion): light clients are no source
 * for it, whatever they answer. So it leaves headlight when it has called it, and stays when it was called; and what it
 * makes of our answers is seen with something in between that claims the blocks.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { endpointText } from '../../src/index.ts';
import type { Endpoint } from '../../src/protocol/peer.ts';
import { INVENTORY } from '../../src/wire/inventory.ts';
import { Follower } from '../support/follower.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Bitcoind } from '../support/nodes/bitcoind.ts';
import { Btcd } from '../support/nodes/btcd.ts';
import { ClaimingRelay } from '../support/nodes/claiming-relay.ts';
import { eventually } from '../support/nodes/eventually.ts';
import { headerTip } from '../support/nodes/header-tip.ts';
import { minedHeaders, startListening } from '../support/nodes/real-headers.ts';
import { started } from './sync.contract.ts';

const options = { skip: skipWithoutNodes(), timeout: 60_000 };
const BLOCKS = 4_500;
/** Time in which a node that thinks ill of us would have said so. */
const WATCH_MS = 3_000;

test(
  'btcd takes all its headers from headlight when it believes that the blocks are there too',
  options,
  async (t) => {
    const server = await startListening(t, await minedHeaders(BLOCKS));
    const relay = await ClaimingRelay.start(t, addressOf(server));
    const node = await startBtcd(t, [relay.address]);
    await eventually('btcd has the headers', async () => (await headerTip(node)).height === BLOCKS);
    assert.equal((await headerTip(node)).hash, server.client.tip?.hash);

    await sleep(WATCH_MS);
    assert.deepEqual(complaints(node), []);
    await assertOnlyPeer(node, { syncnode: true });
    assert.ok(!server.events.some(({ event }) => event === 'peer-disconnected'));
    // Then it wants all the blocks, in one message.
    const [wanted, ...others] = relay.kept;
    assert.deepEqual(others, []);
    assert.equal(wanted?.payload.items.length, BLOCKS);
    assert.ok(wanted.payload.items.every(({ type }) => type === INVENTORY.WITNESS_BLOCK));
  },
);

test(
  'btcd that has called headlight leaves it for want of blocks, and bears it no grudge',
  options,
  async (t) => {
    const server = await startListening(t, await minedHeaders(BLOCKS));
    const node = await startBtcd(t, [endpointText(addressOf(server))]);
    const { reason } = await server.event('peer-disconnected');
    assert.equal(reason, 'connection-lost');
    const why = 'required services 0x1 not offered';
    await eventually('btcd says why', () => node.log().some((line) => line.includes(why)));
    assert.deepEqual(complaints(node), []);

    await node.mine(1);
    const follower = await Follower.start(t, { network: 'regtest', connect: [node.address] });
    await follower.event('synced');
    await assertOnlyPeer(node, { syncnode: false });
  },
);

test(
  'btcd that headlight has called stays content while headlight hears of more from others',
  options,
  async (t) => {
    const [node, source] = await Promise.all([startBtcd(t, []), started(t, Bitcoind, 300)]);
    await node.mine(1);
    const follower = await Follower.start(t, { network: 'regtest', connect: [node.address, source.address] });
    await follower.event('synced', ({ height }) => height === 300);
    await eventually('both are connected', () => follower.client.connections().length === 2);
    for (let i = 0; i < 3; i++) {
      const [block] = await source.mine(1);
      await follower.event('block', (event) => event.hash === block);
    }
    await sleep(WATCH_MS);
    assert.deepEqual(complaints(node), []);
    await assertOnlyPeer(node, { syncnode: false });
    // btcd finds a chain of its own that is better, and headlight takes it.
    const [better] = (await node.mine(310)).slice(-1);
    await follower.event('block', (event) => event.hash === better);
  },
);

async function startBtcd(t: TestContext, peers: readonly string[]): Promise<Btcd> {
  const node = await Btcd.start({ peers, logsMessages: true });
  t.after(() => node.dispose());
  return node;
}

function addressOf({ client }: Follower): Endpoint {
  assert.ok(client.listening !== undefined);
  return client.listening;
}

/** What btcd has warned of, but for the configuration file that it was not given. */
function complaints(node: Btcd): string[] {
  return node.log().filter((line) => /\[(WRN|ERR|CRT)\]/.test(line) && !line.includes('btcd.conf'));
}

/** Whether headlight is all that btcd is connected to, and has cost it no patience. */
async function assertOnlyPeer(node: Btcd, { syncnode }: { syncnode: boolean }): Promise<void> {
  const [peer, ...others] = await node.rpc<Record<string, unknown>[]>('getpeerinfo');
  assert.deepEqual(others, []);
  assert.match(String(peer?.['subver']), /^\/headlight:/);
  assert.deepEqual([peer?.['banscore'], peer?.['syncnode']], [0, syncnode]);
}
