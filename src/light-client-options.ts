/** What a client can be told, and what it makes of that. */

import { parseEndpoint } from './endpoint.ts';
import type { HeaderChain } from './header-chain.ts';
import { networkByName } from './networks/by-name.ts';
import type { Network } from './networks/network.ts';
import { USER_AGENT } from './package-info.ts';
import type { LightNodeOptions } from './protocol/light-node.ts';
import type { Endpoint } from './protocol/peer.ts';

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

/** Options of which a machine waits for so long. */
const DURATIONS = [
  'timeoutSeconds',
  'pingIntervalMs',
  'silenceTimeoutMs',
  'handshakeTimeoutMs',
  'headersTimeoutMs',
] as const;

/** What the parts of a client are told. */
export interface ResolvedOptions {
  readonly network: Network;
  readonly listen: Endpoint | undefined;
  readonly node: LightNodeOptions;
}

/**
 * Checks options and fills in what is missing.
 *
 * @throws {TypeError} when the network is unknown or an address cannot be read.
 * @throws {RangeError} when a number is out of its range.
 */
export function resolveOptions(options: LightClientOptions): ResolvedOptions {
  const network = options.chain?.network ?? resolveNetwork(options.network ?? 'mainnet');
  for (const name of DURATIONS) assertDuration(name, options[name]);
  const { minChainwork = network.minChainwork } = options;
  if (minChainwork < 0n) throw new RangeError(`minChainwork is ${minChainwork}, below 0`);
  const { port } = network;
  const listen = options.listen === undefined ? undefined : resolveEndpoint(options.listen, port, 0);
  const node = {
    network,
    userAgent: USER_AGENT,
    connect: (options.connect ?? []).map((text) => resolveEndpoint(text, port)),
    addPeers: (options.addPeers ?? []).map((text) => resolveEndpoint(text, port)),
    usesDnsSeeds: options.dnsSeeds ?? true,
    isDialling: options.dial ?? true,
    outboundCount: OUTBOUND_COUNT,
    follow: options.follow ?? true,
    minChainwork,
    progressTimeoutMs: 1000 * (options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS),
    ...pickDefined(options, ['pingIntervalMs', 'silenceTimeoutMs', 'handshakeTimeoutMs', 'headersTimeoutMs']),
  };
  return { network, listen, node };
}

function assertDuration(name: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isFinite(value) && value > 0))
    throw new RangeError(`${name} is ${value}, not a number above 0`);
}

function resolveEndpoint(text: string, defaultPort: number, lowestPort?: number): Endpoint {
  const endpoint = parseEndpoint(text, defaultPort, lowestPort);
  if (endpoint === undefined) throw new TypeError(`${JSON.stringify(text)} is no HOST:PORT`);
  return endpoint;
}

function resolveNetwork(network: string | Network): Network {
  if (typeof network !== 'string') return network;
  const found = networkByName(network);
  if (found === undefined) throw new TypeError(`${JSON.stringify(network)} is no network`);
  return found;
}

/** Some keys of an object, without those that are undefined. */
function pickDefined<T extends object, K extends keyof T>(
  object: T,
  keys: readonly K[],
): { [P in K]?: Exclude<T[P], undefined> } {
  const entries = keys.map((key) => [key, object[key]] as const).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [P in K]?: Exclude<T[P], undefined> };
}
