/** Merkle proofs of a real bitcoind checked here, and ours there. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { makeProof, verifyProof } from '../../src/index.ts';
import type { HeaderChain } from '../../src/header-chain.ts';
import { encode, fromDisplayHex, fromHex, toDisplayHex, toHex } from '../../src/wire/index.ts';
import type { BlockInfo } from '../../src/block-answers.ts';
import { merkleBlock } from '../../src/wire/messages/merkleblock.ts';
import { tx, type Tx } from '../../src/wire/tx.ts';
import { openChain } from '../support/chains.ts';
import { runHere } from '../support/fake-terminal.ts';
import { Follower } from '../support/follower.ts';
import { pairHash, partialTree } from '../support/merkle-trees.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import type { Bitcoind } from '../support/nodes/bitcoind.ts';
import { RpcError } from '../support/nodes/json-rpc.ts';
import { startWallet } from '../support/nodes/mempool-watcher.ts';
import type { Coin, Wallet } from '../support/nodes/wallet.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const options = { skip: skipWithoutNodes('bitcoind'), timeout: 120_000 };

/** OP_TRUE: anybody may spend it. */
const ANYBODY = Uint8Array.of(0x51);

/** A node, and a headlight that follows it and fetches its blocks. */
class Pair {
  readonly node: Bitcoind;
  readonly wallet: Wallet;
  readonly chain: HeaderChain;
  readonly follower: Follower;

  private constructor(wallet: Wallet, chain: HeaderChain, follower: Follower) {
    this.node = wallet.node;
    this.wallet = wallet;
    this.chain = chain;
    this.follower = follower;
  }

  static async start(t: TestContext): Promise<Pair> {
    const wallet = await startWallet(t);
    const chain = await openChain();
    const follower = await Follower.start(t, { chain, connect: [wallet.node.address] });
    await follower.client.synced();
    return new Pair(wallet, chain, follower);
  }

  /** Mines a block of so many transactions, the coinbase counted, and fetches it. */
  async mineBlock(count: number): Promise<BlockInfo> {
    if (count === 1) return this.mineExactly([]);
    const coins = await this.wallet.coins(
      Array.from({ length: count - 1 }, () => ANYBODY),
      1_000n,
    );
    return this.mineExactly(coins.map((coin) => spend(coin)));
  }

  async mineExactly(transactions: readonly Tx[]): Promise<BlockInfo> {
    const hash = await this.node.mineExactly(transactions.map((one) => toHex(encode(tx, one))));
    return this.fetch(hash);
  }

  async fetch(hash: string): Promise<BlockInfo> {
    await this.follower.event('block', (event) => event.hash === hash);
    return this.follower.client.fetchBlock(hash);
  }

  /** What the node makes; hexadecimal. */
  theirs(block: BlockInfo, indexes: readonly number[]): Promise<string> {
    return this.node.rpc('gettxoutproof', [indexes.map((index) => nameOf(block, index)), block.hash]);
  }

  /** The transactions that the node finds proven; none when it refuses. */
  async provenThere(proofHex: string): Promise<string[]> {
    try {
      return await this.node.rpc<string[]>('verifytxoutproof', [proofHex]);
    } catch (error) {
      if (error instanceof RpcError) return [];
      throw error;
    }
  }

  /** A proof is made by both, is the same, and holds with both. */
  async assertProves(block: BlockInfo, indexes: readonly number[]): Promise<void> {
    const names = indexes.map((index) => nameOf(block, index));
    const ours = makeProof(block, names.map(fromDisplayHex));
    assert.equal(toHex(ours), await this.theirs(block, indexes));
    assert.deepEqual(await this.provenThere(toHex(ours)), names);
    const transactions = indexes.map((index) => block.transactions[index]!.raw);
    const result = await verifyProof(this.chain, ours, { transactions });
    assert.ok(result.valid, result.valid ? '' : result.message);
    assert.deepEqual(
      result.txids,
      indexes.map((index, i) => ({ txid: names[i], index })),
    );
    assert.deepEqual(
      [result.height, result.hash, result.transactionCount, result.depth],
      [block.height, block.hash, block.transactions.length, 'proven'],
    );
    const { confirmations } = await this.node.rpc<{ confirmations: number }>('getblock', [block.hash]);
    assert.equal(result.confirmations, confirmations);
  }
}

