/** Joins the node, which decides, to sockets, disk, clock and chance, which act. */

import { createServer, type Server, type Socket } from 'node:net';
import type { HeaderStore } from '../store/header-store.ts';
import type { LightNode, LightNodeInput, LightNodeOutput } from '../protocol/light-node.ts';
import type { NodeFailure } from '../protocol/node-failure.ts';
import type { NodeEvent } from '../protocol/events.ts';
import type { Now } from '../protocol/machine.ts';
import type { Disconnect, Endpoint, PeerId } from '../protocol/peer.ts';
import { MessageStream } from '../transport/message-stream.ts';
import { V1Transport } from '../transport/v1.ts';
import { decode } from '../wire/codec.ts';
import { HEADER_SIZE_BYTES, header } from '../wire/header.ts';
import type { Message } from '../wire/message.ts';
import { HeldClock } from './clock.ts';
import { CommitQueue } from './commit-queue.ts';
import { Connection } from './connection.ts';
import { type AddressResolver, lookUp, systemResolver } from './dns.ts';

/** Connections accepted at a time. */
const MAX_INBOUND = 32;
/** The longest that Node.js can wait at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface RunnerOptions {
  readonly node: LightNode;
  readonly store: HeaderStore;
  /** The network's four bytes. */
  readonly magic: Uint8Array;
  readonly clock: () => Now;
  /** Makes what asks DNS seeds; by default the system's name servers are asked. */
  readonly newResolver?: () => AddressResolver;
  /** Told in order, and of changes only when they are safe on disk. */
  readonly onEvent: (event: NodeEvent) => void;
  /** Told once, unless {@link Runner.stop} comes first: the work is done, or it failed. */
  readonly onFinish: (failure: NodeFailure | Error | undefined) => void;
}

