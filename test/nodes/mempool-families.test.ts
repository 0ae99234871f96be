/** Transactions that need, replace or contradict each other, in the mempool of a bitcoind and in its blocks. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { eventually } from '../support/nodes/eventually.ts';
import { MempoolWatcher, startWallet } from '../support/nodes/mempool-watcher.ts';
import { relationsIn, relationsOf } from '../support/nodes/node-transaction.ts';
import { type Coin, coinOf, type Wallet } from '../support/nodes/wallet.ts';

const options = { skip: skipWithoutNodes('bitcoind'), timeout: 60_000 };
/** As many as nodes let depend on each other. */
const CHAIN_LENGTH = 25;

test(
  'a chain of 25 has the fees, the ancestors and the descendants that the node says',
  options,
  async (t) => {
    const { wallet, watcher, coin } = await watching(t);
    const chain: string[] = [];
    let last = coin;
    for (let i = 0; i < CHAIN_LENGTH; i++) {
      // A fee of its own for each.
      const hex = await wallet.pay(last, undefined, 1_000n + 100n * BigInt(i));
      chain.push(await wallet.send(hex));
      last = coinOf(hex);
    }
    for (const txid of chain) await watcher.seen(txid);
    // In the order in which they depend on each other.
    assert.deepEqual([...watcher.mempool.txids()], chain);
    for (const txid of chain) {
      const expected = await relationsOf(wallet.node, txid);
      await eventually(
        `the fee of ${txid} is known`,
        () => watcher.mempool.transaction(txid)?.feeSats !== null,
      );
      const event = watcher.mempool.transaction(txid);
      assert.ok(event !== undefined);
      assert.deepEqual(relationsIn(event), expected);
    }
    const [block] = await wallet.node.mine(1);
    for (const txid of chain) await watcher.confirmed(txid, block as string);
    assert.equal(watcher.mempool.count, 0);
  },
);

test(
  'a transaction that the wallet pays more for is told of as replaced, and by which',
  options,
  async (t) => {
    const { wallet, watcher } = await watching(t);
    const cheap = await wallet.sendToSelf(1);
    const { signalsRbf } = await watcher.seen(cheap);
    assert.ok(signalsRbf);
    const { txid: dear } = await wallet.node.rpc<{ txid: string }>('bumpfee', [cheap]);
    const { replaces, conflictsWith } = await watcher.seen(dear);
    assert.deepEqual([replaces, conflictsWith], [[cheap], []]);
    const { reason, replacedBy, block } = await watcher.removed(cheap);
    assert.deepEqual([reason, replacedBy, block], ['replaced', dear, null]);
    assert.deepEqual([...watcher.mempool.txids()], [dear]);

    const [hash] = await wallet.node.mine(1);
    await watcher.confirmed(dear, hash as string);
    assert.deepEqual(watcher.removals(), ['replaced', 'confirmed']);
  },
);

test('what a block contradicts leaves as a conflict, with what depends on it', options, async (t) => {
  const { wallet, watcher, coin } = await watching(t);
  const hex = await wallet.pay(coin);
  const rival = await wallet.pay(coin);
  const parent = await wallet.send(hex);
  const child = await wallet.send(await wallet.pay(coinOf(hex)));
  await watcher.seen(parent);
  await watcher.seen(child);

  const block = await wallet.node.mineExactly([rival]);
  const { height } = await wallet.node.tip();
  for (const txid of [parent, child]) {
    const event = await watcher.removed(txid);
    assert.deepEqual([event.reason, event.block, event.height], ['conflict', block, height]);
  }
  assert.equal(watcher.mempool.count, 0);
});

test('without blocks nothing is said to be confirmed', options, async (t) => {
  const { wallet, watcher, coin } = await watching(t, { blocks: false });
  const hex = await wallet.pay(coin);
  const first = await wallet.send(hex);
  await watcher.seen(first);
  const [block] = await wallet.node.mine(1);
  await watcher.follower.event('block', ({ hash }) => hash === block);
  // The node answers in turn: a block that was asked for would be here before this.
  const second = await wallet.send(await wallet.pay(coinOf(hex)));
  await watcher.seen(second);
  assert.deepEqual(watcher.removals(), []);
  assert.deepEqual([...watcher.mempool.txids()], [first, second]);
});

/** A wallet, a headlight that watches its node, and a coin that was mined before its eyes. */
async function watching(
  t: TestContext,
  mempool: Parameters<typeof MempoolWatcher.start>[2] = {},
): Promise<{ wallet: Wallet; watcher: MempoolWatcher; coin: Coin }> {
  const wallet = await startWallet(t);
  const watcher = await MempoolWatcher.start(t, [wallet.node], mempool);
  const [coin] = await wallet.coins([await wallet.newScript('bech32')]);
  assert.ok(coin !== undefined);
  return { wallet, watcher, coin };
}
