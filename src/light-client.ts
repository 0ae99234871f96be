/** The client: finds a peer, brings the header chain to the tip, keeps it there and says what happens. */

import { ClientError } from './client-error.ts';
import { type ClientEvent, type ErrorEvent, toClientEvent } from './client-events.ts';
import { endpointText, parseEndpoint } from './endpoint.ts';
import { EventStream } from './event-stream.ts';
import { HeaderChain, type Tip } from './header-chain.ts';
import type { HeaderInfo } from './header-info.ts';
import { systemClock } from './io/clock.ts';
import { systemRandom } from './io/random.ts';
import { Runner } from './io/runner.ts';
import { networkByName } from './networks/by-name.ts';
import type { Network } from './networks/network.ts';
import { LightNode, type LightNodeOptions } from './protocol/light-node.ts';
import type { NodeFailure } from './protocol/node-failure.ts';
import type { Endpoint } from './protocol/peer.ts';
import { Outcome } from './outcome.ts';
import { StoreError } from './store/store-error.ts';
import { USER_AGENT } from './package-info.ts';

export interface LightClientOptions {
  /** Name of the network, or parameters of one of your own. Default: mainnet. */
  readonly network?: string | Network;
  /** Folder for the headers; it holds a folder for each network. Without it nothing is kept on disk. */
  readonly datadir?: string;
  /** A chain that is open already, in place of `datadir`; the client closes it when it ends. */
  readonly chain?: HeaderChain;
  /** Peers to call and no others: HOST or HOST:PORT. */
  readonly connect?: readonly string[];
  /** Peers to call before those that the network's DNS seeds know. */
  readonly addPeers?: readonly string[];
  /** Whether to ask the network's DNS seeds; only ever done without `connect`. Default: true. */
  readonly dnsSeeds?: boolean;
  /** Whether to call anybody. Default: true. */
  readonly dial?: boolean;
  /** Whether to stay when the tip is reached. Default: true. */
  readonly follow?: boolean;
  /** Address to accept connections on, HOST:PORT; those who call are served our headers. */
  readonly listen?: string;
  /** Work below which a chain is not believed to be the network's. Default: the network's own. */
  readonly minChainwork?: bigint;
  /** Seconds without a new header after which a client that does not follow gives up. Default: 60. */
  readonly timeoutSeconds?: number;
  /** Milliseconds between pings. Default: 30,000. */
  readonly pingIntervalMs?: number;
  /** Milliseconds of silence after which a peer is dropped. Default: 90,000. */
  readonly silenceTimeoutMs?: number;
  /** Milliseconds from the connection to the end of the handshake. Default: 20,000. */
  readonly handshakeTimeoutMs?: number;
  /** Milliseconds that a peer has to answer a request for headers. Default: 30,000. */
  readonly headersTimeoutMs?: number;
  /** Stops the client when it aborts. */
  readonly signal?: AbortSignal;
}

const DEFAULT_TIMEOUT_SECONDS = 60;
/** Enough that a peer that stalls can be replaced at once. */
const OUTBOUND_COUNT = 3;

export type EventListener = (event: ClientEvent) => void;

interface Running {
  readonly chain: HeaderChain;
  readonly runner: Runner;
  readonly listening: Endpoint | undefined;
}

export class LightClient implements AsyncIterable<ClientEvent> {
  readonly network: Network;
  readonly #options: LightClientOptions;
  readonly #connect: readonly Endpoint[];
  readonly #addPeers: readonly Endpoint[];
  readonly #listen: Endpoint | undefined;
  readonly #listeners = new Set<EventListener>();
  readonly #streams = new Set<EventStream>();
  readonly #synced = new Outcome<Tip>();
  readonly #ended = new Outcome<void>();
  #starting: Promise<void> | undefined;
  #running: Running | undefined;
  #lastTip: Tip | undefined;
  #stopping: Promise<void> | undefined;
  #finishing: Promise<void> | undefined;

  /**
   * @throws {TypeError} when the network is unknown or an address cannot be read.
   */
  constructor(options: LightClientOptions = {}) {
    this.#options = options;
    this.network = options.chain?.network ?? resolveNetwork(options.network ?? 'mainnet');
    this.#connect = this.#endpoints(options.connect ?? []);
    this.#addPeers = this.#endpoints(options.addPeers ?? []);
    this.#listen = this.#endpoints(options.listen === undefined ? [] : [options.listen], 0)[0];
  }

