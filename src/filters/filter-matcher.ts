/** Whether the filter of a block holds any of the scripts that are watched. */

import { DecodeError } from '../bytes/decode-error.ts';
import { toHex } from '../bytes/hex.ts';
import { isInFilters } from './basic-filter.ts';
import { rangeOf, SetDecoder } from './golomb-rice.ts';
import { ScriptNumbers } from './script-numbers.ts';
import { SetSearch } from './set-search.ts';

/**
 * - `match`: the block pays to one of the scripts, or spends from one; or it seems so by chance, which a script does in
 *   one of 784,931 blocks that it does not occur in.
 * - `none`: if the filter is the block's, none of the scripts occurs in the block.
 * - `malformed`: the bytes are no filter.
 */
export type FilterMatch = 'match' | 'none' | 'malformed';

/** Looks for the same scripts in one filter after another. */
export class FilterMatcher {
  readonly #scripts: ScriptNumbers;
  readonly #decoder = new SetDecoder();
  readonly #search = new SetSearch();

  /**
   * @param scripts output scripts to look for, of which copies are kept; none matches nothing.
   * @throws {RangeError} when filters do not tell of one of them, see {@link isInFilters}: `none` would be no answer then.
   */
  constructor(scripts: readonly Uint8Array[]) {
    for (const script of scripts) {
      if (!isInFilters(script)) throw new RangeError(`no filter tells of the script ${describe(script)}`);
    }
    this.#scripts = new ScriptNumbers(scripts);
  }

  /**
   * Looks into the filter of a block; all of it is read, so that `none` is never said of half a filter.
   *
   * @param blockHash 32 bytes in wire order; RangeError when it has another length.
   */
  matches(filter: Uint8Array, blockHash: Uint8Array): FilterMatch {
    let numbers: Float64Array;
    try {
      numbers = this.#decoder.decode(filter);
    } catch (error) {
      if (error instanceof DecodeError) return 'malformed';
      throw error;
    }
    const wanted = this.#scripts.numbersIn(blockHash, rangeOf(numbers.length));
    return this.#search.includesAny(numbers, wanted) ? 'match' : 'none';
  }
}

function describe(script: Uint8Array): string {
  return script.length === 0 ? 'without a byte' : toHex(script.subarray(0, 40));
}
