/** The mempools of several real nodes at once, and a peer among them that keeps to itself what it announces. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fromDisplayHex } from '../../src/bytes/hex.ts';
import { INVENTORY } from '../../src/wire/inventory.ts';
import { HeadersChain } from '../support/headers-chain.ts';
import { VERACK, versionOf, WTXIDRELAY } from '../support/messages.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Bitcoind } from '../support/nodes/bitcoind.ts';
import { Btcd } from '../support/nodes/btcd.ts';
import { eventually } from '../support/nodes/eventually.ts';
import {
  EAGER_ARGS,
  fundedWallet,
  MempoolWatcher,
  ORDINARY_ARGS,
  startWallet,
} from '../support/nodes/mempool-watcher.ts';
import { startNetwork } from '../support/nodes/node-network.ts';
import { factsOfBytes } from '../support/nodes/node-transaction.ts';
import { headersOf } from '../support/nodes/real-headers.ts';
import type { RegtestNode } from '../support/nodes/regtest-node.ts';
import type { Wallet } from '../support/nodes/wallet.ts';
import { answer, type WireConnection, WirePeer } from '../support/wire-peer.ts';

const options = { skip: skipWithoutNodes(), timeout: 60_000 };
const PROGRAMS = [Bitcoind, Bitcoind, Btcd];
/** Short for a network, long for a machine with other things to do. */
const REQUEST_TIMEOUT_MS = 2_000;
const MARGIN_MS = 4_000;

test('each transaction of three nodes is told of once, with all that announced it', options, async (t) => {
  const { nodes, wallet } = await startLinked(t);
  const watcher = await MempoolWatcher.start(t, nodes);
  const txids: string[] = [];
  for (const node of nodes) {
    const [hex = ''] = await signPayments(wallet, 1);
    await waitForTips(nodes);
    txids.push(await node.rpc('sendrawtransaction', [hex]));
  }
  for (const txid of txids) {
    await watcher.seen(txid);
    // All may have announced it before it came: then nothing changes after it was told.
    await eventually('all nodes have announced it', () =>
      watcher.events.some(
        (event) =>
          (event.event === 'tx' || event.event === 'tx-updated') &&
          event.txid === txid &&
          event.peers === nodes.length,
      ),
    );
  }
  const [block] = await wallet.node.mine(1);
  for (const txid of txids) {
    const { peers } = await watcher.confirmed(txid, block as string);
    assert.equal(peers, nodes.length);
    assert.equal(watcher.tellings(txid).length, 1);
  }
  assert.equal(watcher.removals().length, txids.length);
});

test(
  'a peer that announces everything first and delivers nothing only costs the time-out',
  options,
  async (t) => {
    const wallet = await startWallet(t);
    const { node } = wallet;
    const signed = await signPayments(wallet, 20);
    const chain = new HeadersChain(await headersOf(node));
    const liar = await WirePeer.listen(t, async (connection) => {
      await connection.next('version');
      connection.send(versionOf({ startHeight: chain.height }), WTXIDRELAY, VERACK);
      await answer(connection, chain);
    });
    const watcher = await MempoolWatcher.start(t, [node, liar], { requestTimeoutMs: REQUEST_TIMEOUT_MS });
    const facts = await Promise.all(signed.map((hex) => factsOfBytes(node, hex)));

    const connection = liar.connections[0] as WireConnection;
    const items = facts.map(({ wtxid }) => ({ type: INVENTORY.WTX, hash: fromDisplayHex(wtxid) }));
    connection.send({ command: 'inv', payload: { items } });
    const request = await connection.next('getdata');
    assert.equal(request?.payload.items.length, items.length);
    const askedAtMs = performance.now();

    for (const hex of signed) await wallet.send(hex);
    for (const { txid } of facts) await watcher.seen(txid);
    const elapsedMs = performance.now() - askedAtMs;
    assert.ok(elapsedMs < REQUEST_TIMEOUT_MS + MARGIN_MS, `${elapsedMs} ms`);
    for (const { txid } of facts) assert.equal(watcher.tellings(txid).length, 1);

    // Nothing is asked of it twice.
    const asked = connection.received.flatMap(({ command, payload }) =>
      command === 'getdata' ? payload.items : [],
    );
    assert.equal(asked.length, items.length);
  },
);

test('what waited at a node before we came is asked for where the node offers that', options, async (t) => {
  const wallet = await startWallet(t, [...EAGER_ARGS, '-peerbloomfilters=1']);
  const txids = await sendPayments(wallet, 5);
  const watcher = await MempoolWatcher.start(t, [wallet.node]);
  for (const txid of txids) await watcher.seen(txid);
  assert.ok((await bytesFromUs(wallet.node)).has('mempool'));
});

test('a node that does not offer it is not asked, for it would hang up', options, async (t) => {
  // One that trusts us would only pass over the question.
  const { node } = await startWallet(t, [...ORDINARY_ARGS, '-peerbloomfilters=0']);
  const watcher = await MempoolWatcher.start(t, [node]);
  const pongBytes = async (): Promise<number> => (await bytesFromUs(node)).get('pong') ?? 0;
  const before = await pongBytes();
  await node.rpc('ping');
  // By then it has read whatever we had to say when we came.
  await eventually('the node has our pong', async () => (await pongBytes()) > before);
  assert.ok(!(await bytesFromUs(node)).has('mempool'));
  assert.ok(!watcher.events.some(({ event }) => event === 'peer-disconnected'));
});

/** Nodes with one chain that are connected to each other, the first with a wallet. */
async function startLinked(t: TestContext): Promise<{ nodes: RegtestNode[]; wallet: Wallet }> {
  const nodes = await startNetwork(t, {
    programs: PROGRAMS,
    blocks: 1,
    extraArgsOf: (index) => (PROGRAMS[index] === Btcd ? ['--trickleinterval=100ms'] : EAGER_ARGS),
  });
  const wallet = await fundedWallet(nodes[0] as Bitcoind);
  await waitForTips(nodes);
  return { nodes, wallet };
}

async function waitForTips(nodes: readonly RegtestNode[]): Promise<void> {
  const tip = await nodes[0]?.tip();
  for (const node of nodes) await node.waitForTip(tip?.hash ?? '');
}

/** Transactions that do not depend on each other, of which nobody has heard. */
async function signPayments(wallet: Wallet, count: number): Promise<string[]> {
  const script = await wallet.newScript('bech32m');
  const coins = await wallet.coins(Array.from({ length: count }, () => script));
  const signed: string[] = [];
  for (const coin of coins) signed.push(await wallet.pay(coin));
  return signed;
}

async function sendPayments(wallet: Wallet, count: number): Promise<string[]> {
  const txids: string[] = [];
  for (const hex of await signPayments(wallet, count)) txids.push(await wallet.send(hex));
  return txids;
}

/** How much a node's only peer has sent it of each kind of message. */
async function bytesFromUs(node: Bitcoind): Promise<Map<string, number>> {
  const peers = await node.rpc<{ bytesrecv_per_msg: Record<string, number> }[]>('getpeerinfo');
  assert.equal(peers.length, 1);
  return new Map(Object.entries(peers[0]?.bytesrecv_per_msg ?? {}));
}
