/** The messages in a peer's byte stream. The one place where a stranger's bytes that do not parse are caught. */

import { DecodeError } from '../bytes/decode-error.ts';
import { decodeReceived, isCommand, type Message } from '../wire/message.ts';
import type { Transport, TransportFault } from './transport.ts';

/**
 * Why a peer's bytes are read no further: what the transport found, or
 *
 * - `malformed-message`: the payload of a message we know does not parse.
 */
export type StreamFault = TransportFault | 'malformed-message';

export interface ReceivedMessages {
  /** In the order in which they came. Byte strings in them are valid until the next call. */
  readonly messages: readonly Message[];
  /** Set when nothing after these messages can be believed. */
  readonly fault?: { readonly code: StreamFault; readonly detail: string };
}

export class MessageStream {
  readonly #transport: Transport;
  #unknownCount = 0;
  #isBroken = false;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Messages ignored so far because we do not know their command. */
  get unknownCount(): number {
    return this.#unknownCount;
  }

  /** Messages dropped so far because their frame was damaged. */
  get droppedCount(): number {
    return this.#transport.droppedCount;
  }

  /** Takes the next bytes of the stream. After a fault nothing more is read. */
  receive(chunk: Uint8Array): ReceivedMessages {
    if (this.#isBroken) return { messages: [] };
    const { frames, fault } = this.#transport.receive(chunk);
    const messages: Message[] = [];
    for (const { command, payload } of frames) {
      if (!isCommand(command)) {
        this.#unknownCount++;
        continue;
      }
      try {
        messages.push(decodeReceived(command, payload));
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        this.#isBroken = true;
        return { messages, fault: { code: 'malformed-message', detail: `${command}: ${error.message}` } };
      }
    }
    return fault === undefined ? { messages } : { messages, fault };
  }

  send(message: Message): Uint8Array {
    return this.#transport.send(message);
  }
}
