/** The client: finds peers, brings the header chain to the tip, keeps it there and says what happens. */

import { toDisplayHex } from './bytes/hex.ts';
import { ClientError, stopped, toClientError } from './client-error.ts';
import { BlockAnswers, type BlockInfo } from './block-answers.ts';
import { type ClientEvent, type ErrorEvent, stampOf, toClientEvent } from './client-events.ts';
import { endpointText } from './endpoint.ts';
import { EventStream } from './event-stream.ts';
import { HeaderChain, type Tip } from './header-chain.ts';
import type { HeaderInfo } from './header-info.ts';
import { systemClock } from './io/clock.ts';
import { LiveReport } from './io/live-report.ts';
import { systemRandom } from './io/random.ts';
import { Runner } from './io/runner.ts';
import type { Network } from './networks/network.ts';
import { type LightClientOptions, type ResolvedOptions, resolveOptions } from './light-client-options.ts';
import { describeLiveTip, type LiveView } from './live-view.ts';
import { LightNode } from './protocol/light-node.ts';
import type { NodeEvent } from './protocol/events.ts';
import type { NodeFailure } from './protocol/node-failure.ts';
import type { Endpoint } from './protocol/peer.ts';
import { MempoolView } from './mempool-view.ts';
import { Outcome } from './outcome.ts';
import { readOwnTransaction } from './own-transaction.ts';
import { openScan, type ScanSession } from './scan-session.ts';
import { openPeerBook, type PeerBook } from './peer-book.ts';
import { describeConnection, type KnownPeer, type PeerConnection } from './peer-list.ts';
import { listKnown } from './read-peers.ts';
import { networkFolder } from './saved-peers.ts';
import { ShownTransactions } from './shown-transactions.ts';
import { isToldOfScan, toScanEvents } from './to-scan-events.ts';

export type EventListener = (event: ClientEvent) => void;

/** What has to be closed at the end. */
interface Held {
  readonly chain: HeaderChain;
  book?: PeerBook;
  /** Tells other processes of this machine. */
  live?: LiveReport | undefined;
  scan?: ScanSession | undefined;
}

interface Running {
  readonly held: Held;
  readonly book: PeerBook;
  readonly runner: Runner;
  readonly node: LightNode;
  readonly listening: Endpoint | undefined;
}

export class LightClient implements AsyncIterable<ClientEvent> {
  readonly network: Network;
  readonly #options: LightClientOptions;
  readonly #resolved: ResolvedOptions;
  readonly #listeners = new Set<EventListener>();
  readonly #streams = new Set<EventStream>();
  readonly #synced = new Outcome<Tip>();
  readonly #ended = new Outcome<void>();
  readonly #blocks = new BlockAnswers();
  #starting: Promise<void> | undefined;
  #running: Running | undefined;
  #lastTip: Tip | undefined;
  #startHeight: number | undefined;
  #stopping: Promise<void> | undefined;
  #finishing: Promise<void> | undefined;

  /**
   * @throws {TypeError} when the network is unknown or cannot begin where it is to, or an address cannot be read.
   * @throws {RangeError} when a number is out of its range.
   */
  constructor(options: LightClientOptions = {}) {
    this.#options = options;
    this.#resolved = resolveOptions(options);
    this.network = this.#resolved.network;
  }

  /** The last header of the best chain; undefined before {@link start}, and after the end what it was then. */
  get tip(): Tip | undefined {
    return this.#running?.held.chain.tip ?? this.#lastTip;
  }

  /**
   * Height that the chain was verified from: 0 for genesis, else that of the built-in anchor that the store begins at.
   * Undefined before {@link start}.
   */
  get startHeight(): number | undefined {
    return this.#running?.held.chain.startHeight ?? this.#startHeight;
  }

  /** Where it accepts connections; undefined when it does not. */
  get listening(): Endpoint | undefined {
    return this.#running?.listening;
  }

  /**
   * Opens the store and begins. Resolves when connections are being made; {@link synced} tells when the tip is reached.
   *
   * @throws {ClientError} when the store cannot be opened or the address not listened on.
   */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /**
   * Resolves to the tip when some peer has served its chain to the end.
   *
   * @throws {ClientError} when that is given up, or the client stopped before.
   */
  synced(): Promise<Tip> {
    return this.#synced.promise();
  }

  /**
   * Resolves when the client has ended and all is safe on disk.
   *
   * @throws {ClientError} when it ended because something failed.
   */
  ended(): Promise<void> {
    return this.#ended.promise();
  }

