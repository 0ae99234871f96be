import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concat } from '../src/bytes/concat.ts';
import { toDisplayHex } from '../src/bytes/hex.ts';
import { makePartialMerkleTree, type PartialMerkleTree } from '../src/chain/partial-merkle-tree.ts';
import { HeaderChain } from '../src/header-chain.ts';
import { importHeaders } from '../src/import-headers.ts';
import { makeProof } from '../src/merkle-proof.ts';
import { mainnet } from '../src/networks/mainnet.ts';
import { type ProofResult, verifyProof, type VerifyProofOptions } from '../src/verify-proof.ts';
import { block, MAX_BLOCK_TRANSACTIONS } from '../src/wire/block.ts';
import { decode, encode } from '../src/wire/codec.ts';
import type { Header } from '../src/wire/header.ts';
import { identify, type IdentifiedTx } from '../src/wire/identified-tx.ts';
import { merkleBlock } from '../src/wire/messages/merkleblock.ts';
import { chainOf, extend, NOW_SECONDS } from './support/chains.ts';
import { aCoinbase, anInput, aTx } from './support/made-blocks.ts';
import { ids, partialTree, rootOf } from './support/merkle-trees.ts';
import { mine } from './support/mine.ts';
import { provenBlock } from './support/proven-block.ts';
import { readFixture, sharedData, skipWithoutSharedData } from './support/repository.ts';
import { type MinedBlock, mineBlock } from './support/transactions.ts';

function someTransactions(count: number): IdentifiedTx[] {
  return Array.from({ length: count }, (_, n) => identify(aTx(n + 1)));
}

/** A chain whose first block holds a coinbase and these, with five empty blocks on top. */
async function chainWith(
  transactions: readonly IdentifiedTx[],
): Promise<{ chain: HeaderChain; made: MinedBlock }> {
  const made = mineBlock(transactions);
  return { chain: await chainOf(concat([made.bytes, mine(5, { parent: made.bytes })])), made };
}

function txidsOf({ transactions }: MinedBlock): Uint8Array[] {
  return transactions.map(({ txid }) => txid);
}

function proofOf({ header }: { readonly header: Header }, tree: PartialMerkleTree): Uint8Array {
  return encode(merkleBlock, { header, ...tree });
}

/** The code of a refusal, or how deep the tree of a proof is that was not refused. */
async function verdict(chain: HeaderChain, proof: Uint8Array, options?: VerifyProofOptions): Promise<string> {
  const result = await verifyProof(chain, proof, options);
  if (!result.valid) assert.match(result.message, /^[a-z].{10,}$/);
  return result.valid ? result.depth : result.code;
}

test('a proof shows where its transactions are in the best chain', async () => {
  const { chain, made } = await chainWith(someTransactions(6));
  const [, , second, , , , sixth] = made.transactions;
  const result = await verifyProof(chain, makeProof(made, [sixth!.txid, second!.txid]), {
    transactions: [second!.raw],
  });
  assert.deepEqual(result, {
    valid: true,
    height: 1,
    hash: toDisplayHex(made.hash),
    confirmations: 6,
    blockTime: made.header.time,
    // Of the times of genesis and this block the later one.
    medianTime: made.header.time,
    txids: [
      { txid: toDisplayHex(second!.txid), index: 2 },
      { txid: toDisplayHex(sixth!.txid), index: 6 },
    ],
    transactionCount: 7,
    depth: 'proven',
  } satisfies ProofResult);
});

test('every transaction of blocks of all small sizes is proven', async () => {
  for (let count = 0; count <= 9; count++) {
    const { chain, made } = await chainWith(someTransactions(count));
    for (const [index, { txid, raw }] of made.transactions.entries()) {
      const result = await verifyProof(chain, makeProof(made, [txid]), { transactions: [raw] });
      assert.ok(result.valid);
      assert.deepEqual(result.txids, [{ txid: toDisplayHex(txid), index }]);
      assert.deepEqual([result.depth, result.transactionCount], ['proven', count + 1]);
    }
  }
});

