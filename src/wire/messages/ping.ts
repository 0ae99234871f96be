/** `ping` and `pong`: is the other side still there? (BIP 31) */

import { type Codec, struct, u64 } from '../codec.ts';

export interface PingPayload {
  /** Absent from peers older than BIP 31, which expect no answer. */
  readonly nonce?: bigint;
}

export const ping: Codec<PingPayload> = {
  minSize: 0,
  read: (reader) => (reader.remaining === 0 ? {} : { nonce: reader.u64() }),
  write(writer, { nonce }) {
    if (nonce !== undefined) writer.u64(nonce);
  },
};

export interface PongPayload {
  readonly nonce: bigint;
}

export const pong: Codec<PongPayload> = struct<PongPayload>({ nonce: u64 });
