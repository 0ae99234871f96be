import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../src/bytes/hex.ts';
import { makePartialMerkleTree } from '../src/chain/partial-merkle-tree.ts';
import { makeProof } from '../src/merkle-proof.ts';
import { block } from '../src/wire/block.ts';
import { decode, encode } from '../src/wire/codec.ts';
import { headerHash } from '../src/wire/header.ts';
import { identify } from '../src/wire/identified-tx.ts';
import { merkleBlock } from '../src/wire/messages/merkleblock.ts';
import { bytesFrom, framesIn } from './support/conversation.ts';
import { aBlock, aCoinbase, aTx } from './support/made-blocks.ts';

const MADE = aBlock([aCoinbase(), ...[1, 2, 3, 4].map((n) => aTx(n))]);
const TXIDS = MADE.transactions.map(({ txid }) => txid);

test('a proof is a header and the partial tree of what it proves', () => {
  const proof = makeProof(MADE, [TXIDS[3]!]);
  const { header, ...tree } = decode(merkleBlock, proof);
  assert.deepEqual(header, MADE.header);
  assert.deepEqual(
    tree,
    makePartialMerkleTree(TXIDS, (index) => index === 3),
  );
  assert.deepEqual(encode(merkleBlock, { header, ...tree }), proof);
});

test('in which order transactions are named, and how often, makes no difference', () => {
  const proof = makeProof(MADE, [TXIDS[0]!, TXIDS[3]!]);
  assert.deepEqual(makeProof(MADE, [TXIDS[3]!, TXIDS[0]!, TXIDS[3]!]), proof);
});

test('what is not in the block cannot be proven, nor can nothing', () => {
  assert.throws(() => makeProof(MADE, [identify(aTx(9)).txid]), {
    name: 'RangeError',
    message: /does not hold transaction [0-9a-f]{64}/,
  });
  assert.throws(() => makeProof(MADE, []), RangeError);
});

test('a proof over other transactions than the header names would prove nothing, and is not made', () => {
  const { header, transactions } = MADE;
  for (const others of [
    [],
    transactions.slice(1),
    [...transactions, identify(aTx(9))],
    transactions.toReversed(),
  ]) {
    assert.throws(() => makeProof({ header, transactions: others }, [TXIDS[1]!]), RangeError);
  }
  // The same root, by repeating what is there (CVE-2012-2459).
  const padded = [...transactions, transactions[4]!];
  assert.throws(() => makeProof({ header, transactions: padded }, [TXIDS[1]!]), RangeError);
});

test('bitcoind makes the same of the same block', () => {
  const frames = framesIn(bytesFrom('node', 'bitcoind-regtest.jsonl'));
  const of = (command: string): Uint8Array[] =>
    frames.filter((frame) => frame.command === command).map(({ hex }) => fromHex(hex).subarray(24));
  const proofs = of('merkleblock');
  const { header } = decode(merkleBlock, proofs[0]!);
  const named = toHex(headerHash(header));
  const whole = of('block').map((bytes) => decode(block, bytes));
  const own = whole.find((one) => toHex(headerHash(one.header)) === named);
  const transactions = own!.transactions.map(identify);
  const made = transactions.map(({ txid }) => toHex(makeProof({ header, transactions }, [txid])));
  assert.equal(transactions.length, 6);
  assert.ok(proofs.some((proof) => made.includes(toHex(proof))));
});
