/** What a client can be told, and what it makes of that. */

import { resolveStart } from './chain-start.ts';
import type { HeaderChain } from './header-chain.ts';
import { networkByName } from './networks/by-name.ts';
import type { Network } from './networks/network.ts';
import { USER_AGENT } from './package-info.ts';
import type { MempoolOptions } from './protocol/mempool/mempool-contract.ts';
import type { LightNodeOptions } from './protocol/light-node.ts';
import type { Endpoint } from './protocol/peer.ts';
import { type ReachOptions, resolveEndpoint, resolvePeers, resolveReach } from './reach.ts';
import { type CheckedScan, checkScan, type ScanOptions } from './scan-options.ts';
import { TxFilter, type TxFilterOptions } from './tx-filter.ts';
import type { HostNetwork } from './wire/host.ts';

export interface LightClientOptions extends ReachOptions {
  /** Name of the network, or parameters of one of your own. Default: mainnet. */
  readonly network?: string | Network;
  /** Folder for headers and peers; it holds a folder for each network. Without it nothing is kept on disk. */
  readonly datadir?: string;
  /** A chain that is open already, in place of `datadir`; the client closes it when it ends. */
  readonly chain?: HeaderChain;
  /** Peers to call and no others: HOST or HOST:PORT. */
  readonly connect?: readonly string[];
  /** Peers to call before those that are discovered. */
  readonly addPeers?: readonly string[];
  /**
   * Whether to ask the network's DNS seeds, when there is nobody else to call; never done with `connect`. Default: true
   * where IPv4 or IPv6 may be called.
   */
  readonly dnsSeeds?: boolean;
  /** Whether to remember peers in `datadir`, and to call those that earlier runs remembered. Default: true. */
  readonly savedPeers?: boolean;
  /** Whether to ask peers for the addresses of others; never done with `connect`. Default: true. */
  readonly gossip?: boolean;
  /** Connections to keep that we made, 1 to 125. Default: 8. */
  readonly maxPeers?: number;
  /** Whether to call anybody. Default: true. */
  readonly dial?: boolean;
  /** Whether to stay when the tip is reached. Default: true. */
  readonly follow?: boolean;
  /** Address to accept connections on, HOST:PORT; those who call are served our headers. */
  readonly listen?: string;
  /** Connections to accept, 1 to 500; the least useful makes room for another. Default: 64. */
  readonly maxInbound?: number;
  /** Connections to accept from one address, unless that is this machine. Default: 4. */
  readonly maxInboundPerAddress?: number;
  /**
   * Begins a new store at the highest built-in anchor at or below this height, not at genesis; one that is there must have
   * begun at the same. On mainnet only.
   */
  readonly start?: number;
  /**
   * Whether the hashes that are built in tell where to ask for headers. Whatever comes is checked all the same. Default:
   * true.
   */
  readonly anchors?: boolean;
  /** Work below which a chain is not believed to be the network's. Default: the network's own. */
  readonly minChainwork?: bigint;
  /**
   * How to watch unconfirmed transactions, once the tip is reached. Left out: peers are asked not to tell of any, and none
   * can be sent.
   */
  readonly mempool?: MempoolWatchOptions;
  /** What to look for in the blocks, once the tip is reached: payments are told by events. */
  readonly scan?: ScanOptions;
  /** Seconds without a new header, or anything of use to a scan, after which a client that does not follow gives up. Default: 60. */
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

export interface MempoolWatchOptions {
  /** Whether to fetch what peers announce; else only what is sent from here is followed. Default: true. */
  readonly transactions?: boolean;
  /** Whether to fetch new blocks: without them nothing is known to be confirmed. Default: true. */
  readonly blocks?: boolean;
  /** Memory for the transactions, in units of 1,000,000 bytes, 1 to 10,000. Default: 100. */
  readonly maxMegabytes?: number;
  /** Which transactions are told of; all are by default. */
  readonly filter?: TxFilterOptions;
  /** Milliseconds that a peer has to deliver a transaction before another is asked. Default: 60,000. */
  readonly requestTimeoutMs?: number;
}

const DEFAULT_TIMEOUT_SECONDS = 60;
const DEFAULT_MAX_MEGABYTES = 100;
const MAX_MAX_MEGABYTES = 10_000;
/** Time after which nodes forget a transaction that nobody confirms (Core: DEFAULT_MEMPOOL_EXPIRY_HOURS). */
const MEMPOOL_EXPIRY_MS = 336 * 3_600_000;
/** As many as Core keeps for blocks and transactions: enough that they cannot all be one operator's by chance. */
const DEFAULT_MAX_PEERS = 8;
const DEFAULT_MAX_INBOUND = 64;
const DEFAULT_MAX_INBOUND_PER_ADDRESS = 4;

/** Options that count connections, and the most that each may be. */
const COUNTS = { maxPeers: 125, maxInbound: 500, maxInboundPerAddress: 500 } as const;
const COUNT_NAMES = ['maxPeers', 'maxInbound', 'maxInboundPerAddress'] as const;

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
  readonly proxy: Endpoint | undefined;
  /** Whether what is learnt of peers is kept. */
  readonly savesPeers: boolean;
  /** Which transactions are told of. */
  readonly filter: TxFilter;
  readonly scan: CheckedScan | undefined;
  readonly node: LightNodeOptions;
}

