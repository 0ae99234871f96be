/** `reject`: why a message was refused (BIP 61). Core no longer sends it; btcd and old nodes do. */

import { type Codec, field, varText } from '../codec.ts';

/** Longest name of the refused message, in bytes. */
const MAX_MESSAGE_NAME_SIZE_BYTES = 12;

const messageName = varText(MAX_MESSAGE_NAME_SIZE_BYTES);
/** Of any length: Core stopped at 111 bytes, but btcd names transactions and quotes whole scripts in its reasons. */
const reasonText = varText();

export interface RejectPayload {
  /** Command of the refused message. */
  readonly message: string;
  /** BIP 61 code, such as 0x10 for invalid. */
  readonly code: number;
  readonly reason: string;
  /** Hash of the refused block or transaction, or nothing. */
  readonly data: Uint8Array;
}

export const reject: Codec<RejectPayload> = {
  minSize: messageName.minSize + 1 + reasonText.minSize,
  read: (reader) => ({
    message: field('message', () => messageName.read(reader)),
    code: field('code', () => reader.u8()),
    reason: field('reason', () => reasonText.read(reader)),
    data: reader.bytes(reader.remaining),
  }),
  write(writer, value) {
    messageName.write(writer, value.message);
    writer.u8(value.code);
    reasonText.write(writer, value.reason);
    writer.bytes(value.data);
  },
};
