/** `merkleblock`: a header and a partial merkle tree (BIP 37). The tree is not checked here. */

import { type Codec, hash, list, struct, u32, varBytes } from '../codec.ts';
import { type Header, header } from '../header.ts';

export interface MerkleBlockPayload {
  readonly header: Header;
  /** Transactions in the block, as claimed. */
  readonly transactionCount: number;
  /** Tree nodes, depth first. */
  readonly hashes: readonly Uint8Array[];
  /** Bits of the walk, eight a byte, lowest first. */
  readonly flags: Uint8Array;
}

export const merkleBlock: Codec<MerkleBlockPayload> = struct<MerkleBlockPayload>({
  header,
  transactionCount: u32,
  hashes: list(hash),
  flags: varBytes(),
});
