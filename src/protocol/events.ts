/** What the node tells its user. Hashes are 32 bytes in wire order; text for people is made at the edge. */

import type { ChainPoint, ChainTip } from '../chain/tree-change.ts';
import type { ScanNews } from './scan/scan-contract.ts';
import type { SendNews, TxNews } from './mempool/mempool-news.ts';
import type { Disconnect, Endpoint, PeerInfo, PeerKind } from './peer.ts';
import type { BlockNews } from './blocks/block-requests.ts';
import type { FoundAddress } from './peers/known-address.ts';

/** A header that joined the best chain. */
export interface BlockEvent extends ChainPoint {
  readonly event: 'block';
  readonly previous: Uint8Array;
  /** Unix seconds, as its miner gave it. */
  readonly blockTime: number;
  readonly bits: number;
}

export type HeaderEvent =
  /** During the first synchronisation, a few times a second. */
  | {
      readonly event: 'progress';
      /** Height checked so far on the branch the peer serves. */
      readonly height: number;
      /** Height that the peer claims to have; nothing proves it. */
      readonly target: number;
      readonly headersPerSecond: number;
      /**
       * Height up to which the work of a peer's chain was counted, while none of it is stored yet: it is stored when it is
       * known to be enough.
       */
      readonly countedHeight?: number;
    }
  /** The best chain is as long as the peer's. Once. */
  | { readonly event: 'synced'; readonly tip: ChainTip; readonly seconds: number }
  /** After `synced`, one for each new header of the best chain, in order. */
  | BlockEvent
  /** The best chain was left for one with more work; `block` events for those added follow. */
  | {
      readonly event: 'reorg';
      readonly fork: ChainPoint;
      /** Newest first. */
      readonly removed: readonly Uint8Array[];
      /** Oldest first. */
      readonly added: readonly Uint8Array[];
    }
  /** Something went wrong that need not worry the chain. Codes have headings in docs/errors.md. */
  | {
      readonly event: 'warning';
      readonly code: 'time-too-new' | 'anchors-unusable' | 'seed-failed' | 'peers-not-saved';
      readonly message: string;
    };

export type NodeEvent =
  | HeaderEvent
  | TxNews
  | SendNews
  | ScanNews
  | BlockNews
  | {
      readonly event: 'peer-connected';
      readonly endpoint: Endpoint;
      readonly kind: PeerKind;
      readonly info: PeerInfo;
    }
  /** Also for a peer that was dialled and never reached. */
  | {
      readonly event: 'peer-disconnected';
      readonly endpoint: Endpoint;
      readonly kind: PeerKind;
      readonly disconnect: Disconnect;
    }
  /** An address was called only to see who is there. */
  | {
      readonly event: 'peer-probed';
      readonly endpoint: Endpoint;
      /** Undefined when nobody answered. */
      readonly info: PeerInfo | undefined;
      /** Time from ping to pong; undefined when none came. */
      readonly latencyMs: number | undefined;
      /** What went wrong; undefined when nothing did. */
      readonly disconnect: Disconnect | undefined;
      /** Addresses that it told. */
      readonly found: readonly FoundAddress[];
    };
