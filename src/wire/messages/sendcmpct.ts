/** `sendcmpct`: whether and how blocks may come in compact form (BIP 152). */

import { bool, type Codec, struct, u64 } from '../codec.ts';

export interface SendCmpctPayload {
  /** Whether new blocks may come unasked in compact form. */
  readonly announce: boolean;
  readonly version: bigint;
}

export const sendCmpct: Codec<SendCmpctPayload> = struct<SendCmpctPayload>({ announce: bool, version: u64 });
