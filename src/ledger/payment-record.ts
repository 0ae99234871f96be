/** What a block held for watched scripts, as bytes. Whoever keeps them adds a checksum. */

import { DecodeError } from '../bytes/decode-error.ts';
import { MAX_BLOCK_TRANSACTIONS } from '../wire/block.ts';
import {
  type Codec,
  compactSize,
  decode,
  encode,
  hash,
  list,
  struct,
  u32,
  u8,
  varBytes,
} from '../wire/codec.ts';
import { readCount, writeCount } from '../wire/compact-size.ts';
import type { BlockPayments, Payment, ReceivedOutput, SpentOutput, UnknownSpend } from './payment.ts';

/** Number of this layout, the first byte; others are not read. */
const LAYOUT_VERSION = 1;
/** Longest script that a block has room for. */
const MAX_SCRIPT_BYTES = 4_000_000;

const position = number(0xffffffff);
const script = varBytes(MAX_SCRIPT_BYTES);
const valueSats = compactSize;

const payment = struct<Payment>({
  txid: hash,
  index: number(MAX_BLOCK_TRANSACTIONS - 1),
  received: list(struct<ReceivedOutput>({ vout: position, valueSats, script })),
  spent: list(struct<SpentOutput>({ vin: position, txid: hash, vout: position, valueSats, script })),
  unknownSpends: list(struct<UnknownSpend>({ vin: position, txid: hash, vout: position, script })),
});

const blockPayments = struct<BlockPayments>({
  height: u32,
  hash,
  blockTime: u32,
  payments: list(payment, MAX_BLOCK_TRANSACTIONS),
});

const record: Codec<BlockPayments> = {
  minSize: u8.minSize + blockPayments.minSize,
  read(reader) {
    const version = reader.u8();
    if (version !== LAYOUT_VERSION) throw new DecodeError('bad-value', `unknown layout ${version}`, 0);
    return blockPayments.read(reader);
  },
  write(writer, value) {
    writer.u8(LAYOUT_VERSION);
    blockPayments.write(writer, value);
  },
};

export function encodeBlockPayments(found: BlockPayments): Uint8Array {
  return encode(record, found);
}

/** Undefined when the bytes are damaged, or of a later version. It shares no memory with them. */
export function decodeBlockPayments(bytes: Uint8Array): BlockPayments | undefined {
  try {
    const found = decode(record, Uint8Array.from(bytes));
    return found.payments.length > 0 && found.payments.every(touchesSomething) ? found : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function touchesSomething({ received, spent, unknownSpends }: Payment): boolean {
  return received.length + spent.length + unknownSpends.length > 0;
}

/** A number in as few bytes as it needs. */
function number(limit: number): Codec<number> {
  return {
    minSize: 1,
    read: (reader) => readCount(reader, limit),
    write: (writer, value) => writeCount(writer, value, limit),
  };
}
