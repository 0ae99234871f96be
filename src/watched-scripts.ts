/** Scripts that a user names: by address, or as they are. Wrong ones are refused, and shown in part at most. */

import { toHex } from './bytes/hex.ts';
import type { Network } from './networks/network.ts';
import { parseAddress } from './script/address.ts';

/** Longest script that a block has room for. */
const MAX_SCRIPT_DIGITS = 2 * 4_000_000;

/**
 * The script that an address stands for, hexadecimal.
 *
 * @throws {TypeError} for what is no address of the network.
 */
export function scriptOfAddress(address: string, network: Network): string {
  // Callers in JavaScript may hand in anything.
  if (typeof address !== 'string') throw new TypeError(`${shortened(address)} is no address: it is no text`);
  const parsed = parseAddress(address, network);
  if ('script' in parsed) return toHex(parsed.script);
  // Shown in part: what was taken for an address may be a private key.
  throw new TypeError(`wrong address ${shortened(address)}: ${parsed.detail}`);
}

/**
 * A script in lower case.
 *
 * @param script hexadecimal, of either case.
 * @throws {TypeError} for what is no script that a block could hold.
 */
export function checkScript(script: string): string {
  if (typeof script !== 'string' || script.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(script))
    throw new TypeError(`${shortened(script)} is no script: not hexadecimal digits for whole bytes`);
  if (script.length > MAX_SCRIPT_DIGITS)
    throw new TypeError(`a script of ${script.length / 2} bytes is longer than any in a block`);
  return script.toLowerCase();
}

/** The start of what was given, on one line. */
export function shortened(value: unknown): string {
  const text = String(value).replace(/[^ -~]/g, '?');
  return JSON.stringify(text.length <= 16 ? text : `${text.slice(0, 12)}..`);
}
