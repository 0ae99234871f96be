/**
 * How deep a merkle proof is: whether its leaves are transactions, and not something above or below them (CVE-2017-12842;
 * docs/decisions/0015-merkle-proofs.md).
 *
 * A node of the tree and a transaction of 64 bytes are hashed alike, and the number of transactions, from which the depth
 * follows, is only claimed. All leaves are equally deep, so one question decides for all of them.
 *
 * - **Too shallow**: leaves that are inner nodes. Then each of them is the hash of 64 bytes and of nothing else that anyone
 *   can find. So one transaction, shown in full, that is one of the leaves and has not 64 bytes rules this out.
 * - **Too deep**: below a transaction of 64 bytes in the block its maker chose what its second half is the hash of, say a
 *   payment of any length: to see that payment in full proves nothing here. But the transaction stands on the way from the
 *   leaf to the root, as the two hashes that it is made of, and it is a valid one, since it is in a block. So when no node
 *   on the way could be a valid transaction this is ruled out. By chance one in 2^43 is.
 * - **The coinbase** in the first place rules out both, whatever its length. Were it an inner node, or did it lie below one
 *   that is the true coinbase, then some hash of the tree would be the first half of a coinbase of 64 bytes, of which 28
 *   bytes are given: 2^224 tries.
 */

import { DecodeError } from '../bytes/decode-error.ts';
import { decode } from '../wire/codec.ts';
import { strippedSize, type Tx, tx } from '../wire/tx.ts';
import { checkTransaction } from './check-transaction.ts';

/** Two hashes, and the one length of a transaction that can be mistaken for them. */
const NODE_SIZE_BYTES = 64;
/** Where a transaction without a witness says how many inputs it has; two of them take more than 64 bytes. */
const INPUT_COUNT_OFFSET = 4;

/** Whether a transaction is as long, without its witnesses, as two hashes. */
export function isAsLongAsNode(value: Tx): boolean {
  return strippedSize(value) === NODE_SIZE_BYTES;
}

/** Whether two hashes, one after the other, are also a transaction that a block may hold. */
export function isLikeTransaction(node: Uint8Array): boolean {
  // Nearly all are through here: the rest is slow.
  if (node[INPUT_COUNT_OFFSET] !== 1) return false;
  try {
    const value = decode(tx, node);
    return isAsLongAsNode(value) && checkTransaction(value) === undefined;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}
