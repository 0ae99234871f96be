/** SHA-256 twice: block hashes, transaction ids, merkle nodes and message checksums are all made with it. */

import { sha256 } from '@noble/hashes/sha2.js';

/** Length of a hash, in bytes. */
export const HASH_SIZE_BYTES = 32;

/** SHA256(SHA256(bytes)), 32 bytes in wire order. */
export function sha256d(bytes: Uint8Array): Uint8Array {
  return sha256(sha256(bytes));
}

/** Whether two byte strings are the same. Not constant in time: nothing compared here is secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
