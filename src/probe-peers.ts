/** Calls each known address once to see who is there: what a seeder's crawler does. */

import { toClientError } from './client-error.ts';
import { printable } from './client-events.ts';
import { systemClock } from './io/clock.ts';
import { systemRandom } from './io/random.ts';
import { Runner } from './io/runner.ts';
import { assertDuration } from './light-client-options.ts';
import { askLiveView } from './live-view.ts';
import type { Network } from './networks/network.ts';
import { USER_AGENT } from './package-info.ts';
import { parseEndpoint } from './endpoint.ts';
import { toTenths } from './peer-list.ts';
import type { NodeEvent } from './protocol/events.ts';
import type { NodeFailure } from './protocol/node-failure.ts';
import { type Endpoint, endpointText } from './protocol/peer.ts';
import { Prober } from './protocol/peers/prober.ts';
import { ProbeRecord } from './probe-record.ts';
import { type Reach, type ReachOptions, resolvePeers, resolveReach } from './reach.ts';
import { isLocked, openSavedPeers, peersFolder, type SavedPeers } from './saved-peers.ts';
import { LevelKeyValue } from './store/level.ts';
import { type HostNetwork, parseHost } from './wire/host.ts';
import { serviceNames } from './wire/services.ts';

export interface ProbeOptions extends ReachOptions {
  readonly network: Network;
  /** Folder that holds a folder for each network; what is learnt is kept there. */
  readonly datadir?: string;
  /** Addresses to call, HOST or HOST:PORT. Default: all that are known in `datadir` and can be reached. */
  readonly addresses?: readonly string[];
  /** Connections at a time, 1 to 1,000. Default: 64. */
  readonly parallel?: number;
  /** Seconds that a peer has for the handshake. Default: 10. */
  readonly timeoutSeconds?: number;
  /** Told once, before the first call. */
  readonly onStart?: (start: ProbeStart) => void;
  /** Ends the calls when it aborts; what was learnt until then is kept. */
  readonly signal?: AbortSignal;
}

export interface ProbeStart {
  /** Addresses that will be called. */
  readonly addressCount: number;
  /** Why nothing of what is learnt is kept; undefined when it is. */
  readonly notSaved: string | undefined;
}

/** What became of one call. What the peer says of itself is null when nobody answered. */
export interface ProbeResult {
  /** HOST:PORT. */
  readonly address: string;
  /** Kind of network of the address; null for a name. */
  readonly hostNetwork: HostNetwork | null;
  /** Whether it came to a handshake. */
  readonly isAlive: boolean;
  readonly version: number | null;
  /** Names of its service bits. */
  readonly services: readonly string[];
  /** Time from ping to pong, milliseconds. */
  readonly latencyMs: number | null;
  readonly height: number | null;
  /** What the peer calls itself; characters other than printable ASCII are shown as `?`. */
  readonly userAgent: string | null;
  /** Why it went wrong, a stable code; null when nothing did. */
  readonly reason: string | null;
  readonly detail: string;
}

const DEFAULT_PARALLEL = 64;
const MAX_PARALLEL = 1_000;
const DEFAULT_TIMEOUT_SECONDS = 10;

type ProbedEvent = NodeEvent & { event: 'peer-probed' };

/**
 * Calls addresses, so many at a time, and tells of each what became of it, as it comes. While a client runs in the
 * folder, its book is in use: then what is learnt is not kept.
 *
 * @throws {TypeError | RangeError} at once, when an option is wrong.
 * @throws {StoreError | ClientError} when it is read and the book cannot be used, or something failed.
 */
