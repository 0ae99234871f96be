/** The six messages by which compact block filters and their headers are asked for and given (BIP 157). */

import { type Codec, hash, list, struct, u32, u8, varBytes } from '../codec.ts';

/** The only filter type there is: output scripts made and spent (BIP 158). */
export const BASIC_FILTER_TYPE = 0;

/** Most blocks that one `getcfilters` may ask for; more gets the sender disconnected (Core: MAX_GETCFILTERS_SIZE). */
export const MAX_FILTERS_PER_REQUEST = 1000;

/** Most hashes in one `cfheaders`, so most blocks of one `getcfheaders` (Core: MAX_GETCFHEADERS_SIZE). */
export const MAX_FILTER_HASHES_PER_MESSAGE = 2000;

/**
 * Most bytes taken of a filter, in round numbers as many as it can have: each of its scripts belongs to an output, of ten bytes
 * at least, or to an input, all of these are under a million bytes together, and a script adds 21.5 bits at most.
 */
export const MAX_FILTER_SIZE_BYTES = 300_000;

/** Most filter headers taken from a `cfcheckpt`: those of ten million blocks, twice as many as the longest testnet has. */
export const MAX_FILTER_CHECKPOINTS = 10_000;

/** `getcfilters` and `getcfheaders`: of all blocks from a height to a block. */
export interface FilterRangePayload {
  /** {@link BASIC_FILTER_TYPE}; no other is defined. */
  readonly filterType: number;
  /** Height of the first block. */
  readonly startHeight: number;
  /** Hash of the last block, wire order. */
  readonly stopHash: Uint8Array;
}

export const filterRange: Codec<FilterRangePayload> = struct<FilterRangePayload>({
  filterType: u8,
  startHeight: u32,
  stopHash: hash,
});

/** `cfilter`: the filter of one block; a `getcfilters` is answered by one for each block, in order. */
export interface CFilterPayload {
  readonly filterType: number;
  readonly blockHash: Uint8Array;
  /** As BIP 158 writes it: a count, then the Golomb-coded set. Not looked into here; at most {@link MAX_FILTER_SIZE_BYTES}. */
  readonly filter: Uint8Array;
}

export const cFilter: Codec<CFilterPayload> = struct<CFilterPayload>({
  filterType: u8,
  blockHash: hash,
  filter: varBytes(MAX_FILTER_SIZE_BYTES),
});

/** `cfheaders`: hashes of filters, from which follow the filter headers. */
export interface CFHeadersPayload {
  readonly filterType: number;
  /** Hash of the last block. */
  readonly stopHash: Uint8Array;
  /** Filter header of the block below the first; 32 zero bytes below genesis. */
  readonly previousHeader: Uint8Array;
  /** Hash of each block's filter, in order of height. */
  readonly filterHashes: readonly Uint8Array[];
}

export const cFHeaders: Codec<CFHeadersPayload> = struct<CFHeadersPayload>({
  filterType: u8,
  stopHash: hash,
  previousHeader: hash,
  filterHashes: list(hash, MAX_FILTER_HASHES_PER_MESSAGE),
});

/** `getcfcheckpt`: every thousandth filter header up to a block. */
export interface GetCFCheckptPayload {
  readonly filterType: number;
  /** Hash of the last block. */
  readonly stopHash: Uint8Array;
}

export const getCFCheckpt: Codec<GetCFCheckptPayload> = struct<GetCFCheckptPayload>({
  filterType: u8,
  stopHash: hash,
});

/** `cfcheckpt`: the filter headers at heights 1,000, 2,000 and so on, up to the block asked for. */
export interface CFCheckptPayload {
  readonly filterType: number;
  readonly stopHash: Uint8Array;
  readonly filterHeaders: readonly Uint8Array[];
}

export const cFCheckpt: Codec<CFCheckptPayload> = struct<CFCheckptPayload>({
  filterType: u8,
  stopHash: hash,
  filterHeaders: list(hash, MAX_FILTER_CHECKPOINTS),
});
