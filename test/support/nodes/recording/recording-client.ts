/** A client that talks to a node over one TCP connection and writes down every byte of it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256d } from '../../../../src/bytes/hash.ts';
import { toHex } from '../../../../src/bytes/hex.ts';
import { regtest } from '../../../../src/networks/regtest.ts';
import {
  type Command,
  decodeMessage,
  encodePayload,
  isCommand,
  type Message,
  type MessageOf,
} from '../../../../src/wire/index.ts';
import type { RegtestNode } from '../regtest-node.ts';

const FRAME_HEADER_SIZE_BYTES = 24;
const EXPECT_TIMEOUT_MS = 20_000;
const EXPECT_POLL_MS = 10;

/** One line of a conversation: a chunk of bytes as it came from the socket, or went to it. */
export interface ConversationLine {
  readonly from: 'node' | 'client';
  readonly hex: string;
}

export class RecordingClient {
  readonly lines: ConversationLine[] = [];
  readonly #socket: Socket;
  #pending = Buffer.alloc(0);
  /** Messages from the node that `expect` has not asked for yet. */
  readonly #unread: Message[] = [];

  static async connect(node: RegtestNode): Promise<RecordingClient> {
    const socket = connect(node.p2pPort, node.host);
    await once(socket, 'connect');
    return new RecordingClient(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
  }

  send(message: Message): void {
    this.sendFrame(message.command, encodePayload(message));
  }

  /** For commands that the codec does not know. */
  sendFrame(command: string, payload: Uint8Array): void {
    const frame = Buffer.alloc(FRAME_HEADER_SIZE_BYTES + payload.length);
    frame.set(regtest.magic, 0);
    frame.write(command, 4, 'latin1');
    frame.writeUInt32LE(payload.length, 16);
    frame.set(sha256d(payload).subarray(0, 4), 20);
    frame.set(payload, FRAME_HEADER_SIZE_BYTES);
    this.lines.push({ from: 'client', hex: toHex(frame) });
    this.#socket.write(frame);
  }

  /** The next message of that command which nobody has taken yet; earlier ones of other commands stay for later. */
  async expect<C extends Command>(
    command: C,
    accept: (message: MessageOf<C>) => boolean = () => true,
  ): Promise<MessageOf<C>> {
    const deadlineMs = performance.now() + EXPECT_TIMEOUT_MS;
    for (;;) {
      const place = this.#unread.findIndex(
        (message) => message.command === command && accept(message as MessageOf<C>),
      );
      if (place !== -1) return this.#unread.splice(place, 1)[0] as MessageOf<C>;
      if (performance.now() > deadlineMs) {
        const others = this.#unread.map((message) => message.command).join(' ');
        throw new Error(`no such ${command} in ${EXPECT_TIMEOUT_MS} ms, only ${others}`);
      }
      await sleep(EXPECT_POLL_MS);
    }
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.destroy();
    await closed;
  }

  #receive(chunk: Buffer): void {
    this.lines.push({ from: 'node', hex: toHex(chunk) });
    this.#pending = Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= FRAME_HEADER_SIZE_BYTES) {
      const end = FRAME_HEADER_SIZE_BYTES + this.#pending.readUInt32LE(16);
      if (this.#pending.length < end) return;
      const command = this.#pending.toString('latin1', 4, 16).replaceAll('\0', '');
      this.#take(command, this.#pending.subarray(FRAME_HEADER_SIZE_BYTES, end));
      this.#pending = this.#pending.subarray(end);
    }
  }

  #take(command: string, payload: Uint8Array): void {
    if (!isCommand(command)) return;
    const message = decodeMessage(command, payload);
    if (message.command === 'ping' && message.payload.nonce !== undefined) {
      this.send({ command: 'pong', payload: { nonce: message.payload.nonce } });
    }
    this.#unread.push(message);
  }
}
