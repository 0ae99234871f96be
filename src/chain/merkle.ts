/** The merkle root that binds a block's transactions to its header (Core: src/consensus/merkle.cpp). */

import { concat } from '../bytes/concat.ts';
import { equalBytes, sha256d } from '../bytes/hash.ts';

/**
 * The root over a block's transaction ids, and whether the list could have been padded to it.
 *
 * An odd level repeats its last node, so a list whose end is repeated has the same root as the honest one
 * (CVE-2012-2459): `mutated` says that two equal nodes stood side by side, and such a list must be refused.
 *
 * @param txids in block order, wire order each, at least one.
 */
export function merkleRoot(txids: readonly Uint8Array[]): { root: Uint8Array; mutated: boolean } {
  let level = txids;
  let mutated = false;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] as Uint8Array;
      const right = level[i + 1];
      if (right !== undefined && equalBytes(left, right)) mutated = true;
      above.push(sha256d(concat([left, right ?? left])));
    }
    level = above;
  }
  const root = level[0];
  if (root === undefined) throw new RangeError('a merkle root over no transactions');
  return { root, mutated };
}
