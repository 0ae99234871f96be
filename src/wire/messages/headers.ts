/** `headers`: the answer to getheaders, and the announcement of new blocks (BIP 130). */

import { DecodeError } from '../../bytes/decode-error.ts';
import type { Reader } from '../../bytes/reader.ts';
import { type Codec, field } from '../codec.ts';
import { readCount, writeCount } from '../compact-size.ts';
import { HEADER_SIZE_BYTES } from '../header.ts';

/** Most headers in one message (Core: MAX_HEADERS_RESULTS). An answer with as many says: ask again. */
export const MAX_HEADERS_PER_MESSAGE = 2000;

/** A header and a count of transactions, which is always zero: left over from the days it was a block. */
const ENTRY_SIZE_BYTES = HEADER_SIZE_BYTES + 1;

export interface HeadersPayload {
  /**
   * The headers, 80 bytes each, one after another; `decodeHeaders` takes them apart. Whoever syncs reads a few fields of
   * each of a million, and has no use for a million objects.
   */
  readonly headers: Uint8Array;
}

export const headers: Codec<HeadersPayload> = {
  minSize: 1,
  read: (reader) => field('headers', () => ({ headers: readHeaders(reader) })),
  write(writer, { headers: bytes }) {
    if (bytes.length % HEADER_SIZE_BYTES !== 0) throw new RangeError(`${bytes.length} bytes of headers`);
    writeCount(writer, bytes.length / HEADER_SIZE_BYTES, MAX_HEADERS_PER_MESSAGE);
    for (let start = 0; start < bytes.length; start += HEADER_SIZE_BYTES) {
      writer.bytes(bytes.subarray(start, start + HEADER_SIZE_BYTES));
      writer.u8(0);
    }
  },
};

function readHeaders(reader: Reader): Uint8Array {
  const start = reader.offset;
  const count = readCount(reader, MAX_HEADERS_PER_MESSAGE);
  if (count * ENTRY_SIZE_BYTES > reader.remaining) {
    const wanted = `${count} items of at least ${ENTRY_SIZE_BYTES} bytes`;
    throw new DecodeError('unexpected-end', `${wanted}, ${reader.remaining} bytes left`, start);
  }
  for (let i = 0; i < count; i++) {
    if (reader.peek((i + 1) * ENTRY_SIZE_BYTES - 1) !== 0) return refuseTransactions(reader, i);
  }
  return withoutCounts(reader.bytes(count * ENTRY_SIZE_BYTES), count);
}

/** The headers alone. They are moved together in one copy: a view of each takes twice the time, and a million are garbage. */
function withoutCounts(entries: Uint8Array, count: number): Uint8Array {
  const bytes = new Uint8Array(entries);
  for (let i = 1; i < count; i++) {
    const start = i * ENTRY_SIZE_BYTES;
    bytes.copyWithin(i * HEADER_SIZE_BYTES, start, start + HEADER_SIZE_BYTES);
  }
  return bytes.subarray(0, count * HEADER_SIZE_BYTES);
}

/** Reads on to the entry at fault, and says what is wrong with it. */
function refuseTransactions(reader: Reader, index: number): never {
  reader.bytes(index * ENTRY_SIZE_BYTES + HEADER_SIZE_BYTES);
  return field(index, () => readNoTransactions(reader));
}

function readNoTransactions(reader: Reader): never {
  const start = reader.offset;
  const count = readCount(reader);
  const message = `${count} transactions after a header, none allowed`;
  throw new DecodeError('bad-value', message, start, 'txCount');
}
