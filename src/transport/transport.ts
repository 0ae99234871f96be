/** What a way of putting messages into a byte stream must offer. It does no I/O: bytes in, frames out, and back. */

import type { Message } from '../wire/message.ts';

/** A message as it came: nobody has looked into the payload yet. */
export interface Frame {
  readonly command: string;
  /** Valid until the next call of {@link Transport.receive}. */
  readonly payload: Uint8Array;
}

/**
 * Why a stream cannot be read any further; each code has a heading in docs/errors.md.
 *
 * - `wrong-magic`: a message does not start with the network's magic: another network, or no Bitcoin node at all.
 * - `oversized-message`: a message claims to be longer than the protocol allows.
 */
export type TransportFault = 'wrong-magic' | 'oversized-message';

export interface Received {
  readonly frames: readonly Frame[];
  /** Set when the stream ends here for good; the frames before it are good. */
  readonly fault?: { readonly code: TransportFault; readonly detail: string };
}

export interface Transport {
  /** Takes the next bytes of the stream, however it was chopped. */
  receive(chunk: Uint8Array): Received;
  /** The bytes that carry a message. */
  send(message: Message): Uint8Array;
  /** Messages dropped so far because their checksum was wrong or their command no text. The connection goes on. */
  readonly droppedCount: number;
}