function nameOf({ transactions }: BlockInfo, index: number): string {
  return toDisplayHex(transactions[index]!.txid);
}

/** Spends what anybody may spend. */
function spend(coin: Coin, script: Uint8Array = Uint8Array.of(0x6a)): Tx {
  const previous = { txid: fromDisplayHex(coin.txid), vout: coin.vout };
  const input = { previous, script: new Uint8Array(0), sequence: 0xffffffff, witness: [] };
  return { version: 2, inputs: [input], outputs: [{ valueSats: 0n, script }], lockTime: 0 };
}

test(
  'proofs of blocks of all small sizes are the same here and there, and hold on both sides',
  options,
  async (t) => {
    const pair = await Pair.start(t);
    for (const count of [1, 2, 3, 7, 8]) {
      const block = await pair.mineBlock(count);
      assert.equal(block.transactions.length, count);
      const all = Array.from({ length: count }, (_, index) => index);
      for (const index of all) await pair.assertProves(block, [index]);
      await pair.assertProves(block, all);
      await pair.assertProves(
        block,
        all.filter((index) => index % 2 === 0),
      );
      await pair.assertProves(block, all.slice(-2));
    }
  },
);

test('so are those of a block of thousands', options, async (t) => {
  const pair = await Pair.start(t);
  const block = await pair.mineBlock(3_001);
  assert.equal(block.transactions.length, 3_001);
  for (const index of [0, 1, 1_499, 2_047, 2_048, 2_999, 3_000]) await pair.assertProves(block, [index]);
  await pair.assertProves(block, [0, 3_000]);
  await pair.assertProves(
    block,
    Array.from({ length: 60 }, (_, n) => 49 * n),
  );
  await pair.assertProves(
    block,
    Array.from({ length: 3_001 }, (_, index) => index),
  );
});

test("a wallet's own payments are proven, witnesses or not", options, async (t) => {
  const pair = await Pair.start(t);
  const names = [];
  for (let n = 0; n < 12; n++) names.push(await pair.wallet.sendToSelf(0.1));
  const [hash] = await pair.node.mine(1);
  const block = await pair.fetch(hash as string);
  const indexes = names.map((name) =>
    block.transactions.findIndex(({ txid }) => toDisplayHex(txid) === name),
  );
  for (const index of indexes) await pair.assertProves(block, [index]);
  await pair.assertProves(
    block,
    indexes.toSorted((a, b) => a - b),
  );
});

test('what was changed in a proof is judged alike', options, async (t) => {
  const pair = await Pair.start(t);
  const block = await pair.mineBlock(11);
  const proof = fromHex(await pair.theirs(block, [0, 3, 10]));
  let [acceptedCount, refusedCount] = [0, 0];
  for (let at = 80; at < proof.length; at++) {
    for (const flip of [0x01, 0x10, 0x80]) {
      // Of most hashes one byte is enough.
      if (at % 8 !== 0 && at > 90 && at < proof.length - 8) continue;
      const changed = Uint8Array.from(proof);
      changed[at] = changed[at]! ^ flip;
      const there = await pair.provenThere(toHex(changed));
      const here = await verifyProof(pair.chain, changed);
      const namesHere = here.valid ? here.txids.map(({ txid }) => txid) : [];
      // A full node knows how many transactions there are; headers do not say.
      const isOtherCount = here.valid && here.transactionCount !== 11;
      assert.deepEqual(isOtherCount ? [] : namesHere, there, `byte ${at}`);
      if (there.length > 0) acceptedCount++;
      else refusedCount++;
    }
  }
  assert.ok(acceptedCount > 0 && refusedCount > 50, `${acceptedCount} accepted, ${refusedCount} refused`);
});

