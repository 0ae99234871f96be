/** The events as users and scripts see them: plain values that JSON can carry, hashes in display order. */

import { toDisplayHex } from './bytes/hex.ts';
import { compactHex } from './chain/compact-target.ts';
import { chainworkHex } from './chain/work.ts';
import { endpointText } from './endpoint.ts';
import type { NetworkName } from './networks/network.ts';
import type { NodeEvent } from './protocol/events.ts';
import { serviceNames } from './wire/services.ts';

/** What all events have. */
interface Stamp {
  /** When it was reported, ISO 8601 in UTC. */
  readonly time: string;
  readonly network: NetworkName;
}

export interface PeerConnectedEvent extends Stamp {
  readonly event: 'peer-connected';
  /** HOST:PORT. */
  readonly peer: string;
  /** What the peer calls itself; characters other than printable ASCII are shown as `?`. */
  readonly userAgent: string;
  readonly version: number;
  /** Names of its service bits. */
  readonly services: readonly string[];
  /** Height that it claims. */
  readonly height: number;
}

export interface PeerDisconnectedEvent extends Stamp {
  readonly event: 'peer-disconnected';
  readonly peer: string;
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
  | PeerConnectedEvent
  | PeerDisconnectedEvent
  | ProgressEvent
  | SyncedEvent
  | BlockEvent
  | ReorgEvent
  | WarningEvent
  | ErrorEvent;

/** Puts an event into its public form. */
export function toClientEvent(event: NodeEvent, network: NetworkName): ClientEvent {
  const stamp = { time: new Date().toISOString(), network };
  switch (event.event) {
    case 'peer-connected': {
      const { version, services, userAgent, startHeight } = event.info;
      const said = {
        userAgent: printable(userAgent),
        version,
        services: serviceNames(services),
        height: startHeight,
      };
      return { event: event.event, ...stamp, peer: endpointText(event.endpoint), ...said };
    }
    case 'peer-disconnected':
      return { event: event.event, ...stamp, peer: endpointText(event.endpoint), ...event.disconnect };
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

/** A stranger's text without what could steer a terminal. */
function printable(text: string): string {
  return text.replace(/[^ -~]/g, '?');
}
