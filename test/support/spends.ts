/** Inputs of every kind with the script that each truly spends, as only a full node knows. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { concat } from '../../src/bytes/concat.ts';
import { hash160, sha256 } from '../../src/bytes/hash.ts';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import type { TxInput } from '../../src/wire/tx.ts';

/** What an input shows, and the script of the output that it spends. */
export interface Spend {
  readonly script: Uint8Array;
  readonly witness: readonly Uint8Array[];
  readonly spent: Uint8Array;
}

export const SIGNATURE: Uint8Array = fromHex(`30440220${'11'.repeat(32)}0220${'22'.repeat(32)}01`);
const SCHNORR_SIGNATURE = new Uint8Array(64).fill(0x31);
const NOTHING = new Uint8Array(0);

/** A compressed key; another one for each number. */
export function aKey(n: number): Uint8Array {
  return Uint8Array.of(2 + (n & 1), ...sha256(Uint8Array.of(n, n >> 8)));
}

export function push(bytes: Uint8Array): Uint8Array {
  return bytes.length < 0x4c
    ? Uint8Array.of(bytes.length, ...bytes)
    : Uint8Array.of(0x4c, bytes.length, ...bytes);
}

export function p2pkh(key: Uint8Array): Uint8Array {
  return Uint8Array.of(0x76, 0xa9, 20, ...hash160(key), 0x88, 0xac);
}

export function p2sh(script: Uint8Array): Uint8Array {
  return Uint8Array.of(0xa9, 20, ...hash160(script), 0x87);
}

/** @param version 0 to 16. */
export function program(version: number, bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(version === 0 ? 0 : 0x50 + version, bytes.length, ...bytes);
}

export function p2wpkh(key: Uint8Array): Uint8Array {
  return program(0, hash160(key));
}

export function p2wsh(script: Uint8Array): Uint8Array {
  return program(0, sha256(script));
}

type SpendOf = (n: number) => Spend;

/** As everybody's wallet makes them, and what they reveal is true. */
export const PLAIN_SPENDS: Readonly<Record<string, SpendOf>> = {
  p2pkh: (n) => scriptSpend([SIGNATURE, aKey(n)], p2pkh(aKey(n))),
  p2wpkh: (n) => witnessSpend([SIGNATURE, aKey(n)], p2wpkh(aKey(n))),
  'p2sh multisig': (n) => scriptSpend([NOTHING, SIGNATURE, multisig(n)], p2sh(multisig(n))),
  'p2wsh multisig': (n) => witnessSpend([NOTHING, SIGNATURE, multisig(n)], p2wsh(multisig(n))),
};

/** Ordinary too; they reveal nothing, though some look as if they did. */
export const SILENT_SPENDS: Readonly<Record<string, SpendOf>> = {
  'p2tr key path': (n) => witnessSpend([SCHNORR_SIGNATURE], program(1, sha256(aKey(n)))),
  'p2tr key path, another sighash': (n) =>
    witnessSpend([Uint8Array.of(...SCHNORR_SIGNATURE, 0x81)], program(1, sha256(aKey(n)))),
  'p2tr script path': (n) =>
    witnessSpend(
      [
        SCHNORR_SIGNATURE,
        concat([push(sha256(aKey(n))), fromHex('ac')]),
        Uint8Array.of(0xc0, ...sha256(aKey(n + 1))),
      ],
      program(1, sha256(aKey(n))),
    ),
  p2pk: (n) => scriptSpend([SIGNATURE], concat([push(aKey(n)), fromHex('ac')])),
  'bare multisig': (n) => scriptSpend([NOTHING, SIGNATURE], multisig(n)),
  p2a: () => witnessSpend([], fromHex('51024e73')),
  'an empty script': () => ({ script: fromHex('51'), witness: [], spent: NOTHING }),
};

/** A witness program behind P2SH: the one kind of which the block shows for certain what is spent. */
export const NESTED_SPENDS: Readonly<Record<string, SpendOf>> = {
  'p2sh-p2wpkh': (n) => nestedSpend([SIGNATURE, aKey(n)], p2wpkh(aKey(n))),
  'p2sh-p2wsh': (n) => nestedSpend([NOTHING, SIGNATURE, multisig(n)], p2wsh(multisig(n))),
  'p2sh of a version without meaning': (n) => nestedSpend([NOTHING], program(16, aKey(n))),
};

