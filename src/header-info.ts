/** One header as people ask for it: every field, and what its place in the chain adds. */

import { toDisplayHex, toHex } from './bytes/hex.ts';
import { compactHex, expandBits } from './chain/compact-target.ts';
import { difficultyOf } from './chain/difficulty.ts';
import { chainworkHex } from './chain/work.ts';
import { decode } from './wire/codec.ts';
import { header, headerHash } from './wire/header.ts';

/** A header's own fields, under the names that bitcoind gives them where it has one. Hashes are in display order. */
export interface HeaderFieldsInfo {
  readonly hash: string;
  readonly version: number;
  readonly previous: string;
  readonly merkleRoot: string;
  /** Unix seconds. */
  readonly blockTime: number;
  /** Compact target, 8 hexadecimal digits. */
  readonly bits: string;
  /** The target that the bits stand for, 64 hexadecimal digits. */
  readonly target: string;
  /** How many times harder than mainnet's easiest target. */
  readonly difficulty: number;
  readonly nonce: number;
  /** The 80 bytes. */
  readonly hex: string;
}

/** A stored header. */
export interface HeaderInfo extends HeaderFieldsInfo {
  readonly height: number;
  /**
   * Median time past of the header, Unix seconds; undefined for one off the best chain, and for the first ten above the
   * anchor that a chain begins at.
   */
  readonly medianTime: number | undefined;
  /** Expected hashes from genesis on, 64 hexadecimal digits; undefined for a header off the best chain. */
  readonly chainwork: string | undefined;
  /** Blocks of the best chain from this one to the tip, both counted; -1 for a header off the best chain. */
  readonly confirmations: number;
}

/** @param bytes the 80 bytes of a header. */
export function describeFields(bytes: Uint8Array): HeaderFieldsInfo {
  const fields = decode(header, bytes);
  return {
    hash: toDisplayHex(headerHash(fields)),
    version: fields.version,
    previous: toDisplayHex(fields.prev),
    merkleRoot: toDisplayHex(fields.merkleRoot),
    blockTime: fields.time,
    bits: compactHex(fields.bits),
    target: chainworkHex(expandBits(fields.bits).target),
    difficulty: difficultyOf(fields.bits),
    nonce: fields.nonce,
    hex: toHex(bytes),
  };
}
