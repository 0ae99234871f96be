/** Connections and known addresses as users and scripts see them: plain values that JSON can carry. */

import { type Direction, directionOf, printable } from './client-events.ts';
import type { LiveConnection } from './io/runner.ts';
import { endpointText, type PeerKind } from './protocol/peer.ts';
import type { KnownAddress } from './protocol/peers/known-address.ts';
import { type HostNetwork, parseHost } from './wire/host.ts';
import { serviceNames } from './wire/services.ts';

/** A connection as it is now. What the peer says of itself is not there before the handshake is over. */
export interface PeerConnection {
  /** HOST:PORT; for an inbound one, where it called from. */
  readonly address: string;
  /** Kind of network of the address; null for a name. */
  readonly hostNetwork: HostNetwork | null;
  readonly direction: Direction;
  /** What the connection is for. */
  readonly kind: PeerKind;
  /** Names of its service bits. */
  readonly services: readonly string[];
  readonly version: number | null;
  /** What the peer calls itself; characters other than printable ASCII are shown as `?`. */
  readonly userAgent: string | null;
  /** Height that it claimed when it connected. */
  readonly height: number | null;
  /** Height of the best header that it has shown us. */
  readonly provenHeight: number | null;
  /** Shortest round trip so far, milliseconds. */
  readonly pingMs: number | null;
  /** Time since it was called or accepted. */
  readonly ageSeconds: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Whether it is the one that is asked for the chain. */
  readonly isSyncPeer: boolean;
}

/** An address that we know. Times are ISO 8601 in UTC. */
export interface KnownPeer {
  /** HOST:PORT. */
  readonly address: string;
  readonly hostNetwork: HostNetwork;
  /** Names of the service bits that it is said to have. */
  readonly services: readonly string[];
  /** When it was last seen by whoever told of it; null when nobody says. */
  readonly lastSeen: string | null;
  /** When we last called it. */
  readonly lastTry: string | null;
  /** When a call last came to a handshake. */
  readonly lastSuccess: string | null;
  /** Calls in vain since then. */
  readonly failures: number;
  /** Whether a call ever came to a handshake. */
  readonly isTried: boolean;
  /** Whether it is worth a call; others are kept only until their place is needed. */
  readonly isActive: boolean;
}

export function describeConnection(connection: LiveConnection): PeerConnection {
  const { endpoint, kind, info, provenHeight, latencyMs, ageMs, bytesIn, bytesOut, isSyncPeer } = connection;
  return {
    address: endpointText(endpoint),
    hostNetwork: parseHost(endpoint.host)?.network ?? null,
    direction: directionOf(kind),
    kind,
    services: info === undefined ? [] : serviceNames(info.services),
    version: info?.version ?? null,
    userAgent: info === undefined ? null : printable(info.userAgent),
    height: info?.startHeight ?? null,
    provenHeight: provenHeight ?? null,
    pingMs: latencyMs === undefined ? null : toTenths(latencyMs),
    ageSeconds: Math.max(0, Math.round(ageMs / 1000)),
    bytesIn,
    bytesOut,
    isSyncPeer,
  };
}

export function describeKnown(known: KnownAddress, isActive: boolean): KnownPeer {
  const { endpoint, network, services, failures, isTried } = known;
  return {
    address: endpointText(endpoint),
    hostNetwork: network,
    services: serviceNames(services),
    lastSeen: timeText(known.seenSeconds),
    lastTry: timeText(known.lastTrySeconds),
    lastSuccess: timeText(known.lastSuccessSeconds),
    failures,
    isTried,
    isActive,
  };
}

/** Round trips on one machine take less than a millisecond. */
export function toTenths(ms: number): number {
  return Math.round(10 * ms) / 10;
}

/** Null for 0, which stands for never. */
function timeText(unixSeconds: number): string | null {
  return unixSeconds === 0 ? null : new Date(1000 * unixSeconds).toISOString();
}
