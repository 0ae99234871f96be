/** Proofs whose makers lie about how deep the tree is (CVE-2017-12842), put together in full. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat } from '../src/bytes/concat.ts';
import { sha256d } from '../src/bytes/hash.ts';
import { fromHex, toDisplayHex } from '../src/bytes/hex.ts';
import { checkTransaction } from '../src/chain/check-transaction.ts';
import { makeProof } from '../src/merkle-proof.ts';
import { type ProofResult, verifyProof, type VerifyProofOptions } from '../src/verify-proof.ts';
import { encode } from '../src/wire/codec.ts';
import { identify, type IdentifiedTx, identifyRaw } from '../src/wire/identified-tx.ts';
import { merkleBlock } from '../src/wire/messages/merkleblock.ts';
import { chainOf } from './support/chains.ts';
import { aCoinbase, aTx } from './support/made-blocks.ts';
import { levelsOf, pairHash, partialTree } from './support/merkle-trees.ts';
import { provenBlock, type ProvenMadeBlock } from './support/proven-block.ts';
import { mineBlock } from './support/transactions.ts';

/**
 * A payment of 1,000 bitcoin that is in no block. Its txid reads as the second half of a transaction of 64 bytes: of
 * 14 billion like it, with other keys to pay to, it is the first.
 */
const PAYMENT: IdentifiedTx = identifyRaw(
  fromHex(
    '020000000154555fac6a941835e0f4c24ee7cc79e76dcb70c27fad1334e0d94244011b30270000000000ffffffff0100e8764817000000160014729d7d638cef000000034004373cdc91fc253a0200000000',
  ),
);

/** A transaction of 64 bytes of which that txid is the second half; of the first half one byte matters. */
const DOOR: IdentifiedTx = identifyRaw(
  concat([fromHex('0200000001'), sha256d(Uint8Array.of(1)).subarray(0, 27), PAYMENT.txid]),
);

/** An ordinary transaction whose txid reads as a first half. */
const LEFT: IdentifiedTx = firstHalf();

function firstHalf(): IdentifiedTx {
  for (let lockTime = 0; ; lockTime++) {
    const tried = identify(aTx(3, { lockTime }));
    if (tried.txid[4] === 1) return tried;
  }
}

async function verify(
  made: ProvenMadeBlock,
  proof: Uint8Array,
  options?: VerifyProofOptions,
): Promise<ProofResult> {
  return verifyProof(await chainOf(made.bytes), proof, options);
}

async function verdict(...args: Parameters<typeof verify>): Promise<string> {
  const result = await verify(...args);
  return result.valid ? result.depth : result.code;
}

function forge({ header }: ProvenMadeBlock, ...parts: Parameters<typeof partialTree>): Uint8Array {
  return encode(merkleBlock, { header, ...partialTree(...parts) });
}

function txidsOf({ transactions }: ProvenMadeBlock): Uint8Array[] {
  return transactions.map(({ txid }) => txid);
}

test('the transactions are what the attacks need', () => {
  assert.equal(PAYMENT.raw.length, 82);
  assert.equal(PAYMENT.tx.outputs[0]?.valueSats, 1_000_0000_0000n);
  assert.equal(DOOR.raw.length, 64);
  assert.equal(checkTransaction(DOOR.tx), undefined);
  assert.equal(checkTransaction(PAYMENT.tx), undefined);
});

test('a payment hidden below a transaction of 64 bytes is not believed, though it is shown in full', async () => {
  const made = mineBlock([DOOR, identify(aTx(1)), identify(aTx(2))]);
  const [coinbase, door, third, fourth] = made.transactions as [
    IdentifiedTx,
    IdentifiedTx,
    IdentifiedTx,
    IdentifiedTx,
  ];
  // Four transactions are claimed to be eight; the second one opens into two.
  const proof = forge(made, 8, '1101010', [
    coinbase.txid,
    door.raw.subarray(0, 32),
    PAYMENT.txid,
    pairHash(third.txid, fourth.txid),
  ]);
  const plain = await verify(made, proof);
  assert.ok(!plain.valid && plain.code === 'tree-ambiguous');
  assert.match(plain.message, /a valid transaction of 64 bytes.*made up \(CVE-2017-12842\)$/);
  // It is in the tree, and has 82 bytes: to ask for that alone would not be enough.
  assert.equal(await verdict(made, proof, { transactions: [PAYMENT.raw] }), 'tree-ambiguous');
  assert.equal(await verdict(made, proof, { coinbase: coinbase.raw }), 'tx-not-proven');
  // Nor can the coinbase be moved to where the payment seems to be.
  const moved = forge(made, 8, '11101010', [
    coinbase.txid,
    coinbase.txid,
    door.raw.subarray(0, 32),
    PAYMENT.txid,
    pairHash(third.txid, fourth.txid),
  ]);
  assert.equal(await verdict(made, moved, { coinbase: coinbase.raw }), 'tree-equal-children');
});

test('the others in a block with such a transaction are proven like any', async () => {
  const made = mineBlock([DOOR, identify(aTx(1)), identify(aTx(2))]);
  for (const { txid, raw } of made.transactions.filter((one) => one.raw.length !== 64)) {
    assert.equal(await verdict(made, makeProof(made, [txid]), { transactions: [raw] }), 'proven');
  }
});

