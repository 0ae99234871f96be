/**
 * Partial merkle trees: some transactions of a block, and the hashes that lead from them to the root in its header
 * (BIP 37, "Partial Merkle branch format"; Core: src/merkleblock.cpp, CPartialMerkleTree).
 */

import { concat } from '../bytes/concat.ts';
import { equalBytes, sha256d } from '../bytes/hash.ts';
import { toDisplayHex } from '../bytes/hex.ts';
import { MAX_BLOCK_TRANSACTIONS } from '../wire/block.ts';
import type { MerkleBlockPayload } from '../wire/messages/merkleblock.ts';
import { isLikeTransaction } from './proof-depth.ts';

/** What a `merkleblock` holds beside the header. */
export type PartialMerkleTree = Omit<MerkleBlockPayload, 'header'>;

/**
 * What can be wrong with a partial tree.
 *
 * - `tree-empty`: it claims to be of a block without transactions.
 * - `tree-too-large`: it claims more transactions than any block holds.
 * - `tree-too-many-hashes`: it holds more hashes than it claims transactions.
 * - `tree-too-few-bits`: it holds fewer bits than hashes, of which each needs one.
 * - `tree-bits-end`: the bits end before the walk does.
 * - `tree-hashes-end`: the hashes end before the walk does.
 * - `tree-unused-bits`: the walk ends before the bits do.
 * - `tree-unused-hashes`: the walk ends before the hashes do.
 * - `tree-equal-children`: two nodes side by side are equal, as only repeated transactions make them (CVE-2012-2459).
 * - `tree-root-mismatch`: it leads to another root than the one in the header.
 */
export type PartialTreeRule =
  | 'tree-empty'
  | 'tree-too-large'
  | 'tree-too-many-hashes'
  | 'tree-too-few-bits'
  | 'tree-bits-end'
  | 'tree-hashes-end'
  | 'tree-unused-bits'
  | 'tree-unused-hashes'
  | 'tree-equal-children'
  | 'tree-root-mismatch';

/** A rule that a partial tree breaks, and the numbers that show it. */
export interface BrokenPartialTree {
  readonly kind: 'broken';
  readonly rule: PartialTreeRule;
  readonly detail: string;
}

/** A transaction of a block. */
export interface TreeLeaf {
  /** 32 bytes in wire order. */
  readonly txid: Uint8Array;
  /** Place in the block; 0 is the coinbase. */
  readonly index: number;
}

/**
 * What a partial tree says that leads to the root. All of it stands and falls with the depth, which follows from the
 * claimed count: see `proof-depth.ts`.
 */
export interface SoundPartialTree {
  readonly kind: 'sound';
  /** The transactions that it marks, in the order of the block. None where nothing is marked. */
  readonly matches: readonly TreeLeaf[];
  /** The transaction in the first place, which it may show beside others; undefined where it does not. */
  readonly firstTxid: Uint8Array | undefined;
  /** Whether one of the nodes that were hashed on the way could be a transaction: then the tree may be too deep. */
  readonly isAmbiguous: boolean;
}

/**
 * Walks a partial tree up to its root. Padding behind the last bit may hold anything, as in Core.
 *
 * @param root what the block's header says, 32 bytes in wire order.
 */
export function parsePartialMerkleTree(
  tree: PartialMerkleTree,
  root: Uint8Array,
): SoundPartialTree | BrokenPartialTree {
  return checkCounts(tree) ?? new Walk(tree).toRoot(root);
}

/** Nothing is allocated for a count: what is there is compared with it. */
function checkCounts({ transactionCount, hashes, flags }: PartialMerkleTree): BrokenPartialTree | undefined {
  if (transactionCount === 0) return broken('tree-empty', 'it is of a block without transactions');
  if (transactionCount > MAX_BLOCK_TRANSACTIONS) {
    const detail = `it is of ${transactionCount} transactions, a block has at most ${MAX_BLOCK_TRANSACTIONS}`;
    return broken('tree-too-large', detail);
  }
  if (hashes.length > transactionCount) {
    const detail = `it has ${hashes.length} hashes for ${transactionCount} transactions`;
    return broken('tree-too-many-hashes', detail);
  }
  if (8 * flags.length < hashes.length) {
    return broken('tree-too-few-bits', `it has ${8 * flags.length} bits for ${hashes.length} hashes`);
  }
  return undefined;
}

/** One walk over a tree, depth first. A bit says of each node whether something below it is marked. */
class Walk {
  readonly #tree: PartialMerkleTree;
  readonly #matches: TreeLeaf[] = [];
  #bitsUsed = 0;
  #hashesUsed = 0;
  #firstTxid: Uint8Array | undefined;
  #isAmbiguous = false;
  #fault: BrokenPartialTree | undefined;

  constructor(tree: PartialMerkleTree) {
    this.#tree = tree;
  }