/** Made to deceive: they reveal what they do not spend, and are valid all the same. */
export const FALSE_SPENDS: Readonly<Record<string, SpendOf>> = {
  'like p2wpkh, for a version without meaning': (n) =>
    witnessSpend([SIGNATURE, aKey(n)], program(2, sha256(aKey(n)))),
  'like p2wpkh, for an anchor': (n) => witnessSpend([SIGNATURE, aKey(n)], fromHex('51024e73')),
  'like p2wpkh, for taproot': (n) => leafWithoutMeaning(n),
  'like p2wpkh, for p2wsh': (n) => witnessSpend([SIGNATURE, scriptLikeKey(n)], p2wsh(scriptLikeKey(n))),
  'like p2wsh, for a version without meaning': (n) =>
    witnessSpend([NOTHING, SIGNATURE, multisig(n)], program(3, sha256(aKey(n)))),
  'like p2pkh, for a bare script': (n) => scriptSpend([SIGNATURE, aKey(n)], fromHex('6d51')),
  'like p2pkh, for p2sh': (n) => scriptSpend([SIGNATURE, scriptLikeKey(n)], p2sh(scriptLikeKey(n))),
  'like p2sh, for a bare script': (n) => scriptSpend([NOTHING, SIGNATURE, multisig(n)], fromHex('6d7551')),
  'like nested p2wpkh, for a bare script': (n) => scriptSpend([p2wpkh(aKey(n))], fromHex('7551')),
};

/** Looks like a key, and drops whatever signature stands before it: two bytes, 2DROP, 1, and NOPs up to 33 bytes. */
function scriptLikeKey(n: number): Uint8Array {
  return concat([push(Uint8Array.of(n, n >> 8)), fromHex('6d51'), new Uint8Array(28).fill(0x61)]);
}

/**
 * Taproot with a leaf of version 2, which has no meaning, so that all is allowed (BIP 341): what stands there as the script
 * looks like a signature, and the control block like a key.
 */
function leafWithoutMeaning(n: number): Spend {
  const script = Uint8Array.of(...SIGNATURE.subarray(0, -2), n, 1);
  const version = 2;
  const leaf = tagged('TapLeaf', concat([Uint8Array.of(version), push(script)]));
  // The generator is the inner key, whose private key is 1.
  const inner = secp256k1.Point.BASE.toBytes(true).subarray(1);
  const tweak = BigInt(`0x${toHex(tagged('TapTweak', concat([inner, leaf])))}`);
  const [sign, ...outer] = secp256k1.Point.BASE.multiply(1n + tweak).toBytes(true);
  const control = Uint8Array.of(version | (sign === 3 ? 1 : 0), ...inner);
  return witnessSpend([script, control], program(1, Uint8Array.from(outer)));
}

/** BIP 340. */
function tagged(tag: string, message: Uint8Array): Uint8Array {
  const hash = sha256(new TextEncoder().encode(tag));
  return sha256(concat([hash, hash, message]));
}

function multisig(n: number): Uint8Array {
  return concat([fromHex('51'), push(aKey(n)), push(aKey(n + 1)), fromHex('52ae')]);
}

function scriptSpend(pushes: readonly Uint8Array[], spent: Uint8Array): Spend {
  return { script: concat(pushes.map(push)), witness: [], spent };
}

function witnessSpend(witness: readonly Uint8Array[], spent: Uint8Array): Spend {
  return { script: NOTHING, witness, spent };
}

function nestedSpend(witness: readonly Uint8Array[], hidden: Uint8Array): Spend {
  return { script: push(hidden), witness, spent: p2sh(hidden) };
}

/** An input of its own for each number. */
export function inputOf({ script, witness }: Spend, n: number): TxInput {
  const previous = { txid: sha256(Uint8Array.of(n, n >> 8, 3)), vout: n };
  return { previous, script, sequence: 0xffffffff, witness };
}
