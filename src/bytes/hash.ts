/**
 * The hashes of the protocol. SHA-256 twice makes block hashes, transaction ids, merkle nodes and checksums; once, or
 * with RIPEMD-160 after it, it hides the keys and scripts that outputs pay to.
 */

import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';

/** Length of a hash, in bytes. */
export const HASH_SIZE_BYTES = 32;

/**
 * The platform's SHA-256 where it has one, asked for without an import so that this folder needs none: hashing is most
 * of the work of a synchronisation, and this takes less than half the time (docs/decisions/0003-native-sha256.md).
 */
const native = globalThis.process?.getBuiltinModule?.('node:crypto')?.hash;

/** SHA256(SHA256(bytes)), 32 bytes in wire order. */
export const sha256d: (bytes: Uint8Array) => Uint8Array =
  native === undefined ? portableSha256d : (bytes) => nativeSha256(native, nativeSha256(native, bytes));

/** {@link sha256d} in JavaScript alone: what runs where the platform has nothing, and what the other is tested against. */
export function portableSha256d(bytes: Uint8Array): Uint8Array {
  return portableSha256(portableSha256(bytes));
}

/** SHA256(bytes), 32 bytes. */
export const sha256: (bytes: Uint8Array) => Uint8Array =
  native === undefined ? portableSha256 : (bytes) => nativeSha256(native, bytes);

/** Asked for as text of one byte a character: to make a Buffer for 32 bytes takes as long as to hash a hundred. */
function nativeSha256(hash: NonNullable<typeof native>, bytes: Uint8Array): Uint8Array {
  const text = hash('sha256', bytes, 'binary');
  const digest = new Uint8Array(HASH_SIZE_BYTES);
  for (let i = 0; i < HASH_SIZE_BYTES; i++) digest[i] = text.charCodeAt(i);
  return digest;
}

/** RIPEMD160(SHA256(bytes)), 20 bytes: what stands for a key or a script in an output. */
export function hash160(bytes: Uint8Array): Uint8Array {
  return ripemd160(sha256(bytes));
}

/** Whether two byte strings are the same. Not constant in time: nothing compared here is secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
