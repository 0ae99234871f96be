/** The table helper of the codec tests: values with their bytes, bytes that are refused, values that have no bytes. */
import assert from 'node:assert/strict';
import { DecodeError, type DecodeErrorCode } from '../../src/bytes/decode-error.ts';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { type Codec, decode, encode } from '../../src/wire/codec.ts';

export interface Cases<T> {
  /** Values and the only bytes that stand for them. */
  readonly accepted?: readonly (readonly [value: T, hex: string])[];
  /** Bytes, why they are refused, and the path to the field in which that shows; no path means the top. */
  readonly refused?: readonly (readonly [hex: string, code: DecodeErrorCode, path?: string])[];
  /** Values that cannot be written, and the class of the error. */
  readonly unwritable?: readonly (readonly [value: T, error: typeof RangeError | typeof TypeError])[];
}

/** Checks a table: decode, encode and both round trips of what is accepted, code and place of what is refused. */
export function checkCases<T>(
  codec: Codec<T>,
  { accepted = [], refused = [], unwritable = [] }: Cases<T>,
): void {
  for (const [value, hex] of accepted) {
    assert.deepEqual(decode(codec, fromHex(hex)), value, `decoding ${hex}`);
    assert.equal(toHex(encode(codec, value)), hex, `encoding to ${hex}`);
    assert.deepEqual(decode(codec, encode(codec, value)), value, `there and back from ${hex}`);
    assert.equal(toHex(encode(codec, decode(codec, fromHex(hex)))), hex, `back and there from ${hex}`);
  }
  for (const [hex, code, path = ''] of refused) {
    const error = refusal(codec, fromHex(hex));
    assert.deepEqual([error.code, error.path], [code, path], `refusing ${hex}`);
  }
  for (const [value, error] of unwritable) assert.throws(() => encode(codec, value), error);
}

/** The error with which a codec refuses bytes; it must be a DecodeError, and point into the bytes. */
export function refusal<T>(codec: Codec<T>, encoded: Uint8Array): DecodeError {
  return decodeErrorOf(() => decode(codec, encoded), encoded.length);
}

/** The DecodeError that an action throws; its offset must lie in an input of `length` bytes, or at its end. */
export function decodeErrorOf(action: () => unknown, length: number): DecodeError {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof DecodeError, `not a DecodeError: ${String(error)}`);
    assert.ok(DECODE_ERROR_CODES.includes(error.code), `unknown code ${error.code}`);
    assert.ok(Number.isInteger(error.offset), `offset ${error.offset}`);
    assert.ok(error.offset >= 0 && error.offset <= length, `offset ${error.offset} of ${length} bytes`);
    return error;
  }
  assert.fail('nothing was thrown');
}

/** Every code that bytes, or text, can be refused with. */
export const DECODE_ERROR_CODES: readonly DecodeErrorCode[] = [
  'unexpected-end',
  'trailing-bytes',
  'over-limit',
  'non-minimal',
  'bad-value',
  'bad-hex',
];
