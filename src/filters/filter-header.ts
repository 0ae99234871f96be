/** Filter headers: each commits to the filter of a block and to those of all blocks below (BIP 157). */

import { concat } from '../bytes/concat.ts';
import { HASH_SIZE_BYTES, sha256d } from '../bytes/hash.ts';

/** Stands for the filter header below genesis: 32 zero bytes. */
export const NO_FILTER_HEADER: Uint8Array = new Uint8Array(HASH_SIZE_BYTES);

/** The hash of a filter, 32 bytes in wire order. */
export function filterHash(filter: Uint8Array): Uint8Array {
  return sha256d(filter);
}

/**
 * The filter header of a block, 32 bytes in wire order.
 *
 * @param hash of the block's filter.
 * @param previousHeader filter header of the block below; {@link NO_FILTER_HEADER} for genesis.
 */
export function filterHeader(hash: Uint8Array, previousHeader: Uint8Array): Uint8Array {
  return sha256d(concat([hash, previousHeader]));
}