export class Runner {
  readonly #options: RunnerOptions;
  readonly #connections = new Map<PeerId, Connection>();
  readonly #queue: CommitQueue<NodeEvent>;
  /** Stands still while the disk is behind and sockets are not read. */
  readonly #clock: HeldClock;
  readonly #lookUps = new AbortController();
  #servers: Server[] = [];
  #timer: NodeJS.Timeout | undefined;
  #storeError: Error | undefined;
  #isOver = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#clock = new HeldClock(options.clock);
    this.#queue = new CommitQueue<NodeEvent>({
      commit: (change) => options.store.commit(change),
      deliver: (event) => options.onEvent(event),
      failed: (error) => {
        this.#storeError = error as Error;
        void this.#finish(this.#storeError);
      },
      busy: (isBusy) => this.#holdAll(isBusy),
    });
  }

  /** Why something of what was received is not on disk; undefined when all is, or will be after {@link stop}. */
  get storeError(): Error | undefined {
    return this.#storeError;
  }

  /** Resolves when what the node has decided so far is on disk; rejects when the disk refused. */
  written(): Promise<void> {
    return this.#queue.written();
  }

  start(): void {
    this.#feed({ type: 'started' });
  }

  /**
   * Accepts connections.
   *
   * @param endpoint where; port 0 takes a free one.
   * @returns where it listens now.
   */
  async listen(endpoint: Endpoint): Promise<Endpoint> {
    const server = createServer((socket) => this.#accept(socket));
    server.maxConnections = MAX_INBOUND;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: endpoint.host, port: endpoint.port, exclusive: true }, resolve);
    });
    // The system may be too short of means to take a call; the next one may be luckier.
    server.on('error', () => undefined);
    this.#servers.push(server);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('listen: no TCP address');
    return { host: address.address, port: address.port };
  }

  /** Hangs up, and resolves when all that was received is safe on disk, or {@link storeError} says why it is not. */
  async stop(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#lookUps.abort();
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
    await this.#queue.flush();
  }

  #feed(input: LightNodeInput): void {
    if (this.#isOver) return;
    try {
      for (const output of this.#options.node.handle(input, this.#clock.now())) this.#perform(output);
      this.#setTimer();
    } catch (error) {
      // A mistake of ours: better to end with all that is checked on disk than to go on in an unknown state.
      void this.#finish(error as Error);
    }
  }

  #perform(output: LightNodeOutput): void {
    switch (output.do) {
      case 'look-up':
        void this.#lookUp(output.name);
        return;
      case 'dial':
        this.#keep(
          output.peer,
          Connection.dial(output.endpoint, this.#newStream(), this.#listenerFor(output.peer)),
        );
        return;
      case 'send':
        this.#connections.get(output.peer)?.send(output.message);
        return;
      case 'send-headers':
        this.#connections
          .get(output.peer)
          ?.sendLater(() => this.#readHeaders(output.fromHeight, output.count));
        return;
      case 'hang-up':
        this.#connections.get(output.peer)?.close();
        this.#connections.delete(output.peer);
        return;
      case 'persist':
        this.#queue.addChange(output.change);
        return;
      case 'report':
        this.#queue.addEvent(output.event);
        return;
      case 'finish':
        void this.#finish(output.failure);
        return;
    }
  }

  async #lookUp(name: string): Promise<void> {
    const resolver = (this.#options.newResolver ?? systemResolver)();
    const answer = await lookUp(name, { signal: this.#lookUps.signal, resolver });
    this.#feed({ type: 'looked-up', name, ...answer });
  }

  /** The store is behind the tree, by which the heights were chosen, until all is written. */
  async #readHeaders(fromHeight: number, count: number): Promise<Message> {
    await this.written();
    return headersMessage(await this.#options.store.read(fromHeight, count));
  }

  #listenerFor(peer: PeerId) {
    return {
      connected: (): void => this.#feed({ type: 'connected', peer }),
      received: (message: Message): void => this.#feed({ type: 'received', peer, message }),
      lost: (disconnect: Disconnect): void => {
        this.#connections.delete(peer);
        this.#feed({ type: 'lost', peer, disconnect });
      },
    };
  }

  #accept(socket: Socket): void {
    if (this.#isOver) {
      socket.destroy();
      return;
    }
    const peer = this.#options.node.newPeerId();
    const endpoint = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    this.#keep(peer, Connection.accept(socket, this.#newStream(), this.#listenerFor(peer)));
    this.#feed({ type: 'accepted', peer, endpoint });
  }

  #newStream(): MessageStream {
    return new MessageStream(new V1Transport(this.#options.magic));
  }

  #keep(peer: PeerId, connection: Connection): void {
    this.#connections.set(peer, connection);
    if (this.#clock.isHeld) connection.hold();
  }

  #holdAll(isBusy: boolean): void {
    if (isBusy) this.#clock.hold();
    else this.#clock.release();
    this.#setTimer();
    for (const connection of this.#connections.values()) {
      if (isBusy) connection.hold();
      else connection.release();
    }
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    if (this.#isOver || this.#clock.isHeld) return;
    const deadlineMs = this.#options.node.deadline();
    if (deadlineMs === undefined) return;
    const waitMs = Math.min(MAX_TIMER_MS, Math.max(0, Math.ceil(deadlineMs - this.#clock.now().ms)));
    this.#timer = setTimeout(() => this.#feed({ type: 'tick' }), waitMs);
  }

  async #finish(failure: NodeFailure | Error | undefined): Promise<void> {
    if (this.#isOver) return;
    await this.stop();
    this.#options.onFinish(this.#storeError ?? failure);
  }
}

/** @param headers 80 bytes each. */
function headersMessage(headers: Uint8Array): Message {
  const count = headers.length / HEADER_SIZE_BYTES;
  const decoded = Array.from({ length: count }, (_, i) =>
    decode(header, headers.subarray(i * HEADER_SIZE_BYTES, (i + 1) * HEADER_SIZE_BYTES)),
  );
  return { command: 'headers', payload: { headers: decoded } };
}
