/** A first block with the work it needs, over any transactions, in any order. */
import { decode, encode } from '../../src/wire/codec.ts';
import { header as headerCodec } from '../../src/wire/header.ts';
import { prove } from './header-miner.ts';
import { aBlock, type MadeBlock } from './made-blocks.ts';
import { mineBlock } from './transactions.ts';
import type { Tx } from '../../src/wire/tx.ts';

export interface ProvenMadeBlock extends MadeBlock {
  /** The 80 bytes of the header. */
  readonly bytes: Uint8Array;
}

export function provenBlock(transactions: readonly Tx[]): ProvenMadeBlock {
  const made = aBlock(transactions);
  const { merkleRoot } = made.header;
  const bytes = encode(headerCodec, { ...mineBlock([]).header, merkleRoot, nonce: 0 });
  prove(bytes);
  return { header: decode(headerCodec, bytes), transactions: made.transactions, bytes };
}
