/** Hashes as keys of maps: JavaScript compares byte arrays by identity, and strings by what they hold. */

import { HASH_SIZE_BYTES } from './hash.ts';

/** A hash as a string of 32 characters, one a byte: half the room of hexadecimal. For maps only, never shown. */
export type HashKey = string;

/** @param hash 32 bytes. */
export function hashKey(hash: Uint8Array): HashKey {
  return String.fromCharCode.apply(null, hash as unknown as number[]);
}

/** The 32 bytes that a key stands for. */
export function hashOfKey(key: HashKey): Uint8Array {
  const hash = new Uint8Array(HASH_SIZE_BYTES);
  for (let i = 0; i < HASH_SIZE_BYTES; i++) hash[i] = key.charCodeAt(i);
  return hash;
}
