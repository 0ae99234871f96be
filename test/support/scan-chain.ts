/** A best chain of made blocks, as the header tree would show it to a scan. */
import { HASH_SIZE_BYTES } from '../../src/bytes/hash.ts';
import { hashKey } from '../../src/bytes/hash-key.ts';
import type { ChainTip, TreeChange } from '../../src/chain/tree-change.ts';
import type { ScannedChain } from '../../src/protocol/scan/scan-contract.ts';
import { blocksBetween, forkOf, keyOf, type ScanBlock } from './scan-blocks.ts';

/** Blocks that may come on top. */
const MAX_GROWTH = 2_000;

export class MadeBestChain implements ScannedChain {
  /** By height. */
  readonly #blocks: ScanBlock[] = [];
  readonly #heights = new Map<string, number>();
  /** What is shown of it are views, as those of the tree are: the next chain is written over them. */
  readonly #hashes: Uint8Array;

  constructor(tip: ScanBlock) {
    this.#hashes = new Uint8Array(HASH_SIZE_BYTES * (tip.height + MAX_GROWTH));
    for (let block: ScanBlock | undefined = tip; block !== undefined; block = block.parent)
      this.#blocks.push(block);
    this.#blocks.reverse();
    for (const block of this.#blocks) this.#note(block);
  }

  #note(block: ScanBlock): void {
    this.#heights.set(keyOf(block), block.height);
    this.#hashes.set(block.hash, HASH_SIZE_BYTES * block.height);
  }

  get last(): ScanBlock {
    return this.#blocks.at(-1) as ScanBlock;
  }

  get tip(): ChainTip {
    const { height } = this.last;
    return { height, hash: this.hashAt(height), chainwork: BigInt(height) + 1n };
  }

  /** @throws {RangeError} above the tip. */
  at(height: number): ScanBlock {
    const block = this.#blocks[height];
    if (block === undefined) throw new RangeError(`no block at height ${height}`);
    return block;
  }

  hashAt(height: number): Uint8Array {
    const start = HASH_SIZE_BYTES * this.at(height).height;
    return this.#hashes.subarray(start, start + HASH_SIZE_BYTES);
  }

  heightOf(hash: Uint8Array): number | undefined {
    return this.#heights.get(hashKey(hash));
  }

  has(block: ScanBlock): boolean {
    return this.#blocks[block.height] === block;
  }

  /** The chain ends with another block from now on. */
  moveTo(tip: ScanBlock): TreeChange {
    const fork = forkOf(this.last, tip);
    const removed = this.#blocks.splice(fork.height + 1).toReversed();
    for (const block of removed) this.#heights.delete(keyOf(block));
    const added = blocksBetween(fork, tip);
    for (const block of added) {
      this.#blocks.push(block);
      this.#note(block);
    }
    return {
      fork: { height: fork.height, hash: fork.hash },
      removed: removed.map(({ hash }) => hash),
      added: added.map(({ hash }) => hash),
      promoted: [],
      appended: new Uint8Array(0),
      branched: [],
      forgotten: [],
      tip: this.tip,
    };
  }
}