  /** Hangs up, saves and closes. May be called at any time, and more than once. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /**
   * A stored header.
   *
   * @param which a height of the best chain, or a hash in display order.
   * @returns undefined when there is no such header.
   * @throws {TypeError} before {@link start} or after the end, or when `which` is no hash.
   * @throws {RangeError} when `which` is a number and no height.
   */
  header(which: number | string): Promise<HeaderInfo | undefined> {
    if (this.#running === undefined) throw new TypeError('header: the client is not running');
    return this.#running.held.chain.header(which);
  }

  /** The connections as they are now; none when the client is not running. */
  connections(): PeerConnection[] {
    return (this.#running?.runner.connections() ?? []).map(describeConnection);
  }

  /** The unconfirmed transactions that are held now; undefined when none are watched, or the client is not running. */
  get mempool(): MempoolView | undefined {
    const pool = this.#running?.node.mempool;
    return pool && new MempoolView(pool, this.network, this.#resolved.node.mempool?.maxBytes ?? 0);
  }

  /**
   * Sends a transaction: it is announced to peers, and again after each block until it is confirmed. What becomes of it is
   * told by `send` events; without `mempool.blocks` that it was confirmed is never known.
   *
   * @param raw the whole transaction, witnesses included. It is not known whether it is valid: its inputs are not.
   * @returns its txid, display order.
   * @throws {ClientError} when the bytes are no transaction, or one that breaks a rule whatever it spends.
   * @throws {TypeError} when the client is not running, or was not told to watch the mempool.
   */
  send(raw: Uint8Array): string {
    const running = this.#running;
    if (running?.node.mempool === undefined)
      throw new TypeError('send: the client is not running, or has no option mempool');
    const tx = readOwnTransaction(raw);
    running.runner.submit(tx);
    return toDisplayHex(tx.txid);
  }

  /**
   * Fetches a block of the best chain from a peer, and checks that its transactions are those that its header commits to.
   *
   * @param which its height, or its hash in display order.
   * @throws {ClientError} `block-not-found` when it is not on the best chain, `blocks-unavailable` when no peer delivers it,
   *   `invalid-block` when it breaks a rule whoever delivers it, `stopped` when the client ends before.
   * @throws {TypeError} when the client is not running, or `which` is no hash.
   */
  async fetchBlock(which: number | string): Promise<BlockInfo> {
    const running = this.#running;
    if (running === undefined) throw new TypeError('fetchBlock: the client is not running');
    return this.#blocks.fetch(which, running.held.chain.tree, running.runner);
  }

  /** The addresses of peers that are known now; none when the client is not running. */
  knownPeers(): KnownPeer[] {
    return this.#running === undefined ? [] : listKnown(this.#running.book.memory);
  }

  /** Calls a listener for each event from now on; returns a function that ends it. */
  onEvent(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** All events from now on; ends with the client. */
  events(): AsyncIterableIterator<ClientEvent> {
    const stream: EventStream = new EventStream(() => this.#streams.delete(stream));
    if (this.#ended.isSettled) stream.end();
    else this.#streams.add(stream);
    return stream;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ClientEvent> {
    return this.events();
  }

  async #start(): Promise<void> {
    const { signal } = this.#options;
    try {
      const held: Held = { chain: await this.#openChain() };
      await this.#run(held).catch(async (error: unknown) => {
        await closeAll(held);
        throw error;
      });
    } catch (cause) {
      const error = signal?.aborted === true ? stopped() : toClientError(cause);
      this.#settle(error);
      throw error;
    }
    const abort = (): void => void this.stop();
    signal?.addEventListener('abort', abort, { once: true });
    this.#ended.promise().then(
      () => signal?.removeEventListener('abort', abort),
      () => signal?.removeEventListener('abort', abort),
    );
    if (signal?.aborted === true) abort();
  }

  async #openChain(): Promise<HeaderChain> {
    const { chain, datadir, start, signal } = this.#options;
    if (this.#stopping !== undefined || signal?.aborted === true) {
      await chain?.close();
      throw stopped();
    }
    return chain ?? (await HeaderChain.open({ network: this.network, datadir, create: true, start }));
  }

  async #run(held: Held): Promise<void> {
    const { network } = this;
    const { chain } = held;
    const { node: options, listen, proxy, savesPeers, filter } = this.#resolved;
    const { datadir } = this.#options;
    const book = await openPeerBook({ network, datadir: savesPeers ? datadir : undefined });
    held.book = book;
    // The folder of a chain that somebody else has opened may be in use by another client.
    if (datadir !== undefined && this.#options.chain === undefined)
      held.live = await LiveReport.serve(networkFolder(datadir, network.name), () => this.#view(chain));
    const scan = await this.#openScan(chain);
    held.scan = scan;
    const node = new LightNode(chain.tree, { ...options, scan: scan?.options }, systemRandom, book.memory);
    const shown = new ShownTransactions(filter);
    const runner = new Runner({
      node,
      store: chain.store,
      magic: network.magic,
      clock: systemClock,
      proxy,
      savePeers: book.save,
      saveScan: scan?.save,
      onEvent: (event) => this.#hear(event, held, shown),
      onFinish: (failure) => void this.#finish(held, failure),
    });
    const listening = listen && (await listenOn(listen, runner));
    chain.writtenBy(() => runner.written());
    this.#running = { held, book, runner, node, listening };
    if (chain.repair !== undefined) this.#emitProblem('warning', 'store-repaired', chain.repair);
    for (const warning of [book.warning, ...(scan?.warnings ?? [])])
      if (warning !== undefined) this.#emitProblem('warning', warning.code, warning.message);
    runner.start();
  }

  /** The node reports something. */
  #hear(event: NodeEvent, { chain, scan }: Held, shown: ShownTransactions): void {
    // A node of this kind probes nobody.
    if (event.event === 'peer-probed') return;
    if (event.event === 'block-fetched' || event.event === 'block-failed') {
      this.#blocks.answer(event);
    } else if (isToldOfScan(event)) {
      for (const told of toScanEvents(event, stampOf(this.network), this.network)) this.#emit(told);
      const warning = event.event === 'payments' ? scan?.ranges.warningOf(event.found) : undefined;
      if (warning !== undefined) this.#emitProblem('warning', 'range-nearly-used', warning);
    } else {
      const told = toClientEvent(event, this.network);
      if (shown.admits(told, event)) this.#emit(told);
      if (event.event === 'synced') this.#synced.resolve(chain.tip);
    }
  }

  async #openScan(chain: HeaderChain): Promise<ScanSession | undefined> {
    const { scan, node } = this.#resolved;
    // The folder of a chain that somebody else has opened may be in use by another client.
    const datadir = this.#options.chain === undefined ? this.#options.datadir : undefined;
    const { follow, progressTimeoutMs: stallTimeoutMs } = node;
    const checkpoint = (): void => {
      if (this.#stopping !== undefined || this.#options.signal?.aborted === true) throw stopped();
    };
    return scan && openScan(scan, chain, { datadir, follow, stallTimeoutMs, checkpoint });
  }

  #view(chain: HeaderChain): LiveView {
    const { listening } = this;
    return {
      pid: process.pid,
      network: this.network.name,
      tip: describeLiveTip(chain),
      startHeight: chain.startHeight,
      listening: listening === undefined ? null : endpointText(listening),
      connections: this.connections(),
      known: this.knownPeers(),
    };
  }

  async #stop(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    const running = this.#running;
    if (running !== undefined) {
      await running.runner.stop();
      await this.#finish(running.held, running.runner.storeError);
    } else if (this.#finishing !== undefined) {
      // It ends already, by itself, and says so when the database is closed.
      await this.#finishing;
    } else {
      const { chain } = this.#options;
      await this.#close(chain && { chain }, undefined);
    }
  }

  /** Whoever comes first, the runner or {@link stop}, says how it ended. */
  #finish(held: Held, failure: NodeFailure | Error | undefined): Promise<void> {
    this.#finishing ??= this.#end(held, failure);
    return this.#finishing;
  }

