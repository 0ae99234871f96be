/** What the synchronisation of headers can be told, what it asks for, and what it can be set to. */

import type { TreeChange } from '../../chain/tree-change.ts';
import type { AnchorTable } from '../../networks/anchor-table.ts';
import type { InventoryItem } from '../../wire/inventory.ts';
import type { Message } from '../../wire/message.ts';
import type { HeaderEvent } from '../events.ts';
import type { Disconnect, PeerId, PeerInfo } from '../peer.ts';

export interface HeaderSyncOptions {
  /** Work below which a peer's whole chain is not believed to be the network's. */
  readonly minChainwork: bigint;
  /** Where a synchronisation may ask for several stretches at once; undefined to ask for one after the other. */
  readonly anchors: AnchorTable | undefined;
  /** Time that a peer has to answer getheaders. */
  readonly headersTimeoutMs: number;
  /** The same, when another peer is ready to take its place. */
  readonly impatientTimeoutMs: number;
  /** Time after which a peer that announced nothing is asked whether there is anything new. */
  readonly refreshIntervalMs: number;
}

/** What it needs to know of the connections around it. */
export interface Surroundings {
  /** The measured round trip of a peer; undefined before the first. */
  readonly latencyMsOf: (peer: PeerId) => number | undefined;
  /** Whether somebody could be called in the place of a peer that is dropped. */
  readonly canReplace: () => boolean;
  /** Whether connections are under way that may bring a better chain. */
  readonly areOthersComing: () => boolean;
}

/** Core allows two minutes for an answer, when it has other peers meanwhile; with one at a time that is too long. */
export const HEADER_SYNC_DEFAULTS: Omit<HeaderSyncOptions, 'minChainwork' | 'anchors'> = {
  headersTimeoutMs: 30_000,
  impatientTimeoutMs: 12_000,
  refreshIntervalMs: 600_000,
};

export type HeaderSyncInput =
  | {
      readonly type: 'peer-ready';
      readonly peer: PeerId;
      readonly info: PeerInfo;
      /** Whether it called us: then nothing is expected of it. */
      readonly isInbound: boolean;
    }
  | { readonly type: 'peer-lost'; readonly peer: PeerId }
  | { readonly type: 'headers'; readonly peer: PeerId; readonly headers: Uint8Array }
  | { readonly type: 'inv'; readonly peer: PeerId; readonly items: readonly InventoryItem[] }
  | { readonly type: 'tick' };

export type HeaderSyncOutput =
  | { readonly do: 'send'; readonly peer: PeerId; readonly message: Message }
  | { readonly do: 'hang-up'; readonly peer: PeerId; readonly disconnect: Disconnect }
  /** The peer would be dropped if there were another to take its place. */
  | { readonly do: 'complain'; readonly peer: PeerId; readonly disconnect: Disconnect }
  /** `from` is the peer that brought it. */
  | { readonly do: 'persist'; readonly change: TreeChange; readonly from: PeerId }
  | { readonly do: 'report'; readonly event: HeaderEvent };
