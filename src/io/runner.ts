/** Joins the node, which decides, to sockets, disk, clock and chance, which act. */

import type { Socket } from 'node:net';
import type { ChainPoint } from '../chain/tree-change.ts';
import type { HeaderStore } from '../store/header-store.ts';
import type { LightNodeInput, LightNodeOutput } from '../protocol/node-contract.ts';
import type { NodeFailure } from '../protocol/node-failure.ts';
import type { NodeEvent } from '../protocol/events.ts';
import type { Machine, Now } from '../protocol/machine.ts';
import type { ConnectionInfo, Disconnect, Endpoint, PeerId } from '../protocol/peer.ts';
import type { ScanChange } from '../protocol/scan/scan-contract.ts';
import type { RecordChange } from '../protocol/peers/peer-memory.ts';
import { MessageStream } from '../transport/message-stream.ts';
import { V1Transport } from '../transport/v1.ts';
import type { IdentifiedTx } from '../wire/identified-tx.ts';
import type { Message } from '../wire/message.ts';
import { HeldClock } from './clock.ts';
import { CommitQueue } from './commit-queue.ts';
import { Connection } from './connection.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { type AddressResolver, lookUp, systemResolver } from './dns.ts';
import { Listener } from './listener.ts';
import { PeerSaver } from './peer-saver.ts';
import { WriteQueue } from './write-queue.ts';

/** Sockets accepted at a time, the last resort: the node says much earlier whom it will not keep. */
const MAX_ACCEPTED = 512;

/** A machine that decides about whole connections. */
export interface RunnableNode extends Machine<LightNodeInput, LightNodeOutput> {
  /** A name for a connection that was accepted. */
  newPeerId(): PeerId;
  connections(now: Now): ConnectionInfo[];
}

