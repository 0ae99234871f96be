/** What looks like a signature of the kind before Taproot: DER and a byte that says what is signed (BIP 66). */

/** Which parts of the transaction a signature covers, by its last byte. */
const SIGHASH_NAMES: Readonly<Record<number, string>> = {
  0x01: 'ALL',
  0x02: 'NONE',
  0x03: 'SINGLE',
  0x81: 'ALL|ANYONECANPAY',
  0x82: 'NONE|ANYONECANPAY',
  0x83: 'SINGLE|ANYONECANPAY',
};

const DER_SEQUENCE = 0x30;
const DER_INTEGER = 0x02;
const MIN_SIGNATURE_BYTES = 9;
const MAX_SIGNATURE_BYTES = 73;

/** What a signature's last byte means; undefined when it means nothing. */
export function sighashName(byte: number): string | undefined {
  return SIGHASH_NAMES[byte];
}

/** Whether bytes are two positive DER integers in their shortest form and one byte more. */
export function isSignature(bytes: Uint8Array): boolean {
  const { length } = bytes;
  if (length < MIN_SIGNATURE_BYTES || length > MAX_SIGNATURE_BYTES) return false;
  // The first length counts all but itself, the tag before it and the last byte.
  if (bytes[0] !== DER_SEQUENCE || bytes[1] !== length - 3) return false;
  const rLength = bytes[3] as number;
  const sAt = 4 + rLength;
  if (sAt + 1 >= length || sAt + 2 + (bytes[sAt + 1] as number) + 1 !== length) return false;
  return isInteger(bytes, 2) && isInteger(bytes, sAt);
}

function isInteger(bytes: Uint8Array, at: number): boolean {
  const length = bytes[at + 1] as number;
  const first = bytes[at + 2] as number;
  if (bytes[at] !== DER_INTEGER || length === 0 || first >= 0x80) return false;
  return length === 1 || first !== 0 || (bytes[at + 3] as number) >= 0x80;
}
