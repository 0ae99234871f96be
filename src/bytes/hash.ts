/** SHA-256 twice: block hashes, transaction ids, merkle nodes and message checksums are all made with it. */

import { sha256 } from '@noble/hashes/sha2.js';

/** Length of a hash, in bytes. */
export const HASH_SIZE_BYTES = 32;

/**
 * The platform's SHA-256 where it has one, asked for without an import so that this folder needs none: hashing is most
 * of the work of a synchronisation, and this takes less than half the time (docs/decisions/0003-native-sha256.md).
 */
const native = globalThis.process?.getBuiltinModule?.('node:crypto')?.hash;

/** SHA256(SHA256(bytes)), 32 bytes in wire order. */
export const sha256d: (bytes: Uint8Array) => Uint8Array =
  native === undefined ? portableSha256d : (bytes) => nativeSha256d(native, bytes);

/** {@link sha256d} in JavaScript alone: what runs where the platform has nothing, and what the other is tested against. */
export function portableSha256d(bytes: Uint8Array): Uint8Array {
  return sha256(sha256(bytes));
}

function nativeSha256d(hash: NonNullable<typeof native>, bytes: Uint8Array): Uint8Array {
  const { buffer, byteOffset } = hash('sha256', hash('sha256', bytes, 'buffer'), 'buffer');
  // Without the methods of Buffer, whose slice() is no copy.
  return new Uint8Array(buffer, byteOffset, HASH_SIZE_BYTES);
}

/** Whether two byte strings are the same. Not constant in time: nothing compared here is secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
