/** What all machines mean by a peer. */

import type { HeaderRule } from '../chain/check-header.ts';

/** Names a connection for as long as the program runs; never used twice. */
export type PeerId = number;

/** Where a peer listens, or where an inbound one called from. */
export interface Endpoint {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** HOST:PORT, with brackets around an IPv6 address. */
export function endpointText({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * What a connection is for.
 *
 * - `inbound`: the peer called us.
 * - `manual`: the user named the peer.
 * - `outbound`: we found the peer ourselves.
 * - `feeler`: a short call that only tests whether somebody is there.
 * - `address-fetch`: a short call to ask for addresses.
 */
export type PeerKind = 'inbound' | 'manual' | 'outbound' | 'feeler' | 'address-fetch';

/** What a peer said of itself in its `version`; nothing of it is proven. */
export interface PeerInfo {
  readonly version: number;
  readonly services: bigint;
  readonly userAgent: string;
  readonly startHeight: number;
}

/** A connection as it is now. */
export interface ConnectionInfo {
  readonly peer: PeerId;
  readonly endpoint: Endpoint;
  readonly kind: PeerKind;
  /** Undefined until the handshake is over. */
  readonly info: PeerInfo | undefined;
  /** Time since it was dialled or accepted, milliseconds. */
  readonly ageMs: number;
  /** Shortest round trip so far, milliseconds; undefined before the first. */
  readonly latencyMs: number | undefined;
  /** Height of the best header that it has shown us; undefined before it has shown any. */
  readonly provenHeight: number | undefined;
  /** Whether it is the one that is asked for the chain. */
  readonly isSyncPeer: boolean;
}

/**
 * Why a connection ended. Each code has a heading in docs/errors.md.
 *
 * From the byte stream: `wrong-magic`, `oversized-message`, `malformed-message`. From the handshake and the upkeep:
 * `self-connection`, `obsolete-version`, `missing-services`, `handshake-timeout`, `silent`. From the headers: the rule
 * that one broke, or `headers-timeout`, `headers-refused`, `low-work`, `behind`, `branch-too-long`, `chain-changed`, `chain-too-long`,
 * `too-slow`. From what it gossips: `address-dribble`. From transactions and blocks: `bad-transaction`, `bad-block`.
 * From compact filters: `bad-filter`, `bad-filter-header`, `filters-timeout`. From the network: `connect-failed`, `connect-timeout`,
 * `connection-lost`, `proxy-failed`. From our own bounds: `inbound-full`, `evicted`, `discouraged`, `surplus`.
 */
export type DisconnectReason =
  | HeaderRule
  | 'wrong-magic'
  | 'oversized-message'
  | 'malformed-message'
  | 'self-connection'
  | 'obsolete-version'
  | 'missing-services'
  | 'handshake-timeout'
  | 'silent'
  | 'headers-timeout'
  | 'headers-refused'
  | 'low-work'
  | 'behind'
  | 'branch-too-long'
  | 'chain-changed'
  | 'chain-too-long'
  | 'too-slow'
  | 'connect-failed'
  | 'connect-timeout'
  | 'connection-lost'
  | 'proxy-failed'
  | 'address-dribble'
  | 'bad-transaction'
  | 'bad-block'
  | 'bad-filter'
  | 'bad-filter-header'
  | 'filters-timeout'
  | 'inbound-full'
  | 'evicted'
  | 'discouraged'
  | 'surplus';

/** An end and what led to it. */
export interface Disconnect {
  readonly reason: DisconnectReason;
  /** For people: the numbers, or the system's own words; may be empty. */
  readonly detail: string;
}
