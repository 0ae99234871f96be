/**
 * Transactions as btcd relays them: announced by txid, for it does not speak of wtxids (BIP 339). It gets them raw, from a
 * bitcoind that has signed them, and the blocks from there too.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Btcd } from '../support/nodes/btcd.ts';
import { eventually } from '../support/nodes/eventually.ts';
import { MempoolWatcher, startWallet } from '../support/nodes/mempool-watcher.ts';
import { factsIn, factsOfBytes } from '../support/nodes/node-transaction.ts';
import { signKinds } from '../support/nodes/transaction-kinds.ts';
import { txidOf } from '../support/nodes/wallet.ts';

const options = { skip: skipWithoutNodes(), timeout: 60_000 };

test('transactions that btcd relays are told of once, and confirmed by a block', options, async (t) => {
  const wallet = await startWallet(t);
  const btcd = await Btcd.start({ peers: [wallet.node.address], extraArgs: ['--trickleinterval=100ms'] });
  t.after(() => btcd.dispose());
  await btcd.waitForTip((await wallet.node.tip()).hash);
  const watcher = await MempoolWatcher.start(t, [btcd]);

  const signed = Object.entries(await signKinds(wallet));
  await btcd.waitForTip((await wallet.node.tip()).hash);
  for (const [kind, hex] of signed) {
    assert.equal(await btcd.rpc('sendrawtransaction', [hex]), txidOf(hex), kind);
  }
  for (const [kind, hex] of signed) {
    const event = await watcher.seen(txidOf(hex));
    assert.deepEqual(factsIn(event), await factsOfBytes(wallet.node, hex), kind);
    await eventually(
      `the fee of ${kind} is known`,
      () => watcher.mempool.transaction(event.txid)?.feeSats !== null,
    );
  }

  const block = await wallet.node.mineExactly(signed.map(([, hex]) => hex));
  for (const [kind, hex] of signed) {
    const { height, peers } = await watcher.confirmed(txidOf(hex), block);
    assert.deepEqual([height, peers], [112, 1], kind);
    assert.equal(watcher.tellings(txidOf(hex)).length, 1, kind);
  }
  assert.equal(watcher.mempool.count, 0);
});
