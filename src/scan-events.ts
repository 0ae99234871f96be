/** What is told of a scan: plain values that JSON can carry, hashes in display order, amounts in satoshis. */

import type { Stamp } from './client-events.ts';

/** An output that pays to a watched script. */
export interface PaymentOutput {
  readonly n: number;
  readonly valueSats: number;
  /** Null for a script that has none. */
  readonly address: string | null;
  readonly scriptHex: string;
}

/** An input that spends an output of a watched script. */
export interface PaymentInput {
  readonly n: number;
  /** The output that it spends. */
  readonly txid: string;
  readonly vout: number;
  /** Null when the output was made before the scan's first height: its amount is not known, and not in the balance. */
  readonly valueSats: number | null;
  readonly address: string | null;
  readonly scriptHex: string;
}

/** A confirmed transaction that pays to a watched script or spends from one; in the order of the chain. */
export interface PaymentEvent extends Stamp {
  readonly event: 'payment';
  readonly height: number;
  /** Hash of the block. */
  readonly block: string;
  /** Time in the block's header, Unix seconds. */
  readonly blockTime: number;
  readonly txid: string;
  /** Place in the block. */
  readonly index: number;
  /** Whether it makes new coins, which wallets do not spend before they have 101 confirmations. */
  readonly coinbase: boolean;
  readonly receivedSats: number;
  readonly spentSats: number;
  /** Received less spent. */
  readonly netSats: number;
  /** Sum of all that the watched scripts had after it. */
  readonly balanceSats: number;
  readonly outputs: readonly PaymentOutput[];
  readonly inputs: readonly PaymentInput[];
  /** Whether it was found by an earlier run. */
  readonly stored: boolean;
}

/** A payment whose block left the best chain; the newest first. */
export interface PaymentRemovedEvent extends Stamp {
  readonly event: 'payment-removed';
  readonly height: number;
  readonly block: string;
  readonly txid: string;
  /** What it had changed. */
  readonly netSats: number;
  readonly balanceSats: number;
}

/** A few times a second while blocks are looked at. */
export interface ScanProgressEvent extends Stamp {
  readonly event: 'scan-progress';
  readonly fromHeight: number;
  /** All up to here was looked at. */
  readonly height: number;
  readonly target: number;
  readonly blocksPerSecond: number;
  /** Blocks that were fetched, because their filter matched or could not be relied on. */
  readonly fetchedBlocks: number;
}

/** All blocks up to the tip were looked at; when following, again after each change of the chain. */
export interface ScannedEvent extends Stamp {
  readonly event: 'scanned';
  readonly fromHeight: number;
  readonly height: number;
  readonly hash: string;
  readonly balanceSats: number;
  /** The part of the balance that cannot be spent yet: new coins with 100 confirmations or fewer. */
  readonly immatureSats: number;
  readonly receivedSats: number;
  readonly spentSats: number;
  readonly payments: number;
  /** Outputs that the balance consists of. */
  readonly unspent: number;
  /** Inputs that spend outputs from before the scan's first height: the balance leaves those outputs out. */
  readonly unknownSpends: number;
  /** What peers saw of this run: blocks that they were asked for. */
  readonly fetchedBlocks: number;
  readonly seconds: number;
}

export type ScanEvent = PaymentEvent | PaymentRemovedEvent | ScanProgressEvent | ScannedEvent;