export function probePeers(options: ProbeOptions): AsyncGenerator<ProbeResult, void, void> {
  const { network, parallel = DEFAULT_PARALLEL, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = options;
  if (!(Number.isInteger(parallel) && parallel >= 1 && parallel <= MAX_PARALLEL))
    throw new RangeError(`parallel is ${parallel}, not a whole number from 1 to ${MAX_PARALLEL}`);
  assertDuration('timeoutSeconds', timeoutSeconds);
  const reach = resolveReach(options);
  const named = options.addresses && resolvePeers(options.addresses, network.port, reach);
  return probe(options, { named, reach, parallelCount: parallel, handshakeTimeoutMs: 1000 * timeoutSeconds });
}

/** What was made of the options. */
interface Plan {
  /** Undefined for all that are known. */
  readonly named: readonly Endpoint[] | undefined;
  readonly reach: Reach;
  readonly parallelCount: number;
  readonly handshakeTimeoutMs: number;
}

async function* probe(
  options: ProbeOptions,
  { named, reach, ...limits }: Plan,
): AsyncGenerator<ProbeResult, void, void> {
  const { network, signal } = options;
  const { saved, running, notSaved } = await findBook(options);
  const record = saved && new ProbeRecord(saved, network);
  try {
    const known = saved === undefined ? running : Array.from(saved.memory.book.entries(), endpointOf);
    const addresses = named ?? known.filter((endpoint) => isReachable(endpoint, reach));
    options.onStart?.({ addressCount: addresses.length, notSaved });
    const usesGossip = record !== undefined;
    const prober = new Prober(
      { network, userAgent: USER_AGENT, addresses, usesGossip, ...limits },
      systemRandom,
    );
    for await (const event of run(prober, network, reach, signal)) {
      await record?.take(event);
      yield describeProbe(event);
    }
  } finally {
    await record?.close();
  }
}

interface FoundBook {
  /** The book, open; undefined when it cannot be had. */
  readonly saved: SavedPeers | undefined;
  /** The addresses that a running client knows. */
  readonly running: readonly Endpoint[];
  readonly notSaved: string | undefined;
}

async function findBook({ network, datadir, addresses }: ProbeOptions): Promise<FoundBook> {
  if (datadir === undefined) return { saved: undefined, running: [], notSaved: 'no folder is named' };
  const view = await askLiveView(datadir, network.name);
  if (view !== undefined) {
    const running = view.known.flatMap(({ address }) => parseEndpoint(address, network.port, 0) ?? []);
    const notSaved = `headlight is running there (process ${view.pid}) and has the address book in use`;
    return { saved: undefined, running, notSaved };
  }
  // A look into an empty folder is to leave it empty.
  if (addresses === undefined && !LevelKeyValue.exists(peersFolder(datadir, network.name)))
    return { saved: undefined, running: [], notSaved: undefined };
  try {
    return { saved: await openSavedPeers(network, datadir), running: [], notSaved: undefined };
  } catch (error) {
    if (!isLocked(error)) throw error;
    return { saved: undefined, running: [], notSaved: 'another process has the address book in use' };
  }
}

function endpointOf({ endpoint }: { readonly endpoint: Endpoint }): Endpoint {
  return endpoint;
}

function isReachable({ host }: Endpoint, { reachable }: Reach): boolean {
  const network = parseHost(host)?.network;
  return network !== undefined && reachable.has(network);
}

/** Runs a prober, and stops it when nobody wants to know any more. */
async function* run(
  prober: Prober,
  { magic }: Network,
  { proxy }: Reach,
  signal: AbortSignal | undefined,
): AsyncGenerator<ProbedEvent, void, void> {
  const waiting: ProbedEvent[] = [];
  let isOver = signal?.aborted === true;
  let failure: NodeFailure | Error | undefined;
  let wake: (() => void) | undefined;
  const end = (cause?: NodeFailure | Error): void => {
    isOver = true;
    failure = cause;
    wake?.();
  };
  const runner = new Runner({
    node: prober,
    // No headers are asked for, and nobody is served any.
    store: { commit: () => Promise.resolve(), read: () => Promise.resolve(new Uint8Array()) },
    magic,
    clock: systemClock,
    proxy,
    onEvent: (event) => {
      if (event.event === 'peer-probed') waiting.push(event);
      wake?.();
    },
    onFinish: end,
  });
  const abort = (): void => end();
  signal?.addEventListener('abort', abort);
  try {
    if (!isOver) runner.start();
    for (;;) {
      for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) yield event;
      if (isOver) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure !== undefined) throw toClientError(failure);
  } finally {
    signal?.removeEventListener('abort', abort);
    await runner.stop();
  }
}

function describeProbe({ endpoint, info, latencyMs, disconnect }: ProbedEvent): ProbeResult {
  return {
    address: endpointText(endpoint),
    hostNetwork: parseHost(endpoint.host)?.network ?? null,
    isAlive: info !== undefined,
    version: info?.version ?? null,
    services: info === undefined ? [] : serviceNames(info.services),
    latencyMs: latencyMs === undefined ? null : toTenths(latencyMs),
    height: info?.startHeight ?? null,
    userAgent: info === undefined ? null : printable(info.userAgent),
    reason: disconnect?.reason ?? null,
    detail: disconnect?.detail ?? '',
  };
}
