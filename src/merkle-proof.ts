/** Makes proofs that a block holds transactions, in the form of bitcoind's `gettxoutproof` (BIP 37). */

import { hashKey } from './bytes/hash-key.ts';
import { equalBytes } from './bytes/hash.ts';
import { toDisplayHex } from './bytes/hex.ts';
import { merkleRoot } from './chain/merkle.ts';
import { makePartialMerkleTree } from './chain/partial-merkle-tree.ts';
import { encode } from './wire/codec.ts';
import type { Header } from './wire/header.ts';
import type { IdentifiedTx } from './wire/identified-tx.ts';
import { merkleBlock } from './wire/messages/merkleblock.ts';

/** What a proof is made from: all of a block that it needs. */
export interface ProvingBlock {
  readonly header: Header;
  /** All of them, in their order. */
  readonly transactions: readonly Pick<IdentifiedTx, 'txid'>[];
}

/**
 * A proof that a block holds some transactions: the bytes that bitcoind's `gettxoutproof` shows as hexadecimal.
 *
 * @param txids those to prove, in any order; 32 bytes in wire order each.
 * @throws {RangeError} when there are none, one is not in the block, or the transactions are not those that the header
 * names.
 */
export function makeProof(block: ProvingBlock, txids: readonly Uint8Array[]): Uint8Array {
  if (txids.length === 0) throw new RangeError('makeProof: there are no transactions to prove');
  const { header, transactions } = block;
  const all = transactions.map(({ txid }) => txid);
  assertComplete(header, all);
  const wanted = new Set(txids.map(hashKey));
  const found = new Set(all.map(hashKey));
  const missing = txids.find((txid) => !found.has(hashKey(txid)));
  if (missing !== undefined)
    throw new RangeError(`makeProof: the block does not hold transaction ${toDisplayHex(missing)}`);
  const tree = makePartialMerkleTree(all, (index) => wanted.has(hashKey(all[index] as Uint8Array)));
  return encode(merkleBlock, { header, ...tree });
}

function assertComplete(header: Header, txids: readonly Uint8Array[]): void {
  const { root, mutated } = txids.length === 0 ? NO_ROOT : merkleRoot(txids);
  if (mutated || !equalBytes(root, header.merkleRoot))
    throw new RangeError('makeProof: the transactions are not those that the header names');
}

const NO_ROOT = { root: new Uint8Array(0), mutated: false };
