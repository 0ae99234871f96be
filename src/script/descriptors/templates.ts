/** Scripts made of keys, of hashes and of other scripts. */

import { concat } from '../../bytes/concat.ts';
import { hash160, sha256 } from '../../bytes/hash.ts';
import { OP } from '../opcodes.ts';

/** @param key 33 or 65 bytes, or 32 in a leaf of Taproot. */
export function payToKey(key: Uint8Array): Uint8Array {
  return concat([push(key), Uint8Array.of(OP.CHECKSIG)]);
}

export function payToKeyHash(key: Uint8Array): Uint8Array {
  return Uint8Array.of(OP.DUP, OP.HASH160, 20, ...hash160(key), OP.EQUALVERIFY, OP.CHECKSIG);
}

export function payToScriptHash(script: Uint8Array): Uint8Array {
  return Uint8Array.of(OP.HASH160, 20, ...hash160(script), OP.EQUAL);
}

export function payToWitnessKeyHash(key: Uint8Array): Uint8Array {
  return Uint8Array.of(0, 20, ...hash160(key));
}

export function payToWitnessScriptHash(script: Uint8Array): Uint8Array {
  return Uint8Array.of(0, 32, ...sha256(script));
}

/** @param outputKey 32 bytes. */
export function payToTaproot(outputKey: Uint8Array): Uint8Array {
  return Uint8Array.of(OP.ONE, 32, ...outputKey);
}

/** So many of the keys have to sign, with OP_CHECKMULTISIG. */
export function multisig(needed: number, keys: readonly Uint8Array[]): Uint8Array {
  const last = Uint8Array.of(OP.CHECKMULTISIG);
  return concat([pushNumber(needed), ...keys.map(push), pushNumber(keys.length), last]);
}

/** The same in a leaf of Taproot, where each signature is counted (BIP 342). */
export function countedMultisig(needed: number, keys: readonly Uint8Array[]): Uint8Array {
  const counted = keys.map((key, i) =>
    concat([push(key), Uint8Array.of(i === 0 ? OP.CHECKSIG : OP.CHECKSIGADD)]),
  );
  return concat([...counted, pushNumber(needed), Uint8Array.of(OP.NUMEQUAL)]);
}

/** In the order of their bytes, as nodes compare them: nothing is changed in place. */
export function sortedKeys(keys: readonly Uint8Array[]): Uint8Array[] {
  return keys.toSorted(compareBytes);
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** @param bytes at most 75, as keys are. */
function push(bytes: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(bytes.length), bytes]);
}

/** @param number from 1 to 999; from 17 on it is pushed as little-endian bytes of which the last is below 0x80. */
function pushNumber(number: number): Uint8Array {
  if (number <= 16) return Uint8Array.of(OP.RESERVED + number);
  return number < 0x80 ? Uint8Array.of(1, number) : Uint8Array.of(2, number & 0xff, number >> 8);
}
