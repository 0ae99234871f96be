/** What kind of output a script makes, as nodes tell them apart (Core: src/script/solver.cpp). */

import { OP } from './opcodes.ts';
import { isKeyOf, isPublicKey } from './public-key.ts';
import { isPushOnly, type ScriptOp, scriptOps } from './script-ops.ts';

/** The kinds, the commonest of today first. */
export const OUTPUT_TYPES = [
  'p2wpkh',
  'p2tr',
  'p2pkh',
  'p2sh',
  'p2wsh',
  'op-return',
  'p2a',
  'p2pk',
  'multisig',
  'witness-unknown',
  'nonstandard',
] as const;

/**
 * - `p2pk`, `multisig`: keys in plain sight, one or up to 20.
 * - `p2pkh`, `p2sh`: the hash of a key, of a script.
 * - `p2wpkh`, `p2wsh`: the same, spent with a witness (BIP 141).
 * - `p2tr`: a Taproot output key (BIP 341).
 * - `p2a`: an anchor that anyone may spend.
 * - `op-return`: data, unspendable.
 * - `witness-unknown`: a witness version, or a length, that has no meaning yet.
 * - `nonstandard`: anything else.
 */
export type OutputType = (typeof OUTPUT_TYPES)[number];

/** Most keys of a multisig output. */
const MAX_KEYS = 20;

/** The kind of an output script; looks at the bytes alone and takes whatever comes. */
export function outputType(script: Uint8Array): OutputType {
  const { length } = script;
  const first = script[0] as number;
  if (isWitnessProgram(script)) return witnessType(first, script);
  if (length === 25 && isKeyHash(script)) return 'p2pkh';
  if (length === 23 && first === OP.HASH160 && script[1] === 20 && script[22] === OP.EQUAL) return 'p2sh';
  if (length > 0 && first === OP.RETURN) return isPushOnly(script, 1) ? 'op-return' : 'nonstandard';
  if (isSingleKey(script)) return 'p2pk';
  return isMultisig(script) ? 'multisig' : 'nonstandard';
}

/** A version, then one push of 2 to 40 bytes (BIP 141). */
export function isWitnessProgram(script: Uint8Array): boolean {
  const { length } = script;
  if (length < 4 || length > 42 || (script[1] as number) + 2 !== length) return false;
  const first = script[0] as number;
  return first === 0 || isSmallNumber(first);
}

function witnessType(versionOpcode: number, script: Uint8Array): OutputType {
  const { length } = script;
  if (versionOpcode === 0) return length === 22 ? 'p2wpkh' : length === 34 ? 'p2wsh' : 'nonstandard';
  if (versionOpcode !== OP.ONE) return 'witness-unknown';
  if (length === 34) return 'p2tr';
  return length === 4 && script[2] === 0x4e && script[3] === 0x73 ? 'p2a' : 'witness-unknown';
}

function isKeyHash(script: Uint8Array): boolean {
  return (
    script[0] === OP.DUP &&
    script[1] === OP.HASH160 &&
    script[2] === 20 &&
    script[23] === OP.EQUALVERIFY &&
    script[24] === OP.CHECKSIG
  );
}

function isSingleKey(script: Uint8Array): boolean {
  const keyLength = script.length - 2;
  return (
    script[0] === keyLength &&
    script[keyLength + 1] === OP.CHECKSIG &&
    isKeyOf(keyLength, script[1] as number)
  );
}

/** How many must sign, the keys, how many there are, and the operation. */
function isMultisig(script: Uint8Array): boolean {
  if (script[script.length - 1] !== OP.CHECKMULTISIG) return false;
  const ops = scriptOps(script.subarray(0, -1));
  const needed = countOf(ops.next().value);
  if (needed === undefined) return false;
  let keys = 0;
  for (const op of ops) {
    if (!op.isTruncated && op.data !== undefined && isPublicKey(op.data)) {
      if (++keys > MAX_KEYS) return false;
      continue;
    }
    return countOf(op) === keys && needed <= keys && ops.next().done === true;
  }
  return false;
}

/** From 1 to 20, written in the shortest form; undefined for anything else. */
function countOf(op: ScriptOp | void): number | undefined {
  if (op === undefined || op.isTruncated) return undefined;
  if (isSmallNumber(op.opcode)) return op.opcode - OP.RESERVED;
  const number = op.opcode === 1 ? (op.data?.[0] ?? 0) : 0;
  return number > 16 && number <= MAX_KEYS ? number : undefined;
}

function isSmallNumber(opcode: number): boolean {
  return opcode >= OP.ONE && opcode <= OP.SIXTEEN;
}
