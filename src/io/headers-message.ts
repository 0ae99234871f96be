/** Stored headers as the message in which they are sent. */

import { decode } from '../wire/codec.ts';
import { HEADER_SIZE_BYTES, header } from '../wire/header.ts';
import type { Message } from '../wire/message.ts';

/** @param headers 80 bytes each. */
export function headersMessage(headers: Uint8Array): Message {
  const count = headers.length / HEADER_SIZE_BYTES;
  const decoded = Array.from({ length: count }, (_, i) =>
    decode(header, headers.subarray(i * HEADER_SIZE_BYTES, (i + 1) * HEADER_SIZE_BYTES)),
  );
  return { command: 'headers', payload: { headers: decoded } };
}
