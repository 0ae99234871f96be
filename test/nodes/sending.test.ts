/** Transactions that headlight sends itself: what real nodes do with them, and what can be told of that. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fromHex } from '../../src/wire/index.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Bitcoind } from '../support/nodes/bitcoind.ts';
import { eventually } from '../support/nodes/eventually.ts';
import { EAGER_ARGS, fundedWallet, MempoolWatcher } from '../support/nodes/mempool-watcher.ts';
import { mineFor, startNetwork } from '../support/nodes/node-network.ts';
import type { RegtestNode } from '../support/nodes/regtest-node.ts';
import { type Coin, FEE_SATS, txidOf, type Wallet } from '../support/nodes/wallet.ts';

const options = { skip: skipWithoutNodes('bitcoind'), timeout: 60_000 };

test('what is sent reaches all nodes, comes back from others, and is confirmed', options, async (t) => {
  const { nodes, wallet, watcher, coins } = await startLinked(t);
  const { node } = wallet;
  const hex = await wallet.pay(coins[0] as Coin);
  const txid = watcher.follower.client.send(fromHex(hex));
  assert.equal(txid, txidOf(hex));

  const addresses = nodes.map(({ address }) => address);
  const { peer: asker } = await watcher.sent(txid, 'requested');
  const { peer: relayer } = await watcher.sent(txid, 'relayed');
  assert.ok(asker !== null && relayer !== null && asker !== relayer);
  assert.ok(addresses.includes(asker) && addresses.includes(relayer));
  for (const other of nodes) await eventually('it is in the mempool', () => holds(other, txid));
  assert.equal(watcher.tellings(txid).length, 1);

  const block = await mineFor(nodes, node);
  const confirmed = await watcher.sent(txid, 'confirmed');
  assert.deepEqual([confirmed.block, confirmed.height], [block, (await node.tip()).height]);
  await watcher.confirmed(txid, block);

  await node.invalidate(block);
  await node.mineExactly([]);
  await node.mineExactly([]);
  await watcher.sent(txid, 'returned');
  const [second] = await node.mine(1);
  await watcher.confirmed(txid, second as string);
  await eventually(
    'it is confirmed again',
    () => states(watcher, txid).filter((state) => state === 'confirmed').length === 2,
  );
});

test('what spends a coin that is gone is not relayed, and takes nothing with it', options, async (t) => {
  const { nodes, wallet, watcher, coins } = await startLinked(t);
  const [spent, unspent] = coins as [Coin, Coin];
  const refused = await wallet.pay(spent);
  const spender = await wallet.send(await wallet.pay(spent));
  await watcher.seen(spender);
  // Or the block would take from us what it contradicts, perhaps before a node asks for it.
  await watcher.confirmed(spender, await mineFor(nodes, wallet.node));

  const { client } = watcher.follower;
  const bad = client.send(fromHex(refused));
  const good = client.send(fromHex(await wallet.pay(unspent)));
  // That it is asked for says nothing: a node knows what is wrong with it only then.
  await watcher.sent(bad, 'requested');
  await watcher.sent(good, 'relayed');
  assert.ok(!states(watcher, bad).includes('relayed'));
  for (const node of nodes) assert.ok(!(await holds(node, bad)));
  assert.ok(!watcher.events.some(({ event }) => event === 'peer-disconnected'));
});

test('what is not final yet is announced again after a block, and taken then', options, async (t) => {
  const { wallet, watcher, coins } = await startLinked(t, 1);
  const { node } = wallet;
  const coin = coins[0] as Coin;
  const output = { valueSats: coin.valueSats - FEE_SATS, script: await wallet.newScript('bech32') };
  const lockTime = (await node.tip()).height + 1;
  const hex = await wallet.sign(await wallet.unsigned([coin], [output], lockTime));
  const txid = watcher.follower.client.send(fromHex(hex));
  await watcher.sent(txid, 'requested');
  assert.ok(!(await holds(node, txid)));

  await node.mineExactly([]);
  await eventually('it is in the mempool', () => holds(node, txid));
  const [block] = await node.mine(1);
  await watcher.confirmed(txid, block as string);
});

test('what a node has lost is announced to it when it is back', options, async (t) => {
  const { wallet, watcher, coins } = await startLinked(t, 1);
  const { node } = wallet;
  const txid = watcher.follower.client.send(fromHex(await wallet.pay(coins[0] as Coin)));
  await eventually('it is in the mempool', () => holds(node, txid));

  // Neither its mempool nor its wallet is there when it starts again.
  await node.stop();
  await watcher.follower.event('peer-disconnected');
  await node.start();
  assert.ok(!(await holds(node, txid)));
  await eventually('it is in the mempool again', () => holds(node, txid));
});

/** Nodes that are connected to each other and to a headlight, the first with a wallet and some coins. */
async function startLinked(
  t: TestContext,
  count = 2,
): Promise<{ nodes: RegtestNode[]; wallet: Wallet; watcher: MempoolWatcher; coins: Coin[] }> {
  const programs = Array.from({ length: count }, () => Bitcoind);
  const nodes = await startNetwork(t, { programs, blocks: 1, extraArgsOf: () => EAGER_ARGS });
  const wallet = await fundedWallet(nodes[0] as Bitcoind);
  const coins = await wallet.coins([await wallet.newScript('bech32'), await wallet.newScript('bech32m')]);
  const { hash } = await wallet.node.tip();
  for (const node of nodes) await node.waitForTip(hash);
  const watcher = await MempoolWatcher.start(t, nodes);
  return { nodes, wallet, watcher, coins };
}

async function holds(node: RegtestNode, txid: string): Promise<boolean> {
  return (await node.rpc<string[]>('getrawmempool')).includes(txid);
}

/** How far one of our own has come, in order. */
function states({ events }: MempoolWatcher, txid: string): string[] {
  return events.flatMap((event) => (event.event === 'send' && event.txid === txid ? [event.state] : []));
}
