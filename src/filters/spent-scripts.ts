/**
 * What a block shows of the scripts that its inputs spend. The outputs they spend are in other blocks, which a light client
 * does not have.
 *
 * A block on the best chain is valid, and two things follow for certain:
 *
 * - An input that spends an output of the same block spends the script of that output.
 * - An input with both a script and a witness spends P2SH, and its script is the one push of what the output hides, a
 *   witness program: the rules allow both together nowhere else (BIP 141; Core: src/script/interpreter.cpp,
 *   SCRIPT_ERR_WITNESS_MALLEATED, SCRIPT_ERR_WITNESS_UNEXPECTED).
 *
 * Nothing else is certain, however plain it looks, for whoever makes an output that anyone can spend may spend it with
 * whatever he likes. A signature and a key in a witness look like P2WPKH; but any stack of any items spends a witness
 * program of a version that has no meaning yet, or of Taproot with a leaf version that has none. The same in a script look
 * like P2PKH; but a bare script may drop them and be true, and a script like that may be hidden behind P2SH too. So what inputs
 * of these kinds reveal is likely, and for the blocks of ordinary people true, but no proof: else any spender, for a fee,
 * could have honest peers convicted.
 */

import { hashKey } from '../bytes/hash-key.ts';
import { isWitnessProgram } from '../script/classify.ts';
import { revealedScripts } from '../script/revealed-script.ts';
import { scriptOps } from '../script/script-ops.ts';
import { isSignature } from '../script/signature.ts';
import type { IdentifiedTx } from '../wire/identified-tx.ts';
import type { TxInput, TxOutput } from '../wire/tx.ts';

export interface SpentScripts {
  /** Scripts that are certainly spent. */
  readonly known: readonly Uint8Array[];
  /** Inputs of which it is not certain what they spend. */
  readonly unknown: readonly TxInput[];
}

/** @param transactions all of a valid block, the coinbase first. */
export function spentScripts(transactions: readonly IdentifiedTx[]): SpentScripts {
  const outputs = new Map(transactions.map(({ txid, tx }) => [hashKey(txid), tx.outputs]));
  const known: Uint8Array[] = [];
  const unknown: TxInput[] = [];
  for (const { tx } of transactions.slice(1)) {
    for (const input of tx.inputs) {
      const script = certainScript(input, outputs);
      if (script === undefined) unknown.push(input);
      else known.push(script);
    }
  }
  return { known, unknown };
}

function certainScript(
  input: TxInput,
  outputs: ReadonlyMap<string, readonly TxOutput[]>,
): Uint8Array | undefined {
  const { previous, script, witness } = input;
  const own = outputs.get(hashKey(previous.txid))?.[previous.vout];
  if (own !== undefined) return own.script;
  const isNested =
    witness.length > 0 && script[0] === script.length - 1 && isWitnessProgram(script.subarray(1));
  return isNested ? revealedScripts(input)[0] : undefined;
}

/** Largest script that can run (Core: MAX_SCRIPT_SIZE), so the most that is walked over. */
const MAX_SCRIPT_BYTES = 10_000;
/** Lengths of a Taproot signature, without and with a byte that says what is signed (BIP 341). */
const SCHNORR_SIGNATURE_BYTES: readonly number[] = [64, 65];

/**
 * What an input likely spends: nothing for most that are not P2PKH, P2SH, P2WPKH or P2WSH. Two ordinary kinds of inputs look
 * like these and are not.
 */
export function likelyScripts(input: TxInput): Uint8Array[] {
  const [first, ...others] = input.witness;
  const isKeyPath =
    first !== undefined && others.length === 0 && SCHNORR_SIGNATURE_BYTES.includes(first.length);
  return isKeyPath || isForBareMultisig(input.script) ? [] : revealedScripts(input);
}

/** Nothing and then signatures: for keys that the output shows. Behind a hash the script would be last. */
function isForBareMultisig(script: Uint8Array): boolean {
  if (script[0] !== 0 || script.length > MAX_SCRIPT_BYTES) return false;
  let last: Uint8Array | undefined;
  for (const { data } of scriptOps(script)) last = data;
  return last !== undefined && isSignature(last);
}
