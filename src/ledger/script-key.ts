/** Scripts as keys of maps: JavaScript compares byte arrays by identity, and strings by what they hold. */

import { toHex } from '../bytes/hex.ts';

/** A script as a string. For maps only, never shown. */
export type ScriptKey = string;

/** A call has room for so many arguments; hardly any script is longer. */
const MAX_CHARACTERS = 1_000;

/**
 * One character a byte where that can be made at once: a string that is put together takes twenty times the room as long as
 * nobody reads it. Longer scripts become hexadecimal digits, of which there are more than the shorter ones have characters.
 */
export function scriptKey(script: Uint8Array): ScriptKey {
  return script.length <= MAX_CHARACTERS
    ? String.fromCharCode.apply(null, script as unknown as number[])
    : toHex(script);
}