  /** The last header of the best chain; undefined before {@link start}, and after the end what it was then. */
  get tip(): Tip | undefined {
    return this.#running?.chain.tip ?? this.#lastTip;
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
   * @throws {TypeError} before {@link start} or after the end.
   */
  header(which: number | string): Promise<HeaderInfo | undefined> {
    if (this.#running === undefined) throw new TypeError('header: the client is not running');
    return this.#running.chain.header(which);
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
      const chain = await this.#openChain();
      await this.#run(chain).catch(async (error: unknown) => {
        await chain.close();
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
    const { chain, datadir, signal } = this.#options;
    if (this.#stopping !== undefined || signal?.aborted === true) {
      await chain?.close();
      throw stopped();
    }
    return chain ?? (await HeaderChain.open({ network: this.network, datadir, create: true }));
  }

  async #run(chain: HeaderChain): Promise<void> {
    const node = new LightNode(chain.tree, this.#nodeOptions(), systemRandom);
    const runner = new Runner({
      node,
      store: chain.store,
      magic: this.network.magic,
      clock: systemClock,
      onEvent: (event) => {
        this.#emit(toClientEvent(event, this.network.name));
        if (event.event === 'synced') this.#synced.resolve(chain.tip);
      },
      onFinish: (failure) => void this.#finish(chain, failure),
    });
    const listening = this.#listen && (await listenOn(this.#listen, runner));
    this.#running = { chain, runner, listening };
    if (chain.repair !== undefined) this.#emitProblem('warning', 'store-repaired', chain.repair);
    runner.start();
  }

  #nodeOptions(): LightNodeOptions {
    const options = this.#options;
    return {
      network: this.network,
      userAgent: USER_AGENT,
      connect: this.#connect,
      addPeers: this.#addPeers,
      usesDnsSeeds: options.dnsSeeds ?? true,
      isDialling: options.dial ?? true,
      outboundCount: OUTBOUND_COUNT,
      follow: options.follow ?? true,
      minChainwork: options.minChainwork ?? this.network.minChainwork,
      progressTimeoutMs: 1000 * (options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS),
      ...pickDefined(options, [
        'pingIntervalMs',
        'silenceTimeoutMs',
        'handshakeTimeoutMs',
        'headersTimeoutMs',
      ]),
    };
  }

  #endpoints(texts: readonly string[], lowestPort = 1): Endpoint[] {
    return texts.map((text) => {
      const endpoint = parseEndpoint(text, this.network.port, lowestPort);
      if (endpoint === undefined) throw new TypeError(`${JSON.stringify(text)} is no HOST:PORT`);
      return endpoint;
    });
  }

  async #stop(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    const running = this.#running;
    if (running === undefined) {
      await this.#options.chain?.close();
      this.#settle(undefined);
      return;
    }
    await running.runner.stop();
    await this.#finish(running.chain, running.runner.storeError);
  }

  /** Whoever comes first, the runner or {@link stop}, says how it ended. */
  #finish(chain: HeaderChain, failure: NodeFailure | Error | undefined): Promise<void> {
    this.#finishing ??= this.#end(chain, failure);
    return this.#finishing;
  }

  async #end(chain: HeaderChain, failure: NodeFailure | Error | undefined): Promise<void> {
    const error = failure === undefined ? undefined : toClientError(failure);
    if (error !== undefined) this.#emitProblem('error', error.code, error.message);
    await this.#close(chain);
    this.#settle(error);
  }

  async #close(chain: HeaderChain): Promise<void> {
    this.#lastTip = chain.tip;
    this.#running = undefined;
    await chain.close();
  }

  #settle(error: ClientError | undefined): void {
    this.#synced.reject(error ?? stopped());
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

function resolveNetwork(network: string | Network): Network {
  if (typeof network !== 'string') return network;
  const found = networkByName(network);
  if (found === undefined) throw new TypeError(`${JSON.stringify(network)} is no network`);
  return found;
}

function stopped(): ClientError {
  return new ClientError('stopped', 'the client was stopped before the tip was reached');
}

function toClientError(failure: unknown): ClientError {
  if (failure instanceof ClientError) return failure;
  if (failure instanceof StoreError)
    return new ClientError(failure.code, failure.message, { cause: failure });
  if (failure instanceof Error) return new ClientError('internal-error', failure.message, { cause: failure });
  const { code, message } = failure as NodeFailure;
  return new ClientError(code, message);
}

/** Some keys of an object, without those that are undefined. */
function pickDefined<T extends object, K extends keyof T>(
  object: T,
  keys: readonly K[],
): { [P in K]?: Exclude<T[P], undefined> } {
  const entries = keys.map((key) => [key, object[key]] as const).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [P in K]?: Exclude<T[P], undefined> };
}
