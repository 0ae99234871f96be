/** What an input tells of the output that it spends: a hash is met by showing what was hashed. */

import { hash160, sha256 } from '../bytes/hash.ts';
import type { TxInput } from '../wire/tx.ts';
import { OP } from './opcodes.ts';
import { isPublicKey } from './public-key.ts';
import { scriptOps } from './script-ops.ts';
import { isSignature } from './signature.ts';

/** Largest script that can run (Core: MAX_SCRIPT_SIZE), so the most that is walked over or hashed for one input. */
const MAX_SCRIPT_BYTES = 10_000;
/** Largest push of a script that can run, so the largest script that a P2SH output can hide. */
const MAX_PUSH_BYTES = 520;
const COMPRESSED_KEY_BYTES = 33;
/** First bytes of what Taproot puts last; as operations they end any script, so no witness script begins with them. */
const ANNEX = 0x50;
const TAPROOT_LEAF = 0xc0;

/**
 * Output scripts that an input spends, as far as it shows them: P2PKH, P2SH whether nested or not, P2WPKH and P2WSH.
 * None where nothing is shown: a bare key or multisig, a coinbase, and all of Taproot, whose output key follows from
 * what a script path shows, but only by arithmetic on the curve. (The signature of a key path looks like a P2WSH
 * script of its length, and gives the hash of that, which nobody pays to.)
 *
 * Nothing is verified: whoever knows another's key or script can show it without being able to spend.
 *
 * The work is bounded: no more than 10,000 bytes are walked over or hashed.
 */
export function revealedScripts(input: TxInput): Uint8Array[] {
  const { previous, script, witness } = input;
  if (previous.vout === 0xffffffff && previous.txid.every((byte) => byte === 0)) return [];
  if (script.length > 0) return revealedByScript(script);
  return witness.length > 0 ? revealedByWitness(witness) : [];
}

/** A signature and a key, or pushes of which the last is a script. */
function revealedByScript(script: Uint8Array): Uint8Array[] {
  const pushes = lastPushes(script);
  if (pushes === undefined) return [];
  const { count, last, before } = pushes;
  if (count === 2 && isSignature(before) && isPublicKey(last)) return [p2pkh(last)];
  // One signature and nothing else is for a key that the output shows.
  return (count === 1 && isSignature(last)) || last.length === 0 ? [] : [p2sh(last)];
}

function revealedByWitness(witness: readonly Uint8Array[]): Uint8Array[] {
  const last = witness.at(-1) as Uint8Array;
  if (last.length === 0 || last.length > MAX_SCRIPT_BYTES) return [];
  const [signature] = witness;
  const isKey = witness.length === 2 && last.length === COMPRESSED_KEY_BYTES && isPublicKey(last);
  if (isKey && isSignature(signature as Uint8Array)) return [witnessProgram(hash160(last))];
  if (witness.length > 1 && (last[0] === ANNEX || ((last[0] as number) & 0xfe) === TAPROOT_LEAF)) return [];
  return [witnessProgram(sha256(last))];
}

interface LastPushes {
  readonly count: number;
  readonly last: Uint8Array;
  /** The one before; empty when there is none. */
  readonly before: Uint8Array;
}

const NOTHING = new Uint8Array();

/** Undefined for a script that is more than pushes, or larger than any that can run. */
function lastPushes(script: Uint8Array): LastPushes | undefined {
  if (script.length > MAX_SCRIPT_BYTES) return undefined;
  let count = 0;
  let last: Uint8Array = NOTHING;
  let before: Uint8Array = NOTHING;
  for (const { opcode, data, isTruncated } of scriptOps(script)) {
    if (opcode > OP.SIXTEEN || isTruncated) return undefined;
    count++;
    before = last;
    last = data ?? NOTHING;
  }
  return last.length > MAX_PUSH_BYTES ? undefined : { count, last, before };
}

function p2pkh(key: Uint8Array): Uint8Array {
  return Uint8Array.of(OP.DUP, OP.HASH160, 20, ...hash160(key), OP.EQUALVERIFY, OP.CHECKSIG);
}

function p2sh(script: Uint8Array): Uint8Array {
  return Uint8Array.of(OP.HASH160, 20, ...hash160(script), OP.EQUAL);
}

/** Version 0: of 20 bytes P2WPKH, of 32 bytes P2WSH. */
function witnessProgram(program: Uint8Array): Uint8Array {
  return Uint8Array.of(0, program.length, ...program);
}