test('what does not parse is refused with the place', async () => {
  const { chain, made } = await chainWith(someTransactions(3));
  const proof = makeProof(made, [txidsOf(made)[1]!]);
  assert.equal(await verdict(chain, new Uint8Array(0)), 'unexpected-end');
  assert.equal(await verdict(chain, proof.subarray(0, -1)), 'unexpected-end');
  assert.equal(await verdict(chain, concat([proof, Uint8Array.of(0)])), 'trailing-bytes');
  const result = await verifyProof(chain, proof.subarray(0, 90));
  assert.ok(!result.valid && result.hash === undefined);
  assert.match(result.message, /^this is no proof: byte 84, hashes: /);
});

test('the proof of all of the largest block is taken, and nothing longer is looked at', async () => {
  const txids = ids(MAX_BLOCK_TRANSACTIONS);
  const header = { ...mineBlock([]).header, merkleRoot: rootOf(txids) };
  const chain = await chainOf(mine(1));
  const proof = encode(merkleBlock, { header, ...makePartialMerkleTree(txids, () => true) });
  // Only the work is missing, or by chance it is not: the tree at least was read.
  assert.ok(['high-hash', 'block-stale'].includes(await verdict(chain, proof)));
  const longer = concat([proof, new Uint8Array(20_000)]);
  assert.equal(await verdict(chain, longer), 'over-limit');
});

test('an unsound tree is refused, before anything is asked of the chain', async () => {
  const { chain, made } = await chainWith(someTransactions(3));
  const proof = makeProof(made, [txidsOf(made)[1]!]);
  const damaged = Uint8Array.from(proof);
  damaged[100]! ^= 1;
  const result = await verifyProof(chain, damaged);
  assert.ok(!result.valid && result.code === 'tree-root-mismatch');
  assert.equal(result.hash, toDisplayHex(made.hash));
  assert.match(
    result.message,
    /^the tree of the proof is unsound: it leads to the root [0-9a-f]{64}, the header says/,
  );
});

test('a proof that marks nothing proves nothing', async () => {
  const { chain, made } = await chainWith(someTransactions(3));
  const proof = proofOf(made, partialTree(4, '0', [made.header.merkleRoot]));
  assert.equal(await verdict(chain, proof), 'proof-empty');
});

test('a header without proof of work is refused', async () => {
  const { chain, made } = await chainWith(someTransactions(3));
  const tree = decode(merkleBlock, makeProof(made, [txidsOf(made)[1]!]));
  const verdictWith = (fields: Partial<Header>): Promise<string> =>
    verdict(chain, encode(merkleBlock, { ...tree, header: { ...made.header, ...fields } }));
  assert.equal(await verdictWith({ bits: 0x1d00ffff }), 'high-hash');
  assert.equal(await verdictWith({ bits: 0x217fffff }), 'bad-target');
});

test('a block on a side branch is told as such, with what the best chain has instead', async () => {
  const { chain, made } = await chainWith(someTransactions(3));
  const stale = mineBlock(someTransactions(4));
  const proof = makeProof(stale, [txidsOf(stale)[1]!]);
  await extend(chain, stale.bytes);
  const known = await verifyProof(chain, proof);
  assert.deepEqual(known, {
    valid: false,
    code: 'block-stale',
    message:
      `block ${toDisplayHex(stale.hash)} is not on the best chain: that has another one at height 1, and 5 more on ` +
      'top of it',
    hash: toDisplayHex(stale.hash),
  } satisfies ProofResult);
  assert.equal(await verdict(chain, makeProof(made, [txidsOf(made)[1]!])), 'claimed');
  // Whether its header ever came here makes no difference: its parent is known.
  const { chain: other } = await chainWith(someTransactions(3));
  assert.deepEqual(await verifyProof(other, proof), known);
  const next = mineBlock(someTransactions(5), { parent: stale.bytes, height: 2 });
  const above = await verifyProof(chain, makeProof(next, [txidsOf(next)[1]!]));
  assert.ok(!above.valid && above.code === 'block-stale');
  assert.match(above.message, /another one at height 2, and 4 more on top of it$/);
});

test('a block that leaves the best chain takes its proofs with it, and brings them back', async () => {
  const { chain, made } = await chainWith([]);
  const proof = makeProof(made, txidsOf(made));
  assert.equal(await verdict(chain, proof), 'claimed');
  await extend(chain, mine(9, { salt: 1 }));
  assert.equal(await verdict(chain, proof), 'block-stale');
  const tip = mine(5, { parent: made.bytes });
  await extend(chain, mine(9, { parent: tip.subarray(-80), salt: 2 }));
  const result = await verifyProof(chain, proof);
  assert.ok(result.valid && result.confirmations === 15);
});

