/** Blocks as they travel: a header and its transactions. */

import { type Codec, list, struct } from './codec.ts';
import { type Header, header } from './header.ts';
import { type Tx, tx } from './tx.ts';

export interface Block {
  readonly header: Header;
  /** The coinbase first. */
  readonly transactions: readonly Tx[];
}

/** A block weighs at most 4,000,000, and no valid transaction less than 240 (Core: MIN_TRANSACTION_WEIGHT). */
export const MAX_BLOCK_TRANSACTIONS: number = Math.floor(4_000_000 / 240);

export const block: Codec<Block> = struct<Block>({
  header,
  transactions: list(tx, MAX_BLOCK_TRANSACTIONS),
});
