/** Hexadecimal text, and the display order of hashes. Hashes are in wire order everywhere but in text. */

import { bytesToHex } from '@noble/hashes/utils.js';
import { DecodeError } from './decode-error.ts';

/** Lower-case hexadecimal of the bytes, two digits each. */
export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/**
 * The bytes that hexadecimal text of either case stands for.
 *
 * @throws {DecodeError} `bad-hex` when a character is no hexadecimal digit or one digit is left over; the offset
 * counts characters.
 */
export function fromHex(text: string): Uint8Array {
  const wrong = text.search(/[^0-9a-fA-F]/);
  if (wrong !== -1) {
    throw new DecodeError('bad-hex', `${JSON.stringify(text[wrong])} is no hexadecimal digit`, wrong);
  }
  if (text.length % 2 !== 0) {
    throw new DecodeError(
      'bad-hex',
      `${text.length} hexadecimal digits do not make whole bytes`,
      text.length,
    );
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** A hash in display order: its bytes reversed, as explorers and bitcoind print it. */
export function toDisplayHex(hash: Uint8Array): string {
  return toHex(hash.toReversed());
}

/**
 * A 32-byte hash in wire order from its display form.
 *
 * @throws {DecodeError} `bad-hex` when the text is not 64 hexadecimal digits.
 */
export function fromDisplayHex(text: string): Uint8Array {
  if (text.length !== 64) {
    throw new DecodeError('bad-hex', `a hash has 64 hexadecimal digits, not ${text.length}`, 0);
  }
  return fromHex(text).toReversed();
}