test('a block that may come after our tip is told apart from one that cannot', async () => {
  const { chain, made } = await chainWith(someTransactions(3));
  const later = mine(3, { parent: made.bytes, salt: 3 }).subarray(-80);
  const next = mineBlock(someTransactions(2), { parent: later, height: 5 });
  const early = mineBlock(someTransactions(2), { parent: mine(1, { salt: 4, spacingSeconds: -600 }) });
  assert.equal(await verdict(chain, makeProof(next, [txidsOf(next)[1]!])), 'block-not-synced');
  const result = await verifyProof(chain, makeProof(early, [txidsOf(early)[1]!]));
  assert.deepEqual([result.valid ? '' : result.code, early.header.time], ['block-unknown', 1_296_688_602]);
  const onTip = mineBlock([], { parent: (await headerBytes(chain, 6))!, height: 7 });
  const unsynced = await verifyProof(chain, makeProof(onTip, txidsOf(onTip)));
  assert.ok(!unsynced.valid && unsynced.code === 'block-not-synced');
  assert.match(unsynced.message, /it may come after height 6, where our headers end$/);
});

async function headerBytes(chain: HeaderChain, height: number): Promise<Uint8Array | undefined> {
  return (await chain.store.read(height, 1)).slice();
}

test('transactions that were given must be among those that are proven', async () => {
  const { chain, made } = await chainWith(someTransactions(6));
  const [coinbase, first, second] = made.transactions as [IdentifiedTx, IdentifiedTx, IdentifiedTx];
  const proof = makeProof(made, [first.txid]);
  assert.equal(await verdict(chain, proof, { transactions: [first.raw] }), 'proven');
  assert.equal(await verdict(chain, proof, { transactions: [first.raw, second.raw] }), 'tx-not-proven');
  // Its id is there, and nothing says that it is meant.
  assert.equal(await verdict(chain, proof, { transactions: [coinbase.raw] }), 'tx-not-proven');
  assert.equal(await verdict(chain, proof, { transactions: [identify(aTx(9)).raw] }), 'tx-not-proven');
  assert.equal(await verdict(chain, proof, { transactions: [first.raw.subarray(1)] }), 'unexpected-end');
  const result = await verifyProof(chain, proof, { transactions: [second.raw] });
  assert.ok(!result.valid && result.message.includes(toDisplayHex(second.txid)));
});

test('witnesses of a transaction that was given are not looked at', async () => {
  const { chain, made } = await chainWith(someTransactions(2));
  const other = identify(aTx(1, { inputs: [anInput(1, { witness: [new Uint8Array(100)] })] }));
  const proof = makeProof(made, [other.txid]);
  assert.equal(await verdict(chain, proof, { transactions: [other.raw] }), 'proven');
});

test('the coinbase settles the depth of the tree, wherever the proof shows it', async () => {
  const { chain, made } = await chainWith(someTransactions(6));
  const [coinbase, first, second] = made.transactions as [IdentifiedTx, IdentifiedTx, IdentifiedTx];
  const given = { coinbase: coinbase.raw };
  assert.equal(await verdict(chain, makeProof(made, [coinbase.txid, second.txid])), 'claimed');
  assert.equal(await verdict(chain, makeProof(made, [coinbase.txid, second.txid]), given), 'proven');
  assert.equal(await verdict(chain, makeProof(made, [first.txid]), given), 'proven');
  assert.equal(await verdict(chain, makeProof(made, [second.txid]), given), 'tx-not-proven');
  assert.equal(
    await verdict(chain, makeProof(made, [first.txid]), { coinbase: second.raw }),
    'tx-not-proven',
  );
  assert.equal(
    await verdict(chain, makeProof(made, [first.txid]), { coinbase: Uint8Array.of(1) }),
    'unexpected-end',
  );
});