test('a proof of a block that the chain has left is told as such, until it is back', options, async (t) => {
  const pair = await Pair.start(t);
  const block = await pair.mineBlock(4);
  await pair.node.mine(2);
  const proof = fromHex(await pair.theirs(block, [2]));
  await pair.node.invalidate(block.hash);
  const [, , , rival] = await pair.node.mine(4);
  await pair.follower.event('block', ({ hash }) => hash === rival);
  const left = await verifyProof(pair.chain, proof);
  assert.ok(!left.valid && left.code === 'block-stale');
  assert.match(left.message, new RegExp(`another one at height ${block.height}, and 3 more on top of it$`));
  assert.deepEqual(await pair.provenThere(toHex(proof)), []);

  await pair.node.reconsider(block.hash);
  // Four blocks have more work than three.
  assert.equal((await pair.node.tip()).hash, rival);
  await pair.node.invalidate(await pair.node.blockHash(block.height));
  const [, newest] = await pair.node.mine(2);
  await pair.follower.event('block', ({ hash }) => hash === newest);
  const back = await verifyProof(pair.chain, proof);
  assert.ok(back.valid && back.confirmations === 5);
});

test('a transaction of 64 bytes in a real block is no door (CVE-2017-12842)', options, async (t) => {
  const pair = await Pair.start(t);
  const coins = (await pair.wallet.coins([ANYBODY, ANYBODY], 1_000n)) as [Coin, Coin];
  const short = spend(coins[0], Uint8Array.of(0x6a, 1, 1, 1));
  const block = await pair.mineExactly([short, spend(coins[1])]);
  const [coinbase, door, beside] = block.transactions;
  assert.equal(door!.raw.length, 64);

  // By right it is one of three. One level further down, as if there were more of them, its halves look like ids.
  const halves = [door!.raw.subarray(0, 32), door!.raw.subarray(32)] as const;
  const rest = pairHash(beside!.txid, beside!.txid);
  const tree = partialTree(6, '1101010', [coinbase!.txid, ...halves, rest]);
  const forged = encode(merkleBlock, { header: block.header, ...tree });
  const plain = await verifyProof(pair.chain, forged);
  assert.ok(!plain.valid && plain.code === 'tree-ambiguous', JSON.stringify(plain));
  const withCoinbase = await verifyProof(pair.chain, forged, { coinbase: coinbase!.raw });
  assert.ok(!withCoinbase.valid && withCoinbase.code === 'tx-not-proven');
  assert.deepEqual(await pair.provenThere(toHex(forged)), []);

  // The transaction itself, and its neighbours, are proven all the same.
  await pair.assertProves(block, [2]);
  const honest = fromHex(await pair.theirs(block, [1]));
  const doubtful = await verifyProof(pair.chain, honest, { transactions: [door!.raw] });
  assert.ok(!doubtful.valid && doubtful.code === 'tx-64-bytes');
  for (const others of [{ coinbase: coinbase!.raw }, { transactions: [door!.raw, beside!.raw] }]) {
    const proof = fromHex(await pair.theirs(block, 'coinbase' in others ? [1] : [1, 2]));
    const settled = await verifyProof(pair.chain, proof, { transactions: [door!.raw], ...others });
    assert.ok(settled.valid && settled.depth === 'proven');
  }
});

test(
  'the command makes a proof that the node accepts, and checks it without the node',
  options,
  async (t) => {
    const wallet = await startWallet(t);
    const { node } = wallet;
    const txid = await wallet.sendToSelf(0.25);
    const [hash] = (await node.mine(1)) as [string];
    await node.mine(3);
    const store = ['--network', 'regtest', '--datadir', temporaryFolder(t)];
    const args = ['--block', hash, '--with-coinbase', '--quiet', ...store];
    const made = await runHere(['proof', 'make', txid, ...args, '--connect', node.address]);
    assert.equal(made.code, 0, made.stderr);
    const accepted = await node.rpc<string[]>('verifytxoutproof', [made.stdout.trim()]);
    assert.deepEqual([accepted.length, accepted.at(-1)], [2, txid]);

    const { hex } = await node.rpc<{ hex: string }>('gettransaction', [txid]);
    await node.stop();
    const checked = await runHere(['proof', 'verify', ...store, '--tx', hex], { input: made.stdout });
    assert.equal(checked.code, 0, checked.stderr);
    assert.match(checked.stdout, new RegExp(`^2 transactions are in the best chain\\n  block +${hash}\\n`));
    assert.match(checked.stdout, /\n {2}confirmations +4\n/);
  },
);
