/** `feefilter`: do not announce transactions that pay less (BIP 133). */

import { type Codec, i64, struct } from '../codec.ts';

export interface FeeFilterPayload {
  /** Satoshis for 1,000 virtual bytes; the receiver ignores what is not an amount of money. */
  readonly feeRateSatsPerKvb: bigint;
}

export const feeFilter: Codec<FeeFilterPayload> = struct<FeeFilterPayload>({ feeRateSatsPerKvb: i64 });
