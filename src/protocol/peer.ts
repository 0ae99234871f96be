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

/** What a peer said of itself in its `version`; nothing of it is proven. */
export interface PeerInfo {
  readonly version: number;
  readonly services: bigint;
  readonly userAgent: string;
  readonly startHeight: number;
}

/**
 * Why a connection ended. Each code has a heading in docs/errors.md.
 *
 * From the byte stream: `wrong-magic`, `oversized-message`, `malformed-message`. From the handshake and the upkeep:
 * `self-connection`, `obsolete-version`, `missing-services`, `handshake-timeout`, `silent`. From the headers: the rule
 * that one broke, or `headers-timeout`, `headers-refused`, `headers-repeated`, `low-work`, `behind`, `branch-too-long`,
 * `too-slow`. From the network: `connect-failed`, `connect-timeout`, `connection-lost`.
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
  | 'headers-repeated'
  | 'low-work'
  | 'behind'
  | 'branch-too-long'
  | 'too-slow'
  | 'connect-failed'
  | 'connect-timeout'
  | 'connection-lost';

/** An end and what led to it. */
export interface Disconnect {
  readonly reason: DisconnectReason;
  /** For people: the numbers, or the system's own words; may be empty. */
  readonly detail: string;
}

/** Ends that say something about the peer and not about the line: asking it again soon would end the same way. */
const PEERS_FAULT: ReadonlySet<DisconnectReason> = new Set<DisconnectReason>([
  'bad-target',
  'high-hash',
  'not-continuous',
  'bad-diffbits',
  'time-too-old',
  'time-timewarp-attack',
  'time-negative-interval',
  'bad-version',
  'bad-prevblk',
  'wrong-magic',
  'oversized-message',
  'malformed-message',
  'self-connection',
  'obsolete-version',
  'missing-services',
  'headers-repeated',
  'low-work',
]);

export function isPeersFault(reason: DisconnectReason): boolean {
  return PEERS_FAULT.has(reason);
}
