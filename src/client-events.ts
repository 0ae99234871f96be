/** The events as users and scripts see them: plain values that JSON can carry, hashes in display order. */

import { toDisplayHex } from './bytes/hex.ts';
import { compactHex } from './chain/compact-target.ts';
import { chainworkHex } from './chain/work.ts';
import { endpointText } from './endpoint.ts';
import type { MempoolEvent } from './mempool-events.ts';
import type { Network, NetworkName } from './networks/network.ts';
import type { BlockNews } from './protocol/blocks/block-requests.ts';
import type { NodeEvent } from './protocol/events.ts';
import type { PeerKind } from './protocol/peer.ts';
import type { ScanEvent } from './scan-events.ts';
import type { ToldOfScan } from './to-scan-events.ts';
import { toSendEvent, toTxEvent, toTxRemovedEvent, toTxUpdatedEvent } from './tx-events.ts';
import { serviceNames } from './wire/services.ts';

/** What all events have. */
export interface Stamp {
  /** When it was reported, ISO 8601 in UTC. */
  readonly time: string;
  readonly network: NetworkName;
}

/** Which way a connection was made: we were called, or did call. */
export type Direction = 'inbound' | 'outbound';

/** What is said of every connection. */
interface ConnectionStamp extends Stamp {
  /** HOST:PORT; for an inbound one, where it called from. */
  readonly peer: string;
  readonly direction: Direction;
  /** What the connection is for. */
  readonly kind: PeerKind;
}

export interface PeerConnectedEvent extends ConnectionStamp {
  readonly event: 'peer-connected';
  /** What the peer calls itself; characters other than printable ASCII are shown as `?`. */
  readonly userAgent: string;
  readonly version: number;
  /** Names of its service bits. */
  readonly services: readonly string[];
  /** Height that it claims. */
  readonly height: number;
}

/** Also for a peer that was called in vain. */
export interface PeerDisconnectedEvent extends ConnectionStamp {
  readonly event: 'peer-disconnected';
  /** Stable code; see docs/errors.md. */
  readonly reason: string;
  readonly detail: string;
}

export interface ProgressEvent extends Stamp {
  readonly event: 'progress';
  /** Height checked so far. */
  readonly height: number;
  /** Height that the peer claims to have. */
  readonly target: number;
  readonly headersPerSecond: number;
  /**
   * Height up to which the work of a peer's chain was counted, before any of it is stored; left out when headers are stored
   * as they come.
   */
  readonly countedHeight?: number;
}

export interface SyncedEvent extends Stamp {
  readonly event: 'synced';
  readonly height: number;
  readonly hash: string;
  /** Expected hashes from genesis to the tip, 64 hexadecimal digits. */
  readonly chainwork: string;
  readonly seconds: number;
}

export interface BlockEvent extends Stamp {
  readonly event: 'block';
  readonly height: number;
  readonly hash: string;
  readonly previous: string;
  /** Time in the header, Unix seconds. */
  readonly blockTime: number;
  /** Compact target, 8 hexadecimal digits. */
  readonly bits: string;
}

export interface ReorgEvent extends Stamp {
  readonly event: 'reorg';
  /** The last block that the old and the new best chain share. */
  readonly fork: { readonly height: number; readonly hash: string };
  /** Newest first. */
  readonly removed: readonly string[];
  /** Oldest first; a `block` event follows for each. */
  readonly added: readonly string[];
}

export interface WarningEvent extends Stamp {
  readonly event: 'warning';
  readonly code: string;
  readonly message: string;
}

export interface ErrorEvent extends Stamp {
  readonly event: 'error';
  readonly code: string;
  readonly message: string;
}

export type ClientEvent =
  | MempoolEvent
  | ScanEvent
  | PeerConnectedEvent
  | PeerDisconnectedEvent
  | ProgressEvent
  | SyncedEvent
  | BlockEvent
  | ReorgEvent
  | WarningEvent
  | ErrorEvent;

/**
 * What a client's node reports and is one event for users: what is told of scans may be several, and who asks for a block gets
 * it as an answer. It probes nobody.
 */
export type ReportedEvent = Exclude<NodeEvent, { event: 'peer-probed' } | BlockNews | ToldOfScan>;

/** Puts an event into its public form. */
export function toClientEvent(event: ReportedEvent, network: Network): ClientEvent {
  const stamp = stampOf(network);
  switch (event.event) {
    case 'tx':
      return toTxEvent(event.tx, stamp, network);
    case 'tx-updated':
      return toTxUpdatedEvent(event.standing, stamp);
    case 'tx-removed':
      return toTxRemovedEvent(event, stamp);
    case 'send':
      return toSendEvent(event, stamp);
    case 'peer-connected': {
      const { version, services, userAgent, startHeight } = event.info;
      const said = {
        userAgent: printable(userAgent),
        version,
        services: serviceNames(services),
        height: startHeight,
      };
      return { event: event.event, ...stamp, ...describePeer(event), ...said };
    }
    case 'peer-disconnected':
      return { event: event.event, ...stamp, ...describePeer(event), ...event.disconnect };
    case 'progress':
    case 'warning':
      return { ...event, ...stamp };
    case 'synced': {
      const { height, hash, chainwork } = event.tip;
      const tip = { height, hash: toDisplayHex(hash), chainwork: chainworkHex(chainwork) };
      return { event: event.event, ...stamp, ...tip, seconds: Math.round(event.seconds * 1000) / 1000 };
    }
    case 'block': {
      const { height, hash, previous, blockTime, bits } = event;
      const hashes = { hash: toDisplayHex(hash), previous: toDisplayHex(previous) };
      return { event: event.event, ...stamp, height, ...hashes, blockTime, bits: compactHex(bits) };
    }
    case 'reorg': {
      const fork = { height: event.fork.height, hash: toDisplayHex(event.fork.hash) };
      const [removed, added] = [event.removed.map(toDisplayHex), event.added.map(toDisplayHex)];
      return { event: event.event, ...stamp, fork, removed, added };
    }
  }
}

export function stampOf({ name }: Network): Stamp {
  return { time: new Date().toISOString(), network: name };
}

function describePeer({
  endpoint,
  kind,
}: ReportedEvent & { event: 'peer-connected' | 'peer-disconnected' }): Pick<
  ConnectionStamp,
  'peer' | 'direction' | 'kind'
> {
  return { peer: endpointText(endpoint), direction: directionOf(kind), kind };
}

export function directionOf(kind: PeerKind): Direction {
  return kind === 'inbound' ? 'inbound' : 'outbound';
}

/** A stranger's text without what could steer a terminal. */
export function printable(text: string): string {
  return text.replace(/[^ -~]/g, '?');
}
