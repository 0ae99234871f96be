/** What headlight tells of the transactions in the mempool of a bitcoind, held against what the node says of them itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { eventually } from '../support/nodes/eventually.ts';
import { MempoolWatcher, startWallet } from '../support/nodes/mempool-watcher.ts';
import { factsIn, factsOf, relationsIn, relationsOf } from '../support/nodes/node-transaction.ts';
import { BARE_KEYS_KIND, OP_RETURN_TEXT, signKinds } from '../support/nodes/transaction-kinds.ts';
import type { Wallet } from '../support/nodes/wallet.ts';

const options = { skip: skipWithoutNodes('bitcoind'), timeout: 60_000 };

test(
  'transactions of every kind are told of once, confirmed, brought back by a reorganisation and confirmed again',
  options,
  async (t) => {
    const wallet = await startWallet(t);
    const { node } = wallet;
    const watcher = await MempoolWatcher.start(t, [node]);
    const sent = await sendKinds(wallet);

    for (const [kind, txid] of sent) {
      const event = await watcher.seen(txid);
      assert.deepEqual(factsIn(event), await factsOf(node, txid), kind);
      assert.equal(event.peers, 1);
      assert.ok(!event.isReturned);
      // What they spend was confirmed after we came, in a block that may be here later than they are.
      const relations = await relationsOf(node, txid);
      await eventually(
        `the fee of ${kind} is known`,
        () => watcher.mempool.transaction(txid)?.feeSats === relations.feeSats,
      );
    }
    const withText = await watcher.seen(sent.get('op-return') as string);
    assert.equal(withText.outputs[1]?.text, OP_RETURN_TEXT);
    assert.ok((await watcher.seen(sent.get('large') as string)).size > 90_000);

    const [block] = await node.mine(1);
    await assertConfirmed(watcher, sent, { hash: block as string, height: 112 });

    await node.invalidate(block as string);
    // A client of headers cannot know that a block was given up before another branch has more work.
    await node.mineExactly([]);
    await node.mineExactly([]);
    const { removed } = await watcher.follower.event('reorg');
    assert.deepEqual(removed, [block]);
    for (const [kind, txid] of sent) {
      const event = await watcher.returned(txid);
      assert.deepEqual(factsIn(event), await factsOf(node, txid), kind);
      assert.deepEqual(relationsIn(event), await relationsOf(node, txid), kind);
    }
    assert.equal(watcher.mempool.count, sent.size);

    const [second] = await node.mine(1);
    await assertConfirmed(watcher, sent, { hash: second as string, height: 114 });
    for (const [kind, txid] of sent) assert.equal(watcher.tellings(txid).length, 2, kind);
    assert.equal(watcher.removals().length, 2 * sent.size);
  },
);

test('no fee is told of a transaction that spends what nobody has shown us', options, async (t) => {
  const wallet = await startWallet(t);
  const [first, second] = await wallet.coins([
    await wallet.newScript('bech32'),
    await wallet.newScript('bech32'),
  ]);
  assert.ok(first !== undefined && second !== undefined);
  // The last block is fetched, for what stands in it is still given out by nodes; the coins are one deeper.
  await wallet.node.mine(1);
  const watcher = await MempoolWatcher.start(t, [wallet.node]);
  const parent = await wallet.send(await wallet.pay(first));
  const { feeSats, feeRate, ancestors } = await watcher.seen(parent);
  assert.deepEqual([feeSats, feeRate, ancestors?.feeSats], [null, null, null]);
  assert.equal(ancestors?.count, 1);
});

/** Sends one of each kind but those that the node does not relay; returns the txids by kind. */
async function sendKinds(wallet: Wallet): Promise<Map<string, string>> {
  const { [BARE_KEYS_KIND]: _, ...kinds } = await signKinds(wallet);
  const sent = new Map<string, string>();
  for (const [kind, hex] of Object.entries(kinds)) sent.set(kind, await wallet.send(hex));
  return sent;
}

async function assertConfirmed(
  watcher: MempoolWatcher,
  sent: ReadonlyMap<string, string>,
  block: { readonly hash: string; readonly height: number },
): Promise<void> {
  for (const [kind, txid] of sent) {
    const { height, replacedBy, peers } = await watcher.confirmed(txid, block.hash);
    assert.deepEqual([height, replacedBy, peers], [block.height, null, 1], kind);
  }
  assert.equal(watcher.mempool.count, 0);
}
