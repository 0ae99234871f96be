/** A TCP connection that carries messages, made directly or through a proxy. */

import { connect, Socket } from 'node:net';
import type { Disconnect, DisconnectReason, Endpoint } from '../protocol/peer.ts';
import type { MessageStream } from '../transport/message-stream.ts';
import type { Message } from '../wire/message.ts';
import { askProxy, isReachedByProxyOnly } from './socks-proxy.ts';

/** Time for a connection to come about; addresses that seeds give are often dead, and are tried one after another. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Time that a proxy has to reach the peer: Tor makes a circuit first (Core: g_socks5_recv_timeout, 20 s). */
const PROXY_TIMEOUT_MS = 20_000;
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

export interface DialOptions {
  /** The SOCKS5 proxy to connect through; undefined to call the peer directly. */
  readonly proxy?: Endpoint | undefined;
}

export class Connection {
  readonly #socket: Socket;
  readonly #stream: MessageStream;
  readonly #listener: ConnectionListener;
  /** Whether bytes that come are the peer's. */
  #isOpen = false;
  #isOver = false;
  /** Whether we wait for the peer to read what we sent. */
  #isClogged = false;
  /** What it means when the socket ends now. */
  #endReason: DisconnectReason;
  /** Ends a call that comes to nothing. */
  #patience: NodeJS.Timeout | undefined;
  /** Reasons not to read for now: the disk is behind, or the peer does not read what we send. */
  #holds = 0;
  /** Tail of the work on answers that take time; they leave in the order in which they were asked for. */
  #answers: Promise<void> = Promise.resolve();
  #bytesIn = 0;
  #bytesOut = 0;

  private constructor(
    socket: Socket,
    stream: MessageStream,
    listener: ConnectionListener,
    endReason: DisconnectReason,
  ) {
    this.#socket = socket;
    this.#stream = stream;
    this.#listener = listener;
    this.#endReason = endReason;
    socket.setNoDelay(true);
    socket.on('error', (error) => {
      const whose = this.#endReason === 'proxy-failed' ? 'the proxy: ' : '';
      this.#lose({ reason: this.#endReason, detail: `${whose}${wordsOf(error)}` });
    });
    socket.on('close', () => {
      clearTimeout(this.#patience);
      const other = this.#endReason === 'proxy-failed' ? 'proxy' : 'peer';
      this.#lose({ reason: this.#endReason, detail: `the ${other} closed the connection` });
    });
  }

  /**
   * Calls a peer. Without a proxy names are looked up, and all their addresses tried; with one they are looked up there,
   * and never here.
   */
  static dial(
    endpoint: Endpoint,
    stream: MessageStream,
    listener: ConnectionListener,
    { proxy }: DialOptions = {},
  ): Connection {
    if (proxy !== undefined) return Connection.#dialThrough(proxy, endpoint, stream, listener);
    if (isReachedByProxyOnly(endpoint.host)) {
      const connection = new Connection(new Socket(), stream, listener, 'connect-failed');
      const detail = 'onion and I2P addresses are reached through a proxy only, and there is none';
      // Whoever called has yet to learn that there is a connection.
      process.nextTick(() => connection.#lose({ reason: 'connect-failed', detail }));
      return connection;
    }
    const socket = connect({ host: endpoint.host, port: endpoint.port });
    const connection = new Connection(socket, stream, listener, 'connect-failed');
    connection.#allow(CONNECT_TIMEOUT_MS, 'connect-timeout', 'no connection');
    socket.once('connect', () => {
      if (connection.#isOver) return;
      connection.#open();
      listener.connected();
    });
    return connection;
  }

  static #dialThrough(
    proxy: Endpoint,
    endpoint: Endpoint,
    stream: MessageStream,
    listener: ConnectionListener,
  ): Connection {
    const socket = connect({ host: proxy.host, port: proxy.port });
    const connection = new Connection(socket, stream, listener, 'proxy-failed');
    connection.#allow(CONNECT_TIMEOUT_MS, 'proxy-failed', 'the proxy did not answer');
    socket.once('connect', () => {
      if (connection.#isOver) return;
      connection.#allow(PROXY_TIMEOUT_MS, 'connect-timeout', 'no connection through the proxy');
      void askProxy(socket, endpoint).then((failure) => {
        if (failure !== undefined) connection.#lose(failure);
        if (connection.#isOver) return;
        connection.#open();
        // What the proxy's answer was followed by is put back before anything is read: see `askProxy`.
        connection.hold();
        setImmediate(() => connection.release());
        listener.connected();
      });
    });
    return connection;
  }

  /** Takes over a connection that a peer made to us. */
  static accept(socket: Socket, stream: MessageStream, listener: ConnectionListener): Connection {
    const connection = new Connection(socket, stream, listener, 'connection-lost');
    connection.#open();
    return connection;
  }

  /** Bytes of messages that came from the peer so far. */
  get bytesIn(): number {
    return this.#bytesIn;
  }

  /** Bytes of messages for the peer so far, whether or not they have left already. */
  get bytesOut(): number {
    return this.#bytesOut;
  }

  send(message: Message): void {
    if (this.#isOver) return;
    const frame = this.#stream.send(message);
    this.#bytesOut += frame.length;
    this.#socket.write(frame);
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) {
      this.#lose({ reason: 'connection-lost', detail: `the peer left ${MAX_UNREAD_BYTES} bytes unread` });
    } else if (this.#socket.writableLength > BUSY_UNREAD_BYTES && !this.#isClogged) {
      // Who does not read what we say is not listened to, or it could have us prepare any amount.
      this.#isClogged = true;
      this.hold();
      void this.#drained().then(() => {
        this.#isClogged = false;
        this.release();
      });
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
    if (this.#isOpen) this.#socket.pause();
  }

  release(): void {
    this.#holds--;
    if (this.#holds === 0 && this.#isOpen && !this.#isOver) this.#socket.resume();
  }

  /** Ends the connection after what was sent; the listener is not told. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const socket = this.#socket;
    if (!this.#isOpen) {
      socket.destroy();
      return;
    }
    socket.destroySoon();
    // A peer that does not read would keep the connection open for ever.
    const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  /** Gives a call so much time from now. */
  #allow(timeoutMs: number, reason: DisconnectReason, detail: string): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(
      () => this.#lose({ reason, detail: `${detail} in ${timeoutMs / 1000} s` }),
      timeoutMs,
    );
  }

  /** From here on what comes is the peer's. */
  #open(): void {
    clearTimeout(this.#patience);
    this.#isOpen = true;
    this.#endReason = 'connection-lost';
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    if (this.#holds > 0) this.#socket.pause();
  }

  #receive(chunk: Buffer): void {
    if (this.#isOver) return;
    if (this.#holds > 0) {
      // The proxy's client lets the bytes flow when it is done, whatever we had said.
      this.#socket.pause();
      this.#socket.unshift(chunk);
      return;
    }
    this.#bytesIn += chunk.length;
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
