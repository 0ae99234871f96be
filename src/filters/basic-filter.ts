/** Basic block filters: the scripts that a block's outputs pay to, and those that its inputs spend (BIP 158). */

import { hashKey } from '../bytes/hash-key.ts';
import { sha256 } from '../bytes/hash.ts';
import { OP } from '../script/opcodes.ts';
import type { Tx } from '../wire/tx.ts';
import { encodeSet, rangeOf } from './golomb-rice.ts';
import { ScriptNumbers } from './script-numbers.ts';

/**
 * Whether filters tell of an output with this script: of all but those that are empty, and those that begin with OP_RETURN,
 * as nobody can spend them. Who waits for a payment to such a script has to look at the blocks themselves.
 */
export function isInFilters(outputScript: Uint8Array): boolean {
  return outputScript.length > 0 && outputScript[0] !== OP.RETURN;
}

/**
 * What a block's filter is made of: scripts of its outputs, as far as {@link isInFilters}, and scripts of the outputs that
 * it spends, but empty ones. The same script may be there more than once.
 *
 * @param transactions all of the block, the coinbase too.
 * @param spentScripts of the outputs that the inputs spend, in any order; the coinbase spends none.
 */
export function filterElements(
  transactions: readonly Tx[],
  spentScripts: Iterable<Uint8Array>,
): Uint8Array[] {
  const elements: Uint8Array[] = [];
  for (const { outputs } of transactions) {
    for (const { script } of outputs) if (isInFilters(script)) elements.push(script);
  }
  for (const script of spentScripts) if (script.length > 0) elements.push(script);
  return elements;
}

/**
 * Builds the filter of a block: its own memory, the same bytes that every node makes.
 *
 * @param blockHash 32 bytes in wire order; RangeError when it has another length.
 * @param scripts those of {@link filterElements}, in any order. What is there twice counts once.
 */
export function buildBasicFilter(blockHash: Uint8Array, scripts: Iterable<Uint8Array>): Uint8Array {
  const distinct = distinctScripts(scripts);
  const numbers = new ScriptNumbers(distinct).numbersIn(blockHash, rangeOf(distinct.length));
  return encodeSet(numbers.toSorted());
}

/** Every script once. */
export function distinctScripts(scripts: Iterable<Uint8Array>): Uint8Array[] {
  // By their hashes, which are short: a block may hold scripts of a million bytes.
  const distinct = new Map<string, Uint8Array>();
  for (const script of scripts) distinct.set(hashKey(sha256(script)), script);
  return [...distinct.values()];
}
