/** What a scan can be told, what it asks for, and what it can be set to. */

import type { ChainPoint, ChainTip, TreeChange } from '../../chain/tree-change.ts';
import type { FilterSegment } from '../../filters/filter-segment.ts';
import type { BlockPayments } from '../../ledger/payment.ts';
import type { Message, MessageOf } from '../../wire/message.ts';
import type { NodeFailure } from '../node-failure.ts';
import type { Disconnect, PeerId } from '../peer.ts';

export interface ScanOptions {
  /** Output scripts to look for. */
  readonly scripts: readonly Uint8Array[];
  readonly fromHeight: number;
  /** Whether filters are used; else every block is fetched. */
  readonly usesFilters: boolean;
  /** Peers that have to agree on a filter before it is relied on. */
  readonly opinionsNeeded: number;
  /** Blocks that are fetched where too few peers have an opinion on their filters; beyond these the scan fails. */
  readonly maxUnbacked: number;
  /** Whether to go on at the tip. */
  readonly follow: boolean;
  /** Time without progress after which a scan that does not follow is given up. */
  readonly stallTimeoutMs: number;
  /** What earlier runs found; undefined when there were none. */
  readonly resumed?: ScanState | undefined;
  /** Filter headers that earlier runs relied on, by their first height. */
  readonly savedSegments: ReadonlyMap<number, FilterSegment>;
}

/** How far a scan has come. */
export interface ScanState {
  /** All up to here, from the first height on, was looked at. */
  readonly scannedHeight: number;
  /** What was found there, in ascending order. */
  readonly blocks: readonly BlockPayments[];
}

/** What a scan needs to know of the world around it. */
export interface ScanSurroundings {
  readonly chain: ScannedChain;
  /** The peers that have the block of the best chain at a height, the best to ask first. */
  readonly holdersOf: (height: number) => readonly PeerId[];
  /** The peers that serve filters, the best to ask first. */
  readonly filterServers: () => readonly FilterServer[];
  /** Whether there may soon be more of them. */
  readonly areOthersComing: () => boolean;
}

/** The best chain, as the header tree knows it. */
export interface ScannedChain {
  readonly tip: ChainTip;
  /** 32 bytes in wire order, of a block up to the tip. */
  hashAt(height: number): Uint8Array;
  /** Undefined for a hash that is not on it. */
  heightOf(hash: Uint8Array): number | undefined;
}

export interface FilterServer {
  readonly peer: PeerId;
  /** Height up to which it has shown that it has the best chain: of other blocks it may know nothing, and hangs up when asked. */
  readonly provenHeight: number;
}

/** The messages that concern a scan. */
export type ScanMessage = MessageOf<'cfilter' | 'cfheaders' | 'cfcheckpt' | 'block' | 'notfound'>;

export type ScanInput =
  /** The best chain is as long as the peers'. */
  | { readonly type: 'synced' }
  | { readonly type: 'peer-lost'; readonly peer: PeerId }
  | { readonly type: 'message'; readonly peer: PeerId; readonly message: ScanMessage }
  | { readonly type: 'chain-changed'; readonly change: TreeChange }
  | { readonly type: 'tick' };

export type ScanOutput =
  | { readonly do: 'send'; readonly peer: PeerId; readonly message: Message }
  | { readonly do: 'hang-up'; readonly peer: PeerId; readonly disconnect: Disconnect }
  | { readonly do: 'report'; readonly event: ScanNews }
  | { readonly do: 'save-scan'; readonly change: ScanChange }
  /** All that was asked for was looked at; only where nothing is followed. */
  | { readonly do: 'finish'; readonly failure?: NodeFailure };

/** What is to be written, whole or not at all. */
export interface ScanChange {
  /** What was found above is not so any more. */
  readonly keepUpTo?: number;
  readonly added: readonly BlockPayments[];
  /** The last block of those that were looked at; undefined when there is none yet. */
  readonly scanned: ChainPoint | undefined;
  /** Filter headers that were relied on since the last change. */
  readonly segments: readonly FilterSegment[];
}

export type ScanNews =
  | {
      readonly event: 'payments';
      readonly found: BlockPayments;
      /** What the scripts had before the block. */
      readonly balanceSats: bigint;
      /** Whether an earlier run found it. */
      readonly isStored: boolean;
    }
  /** The block left the best chain. */
  | {
      readonly event: 'payments-removed';
      readonly found: BlockPayments;
      /** What the scripts had after the block. */
      readonly balanceSats: bigint;
    }
  | {
      readonly event: 'scan-progress';
      readonly fromHeight: number;
      readonly height: number;
      readonly target: number;
      readonly blocksPerSecond: number;
      readonly fetchedBlocks: number;
    }
  | {
      readonly event: 'scanned';
      readonly fromHeight: number;
      readonly tip: ChainPoint;
      readonly balanceSats: bigint;
      readonly immatureSats: bigint;
      readonly receivedSats: bigint;
      readonly spentSats: bigint;
      readonly payments: number;
      readonly unspent: number;
      readonly unknownSpends: number;
      readonly fetchedBlocks: number;
      readonly seconds: number;
    }
  /** Codes have headings in docs/errors.md. */
  | {
      readonly event: 'warning';
      readonly code: 'filters-disputed' | 'filters-unbacked' | 'scan-waiting';
      readonly message: string;
    };

/** Whether a message may concern a scan. */
export function isOfScan(message: Message): message is ScanMessage {
  const { command } = message;
  return (
    command === 'cfilter' ||
    command === 'cfheaders' ||
    command === 'cfcheckpt' ||
    command === 'block' ||
    command === 'notfound'
  );
}