  toRoot(root: Uint8Array): SoundPartialTree | BrokenPartialTree {
    const { transactionCount, hashes, flags } = this.#tree;
    const found = this.#hashOf(depthOf(transactionCount), 0);
    if (found === undefined) return this.#fault as BrokenPartialTree;
    // The last byte is filled up.
    const bytesUsed = Math.ceil(this.#bitsUsed / 8);
    if (bytesUsed !== flags.length) {
      const detail = `${this.#bitsUsed} bits were needed, and there are ${8 * flags.length}`;
      return broken('tree-unused-bits', detail);
    }
    if (this.#hashesUsed !== hashes.length) {
      const detail = `${this.#hashesUsed} hashes were needed, and there are ${hashes.length}`;
      return broken('tree-unused-hashes', detail);
    }
    if (!equalBytes(found, root)) {
      const detail = `it leads to the root ${toDisplayHex(found)}, the header says ${toDisplayHex(root)}`;
      return broken('tree-root-mismatch', detail);
    }
    const [matches, firstTxid, isAmbiguous] = [this.#matches, this.#firstTxid, this.#isAmbiguous];
    return { kind: 'sound', matches, firstTxid, isAmbiguous };
  }

  /**
   * The hash of a node, from what is there or from the nodes below. Undefined when something is wrong.
   *
   * @param height levels above the transactions.
   * @param index place on its level.
   */
  #hashOf(height: number, index: number): Uint8Array | undefined {
    const { hashes, flags } = this.#tree;
    const bit = this.#bitsUsed++;
    const byte = flags[bit >> 3];
    if (byte === undefined) return this.#fail('tree-bits-end', `bit ${bit} is not there`);
    const isMarked = ((byte >> (bit & 7)) & 1) === 1;
    if (height > 0 && isMarked) return this.#join(height, index);
    const hash = hashes[this.#hashesUsed++];
    if (hash === undefined) return this.#fail('tree-hashes-end', `hash ${hashes.length} is not there`);
    if (height === 0) {
      if (isMarked) this.#matches.push({ txid: hash, index });
      if (index === 0) this.#firstTxid = hash;
    }
    return hash;
  }

  #join(height: number, index: number): Uint8Array | undefined {
    const left = this.#hashOf(height - 1, 2 * index);
    if (left === undefined) return undefined;
    // The last node of a level with an odd number of them stands on both sides.
    const isLast = 2 * index + 1 === widthAt(height - 1, this.#tree.transactionCount);
    const right = isLast ? left : this.#hashOf(height - 1, 2 * index + 1);
    if (right === undefined) return undefined;
    if (!isLast && equalBytes(left, right)) {
      const detail = `the hash ${toDisplayHex(left)} stands on both sides of a node`;
      return this.#fail('tree-equal-children', detail);
    }
    const pair = concat([left, right]);
    if (isLikeTransaction(pair)) this.#isAmbiguous = true;
    return sha256d(pair);
  }

  #fail(rule: PartialTreeRule, detail: string): undefined {
    this.#fault = broken(rule, detail);
  }
}

function broken(rule: PartialTreeRule, detail: string): BrokenPartialTree {
  return { kind: 'broken', rule, detail };
}

/**
 * The partial tree of some transactions of a block, bit for bit as Core makes it.
 *
 * @param txids all of the block's, in its order, wire order each.
 * @param isMarked whether the transaction in a place is one of them.
 * @throws {RangeError} when no block has so many transactions.
 */
export function makePartialMerkleTree(
  txids: readonly Uint8Array[],
  isMarked: (index: number) => boolean,
): PartialMerkleTree {
  const { length } = txids;
  if (length === 0 || length > MAX_BLOCK_TRANSACTIONS)
    throw new RangeError(`a partial merkle tree over ${length} transactions`);
  let level: Level = { hashes: [...txids], marks: txids.map((_, index) => isMarked(index)) };
  const levels = [level];
  while (level.hashes.length > 1) levels.push((level = levelAbove(level)));
  const bits: boolean[] = [];
  const hashes: Uint8Array[] = [];
  const visit = (height: number, index: number): void => {
    const { hashes: nodes, marks } = levels[height] as Level;
    const isAboveMarked = marks[index] === true;
    bits.push(isAboveMarked);
    if (height === 0 || !isAboveMarked) {
      hashes.push(nodes[index] as Uint8Array);
      return;
    }
    visit(height - 1, 2 * index);
    if (2 * index + 1 < widthAt(height - 1, length)) visit(height - 1, 2 * index + 1);
  };
  visit(levels.length - 1, 0);
  return { transactionCount: length, hashes, flags: packBits(bits) };
}

/** The nodes of one level of a tree, and whether something below each is marked. */
interface Level {
  readonly hashes: readonly Uint8Array[];
  readonly marks: readonly boolean[];
}

function levelAbove({ hashes, marks }: Level): Level {
  const above = { hashes: [] as Uint8Array[], marks: [] as boolean[] };
  for (let i = 0; i < hashes.length; i += 2) {
    const left = hashes[i] as Uint8Array;
    above.hashes.push(sha256d(concat([left, hashes[i + 1] ?? left])));
    above.marks.push(marks[i] === true || marks[i + 1] === true);
  }
  return above;
}

/** Levels above the transactions. */
function depthOf(transactionCount: number): number {
  let depth = 0;
  while (widthAt(depth, transactionCount) > 1) depth++;
  return depth;
}

/** Nodes on the level of a height. */
function widthAt(height: number, transactionCount: number): number {
  return Math.ceil(transactionCount / 2 ** height);
}

/** Eight a byte, lowest first. */
function packBits(bits: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [i, bit] of bits.entries()) if (bit) bytes[i >> 3] = (bytes[i >> 3] as number) | (1 << (i & 7));
  return bytes;
}
