/** Blocks as they travel: a header and its transactions. */

import { type Codec, list, struct } from './codec.ts';
import { type Header, header } from './header.ts';
import { type Tx, tx } from './tx.ts';

export interface Block {
  readonly header: Header;
  /** The coinbase first. */
  readonly transactions: readonly Tx[];
}

export const block: Codec<Block> = struct<Block>({ header, transactions: list(tx) });
