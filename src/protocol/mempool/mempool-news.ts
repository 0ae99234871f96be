/** What is told of unconfirmed transactions. Hashes are 32 bytes in wire order. */

import type { ChainPoint } from '../../chain/tree-change.ts';
import { decode } from '../../wire/codec.ts';
import { type Tx, tx as txCodec, type TxSize } from '../../wire/tx.ts';
import type { Endpoint } from '../peer.ts';
import { ancestorsOf, descendantsOf, type Family } from './families.ts';
import type { Mempool } from './mempool.ts';
import type { PoolEntry } from './pool-entry.ts';

/** What may change while a transaction waits. */
export interface TxStanding {
  readonly txid: Uint8Array;
  readonly wtxid: Uint8Array;
  readonly size: TxSize;
  /** Undefined until the amounts of all outputs that it spends are known. */
  readonly feeSats: number | undefined;
  /** With all unconfirmed ones that it needs; undefined when there are too many. */
  readonly ancestors: Family | undefined;
  /** With all that need it; undefined when there are too many. */
  readonly descendants: Family | undefined;
  /** Distinct peers that announced it. */
  readonly peerCount: number;
  /** Txids of those in the list that spend an output which this one spends. */
  readonly conflictsWith: readonly Uint8Array[];
}

export interface SeenTx extends TxStanding {
  readonly raw: Uint8Array;
  /** Byte strings in it are views of `raw`. */
  readonly tx: Tx;
  /** Unix seconds. */
  readonly firstSeenSeconds: number;
  /** Txids of those whose place it took. */
  readonly replaces: readonly Uint8Array[];
  /** Whether it was confirmed in a block that left the best chain. */
  readonly isReturned: boolean;
  /** The scripts that it is known to unlock, as far as its parents are in the list. */
  readonly spentScripts: readonly Uint8Array[];
}

export type RemovalReason = 'confirmed' | 'replaced' | 'conflict' | 'expired' | 'evicted';

export type TxNews =
  | { readonly event: 'tx'; readonly tx: SeenTx }
  | { readonly event: 'tx-updated'; readonly standing: TxStanding }
  | {
      readonly event: 'tx-removed';
      readonly txid: Uint8Array;
      readonly reason: RemovalReason;
      /** The block that confirms it, or the one that contradicts it. */
      readonly block?: ChainPoint;
      /** Txid of the one that took its place. */
      readonly replacedBy?: Uint8Array;
      readonly peerCount: number;
    };

/** How one of our own transactions fares; see `SendEvent` of the library. */
export interface SendNews {
  readonly event: 'send';
  readonly txid: Uint8Array;
  readonly state: 'announced' | 'requested' | 'relayed' | 'confirmed' | 'returned';
  readonly endpoint?: Endpoint | undefined;
  readonly peerCount: number;
  readonly block?: ChainPoint | undefined;
}

/** @param tx the same transaction, where it is at hand decoded. */
export function seenTxOf(
  entry: PoolEntry,
  pool: Mempool,
  { tx = decode(txCodec, entry.raw), replaces = [], spentScripts = [] }: Partial<SeenTx> = {},
): SeenTx {
  const { raw, firstSeenSeconds, isReturned } = entry;
  const others = { raw, tx, firstSeenSeconds, replaces, isReturned, spentScripts };
  return Object.assign(standingOf(entry, pool), others);
}

export function standingOf(entry: PoolEntry, pool: Mempool): TxStanding {
  const { txid, wtxid, size, feeSats, announcers } = entry;
  return {
    txid,
    wtxid,
    size,
    feeSats,
    ancestors: ancestorsOf(entry, pool),
    descendants: descendantsOf(entry, pool),
    peerCount: announcers.length,
    conflictsWith: Array.from(pool.rivalsOf(entry), (rival) => rival.txid),
  };
}
