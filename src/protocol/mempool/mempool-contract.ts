/** What the watch over unconfirmed transactions can be told, what it asks for, and what it can be set to. */

import type { ChainPoint, TreeChange } from '../../chain/tree-change.ts';
import type { IdentifiedTx } from '../../wire/identified-tx.ts';
import type { MessageOf, Message } from '../../wire/message.ts';
import type { Disconnect, Endpoint, PeerId } from '../peer.ts';
import type { SendNews, TxNews } from './mempool-news.ts';

export interface MempoolOptions {
  /** Whether to fetch all transactions; else only our own are followed. */
  readonly fetchesTransactions: boolean;
  /** Whether to fetch new blocks: without them nobody knows what is confirmed. */
  readonly fetchesBlocks: boolean;
  /** Room for the list, about. */
  readonly maxBytes: number;
  /** Time after which a transaction that nobody confirms is forgotten. */
  readonly maxAgeMs: number;
  /** Whether the scripts of spent outputs are told, which takes time. */
  readonly tellsSpentScripts: boolean;
  /** Time that a peer has to deliver a transaction before the next is asked. */
  readonly requestTimeoutMs?: number;
}

/** What it needs to know of the connections around it. */
export interface MempoolSurroundings {
  /** Whether there will be more than one peer. */
  readonly expectsMany: boolean;
  /** The peers that have the block of the best chain at a height, the best to ask first. */
  readonly holdersOf: (height: number) => readonly PeerId[];
}

/** The messages that concern it. */
export type MempoolMessage = MessageOf<'inv' | 'tx' | 'notfound' | 'block' | 'feefilter'>;

export type MempoolInput =
  | {
      readonly type: 'peer-ready';
      readonly peer: PeerId;
      readonly endpoint: Endpoint;
      readonly services: bigint;
      /** Whether transactions are announced and asked for by wtxid (BIP 339). */
      readonly usesWtxid: boolean;
      /** Whether it wants to hear of transactions. */
      readonly wantsTxs: boolean;
      /** Whether it called us: such are easy to have many of. */
      readonly isInbound: boolean;
    }
  | { readonly type: 'peer-lost'; readonly peer: PeerId }
  | { readonly type: 'message'; readonly peer: PeerId; readonly message: MempoolMessage }
  /** The best chain is as long as the peers'. */
  | { readonly type: 'synced'; readonly tip: ChainPoint }
  | { readonly type: 'chain-changed'; readonly change: TreeChange }
  /** A transaction of our own is to be sent. */
  | { readonly type: 'submitted'; readonly tx: IdentifiedTx }
  | { readonly type: 'tick' };

export type MempoolOutput =
  | { readonly do: 'send'; readonly peer: PeerId; readonly message: Message }
  | { readonly do: 'hang-up'; readonly peer: PeerId; readonly disconnect: Disconnect }
  | { readonly do: 'report'; readonly event: TxNews | SendNews };

/** Whether a message concerns nothing else. */
export function isOfMempool(message: Message): message is Exclude<MempoolMessage, { command: 'inv' }> {
  const { command } = message;
  return command === 'tx' || command === 'notfound' || command === 'block' || command === 'feefilter';
}