test('a real transaction of 64 bytes is proven when the coinbase is, and not by itself', async () => {
  const made = mineBlock([DOOR, identify(aTx(1))]);
  const [coinbase, , other] = made.transactions as [IdentifiedTx, IdentifiedTx, IdentifiedTx];
  const proof = makeProof(made, [DOOR.txid]);
  const given = { transactions: [DOOR.raw] };
  assert.equal(await verdict(made, proof), 'claimed');
  const doubtful = await verify(made, proof, given);
  assert.ok(!doubtful.valid && doubtful.code === 'tx-64-bytes');
  assert.ok(doubtful.message.includes(toDisplayHex(DOOR.txid)));
  assert.equal(await verdict(made, proof, { ...given, coinbase: coinbase.raw }), 'proven');
  // Another transaction settles how deep the tree is for all of them.
  const both = makeProof(made, [DOOR.txid, other.txid]);
  assert.equal(await verdict(made, both, { transactions: [DOOR.raw, other.raw] }), 'proven');
  assert.equal(await verdict(made, both, { transactions: [other.raw] }), 'proven');
});

test('two hashes that read as a transaction are not believed to be one', async () => {
  const made = mineBlock([identify(aTx(1)), LEFT, PAYMENT]);
  const [coinbase, second, left, right] = made.transactions as [
    IdentifiedTx,
    IdentifiedTx,
    IdentifiedTx,
    IdentifiedTx,
  ];
  const madeUp = identifyRaw(concat([left.txid, right.txid]));
  assert.equal(checkTransaction(madeUp.tx), undefined);
  // Four transactions are claimed to be two.
  const proof = forge(made, 2, '101', [pairHash(coinbase.txid, second.txid), madeUp.txid]);
  assert.equal(await verdict(made, proof), 'claimed');
  assert.equal(await verdict(made, proof, { transactions: [madeUp.raw] }), 'tx-64-bytes');
  assert.equal(await verdict(made, proof, { coinbase: coinbase.raw }), 'tx-not-proven');
  assert.equal(await verdict(made, proof, { transactions: [left.raw] }), 'tx-not-proven');

  // An honest proof that leads over the two cannot be told from one that hides something below them; the coinbase tells.
  const honest = makeProof(made, [left.txid]);
  const given = { transactions: [left.raw] };
  assert.equal(await verdict(made, honest), 'tree-ambiguous');
  assert.equal(await verdict(made, honest, given), 'tree-ambiguous');
  const shown = makeProof(made, [coinbase.txid, left.txid]);
  assert.equal(await verdict(made, shown, given), 'tree-ambiguous');
  assert.equal(await verdict(made, shown, { ...given, coinbase: coinbase.raw }), 'proven');
  assert.equal(await verdict(made, shown, { transactions: [left.raw, coinbase.raw] }), 'proven');
});

test('any hash inside a tree can be shown as a txid, and is called no more than a claim', async () => {
  const made = mineBlock([1, 2, 3, 4, 5].map((n) => identify(aTx(n))));
  const [coinbase] = made.transactions as [IdentifiedTx];
  const [, pairs, fours] = levelsOf(txidsOf(made)) as [unknown, Uint8Array[], Uint8Array[], unknown];
  const { merkleRoot } = made.header;
  const shallow: readonly (readonly [string, Uint8Array])[] = [
    ['a pair', forge(made, 3, '11010', [pairs[0]!, pairs[1]!, fours[1]!])],
    ['four', forge(made, 2, '110', [fours[0]!, fours[1]!])],
    ['the root', forge(made, 1, '1', [merkleRoot])],
  ];
  for (const [what, proof] of shallow) {
    assert.equal(await verdict(made, proof), 'claimed', what);
    assert.equal(await verdict(made, proof, { coinbase: coinbase.raw }), 'tx-not-proven', what);
  }
});

test('the lone transaction of a block is proven by itself, for it is the coinbase', async () => {
  const made = mineBlock([]);
  const [coinbase] = made.transactions as [IdentifiedTx];
  const proof = makeProof(made, [coinbase.txid]);
  assert.equal(await verdict(made, proof), 'claimed');
  assert.equal(await verdict(made, proof, { coinbase: coinbase.raw }), 'proven');
  assert.equal(await verdict(made, proof, { transactions: [coinbase.raw] }), 'proven');
});

test('a coinbase of 64 bytes settles as much as any', async () => {
  const [input] = aCoinbase().inputs;
  const short = aCoinbase(0, { inputs: [{ ...input!, script: new Uint8Array(3) }] });
  const made = provenBlock([short, aTx(1)]);
  const [coinbase, other] = made.transactions as [IdentifiedTx, IdentifiedTx];
  assert.equal(coinbase.raw.length, 64);
  const given = { coinbase: coinbase.raw };
  assert.equal(await verdict(made, makeProof(made, [other.txid]), given), 'proven');
  assert.equal(await verdict(made, makeProof(made, [coinbase.txid]), given), 'proven');
  assert.equal(
    await verdict(made, makeProof(made, [coinbase.txid]), { transactions: [coinbase.raw] }),
    'proven',
  );
});

test('with more transactions claimed, as long as the tree is as deep, places are still right', async () => {
  const made = mineBlock([1, 2, 3, 4].map((n) => identify(aTx(n))));
  const txids = txidsOf(made);
  const second = made.transactions[1]!;
  const [, pairs, fours] = levelsOf(txids) as [unknown, Uint8Array[], Uint8Array[]];
  for (const count of [5, 6, 7, 8]) {
    const proof = forge(made, count, '1110100', [txids[0]!, second.txid, pairs[1]!, fours[1]!]);
    const result = await verify(made, proof, { transactions: [second.raw] });
    assert.ok(result.valid && result.depth === 'proven', `${count}`);
    assert.deepEqual([result.transactionCount, result.txids[0]?.index], [count, 1]);
  }
});
