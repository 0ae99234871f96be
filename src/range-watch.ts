/** Notices when payments come close to the end of a descriptor's range: those beyond it would not be found. */

import { toHex } from './bytes/hex.ts';
import type { BlockPayments } from './ledger/payment.ts';
import type { RangeEnd } from './scan-options.ts';

export class RangeWatch {
  readonly #ends: ReadonlyMap<string, RangeEnd>;
  /** Descriptors of which it was said. */
  readonly #warned = new Set<number>();

  constructor(ends: ReadonlyMap<string, RangeEnd> = new Map()) {
    this.#ends = ends;
  }

  /** What to say of the payments of a block; undefined when there is nothing to say, or it was said. */
  warningOf({ payments }: BlockPayments): string | undefined {
    if (this.#ends.size === 0) return undefined;
    for (const { received } of payments) {
      for (const { script } of received) {
        const end = this.#ends.get(toHex(script));
        if (end === undefined || this.#warned.has(end.descriptor)) continue;
        this.#warned.add(end.descriptor);
        const { descriptor, index, last } = end;
        return (
          `descriptor ${descriptor + 1} is used at ${index}, close to the end of its range at ${last}: ` +
          'payments beyond are not found, so choose a larger range'
        );
      }
    }
    return undefined;
  }
}
