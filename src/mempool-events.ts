/** What users are told of unconfirmed transactions: plain values that JSON can carry, hashes in display order. */

import type { Stamp } from './client-events.ts';
import type { OutputType } from './script/classify.ts';
import type { Tx } from './wire/tx.ts';

export interface TxInputInfo {
  readonly txid: string;
  readonly vout: number;
  readonly sequence: number;
}

export interface TxOutputInfo {
  /** Position, from 0. */
  readonly n: number;
  readonly valueSats: number;
  readonly type: OutputType;
  /** Null where the type has none. */
  readonly address: string | null;
  readonly scriptHex: string;
  /** What an OP_RETURN output carries, where that is text. */
  readonly text?: string;
}

/** A transaction with the unconfirmed ones that it needs (ancestors) or that need it (descendants), itself included. */
export interface FamilyInfo {
  readonly count: number;
  readonly vsize: number;
  /** Null when the fee of one of them is not known. */
  readonly feeSats: number | null;
}

/** What may become known of a transaction, or change, after it was first seen. */
export interface TxStanding {
  readonly txid: string;
  readonly wtxid: string;
  /** Null until every output that it spends was seen. */
  readonly feeSats: number | null;
  /** Satoshis for a virtual byte, three decimals; null with the fee. */
  readonly feeRate: number | null;
  /** Null when there are too many to follow. */
  readonly ancestors: FamilyInfo | null;
  readonly descendants: FamilyInfo | null;
  /** Distinct peers that announced it. */
  readonly peers: number;
  /** Transactions in the list that spend an output which this one spends too. */
  readonly conflictsWith: readonly string[];
}

/** An unconfirmed transaction was seen for the first time. */
export interface TxEvent extends Stamp, TxStanding {
  readonly event: 'tx';
  /** ISO 8601, UTC. */
  readonly firstSeen: string;
  /** Bytes on the wire, witnesses included. */
  readonly size: number;
  readonly vsize: number;
  readonly weight: number;
  readonly version: number;
  readonly lockTime: number;
  /** Whether one of its own inputs says that it may be replaced (BIP 125). */
  readonly signalsRbf: boolean;
  readonly inputs: readonly TxInputInfo[];
  readonly outputs: readonly TxOutputInfo[];
  readonly outputTotalSats: number;
  /** Transactions that it has taken the place of. */
  readonly replaces: readonly string[];
  /** Whether it was confirmed, in a block that is on the best chain no more. */
  readonly isReturned: boolean;
  /** The bytes of the transaction. Not part of the JSON. */
  readonly raw: Uint8Array;
  /** The same, decoded. Not part of the JSON. */
  readonly transaction: Tx;
}

/** Something changed: told at most once in some seconds for each transaction. */
export interface TxUpdatedEvent extends Stamp, TxStanding {
  readonly event: 'tx-updated';
}

/**
 * Why a transaction left the list.
 *
 * - `confirmed`: it is in a block of the best chain.
 * - `replaced`: another one spends the same output and took its place.
 * - `conflict`: a block holds another one that spends the same output, or the same happened to a parent.
 * - `expired`: it was not confirmed for two weeks.
 * - `evicted`: there was no room.
 */
export type TxRemovalReason = 'confirmed' | 'replaced' | 'conflict' | 'expired' | 'evicted';

export interface TxRemovedEvent extends Stamp {
  readonly event: 'tx-removed';
  readonly txid: string;
  readonly reason: TxRemovalReason;
  /** The block that confirms it or the conflicting one; else null. */
  readonly block: string | null;
  readonly height: number | null;
  /** The transaction that took its place; null for the other reasons. */
  readonly replacedBy: string | null;
  /** Distinct peers that had announced it. */
  readonly peers: number;
}

/** Events of transactions were left out because their reader was too slow. */
export interface EventsDroppedEvent extends Stamp {
  readonly event: 'events-dropped';
  readonly count: number;
}

/**
 * How one of our own transactions fares.
 *
 * - `announced`: peers were told of it (`peers`: how many in all).
 * - `requested`: a peer asked for it (`peer`; `peers`: how many in all), so it did not have it yet.
 * - `relayed`: a peer that did not get it from us announced it (`peer`, `peers`).
 * - `confirmed`: it is in a block of the best chain (`block`, `height`).
 * - `returned`: that block is on the best chain no more.
 */
export interface SendEvent extends Stamp {
  readonly event: 'send';
  readonly txid: string;
  readonly state: 'announced' | 'requested' | 'relayed' | 'confirmed' | 'returned';
  /** HOST:PORT; null where no single peer is meant. */
  readonly peer: string | null;
  readonly peers: number;
  readonly block: string | null;
  readonly height: number | null;
}

export type MempoolEvent = TxEvent | TxUpdatedEvent | TxRemovedEvent | EventsDroppedEvent | SendEvent;