test('a coinbase stands in the first place, and nowhere else', async () => {
  // Blocks like these are not valid, which headers alone do not show.
  const second = identify(aCoinbase(7));
  const { chain, made } = await chainWith([second, ...someTransactions(2)]);
  const options = { transactions: [second.raw] };
  assert.equal(await verdict(chain, makeProof(made, [second.txid]), options), 'bad-cb-multiple');

  const without = provenBlock([1, 2, 3].map((n) => aTx(n)));
  const other = await chainOf(without.bytes);
  const [first] = without.transactions as [IdentifiedTx];
  const proof = makeProof(without, [first.txid]);
  assert.equal(await verdict(other, proof, { transactions: [first.raw] }), 'bad-cb-missing');
  assert.equal(await verdict(other, proof, { coinbase: first.raw }), 'bad-cb-missing');
});

const BLOCK_170_FILE = 'mainnet-0-256.blk';

test('the first payment of all is proven against real headers', { skip: skipWithoutSharedData }, async () => {
  const chain = await HeaderChain.open({ network: mainnet, datadir: undefined, create: true });
  const headers = readFixture('headers', 'mainnet-0-32261.headers').subarray(0, 80 * 1_000);
  await importHeaders(chain, pieces(headers), NOW_SECONDS);
  const real = blocksIn(readFileSync(sharedData('blocks', BLOCK_170_FILE)));
  for (const [height, { header, transactions }] of real.entries()) {
    const identified = transactions.map(identify);
    for (const { txid, raw } of identified) {
      const proof = makeProof({ header, transactions: identified }, [txid]);
      const result = await verifyProof(chain, proof, { transactions: [raw] });
      assert.ok(result.valid && result.depth === 'proven');
      assert.deepEqual([result.height, result.confirmations], [height, 1_000 - height]);
    }
  }
  const [, payment] = real[170]!.transactions.map(identify);
  assert.equal(
    toDisplayHex(payment!.txid),
    'f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16',
  );
});

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** Magic, length, block, and so on: the form of bitcoind's files. */
function blocksIn(file: Buffer) {
  const blocks = [];
  for (let at = 0; at < file.length;) {
    const end = at + 8 + file.readUInt32LE(at + 4);
    blocks.push(decode(block, new Uint8Array(file.subarray(at + 8, end))));
    at = end;
  }
  return blocks;
}

test(
  'a merkleblock with transactions behind it, as peers send them, is no proof',
  { skip: skipWithoutSharedData },
  async () => {
    const { chain } = await chainWith([]);
    const file = readFileSync(sharedData('p2p', 'bcoin-payload-merkle300025-extended.raw'));
    assert.equal(await verdict(chain, new Uint8Array(file)), 'trailing-bytes');
    // The header is mainnet's.
    const proof = new Uint8Array(readFileSync(sharedData('p2p', 'bcoin-payload-merkle300025.raw')));
    assert.equal(await verdict(chain, proof), 'block-not-synced');
  },
);

test('a proof that was changed never proves what is not in the block, and never throws', async () => {
  const { chain, made } = await chainWith(someTransactions(12));
  const txids = txidsOf(made);
  const proof = makeProof(made, [txids[0]!, txids[5]!, txids[12]!]);
  const edit = fc.record({
    // The header is 80 bytes of it, in which every change is one of the root or the proof of work.
    at: fc.integer({ min: 60, max: proof.length - 1 }),
    remove: fc.nat(2),
    insert: fc.uint8Array({ maxLength: 2 }),
    flip: fc.option(fc.nat(7)),
  });
  const counts: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      let changed = proof;
      for (const { at, remove, insert, flip } of edits) {
        if (flip === null) changed = concat([changed.subarray(0, at), insert, changed.subarray(at + remove)]);
        else {
          changed = Uint8Array.from(changed);
          if (at < changed.length) changed[at] = changed[at]! ^ (1 << flip);
        }
      }
      const result = await verifyProof(chain, changed);
      const kind = result.valid ? 'valid' : result.code;
      counts[kind] = (counts[kind] ?? 0) + 1;
      if (!result.valid) return;
      for (const { txid, index } of result.txids) assert.equal(txid, toDisplayHex(txids[index]!));
    }),
    { numRuns: 3_000 },
  );
  // Another count of the same depth, a mark more or less, padding: all of those are true as well.
  for (const kind of ['valid', 'tree-root-mismatch', 'unexpected-end', 'tree-hashes-end'])
    assert.ok(counts[kind]! > 0, `${kind} never came`);
});
