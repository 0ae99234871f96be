/** Stretches of filter headers as they are kept: each ends at a height of which peers tell the header (BIP 157, `cfcheckpt`). */

/** Blocks between two checkpoints. */
export const CHECKPOINT_INTERVAL = 1_000;

/** Filter headers of consecutive blocks. */
export interface FilterSegment {
  readonly firstHeight: number;
  /** The filter header below the first; zeros for that of genesis. */
  readonly previous: Uint8Array;
  /** 32 bytes each. */
  readonly headers: Uint8Array;
  /** Hash of the block that the last one belongs to. */
  readonly lastBlockHash: Uint8Array;
}

/** Height that the segment with a block begins at: 0, 1,001, 2,001 and so on. */
export function segmentFirst(height: number): number {
  return height <= CHECKPOINT_INTERVAL ? 0 : height - ((height - 1) % CHECKPOINT_INTERVAL);
}

/** Height that it ends at when it is whole: 1,000, 2,000 and so on. */
export function segmentLast(height: number): number {
  return Math.max(CHECKPOINT_INTERVAL, Math.ceil(height / CHECKPOINT_INTERVAL) * CHECKPOINT_INTERVAL);
}