/**
 * Checks options and fills in what is missing.
 *
 * @throws {TypeError} when the network is unknown or cannot begin where it is to, or an address cannot be read or reached.
 * @throws {RangeError} when a number is out of its range.
 */
export function resolveOptions(options: LightClientOptions): ResolvedOptions {
  const network = options.chain?.network ?? resolveNetwork(options.network ?? 'mainnet');
  for (const name of DURATIONS) assertDuration(name, options[name]);
  for (const name of COUNT_NAMES) assertCount(name, options[name]);
  const { minChainwork = network.minChainwork } = options;
  if (minChainwork < 0n) throw new RangeError(`minChainwork is ${minChainwork}, below 0`);
  checkStart(options, network);
  const { port } = network;
  const listen = options.listen === undefined ? undefined : resolveEndpoint(options.listen, port, 0);
  const reach = resolveReach(options);
  const filter = new TxFilter(options.mempool?.filter ?? {}, network);
  const { proxy, reachable } = reach;
  const node = {
    network,
    userAgent: USER_AGENT,
    connect: resolvePeers(options.connect ?? [], port, reach),
    addPeers: resolvePeers(options.addPeers ?? [], port, reach),
    usesDnsSeeds: options.dnsSeeds ?? isOnInternet(reachable),
    usesGossip: options.gossip ?? true,
    reachable,
    usesProxy: proxy !== undefined,
    isDialling: options.dial ?? true,
    outboundCount: options.maxPeers ?? DEFAULT_MAX_PEERS,
    maxInbound: options.maxInbound ?? DEFAULT_MAX_INBOUND,
    maxInboundPerAddress: options.maxInboundPerAddress ?? DEFAULT_MAX_INBOUND_PER_ADDRESS,
    follow: options.follow ?? true,
    minChainwork,
    anchors: options.anchors === false ? undefined : network.anchors,
    mempool: options.mempool && resolveMempool(options.mempool, filter),
    progressTimeoutMs: 1000 * (options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS),
    ...pickDefined(options, ['pingIntervalMs', 'silenceTimeoutMs', 'handshakeTimeoutMs', 'headersTimeoutMs']),
  };
  const scan = options.scan && checkScan(options.scan, network);
  return { network, listen, proxy, savesPeers: options.savedPeers ?? true, filter, scan, node };
}

function checkStart({ start, anchors, chain }: LightClientOptions, network: Network): void {
  if (start === undefined) return;
  if (chain !== undefined) throw new TypeError('start: the chain is open already, and begins where it does');
  if (anchors === false) throw new TypeError('start: that is at an anchor, and anchors are switched off');
  resolveStart(network, start);
}

function resolveMempool(options: MempoolWatchOptions, filter: TxFilter): MempoolOptions {
  const { maxMegabytes = DEFAULT_MAX_MEGABYTES, requestTimeoutMs } = options;
  if (!(maxMegabytes >= 1 && maxMegabytes <= MAX_MAX_MEGABYTES))
    throw new RangeError(`mempool.maxMegabytes is ${maxMegabytes}, not from 1 to ${MAX_MAX_MEGABYTES}`);
  assertDuration('mempool.requestTimeoutMs', requestTimeoutMs);
  return {
    fetchesTransactions: options.transactions ?? true,
    fetchesBlocks: options.blocks ?? true,
    maxBytes: 1_000_000 * maxMegabytes,
    maxAgeMs: MEMPOOL_EXPIRY_MS,
    tellsSpentScripts: filter.needsSpentScripts,
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
  };
}

/** DNS seeds are there, and so is most of what they know (Core: -onlynet without either switches -dnsseed off). */
function isOnInternet(reachable: ReadonlySet<HostNetwork>): boolean {
  return reachable.has('ipv4') || reachable.has('ipv6');
}

function assertCount(name: keyof typeof COUNTS, value: number | undefined): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= COUNTS[name]))
    throw new RangeError(`${name} is ${value}, not a whole number from 1 to ${COUNTS[name]}`);
}

export function assertDuration(name: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isFinite(value) && value > 0))
    throw new RangeError(`${name} is ${value}, not a number above 0`);
}

export function resolveNetwork(network: string | Network): Network {
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
