/** A TCP connection that carries messages. */

import { connect, type Socket } from 'node:net';
import type { Disconnect, Endpoint } from '../protocol/peer.ts';
import type { MessageStream } from '../transport/message-stream.ts';
import type { Message } from '../wire/message.ts';

/** Time for a connection to come about; addresses that seeds give are often dead, and are tried one after another. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Time that a peer has to take the last of what was sent to it. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Bytes that a peer may leave unread before it is given up. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;
/** Unread bytes beyond which nothing more is prepared for the peer. */
const BUSY_UNREAD_BYTES = 256 * 1024;

/** What is told of a connection. After `lost` nothing more. */
export interface ConnectionListener {
  connected(): void;
  received(message: Message): void;
  lost(disconnect: Disconnect): void;
}

export class Connection {
  readonly #socket: Socket;
  readonly #stream: MessageStream;
  readonly #listener: ConnectionListener;
  #isOver = false;
  /** Reasons not to read for now: the disk is behind, or the peer does not read what we send. */
  #holds = 0;
  /** Tail of the work on answers that take time; they leave in the order in which they were asked for. */
  #answers: Promise<void> = Promise.resolve();

  private constructor(socket: Socket, stream: MessageStream, listener: ConnectionListener) {
    this.#socket = socket;
    this.#stream = stream;
    this.#listener = listener;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#lose({ reason: 'connection-lost', detail: wordsOf(error) }));
    socket.on('close', () =>
      this.#lose({ reason: 'connection-lost', detail: 'the peer closed the connection' }),
    );
  }

  /** Calls a peer. Names are looked up, and all their addresses tried. */
  static dial(endpoint: Endpoint, stream: MessageStream, listener: ConnectionListener): Connection {
    const socket = connect({ host: endpoint.host, port: endpoint.port });
    const connection = new Connection(socket, stream, listener);
    const timer = setTimeout(() => {
      const detail = `no connection in ${CONNECT_TIMEOUT_MS / 1000} s`;
      connection.#lose({ reason: 'connect-timeout', detail });
    }, CONNECT_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(timer));
    const fail = (error: Error): void =>
      connection.#lose({ reason: 'connect-failed', detail: wordsOf(error) });
    socket.prependOnceListener('error', fail);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      if (!connection.#isOver) listener.connected();
    });
    return connection;
  }

  /** Takes over a connection that a peer made to us. */
  static accept(socket: Socket, stream: MessageStream, listener: ConnectionListener): Connection {
    return new Connection(socket, stream, listener);
  }

  send(message: Message): void {
    if (this.#isOver) return;
    this.#socket.write(this.#stream.send(message));
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) {
      this.#lose({ reason: 'connection-lost', detail: `the peer left ${MAX_UNREAD_BYTES} bytes unread` });
    }
  }

  /** Sends a message that takes time to prepare. Until it is on its way the peer is not read from. */
  sendLater(prepare: () => Promise<Message>): void {
    this.hold();
    this.#answers = this.#answers
      .then(async () => {
        if (this.#isOver) return;
        this.send(await prepare());
        await this.#drained();
      })
      .catch((error: unknown) => this.#lose({ reason: 'connection-lost', detail: wordsOf(error) }))
      .finally(() => this.release());
  }

  /** Stops reading until {@link release} was called as often as this. */
  hold(): void {
    this.#holds++;
    this.#socket.pause();
  }

  release(): void {
    this.#holds--;
    if (this.#holds === 0 && !this.#isOver) this.#socket.resume();
  }

  /** Ends the connection after what was sent; the listener is not told. */
  close(): void {
    this.#isOver = true;
    const socket = this.#socket;
    if (socket.connecting) {
      socket.destroy();
      return;
    }
    socket.destroySoon();
    // A peer that does not read would keep the connection open for ever.
    const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  #receive(chunk: Uint8Array): void {
    if (this.#isOver) return;
    const { messages, fault } = this.#stream.receive(chunk);
    for (const message of messages) {
      if (this.#isOver) return;
      this.#listener.received(message);
    }
    if (fault !== undefined) this.#lose({ reason: fault.code, detail: fault.detail });
  }

  #lose(disconnect: Disconnect): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.destroy();
    this.#listener.lost(disconnect);
  }

  async #drained(): Promise<void> {
    if (this.#isOver || this.#socket.writableLength < BUSY_UNREAD_BYTES) return;
    const socket = this.#socket;
    await new Promise<void>((resolve) => {
      const proceed = (): void => {
        socket.off('drain', proceed);
        socket.off('close', proceed);
        resolve();
      };
      socket.on('drain', proceed);
      socket.on('close', proceed);
    });
  }
}

/** What the system's codes mean, for people who have not learnt them by heart. */
const PLAIN_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: nobody listens there',
  ECONNRESET: 'the peer broke the connection off',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no network that leads there',
  ENOTFOUND: 'no such name',
  EAI_AGAIN: 'the name service does not answer',
  EPIPE: 'the peer closed the connection',
  ETIMEDOUT: 'no answer',
};

/** The words of an error; of an attempt at several addresses, those of the first. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return wordsOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return PLAIN_WORDS[(error as NodeJS.ErrnoException).code ?? ''] ?? error.message;
}
