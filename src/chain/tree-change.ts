/** Places in the tree of headers, and what new headers did to it. */

/** A header named by height and hash (32 bytes in wire order). */
export interface ChainPoint {
  readonly height: number;
  readonly hash: Uint8Array;
}

/** The last header of the best chain. */
export interface ChainTip extends ChainPoint {
  /** Expected hashes from genesis on. */
  readonly chainwork: bigint;
}

/** A header of the tree that others go on from, and what is needed to judge those without looking further down. */
export interface ForkPoint extends ChainTip {
  readonly bits: number;
  /** Median time past, Unix seconds; where the chain begins less than eleven headers below, the least it can be. */
  readonly medianTime: number;
}

/** What a run did to the tree: everything that a store or a listener must know. */
export interface TreeChange {
  /** The last header that the best chain had before and has still; the old tip when it only grew. */
  readonly fork: ChainPoint;
  /** Hashes that left the best chain for a side branch, newest first. */
  readonly removed: readonly Uint8Array[];
  /** Hashes now on the best chain above the fork, oldest first. */
  readonly added: readonly Uint8Array[];
  /** The first ones of `added` that were on a side branch before, oldest first. */
  readonly promoted: readonly Uint8Array[];
  /** The other ones of `added`, which are new, as 80-byte headers. */
  readonly appended: Uint8Array;
  /** New headers that stay on a side branch, oldest first. */
  readonly branched: readonly {
    readonly hash: Uint8Array;
    readonly bytes: Uint8Array;
    readonly height: number;
  }[];
  /** Hashes of side headers that were dropped to stay within bounds. */
  readonly forgotten: readonly Uint8Array[];
  readonly tip: ChainTip;
}

/** The end of a branch, as bitcoind's getchaintips lists them. */
export interface BranchTip extends ChainTip {
  /** Headers since it left the best chain; 0 for the best chain itself. */
  readonly branchLength: number;
}
