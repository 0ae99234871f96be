/** Whether a filter can be that of a block, as far as the block itself shows: for when peers give different ones. */

import { DecodeError } from '../bytes/decode-error.ts';
import { equalBytes } from '../bytes/hash.ts';
import { toHex } from '../bytes/hex.ts';
import type { IdentifiedTx } from '../wire/identified-tx.ts';
import { buildBasicFilter, distinctScripts, filterElements } from './basic-filter.ts';
import { rangeOf, SetDecoder } from './golomb-rice.ts';
import { ScriptNumbers } from './script-numbers.ts';
import { includes } from './set-search.ts';
import { likelyScripts, spentScripts } from './spent-scripts.ts';

/** What can be said of a filter. All of it is certain but `doubts`: the filter that belongs to a valid block is never `wrong`. */
export type FilterJudgement =
  /** It is the block's: every script that the block spends is known, and they and those it pays to make this filter. */
  | { readonly kind: 'exact' }
  /** Nothing contradicts it. Which scripts some inputs spend does not follow from the block. */
  | {
      readonly kind: 'possible';
      /**
       * Scripts that inputs seem to spend and that are not in the filter. Where two filters are possible, the one with
       * fewer is likely the better, and no more than that: whoever makes a transaction can have it seem what he likes, so
       * that even many doubts prove nothing against the peer.
       */
      readonly doubts: number;
    }
  /** It is not the block's: one who gives it with his filter headers lies, or is damaged. */
  | { readonly kind: 'wrong'; readonly detail: string };

/** Bytes of a script that a detail shows. */
const SHOWN_SCRIPT_BYTES = 40;

/**
 * Judges a filter by its block.
 *
 * @param blockHash 32 bytes in wire order; RangeError when it has another length.
 * @param transactions all of a block on the best chain, the coinbase first, with their witnesses, and checked against the
 * header and the witness commitment: a judgement by anything else convicts the innocent.
 */
export function judgeFilter(
  filter: Uint8Array,
  blockHash: Uint8Array,
  transactions: readonly IdentifiedTx[],
): FilterJudgement {
  const numbers = numbersOf(filter);
  if (numbers instanceof DecodeError) return wrong(`malformed: ${numbers.message}`);
  const { known, unknown } = spentScripts(transactions);
  const elements = distinctScripts(
    filterElements(
      transactions.map(({ tx }) => tx),
      known,
    ),
  );

  const [missing] = scriptsMissing(elements, blockHash, numbers);
  if (missing !== undefined) return wrong(`without the script ${shown(missing)}`);
  const most = elements.length + unknown.length;
  if (numbers.length < elements.length || numbers.length > most) {
    return wrong(`${numbers.length} scripts, where ${elements.length} to ${most} belong`);
  }
  if (unknown.length > 0) {
    const likely = distinctScripts(unknown.flatMap(likelyScripts));
    return { kind: 'possible', doubts: scriptsMissing(likely, blockHash, numbers).length };
  }
  const isExact = equalBytes(filter, buildBasicFilter(blockHash, elements));
  return isExact ? { kind: 'exact' } : wrong('not made of the scripts of the block');
}

function wrong(detail: string): FilterJudgement {
  return { kind: 'wrong', detail };
}

function numbersOf(filter: Uint8Array): Float64Array | DecodeError {
  try {
    return new SetDecoder().decode(filter);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}

function scriptsMissing(
  scripts: readonly Uint8Array[],
  blockHash: Uint8Array,
  numbers: Float64Array,
): readonly Uint8Array[] {
  const wanted = new ScriptNumbers(scripts).numbersIn(blockHash, rangeOf(numbers.length));
  return scripts.filter((_, i) => !includes(numbers, wanted[i] as number));
}

function shown(script: Uint8Array): string {
  const start = toHex(script.subarray(0, SHOWN_SCRIPT_BYTES));
  return script.length > SHOWN_SCRIPT_BYTES ? `${start}… (${script.length} bytes)` : start;
}
