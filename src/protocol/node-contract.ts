/** What a node can be told, what it asks for, and what it can be set to. */

import type { ChainPoint, TreeChange } from '../chain/tree-change.ts';
import type { AnchorTable } from '../networks/anchor-table.ts';
import type { Network } from '../networks/network.ts';
import type { HostNetwork } from '../wire/host.ts';
import type { Message } from '../wire/message.ts';
import type { IdentifiedTx } from '../wire/identified-tx.ts';
import type { NodeEvent } from './events.ts';
import type { MempoolOptions } from './mempool/mempool-contract.ts';
import type { NodeFailure } from './node-failure.ts';
import type { Disconnect, Endpoint, PeerId } from './peer.ts';
import type { InboundLimits } from './peers/inbound.ts';
import type { RecordChange } from './peers/peer-memory.ts';
import type { ScanChange, ScanOptions } from './scan/scan-contract.ts';
import type { SessionOptions } from './session/session.ts';

export interface LightNodeOptions extends Partial<SessionOptions>, InboundLimits {
  readonly network: Network;
  readonly userAgent: string;
  /** Peers to call and no others; empty to discover some. */
  readonly connect: readonly Endpoint[];
  /** Peers to call first. */
  readonly addPeers: readonly Endpoint[];
  /** Whether to ask the network's DNS seeds, unless `connect` says whom to call. */
  readonly usesDnsSeeds: boolean;
  /** Whether to ask peers for addresses, and to call those. */
  readonly usesGossip: boolean;
  /** Kinds of network that addresses we find ourselves are called in. */
  readonly reachable: ReadonlySet<HostNetwork>;
  /** Whether connections go through a proxy: then no name is looked up here. */
  readonly usesProxy: boolean;
  /** Whether to call anybody at all. */
  readonly isDialling: boolean;
  /** Connections to keep that we made: one peer is asked at a time, and the others are ready to take its place. */
  readonly outboundCount: number;
  /** Whether to stay when the tip is reached. */
  readonly follow: boolean;
  /** Work below which a chain is not believed to be the network's. */
  readonly minChainwork: bigint;
  /** Hashes that tell where to ask for headers; undefined where there are none, or none are to be used. */
  readonly anchors: AnchorTable | undefined;
  /** Time without a new header after which a synchronisation is given up; not when following. */
  readonly progressTimeoutMs: number;
  /** How to watch unconfirmed transactions; left out, peers are asked not to tell of any. */
  readonly mempool?: MempoolOptions | undefined;
  /** What to look for in blocks once the tip is reached; left out, nothing is. */
  readonly scan?: ScanOptions | undefined;
  readonly headersTimeoutMs?: number;
  readonly refreshIntervalMs?: number;
}

export type LightNodeInput =
  | { readonly type: 'started' }
  /** Somebody called us. */
  | { readonly type: 'accepted'; readonly peer: PeerId; readonly endpoint: Endpoint }
  /** A call of ours was answered. */
  | { readonly type: 'connected'; readonly peer: PeerId }
  | { readonly type: 'received'; readonly peer: PeerId; readonly message: Message }
  /** The connection is gone, or never came to be. */
  | { readonly type: 'lost'; readonly peer: PeerId; readonly disconnect: Disconnect }
  | {
      readonly type: 'looked-up';
      readonly name: string;
      readonly addresses: readonly string[];
      readonly error?: string;
    }
  /** Connections are accepted there. */
  | { readonly type: 'listening'; readonly endpoint: Endpoint }
  /** A transaction of our own is to be sent; only where unconfirmed ones are watched. */
  | { readonly type: 'submitted'; readonly tx: IdentifiedTx }
  /** A block of the best chain is to be fetched. */
  | { readonly type: 'block-wanted'; readonly block: ChainPoint }
  /** The last input: it is about to end. */
  | { readonly type: 'stopping' }
  | { readonly type: 'tick' };

export type LightNodeOutput =
  | { readonly do: 'look-up'; readonly name: string }
  | { readonly do: 'dial'; readonly peer: PeerId; readonly endpoint: Endpoint }
  | { readonly do: 'send'; readonly peer: PeerId; readonly message: Message }
  /** Send headers of the best chain, as they are stored. */
  | {
      readonly do: 'send-headers';
      readonly peer: PeerId;
      readonly fromHeight: number;
      readonly count: number;
    }
  | { readonly do: 'hang-up'; readonly peer: PeerId }
  | { readonly do: 'persist'; readonly change: TreeChange }
  | { readonly do: 'save-peers'; readonly change: RecordChange }
  | { readonly do: 'save-scan'; readonly change: ScanChange }
  | { readonly do: 'report'; readonly event: NodeEvent }
  /** The work is done, or cannot be done. */
  | { readonly do: 'finish'; readonly failure?: NodeFailure };
