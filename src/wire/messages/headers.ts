/** `headers`: the answer to getheaders, and the announcement of new blocks (BIP 130). */

import { DecodeError } from '../../bytes/decode-error.ts';
import { type Codec, list, struct } from '../codec.ts';
import { readCount, writeCount } from '../compact-size.ts';
import { HEADER_SIZE_BYTES, type Header, header } from '../header.ts';

/** Most headers in one message (Core: MAX_HEADERS_RESULTS). An answer with as many says: ask again. */
export const MAX_HEADERS_PER_MESSAGE = 2000;

export interface HeadersPayload {
  readonly headers: readonly Header[];
}

/** A header and a count of transactions, which is always zero: left over from the days it was a block. */
const headerWithoutTransactions: Codec<Header> = {
  minSize: HEADER_SIZE_BYTES + 1,
  read(reader) {
    const value = header.read(reader);
    const start = reader.offset;
    const count = readCount(reader);
    if (count !== 0) {
      throw new DecodeError(
        'bad-value',
        `${count} transactions after a header, none allowed`,
        start,
        'txCount',
      );
    }
    return value;
  },
  write(writer, value) {
    header.write(writer, value);
    writeCount(writer, 0);
  },
};

export const headers: Codec<HeadersPayload> = struct<HeadersPayload>({
  headers: list(headerWithoutTransactions, MAX_HEADERS_PER_MESSAGE),
});
