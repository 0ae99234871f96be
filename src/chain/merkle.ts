/** The merkle root that binds a block's transactions to its header (Core: src/consensus/merkle.cpp). */

import { HASH_SIZE_BYTES, sha256d } from '../bytes/hash.ts';

const PAIR_SIZE_BYTES: number = 2 * HASH_SIZE_BYTES;

/**
 * The root over a block's transaction ids, and whether the list could have been padded to it.
 *
 * An odd level repeats its last node, so a list whose end is repeated has the same root as the honest one
 * (CVE-2012-2459): `mutated` says that two equal nodes stood side by side, and such a list must be refused.
 *
 * @param txids in block order, wire order each, at least one.
 */
export function merkleRoot(txids: readonly Uint8Array[]): { root: Uint8Array; mutated: boolean } {
  if (txids.length === 0) throw new RangeError('a merkle root over no transactions');
  // One level after the other in the same room: a node is written where its own children, or earlier ones, were.
  const level = new Uint8Array((txids.length + 1) * HASH_SIZE_BYTES);
  for (const [i, txid] of txids.entries()) level.set(txid, i * HASH_SIZE_BYTES);
  let mutated = false;
  for (let count = txids.length; count > 1; count = Math.ceil(count / 2)) {
    const end = count * HASH_SIZE_BYTES;
    if (count % 2 === 1) level.copyWithin(end, end - HASH_SIZE_BYTES, end);
    for (let start = 0; start < end; start += PAIR_SIZE_BYTES) {
      const pair = level.subarray(start, start + PAIR_SIZE_BYTES);
      // The last pair of an odd level is equal by right.
      if (start + PAIR_SIZE_BYTES <= end && holdsEqualHalves(pair)) mutated = true;
      level.set(sha256d(pair), start / 2);
    }
  }
  return { root: level.slice(0, HASH_SIZE_BYTES), mutated };
}

function holdsEqualHalves(pair: Uint8Array): boolean {
  for (let i = 0; i < HASH_SIZE_BYTES; i++) if (pair[i] !== pair[i + HASH_SIZE_BYTES]) return false;
  return true;
}
