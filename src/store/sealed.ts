/** Bytes with a checksum in front of them: disks lie now and then. */

import { crc32 } from 'node:zlib';

/** What the checksum adds to a record. */
export const SEAL_SIZE_BYTES = 4;

/** A record of two parts, one after the other, behind their checksum. */
export function sealed(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(SEAL_SIZE_BYTES + first.length + second.length);
  bytes.set(first, SEAL_SIZE_BYTES);
  bytes.set(second, SEAL_SIZE_BYTES + first.length);
  viewOf(bytes).setUint32(0, crc32(bytes.subarray(SEAL_SIZE_BYTES)), true);
  return bytes;
}

/** What stands behind the checksum, a view of the bytes; undefined when they are damaged. */
export function unsealed(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < SEAL_SIZE_BYTES) return undefined;
  const body = bytes.subarray(SEAL_SIZE_BYTES);
  return viewOf(bytes).getUint32(0, true) === crc32(body) ? body : undefined;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