/** A connection as it is now, with what went over the line. */
export interface LiveConnection extends ConnectionInfo {
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface RunnerOptions {
  readonly node: RunnableNode;
  readonly store: Pick<HeaderStore, 'commit' | 'read'>;
  /** The network's four bytes. */
  readonly magic: Uint8Array;
  readonly clock: () => Now;
  /** Makes what asks DNS seeds; by default the system's name servers are asked. */
  readonly newResolver?: () => AddressResolver;
  /** The SOCKS5 proxy that all connections are made through; then no name is looked up here. */
  readonly proxy?: Endpoint | undefined;
  /** Writes what is to be remembered of peers; called again only when the last call has ended. Left out: it is forgotten. */
  readonly savePeers?: ((change: RecordChange) => Promise<void>) | undefined;
  /** Writes what a scan found; left out, it is forgotten. */
  readonly saveScan?: ((change: ScanChange) => Promise<void>) | undefined;
  /** Time that headers to be written are gathered for where many come at once, milliseconds. Default: 20. */
  readonly gatheringMs?: number;
  /** Sockets to accept at a time, whatever the node says. */
  readonly maxAccepted?: number;
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
  readonly #timer = new DeadlineTimer(() => this.#ring());
  readonly #peerSaver: PeerSaver | undefined;
  readonly #scanWrites: WriteQueue<ScanChange> | undefined;
  readonly #listeners: Listener[] = [];
  #storeError: Error | undefined;
  /** Whether the node was started, and nothing went wrong inside it since. */
  #isSound = false;
  #isOver = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#clock = new HeldClock(options.clock);
    this.#queue = new CommitQueue<NodeEvent>({
      commit: (change) => options.store.commit(change),
      deliver: (event) => options.onEvent(event),
      gatheringMs: options.gatheringMs,
      failed: (error) => this.#failWriting(error),
      busy: (isBusy) => this.#holdAll(isBusy),
    });
    const { savePeers, saveScan } = options;
    if (saveScan !== undefined) {
      const failed = (error: unknown): void => this.#failWriting(error);
      this.#scanWrites = new WriteQueue({ write: saveScan, failed });
    }
    if (savePeers !== undefined) {
      const report = (warning: NodeEvent): void => this.#queue.addEvent(warning);
      this.#peerSaver = new PeerSaver({ save: savePeers, report });
    }
  }

  /** Why something of what was received is not on disk; undefined when all is, or will be after {@link stop}. */
  get storeError(): Error | undefined {
    return this.#storeError;
  }

  /** Resolves when what the node has decided so far is on disk; rejects when the disk refused. */
  written(): Promise<void> {
    return this.#queue.written();
  }

  /** The connections as they are now, dialled and accepted; none once it has stopped. */
  connections(): LiveConnection[] {
    if (this.#isOver) return [];
    return this.#options.node.connections(this.#clock.now()).map((info) => {
      const { bytesIn = 0, bytesOut = 0 } = this.#connections.get(info.peer) ?? {};
      return { ...info, bytesIn, bytesOut };
    });
  }

  start(): void {
    this.#isSound = true;
    this.#feed({ type: 'started' });
  }

  /** Sends a transaction of our own. */
  submit(tx: IdentifiedTx): void {
    this.#feed({ type: 'submitted', tx });
  }

  /** Fetches a block of the best chain; an event tells what became of it. */
  fetchBlock(block: ChainPoint): void {
    this.#feed({ type: 'block-wanted', block });
  }

  /**
   * Accepts connections.
   *
   * @param endpoint where; port 0 takes a free one.
   * @returns where it listens now.
   */
  async listen(endpoint: Endpoint): Promise<Endpoint> {
    const listener = await Listener.open(endpoint, {
      maxSockets: this.#options.maxAccepted ?? MAX_ACCEPTED,
      accept: (socket, caller) => this.#accept(socket, caller),
    });
    this.#listeners.push(listener);
    this.#feed({ type: 'listening', endpoint: listener.endpoint });
    return listener.endpoint;
  }

  /**
   * Hangs up, and resolves when all that was received is safe on disk, or {@link storeError} says why it is not. The
   * node hears of it first: what it wants to remember is written as well.
   */
  async stop(): Promise<void> {
    if (!this.#isOver) {
      this.#isOver = true;
      if (this.#isSound) this.#takeLeave();
    }
    this.#timer.clear();
    this.#lookUps.abort();
    for (const listener of this.#listeners) listener.close();
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
    // Trouble with saving is an event, and those are delivered by the queue.
    await this.#peerSaver?.flush();
    await this.#scanWrites?.flush();
    await this.#queue.flush();
  }

  #failWriting(error: unknown): void {
    this.#storeError ??= error as Error;
    void this.#finish(this.#storeError);
  }

  #feed(input: LightNodeInput): void {
    if (this.#isOver) return;
    this.#attempt(() => {
      for (const output of this.#options.node.handle(input, this.#clock.now())) this.#perform(output);
      this.#setTimer();
    });
  }

  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      // A mistake of ours: better to end with all that is checked on disk than to go on in an unknown state.
      this.#isSound = false;
      void this.#finish(error as Error);
    }
  }

  /** Tells the node that this is the end. */
  #takeLeave(): void {
    try {
      const outputs = this.#options.node.handle({ type: 'stopping' }, this.#clock.now());
      for (const output of outputs) this.#perform(output);
    } catch (error) {
      this.#storeError ??= error as Error;
    }
  }

  #perform(output: LightNodeOutput): void {
    switch (output.do) {
      case 'look-up':
        if (!this.#isOver) void this.#lookUp(output.name);
        return;
      case 'dial':
        if (!this.#isOver) this.#dial(output.peer, output.endpoint);
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
      case 'save-peers':
        this.#peerSaver?.add(output.change);
        return;
      case 'save-scan':
        this.#scanWrites?.add(output.change);
        return;
      case 'report':
        this.#queue.addEvent(output.event);
        return;
      case 'finish':
        void this.#finish(output.failure);
        return;
    }
  }

  #dial(peer: PeerId, endpoint: Endpoint): void {
    const { proxy } = this.#options;
    this.#keep(peer, Connection.dial(endpoint, this.#newStream(), this.#listenerFor(peer), { proxy }));
  }

  async #lookUp(name: string): Promise<void> {
    this.#feed({ type: 'looked-up', name, ...(await this.#addressesOf(name)) });
  }

  async #addressesOf(name: string): Promise<{ addresses: string[]; error?: string }> {
    const { newResolver = systemResolver, proxy } = this.#options;
    // The node does not ask for it; whoever hides behind a proxy must not depend on that.
    if (proxy !== undefined) return { addresses: [], error: 'nothing is looked up past the proxy' };
    return lookUp(name, { signal: this.#lookUps.signal, resolver: newResolver() });
  }

  /** The store is behind the tree, by which the heights were chosen, until all is written. */
  async #readHeaders(fromHeight: number, count: number): Promise<Message> {
    await this.written();
    const headers = await this.#options.store.read(fromHeight, count);
    return { command: 'headers', payload: { headers } };
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

  #accept(socket: Socket, endpoint: Endpoint): void {
    if (this.#isOver) {
      socket.destroy();
      return;
    }
    const peer = this.#options.node.newPeerId();
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
    const deadlineMs = this.#isOver || this.#clock.isHeld ? undefined : this.#options.node.deadline();
    if (deadlineMs === undefined) this.#timer.clear();
    else this.#timer.ringBy(deadlineMs, this.#clock.now().ms);
  }

  #ring(): void {
    this.#attempt(() => {
      const deadlineMs = this.#options.node.deadline();
      if (deadlineMs !== undefined && deadlineMs <= this.#clock.now().ms) this.#feed({ type: 'tick' });
      else this.#setTimer();
    });
  }

  async #finish(failure: NodeFailure | Error | undefined): Promise<void> {
    if (this.#isOver) return;
    await this.stop();
    this.#options.onFinish(this.#storeError ?? failure);
  }
}
