/** A peer on loopback that does what a test tells it to, byte by byte if need be. */

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { regtest } from '../../src/networks/regtest.ts';
import { MessageStream } from '../../src/transport/message-stream.ts';
import { encodeFrame, V1Transport } from '../../src/transport/v1.ts';
import type { Command, Message, MessageOf } from '../../src/wire/message.ts';
import type { VersionPayload } from '../../src/wire/messages/version.ts';
import { HEADER_SIZE_BYTES } from '../../src/wire/header.ts';
import type { HeadersChain } from './headers-chain.ts';
import { VERACK, versionOf } from './messages.ts';

/** The peer's end of a connection. */
export class WireConnection {
  readonly socket: Socket;
  /** Everything that came, in order. */
  readonly received: Message[] = [];
  readonly #magic: Uint8Array;
  readonly #stream: MessageStream;
  #waiting: (() => void)[] = [];
  #isOver = false;
  #taken = 0;

  constructor(socket: Socket, magic: Uint8Array = regtest.magic) {
    this.socket = socket;
    this.#magic = magic;
    this.#stream = new MessageStream(new V1Transport(magic));
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      const { messages, fault } = this.#stream.receive(chunk);
      // Copies: byte strings are only good until the next chunk.
      this.received.push(...structuredClone(messages));
      if (fault !== undefined) throw new Error(`the client sent ${fault.code}: ${fault.detail}`);
      this.#wake();
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  send(...messages: readonly Message[]): void {
    for (const message of messages) this.write(this.#stream.send(message));
  }

  /** Sends a message that the codec would not write. */
  sendPayload(command: string, payload: Uint8Array): void {
    this.write(encodeFrame(this.#magic, command, payload));
  }

  write(bytes: Uint8Array): void {
    if (!this.#isOver) this.socket.write(bytes);
  }

  /** Resolves when what was written has left this process, or the connection is over. */
  async drained(): Promise<void> {
    if (this.#isOver || !this.socket.writableNeedDrain) return;
    await Promise.race([once(this.socket, 'drain').catch(() => undefined), this.ended()]);
  }

  /** Takes the next message of a command; those before it are passed over. Undefined when the connection ends first. */
  async next<C extends Command>(command: C): Promise<MessageOf<C> | undefined> {
    for (;;) {
      const index = this.received.findIndex((message, i) => i >= this.#taken && message.command === command);
      if (index >= 0) {
        this.#taken = index + 1;
        return this.received[index] as MessageOf<C>;
      }
      if (this.#isOver) return undefined;
      await this.#news();
    }
  }

  /** Resolves when the connection is over. */
  async ended(): Promise<void> {
    while (!this.#isOver) await this.#news();
  }

  /** Shakes hands as the one who was called. */
  async shakeHands(version: Partial<VersionPayload> = {}): Promise<void> {
    await this.next('version');
    this.send(versionOf(version), VERACK);
    await this.next('verack');
  }

  /** Shakes hands as the one who calls. */
  async callAndShakeHands(version: Partial<VersionPayload> = {}): Promise<void> {
    this.send(versionOf(version));
    await this.next('version');
    await this.next('verack');
    this.send(VERACK);
  }

  #news(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

export type Behaviour = (connection: WireConnection) => Promise<void> | void;

export class WirePeer {
  readonly connections: WireConnection[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Accepts connections until the test is over; what a behaviour throws fails the test. */
  static async listen(
    t: Pick<TestContext, 'after'>,
    behave: Behaviour = () => undefined,
    magic: Uint8Array = regtest.magic,
  ): Promise<WirePeer> {
    const server = createServer();
    const peer = new WirePeer(server);
    server.on('connection', (socket) => {
      const connection = new WireConnection(socket, magic);
      peer.connections.push(connection);
      void behave(connection);
    });
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
    t.after(() => {
      server.close();
      for (const { socket } of peer.connections) socket.destroy();
    });
    return peer;
  }

  /** Accepts no more connections. */
  async close(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** HOST:PORT. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }
}

/** Shakes hands and answers as a node with this chain does. */
export function honestly(chain: HeadersChain): Behaviour {
  return async (connection) => {
    await connection.shakeHands({ startHeight: chain.height });
    await answer(connection, chain);
  };
}

/** Answers every getheaders until the connection is over. */
export async function answer(connection: WireConnection, chain: HeadersChain): Promise<void> {
  for (;;) {
    const request = await connection.next('getheaders');
    if (request === undefined) return;
    connection.sendPayload('headers', headersPayload(chain.answer(request.payload)));
  }
}

/** A `headers` payload, also one that no honest node would send. */
export function headersPayload(headers: Uint8Array, transactionCount = 0): Uint8Array {
  const count = headers.length / HEADER_SIZE_BYTES;
  const payload = new Uint8Array(3 + count * (HEADER_SIZE_BYTES + 1));
  // A count from 253 on takes a marker and two bytes; smaller ones are made to fit by leaving two out.
  const start = count < 253 ? 2 : 0;
  if (count < 253) payload[2] = count;
  else payload.set([0xfd, count & 0xff, count >> 8]);
  for (let i = 0; i < count; i++) {
    const at = 3 + i * (HEADER_SIZE_BYTES + 1);
    payload.set(headers.subarray(i * HEADER_SIZE_BYTES, (i + 1) * HEADER_SIZE_BYTES), at);
    payload[at + HEADER_SIZE_BYTES] = transactionCount;
  }
  return payload.subarray(start);
}
