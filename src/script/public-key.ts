/** What looks like a public key: the right length for its first byte. Whether it is a point is not asked, nor by nodes. */

export function isPublicKey(bytes: Uint8Array): boolean {
  return isKeyOf(bytes.length, bytes[0] as number);
}

/** Compressed keys begin with 2 or 3, whole ones with 4, and with 6 or 7 in a form that nobody writes any more. */
export function isKeyOf(length: number, first: number): boolean {
  if (length === 33) return first === 2 || first === 3;
  return length === 65 && (first === 4 || first === 6 || first === 7);
}
