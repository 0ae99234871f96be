/** The 80-byte block header (Core: src/primitives/block.h). */

import { sha256d } from '../bytes/hash.ts';
import { Writer } from '../bytes/writer.ts';
import { type Codec, decode, encode, hash, i32, struct, u32 } from './codec.ts';

/** Length of every header, in bytes. */
export const HEADER_SIZE_BYTES = 80;

/** Where the fields lie within a header, in bytes. */
export const HEADER_OFFSETS = { version: 0, prev: 4, merkleRoot: 36, time: 68, bits: 72, nonce: 76 } as const;

/** A block header. Hashes are in wire order. */
export interface Header {
  /** Signed: a set top bit makes it negative, and so too old for every version rule. */
  readonly version: number;
  /** Hash of the parent header, 32 bytes. */
  readonly prev: Uint8Array;
  /** Root of the merkle tree of the block's transaction ids, 32 bytes. */
  readonly merkleRoot: Uint8Array;
  /** When the miner says it was made, Unix seconds. */
  readonly time: number;
  /** The proof-of-work target in compact form. */
  readonly bits: number;
  readonly nonce: number;
}

export const header: Codec<Header> = struct<Header>({
  version: i32,
  prev: hash,
  merkleRoot: hash,
  time: u32,
  bits: u32,
  nonce: u32,
});

/**
 * Takes raw headers apart.
 *
 * @param bytes 80 bytes each; hashes in the result are views of them.
 */
export function decodeHeaders(bytes: Uint8Array): Header[] {
  const values: Header[] = [];
  for (let start = 0; start < bytes.length; start += HEADER_SIZE_BYTES)
    values.push(decode(header, bytes.subarray(start, start + HEADER_SIZE_BYTES)));
  return values;
}

/** Headers as bytes, 80 each. */
export function encodeHeaders(values: readonly Header[]): Uint8Array {
  const writer = new Writer(values.length * HEADER_SIZE_BYTES);
  for (const value of values) header.write(writer, value);
  return writer.finish();
}

/** The hash that names a block: SHA-256 twice over its 80 header bytes. 32 bytes in wire order. */
export function headerHash(value: Header): Uint8Array {
  return sha256d(encode(header, value));
}

/**
 * The parent's hash in raw headers, without decoding them; a view.
 *
 * @param start where the header begins, in bytes.
 */
export function prevOf(bytes: Uint8Array, start: number): Uint8Array {
  return bytes.subarray(start + HEADER_OFFSETS.prev, start + HEADER_OFFSETS.merkleRoot);
}
