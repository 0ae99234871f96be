/**
 * What a running client tells other processes of this machine. They read it with distrust: whoever can write into the
 * folder could have put something else in its place.
 */

import { compactHex } from './chain/compact-target.ts';
import { parseEndpoint } from './endpoint.ts';
import type { HeaderChain } from './header-chain.ts';
import { askLiveReport } from './io/live-report.ts';
import type { NetworkName } from './networks/network.ts';
import type { KnownPeer, PeerConnection } from './peer-list.ts';
import type { PeerKind } from './protocol/peer.ts';
import { networkFolder } from './saved-peers.ts';
import { HOST_NETWORKS } from './wire/host.ts';

/** The last header of a running client's best chain. */
export interface LiveTip {
  readonly height: number;
  readonly hash: string;
  /** Unix seconds; null for the anchor that a chain begins at: nothing is there above it. */
  readonly blockTime: number | null;
  readonly bits: string;
  readonly chainwork: string;
}

export interface LiveView {
  /** The process that tells. */
  readonly pid: number;
  readonly network: NetworkName;
  readonly tip: LiveTip;
  /** Height that the chain was verified from. */
  readonly startHeight: number;
  /** Where it accepts connections, HOST:PORT; null when it does not. */
  readonly listening: string | null;
  readonly connections: readonly PeerConnection[];
  readonly known: readonly KnownPeer[];
}

export function describeLiveTip({ tip, tree }: HeaderChain): LiveTip {
  const { height } = tip;
  const blockTime = height < tree.firstHeight ? null : tree.timeAt(height);
  return { ...tip, blockTime, bits: compactHex(tree.bitsAt(height)) };
}

/** What the client says that runs with this folder; undefined when there is none. Never rejects. */
export async function askLiveView(datadir: string, network: NetworkName): Promise<LiveView | undefined> {
  const view = readLiveView(await askLiveReport(networkFolder(datadir, network)));
  return view?.network === network ? view : undefined;
}

/** Longest list of connections, and of known addresses: more than a client ever has. */
const MAX_CONNECTIONS = 1_000;
const MAX_KNOWN = 100_000;
/** A name (RFC 1035) with a port. */
const MAX_ADDRESS_LENGTH = 262;
const MAX_USER_AGENT_LENGTH = 256;
/** One for each bit. */
const MAX_SERVICES = 64;

/** Undefined for what is no view at all; what is wrong in its lists is left out. */
export function readLiveView(value: unknown): LiveView | undefined {
  return readObject<LiveView>(value, {
    pid: wholeNumber,
    network: oneOf<NetworkName>(['mainnet', 'testnet3', 'testnet4', 'signet', 'regtest']),
    tip: (tip) => readObject<LiveTip>(tip, TIP),
    startHeight: uint32,
    listening: orNull(address),
    connections: (list) => readList(list, MAX_CONNECTIONS, CONNECTION),
    known: (list) => readList(list, MAX_KNOWN, KNOWN),
  });
}

/** Returns what was read; undefined when it is not what it should be. */
type Read<T> = (value: unknown) => T | undefined;
type Fields<T> = { readonly [Name in keyof T]-?: Read<T[Name]> };

const wholeNumber: Read<number> = wholeFrom(0);
/** What 32 bits can hold, as the time of a header is. */
const uint32: Read<number> = wholeFrom(0, 0xffff_ffff);
/** What strangers say of themselves is a signed number on the wire. */
const int32: Read<number> = wholeFrom(-0x8000_0000, 0x7fff_ffff);
const anyNumber: Read<number> = (value) =>
  Number.isFinite(value) && (value as number) >= 0 ? (value as number) : undefined;
const truth: Read<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);
const userAgent: Read<string> = matching(new RegExp(`^[ -~]{0,${MAX_USER_AGENT_LENGTH}}$`));
const service: Read<string> = matching(/^[A-Z\d_]{1,32}$/);
const services: Read<readonly string[]> = (value) => {
  if (!Array.isArray(value) || value.length > MAX_SERVICES) return undefined;
  return value.every((name) => service(name) !== undefined) ? (value as string[]) : undefined;
};
const address: Read<string> = (value) => {
  if (typeof value !== 'string' || value.length > MAX_ADDRESS_LENGTH) return undefined;
  return parseEndpoint(value, 1, 0) === undefined ? undefined : value;
};
const time: Read<string> = (value) => {
  const text = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)(value);
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : text;
};

const TIP: Fields<LiveTip> = {
  height: uint32,
  hash: matching(/^[\da-f]{64}$/),
  blockTime: orNull(uint32),
  bits: matching(/^[\da-f]{8}$/),
  chainwork: matching(/^[\da-f]{64}$/),
};

const CONNECTION: Fields<PeerConnection> = {
  address,
  hostNetwork: orNull(oneOf(HOST_NETWORKS)),
  direction: oneOf(['inbound', 'outbound'] as const),
  kind: oneOf<PeerKind>(['inbound', 'manual', 'outbound', 'feeler', 'address-fetch']),
  services,
  version: orNull(int32),
  userAgent: orNull(userAgent),
  height: orNull(int32),
  provenHeight: orNull(uint32),
  pingMs: orNull(anyNumber),
  ageSeconds: wholeNumber,
  bytesIn: wholeNumber,
  bytesOut: wholeNumber,
  isSyncPeer: truth,
};

const KNOWN: Fields<KnownPeer> = {
  address,
  hostNetwork: oneOf(HOST_NETWORKS),
  services,
  lastSeen: orNull(time),
  lastTry: orNull(time),
  lastSuccess: orNull(time),
  failures: wholeNumber,
  isTried: truth,
  isActive: truth,
};

function wholeFrom(least: number, most: number = Number.MAX_SAFE_INTEGER): Read<number> {
  return (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
      ? (value as number)
      : undefined;
}

function matching(pattern: RegExp): Read<string> {
  return (value) => (typeof value === 'string' && pattern.test(value) ? value : undefined);
}

function oneOf<T extends string>(values: readonly T[]): Read<T> {
  return (value) => values.find((known) => known === value);
}

function orNull<T>(read: Read<T>): Read<T | null> {
  return (value) => (value === null ? null : read(value));
}

/** Undefined when a field is missing or wrong; fields that nobody asked for are left out. */
function readObject<T extends object>(value: unknown, fields: Fields<T>): T | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: Partial<Record<keyof T, unknown>> = {};
  for (const name of Object.keys(fields) as (keyof T)[]) {
    const read = Object.hasOwn(value, name) ? fields[name]((value as T)[name]) : undefined;
    if (read === undefined) return undefined;
    found[name] = read;
  }
  return found as T;
}

/** Without the entries that are wrong, and those that are too many. */
function readList<T extends object>(value: unknown, maxCount: number, fields: Fields<T>): T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.slice(0, maxCount).flatMap((entry) => readObject<T>(entry, fields) ?? []);
}
