/** What a block's coinbase says of the witnesses, which the header's merkle root leaves out (BIP 141, "Commitment structure"). */

import { concat } from '../bytes/concat.ts';
import { equalBytes, HASH_SIZE_BYTES, sha256d } from '../bytes/hash.ts';
import { fromHex, toHex } from '../bytes/hex.ts';
import type { IdentifiedTx } from '../wire/identified-tx.ts';
import { hasWitness, type Tx } from '../wire/tx.ts';
import { merkleRoot } from './merkle.ts';

/** How the script of a commitment begins: OP_RETURN, a push of 36 bytes, and four that mark it. The hash follows. */
const COMMITMENT_PREFIX = fromHex('6a24aa21a9ed');
const COMMITMENT_SIZE_BYTES: number = COMMITMENT_PREFIX.length + HASH_SIZE_BYTES;

/** A coinbase cannot hold its own hash, so it counts as zeros. */
const COINBASE_WTXID = new Uint8Array(HASH_SIZE_BYTES);

/**
 * The rules by the names that Core gives them. The header does not say which witnesses are right: a block that breaks
 * one of these may have been changed on its way.
 *
 * - `bad-witness-nonce-size`: there is a commitment, and the coinbase's witness is not one item of 32 bytes.
 * - `bad-witness-merkle-match`: the witnesses are not those of the commitment.
 * - `unexpected-witness`: there is no commitment, and a witness all the same.
 */
export type WitnessRule = 'bad-witness-nonce-size' | 'bad-witness-merkle-match' | 'unexpected-witness';

export interface BrokenWitnessRule {
  readonly rule: WitnessRule;
  readonly detail: string;
}

/**
 * The hash that a coinbase commits to: of several outputs that look like a commitment the last one counts. A view;
 * undefined when there is none.
 */
export function witnessCommitment(coinbase: Tx): Uint8Array | undefined {
  const script = coinbase.outputs.findLast((output) => isCommitment(output.script))?.script;
  return script?.subarray(COMMITMENT_PREFIX.length, COMMITMENT_SIZE_BYTES);
}

/** Bytes after the hash have no meaning yet, and are allowed. */
function isCommitment(script: Uint8Array): boolean {
  if (script.length < COMMITMENT_SIZE_BYTES) return false;
  return equalBytes(script.subarray(0, COMMITMENT_PREFIX.length), COMMITMENT_PREFIX);
}

/** Checks the witnesses of a block where BIP 141 is in force: on every network we know, for years. */
export function checkWitnesses(transactions: readonly IdentifiedTx[]): BrokenWitnessRule | undefined {
  const coinbase = transactions[0]?.tx;
  const committed = coinbase === undefined ? undefined : witnessCommitment(coinbase);
  if (coinbase === undefined || committed === undefined) return checkNoWitness(transactions);
  // 32 bytes which a later rule may give a meaning; hashed with the root so that they are committed to as well.
  const [reserved, ...others] = coinbase.inputs[0]?.witness ?? [];
  if (reserved?.length !== HASH_SIZE_BYTES || others.length > 0) {
    const detail = "the coinbase's witness is not one item of 32 bytes";
    return { rule: 'bad-witness-nonce-size', detail };
  }
  const wtxids = transactions.map(({ wtxid }, n) => (n === 0 ? COINBASE_WTXID : wtxid));
  const found = sha256d(concat([merkleRoot(wtxids).root, reserved]));
  if (equalBytes(found, committed)) return undefined;
  const detail = `witnesses commit to ${toHex(found)}, the coinbase says ${toHex(committed)}`;
  return { rule: 'bad-witness-merkle-match', detail };
}

function checkNoWitness(transactions: readonly IdentifiedTx[]): BrokenWitnessRule | undefined {
  const n = transactions.findIndex(({ tx }) => hasWitness(tx));
  if (n === -1) return undefined;
  return { rule: 'unexpected-witness', detail: `transaction ${n} has a witness, and nothing commits to it` };
}
