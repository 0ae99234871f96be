/** The unencrypted transport: each message behind 24 bytes of magic, command, length and checksum (Core: src/protocol.h). */

import { sha256d } from '../bytes/hash.ts';
import { toHex } from '../bytes/hex.ts';
import { encodePayload, type Message } from '../wire/message.ts';
import { COMMAND_SIZE_BYTES, parseCommand } from './command-text.ts';
import type { Frame, Received, Transport } from './transport.ts';

/** Bytes in front of each payload. */
export const FRAME_HEADER_SIZE_BYTES = 24;
/** Longest payload (Core: MAX_PROTOCOL_MESSAGE_LENGTH). */
export const MAX_PAYLOAD_SIZE_BYTES = 4_000_000;
/** Room made beyond what has arrived (Core: src/net.cpp, CNetMessage): a claimed length alone costs us no more. */
const GROWTH_BYTES = 256 * 1024;

const COMMAND_OFFSET = 4;
const LENGTH_OFFSET = 16;
const CHECKSUM_OFFSET = 20;

const NO_BYTES = new Uint8Array(0);

export class V1Transport implements Transport {
  readonly #magic: Uint8Array;
  readonly #head = new Uint8Array(FRAME_HEADER_SIZE_BYTES);
  #headLength = 0;
  /** Payload bytes that came in earlier chunks, and room for more. */
  #payload: Uint8Array = NO_BYTES;
  #payloadLength = 0;
  #broken = false;
  #droppedCount = 0;

  /** @param magic the network's four bytes, in wire order. */
  constructor(magic: Uint8Array) {
    this.#magic = magic;
  }

  get droppedCount(): number {
    return this.#droppedCount;
  }

  send(message: Message): Uint8Array {
    return encodeFrame(this.#magic, message.command, encodePayload(message));
  }

  receive(chunk: Uint8Array): Received {
    const frames: Frame[] = [];
    let rest = this.#broken ? NO_BYTES : chunk;
    while (rest.length > 0) {
      if (this.#headLength < FRAME_HEADER_SIZE_BYTES) {
        rest = this.#takeHead(rest);
        const fault = this.#faultInHead();
        if (fault !== undefined) {
          this.#broken = true;
          return { frames, fault };
        }
        if (this.#headLength < FRAME_HEADER_SIZE_BYTES) break;
      }
      const missing = this.#claimedLength() - this.#payloadLength;
      const part = rest.subarray(0, missing);
      rest = rest.subarray(part.length);
      if (part.length < missing) this.#keep(part);
      else this.#finish(part, frames);
    }
    return { frames };
  }

  #takeHead(chunk: Uint8Array): Uint8Array {
    const part = chunk.subarray(0, FRAME_HEADER_SIZE_BYTES - this.#headLength);
    this.#head.set(part, this.#headLength);
    this.#headLength += part.length;
    return chunk.subarray(part.length);
  }

  #faultInHead(): Received['fault'] {
    const start = this.#head.subarray(0, Math.min(this.#headLength, this.#magic.length));
    if (start.some((byte, i) => byte !== this.#magic[i])) {
      return { code: 'wrong-magic', detail: `magic ${toHex(start)}, ${toHex(this.#magic)} expected` };
    }
    if (this.#headLength < LENGTH_OFFSET + 4) return undefined;
    const length = this.#claimedLength();
    if (length <= MAX_PAYLOAD_SIZE_BYTES) return undefined;
    return {
      code: 'oversized-message',
      detail: `${length} bytes claimed, at most ${MAX_PAYLOAD_SIZE_BYTES} allowed`,
    };
  }

  #claimedLength(): number {
    return new DataView(this.#head.buffer).getUint32(LENGTH_OFFSET, true);
  }

  #keep(part: Uint8Array): void {
    const length = this.#payloadLength + part.length;
    if (length > this.#payload.length) {
      const larger = new Uint8Array(Math.min(this.#claimedLength(), length + GROWTH_BYTES));
      larger.set(this.#payload.subarray(0, this.#payloadLength));
      this.#payload = larger;
    }
    this.#payload.set(part, this.#payloadLength);
    this.#payloadLength = length;
  }

  #finish(lastPart: Uint8Array, frames: Frame[]): void {
    let payload = lastPart;
    if (this.#payloadLength > 0) {
      this.#keep(lastPart);
      payload = this.#payload.subarray(0, this.#payloadLength);
    }
    const command = parseCommand(this.#head.subarray(COMMAND_OFFSET, COMMAND_OFFSET + COMMAND_SIZE_BYTES));
    const checksum = sha256d(payload);
    const isIntact = this.#head.subarray(CHECKSUM_OFFSET).every((byte, i) => byte === checksum[i]);
    if (command === undefined || !isIntact) this.#droppedCount++;
    else frames.push({ command, payload });
    this.#headLength = 0;
    this.#payload = NO_BYTES;
    this.#payloadLength = 0;
  }
}

/** A whole message as bytes. */
export function encodeFrame(magic: Uint8Array, command: string, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_SIZE_BYTES + payload.length);
  frame.set(magic);
  for (let i = 0; i < command.length; i++) frame[COMMAND_OFFSET + i] = command.charCodeAt(i);
  new DataView(frame.buffer).setUint32(LENGTH_OFFSET, payload.length, true);
  frame.set(sha256d(payload).subarray(0, 4), CHECKSUM_OFFSET);
  frame.set(payload, FRAME_HEADER_SIZE_BYTES);
  return frame;
}
