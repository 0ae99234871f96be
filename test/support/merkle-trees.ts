/** Merkle trees over made-up transaction ids, whole in memory, and partial trees put together by hand. */
import { sha256d } from '../../src/bytes/hash.ts';
import type { PartialMerkleTree } from '../../src/chain/partial-merkle-tree.ts';
import { concatenated } from './concatenated.ts';

/** Different ids, 32 bytes each. */
export function ids(count: number, salt: number = 0): Uint8Array[] {
  return Array.from({ length: count }, (_, n) => sha256d(Uint8Array.of(n & 0xff, n >> 8, salt)));
}

export function pairHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256d(concatenated(left, right));
}

/** All levels of a tree, the transactions first, the root last. */
export function levelsOf(txids: readonly Uint8Array[]): (readonly Uint8Array[])[] {
  const levels: (readonly Uint8Array[])[] = [txids];
  for (let level = txids; level.length > 1; levels.push(level)) {
    const below = level;
    level = Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => {
      const left = below[2 * i] as Uint8Array;
      return pairHash(left, below[2 * i + 1] ?? left);
    });
  }
  return levels;
}

export function rootOf(txids: readonly Uint8Array[]): Uint8Array {
  return levelsOf(txids).at(-1)?.[0] as Uint8Array;
}

/** A partial tree from its parts, whatever is wrong with them; the bits as text, in the order of the walk. */
export function partialTree(
  transactionCount: number,
  bits: string,
  hashes: readonly Uint8Array[],
): PartialMerkleTree {
  const flags = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [i, bit] of Array.from(bits).entries()) {
    if (bit === '1') flags[i >> 3] = (flags[i >> 3] as number) | (1 << (i & 7));
  }
  return { transactionCount, hashes, flags };
}
