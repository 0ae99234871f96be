/** Changes to the outputs that are there to be spent, made one after another and not yet in force. */

import { type OutPointKey, outPointKey } from '../wire/outpoint-key.ts';
import type { OutPoint } from '../wire/tx.ts';

/** An output of a watched script that nothing has spent. */
export interface UnspentOutput extends OutPoint {
  readonly valueSats: bigint;
  readonly script: Uint8Array;
}

/**
 * A block's transactions spend what those before them made, so each has to see what the others did; and still nothing may be
 * changed before all of it is known to be right.
 */
export class OutputDraft {
  readonly #unspent: Map<OutPointKey, UnspentOutput>;
  /** Undefined for what is spent. */
  readonly #changed = new Map<OutPointKey, UnspentOutput | undefined>();

  /** @param unspent changed by {@link commit} only. */
  constructor(unspent: Map<OutPointKey, UnspentOutput>) {
    this.#unspent = unspent;
  }

  /** Takes an output out and returns it; undefined when it is not there. */
  spend(spent: OutPoint): UnspentOutput | undefined {
    const key = outPointKey(spent);
    const output = this.#get(key);
    if (output !== undefined) this.#changed.set(key, undefined);
    return output;
  }

  /** Puts an output in; false when it is there already. */
  make(output: UnspentOutput): boolean {
    const key = outPointKey(output);
    if (this.#get(key) !== undefined) return false;
    this.#changed.set(key, output);
    return true;
  }

  commit(): void {
    for (const [key, output] of this.#changed) {
      if (output === undefined) this.#unspent.delete(key);
      else this.#unspent.set(key, output);
    }
    this.#changed.clear();
  }

  #get(key: OutPointKey): UnspentOutput | undefined {
    return this.#changed.has(key) ? this.#changed.get(key) : this.#unspent.get(key);
  }
}
