/** The rules that a transaction must keep whatever it spends (Core: src/consensus/tx_check.cpp). */

import { equalBytes } from '../bytes/hash.ts';
import { hashKey } from '../bytes/hash-key.ts';
import { type OutPoint, strippedSize, type Tx } from '../wire/tx.ts';

/** All the money there can ever be: 21 million bitcoins (Core: MAX_MONEY). */
export const MAX_MONEY_SATS: bigint = 21_000_000n * 100_000_000n;

/** Weight units of the largest block (BIP 141, Core: MAX_BLOCK_WEIGHT). */
export const MAX_BLOCK_WEIGHT: number = 4_000_000;

/** Weight units of a byte that is not in a witness. */
export const STRIPPED_BYTE_WEIGHT: number = 4;

/** Bytes of a coinbase's input script. */
const MIN_COINBASE_SCRIPT_SIZE = 2;
const MAX_COINBASE_SCRIPT_SIZE = 100;

/** The position that no output has: with a hash of zeros, it spends nothing. */
const NULL_VOUT = 0xffffffff;
const NULL_TXID = new Uint8Array(32);

/**
 * The rules by the names that Core gives them.
 *
 * - `bad-txns-vin-empty`: there is no input.
 * - `bad-txns-vout-empty`: there is no output.
 * - `bad-txns-oversize`: it would not fit into a block, even without its witnesses.
 * - `bad-txns-vout-negative`: an amount is below zero.
 * - `bad-txns-vout-toolarge`: an amount is above all the money there can be.
 * - `bad-txns-txouttotal-toolarge`: the amounts together are.
 * - `bad-txns-inputs-duplicate`: two inputs spend the same output (CVE-2018-17144).
 * - `bad-cb-length`: a coinbase's script is not 2 to 100 bytes.
 * - `bad-txns-prevout-null`: an input among several spends nothing, as only a coinbase's may.
 */
export type TxRule =
  | 'bad-txns-vin-empty'
  | 'bad-txns-vout-empty'
  | 'bad-txns-oversize'
  | 'bad-txns-vout-negative'
  | 'bad-txns-vout-toolarge'
  | 'bad-txns-txouttotal-toolarge'
  | 'bad-txns-inputs-duplicate'
  | 'bad-cb-length'
  | 'bad-txns-prevout-null';

/** A rule that a transaction breaks, and the numbers that show it. */
export interface BrokenTxRule {
  readonly rule: TxRule;
  readonly detail: string;
}

/** Whether a transaction makes new money: its only input spends nothing. */
export function isCoinbase(tx: Tx): boolean {
  const [first] = tx.inputs;
  return tx.inputs.length === 1 && first !== undefined && spendsNothing(first.previous);
}

/** Returns the first rule that a transaction breaks, in Core's order. The time taken grows with its size, no faster. */
export function checkTransaction(tx: Tx): BrokenTxRule | undefined {
  return checkNotEmpty(tx) ?? checkSize(tx) ?? checkAmounts(tx) ?? checkInputs(tx);
}

function checkNotEmpty({ inputs, outputs }: Tx): BrokenTxRule | undefined {
  if (inputs.length === 0) return { rule: 'bad-txns-vin-empty', detail: 'no inputs' };
  if (outputs.length === 0) return { rule: 'bad-txns-vout-empty', detail: 'no outputs' };
  return undefined;
}

function checkSize(tx: Tx): BrokenTxRule | undefined {
  const weight = STRIPPED_BYTE_WEIGHT * strippedSize(tx);
  if (weight <= MAX_BLOCK_WEIGHT) return undefined;
  const detail = `weight ${weight} without witnesses, a block has room for ${MAX_BLOCK_WEIGHT}`;
  return { rule: 'bad-txns-oversize', detail };
}

function checkAmounts({ outputs }: Tx): BrokenTxRule | undefined {
  let total = 0n;
  for (const [n, { valueSats }] of outputs.entries()) {
    if (valueSats < 0n) {
      return { rule: 'bad-txns-vout-negative', detail: `output ${n} is worth ${valueSats} satoshis` };
    }
    if (valueSats > MAX_MONEY_SATS) {
      return { rule: 'bad-txns-vout-toolarge', detail: `output ${n} is worth ${valueSats} satoshis` };
    }
    total += valueSats;
    if (total > MAX_MONEY_SATS) {
      const detail = `outputs 0 to ${n} are worth ${total} satoshis together`;
      return { rule: 'bad-txns-txouttotal-toolarge', detail };
    }
  }
  return undefined;
}

function checkInputs(tx: Tx): BrokenTxRule | undefined {
  if (tx.inputs.length > 1) return checkDistinct(tx) ?? checkNoneNull(tx);
  return isCoinbase(tx) ? checkCoinbaseScript(tx) : undefined;
}

function checkDistinct({ inputs }: Tx): BrokenTxRule | undefined {
  const seen = new Set<string>();
  for (const [n, { previous }] of inputs.entries()) {
    seen.add(`${hashKey(previous.txid)}${previous.vout}`);
    if (seen.size === n) {
      return { rule: 'bad-txns-inputs-duplicate', detail: `input ${n} spends what another one spends` };
    }
  }
  return undefined;
}

function checkNoneNull({ inputs }: Tx): BrokenTxRule | undefined {
  const n = inputs.findIndex(({ previous }) => spendsNothing(previous));
  if (n === -1) return undefined;
  return { rule: 'bad-txns-prevout-null', detail: `input ${n} of ${inputs.length} spends nothing` };
}

function checkCoinbaseScript({ inputs }: Tx): BrokenTxRule | undefined {
  const size = inputs[0]?.script.length ?? 0;
  if (size >= MIN_COINBASE_SCRIPT_SIZE && size <= MAX_COINBASE_SCRIPT_SIZE) return undefined;
  const allowed = `${MIN_COINBASE_SCRIPT_SIZE} to ${MAX_COINBASE_SCRIPT_SIZE}`;
  return { rule: 'bad-cb-length', detail: `the coinbase's script has ${size} bytes, not ${allowed}` };
}

function spendsNothing({ txid, vout }: OutPoint): boolean {
  return vout === NULL_VOUT && equalBytes(txid, NULL_TXID);
}