  async #end(held: Held, failure: NodeFailure | Error | undefined): Promise<void> {
    const error = failure === undefined ? undefined : toClientError(failure);
    if (error !== undefined) this.#emitProblem('error', error.code, error.message);
    this.#lastTip = held.chain.tip;
    this.#startHeight = held.chain.startHeight;
    this.#running = undefined;
    await this.#close(held, error);
  }

  /** @param error what went wrong before, which says more than trouble with closing. */
  async #close(held: Held | undefined, error: ClientError | undefined): Promise<void> {
    try {
      if (held !== undefined) await closeAll(held);
      this.#settle(error);
    } catch (cause) {
      const trouble = toClientError(cause);
      if (error === undefined) this.#emitProblem('error', trouble.code, trouble.message);
      this.#settle(error ?? trouble);
    }
  }

  #settle(error: ClientError | undefined): void {
    this.#synced.reject(error ?? stopped());
    this.#blocks.end(error ?? stopped());
    if (error === undefined) this.#ended.resolve();
    else this.#ended.reject(error);
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
  }

  #emitProblem(event: 'warning' | 'error', code: ErrorEvent['code'], message: string): void {
    this.#emit({ event, time: new Date().toISOString(), network: this.network.name, code, message });
  }

  #emit(event: ClientEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        // Not ours, so not for us to hide or to suffer from: it is thrown where nobody is in the middle of something.
        process.nextTick(() => {
          throw error;
        });
      }
    }
    for (const stream of this.#streams) stream.push(event);
  }
}

function listenOn(endpoint: Endpoint, runner: Runner): Promise<Endpoint> {
  return runner.listen(endpoint).catch((cause: Error) => {
    throw new ClientError('listen-failed', `cannot listen on ${endpointText(endpoint)}: ${cause.message}`, {
      cause,
    });
  });
}

/** The headers come last: their lock is what keeps other clients out of the rest. */
async function closeAll({ chain, book, live, scan }: Held): Promise<void> {
  await live?.close();
  // What was learnt of peers was written, or is lost: the headers are what matters.
  await book?.close().catch(() => undefined);
  await scan?.close().catch(() => undefined);
  await chain.close();
}
