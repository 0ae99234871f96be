/** What transactions of a block mean for watched scripts. */

/** An output that pays to a watched script. */
export interface ReceivedOutput {
  readonly vout: number;
  readonly valueSats: bigint;
  readonly script: Uint8Array;
}

/** An input that spends an output of a watched script. */
export interface SpentOutput {
  readonly vin: number;
  /** The transaction that made the output, 32 bytes in wire order. */
  readonly txid: Uint8Array;
  readonly vout: number;
  readonly valueSats: bigint;
  readonly script: Uint8Array;
}

/**
 * An input that shows what a watched script asks for, and spends an output that the ledger does not know: one from before its
 * first block, of unknown amount. Nothing else says so, for whoever knows what it shows can show it.
 */
export interface UnknownSpend {
  readonly vin: number;
  /** The transaction that made the output, 32 bytes in wire order. */
  readonly txid: Uint8Array;
  readonly vout: number;
  readonly script: Uint8Array;
}

/** A transaction that touches watched scripts: at least one of its lists has something in it. */
export interface Payment {
  /** 32 bytes in wire order. */
  readonly txid: Uint8Array;
  /** Place in the block; 0 is the coinbase. */
  readonly index: number;
  readonly received: readonly ReceivedOutput[];
  readonly spent: readonly SpentOutput[];
  readonly unknownSpends: readonly UnknownSpend[];
}

/** The transactions of a block that touch watched scripts. */
export interface BlockPayments {
  readonly height: number;
  /** Of the block, 32 bytes in wire order. */
  readonly hash: Uint8Array;
  /** Time in its header, Unix seconds. */
  readonly blockTime: number;
  /** In the order of the block; never empty. */
  readonly payments: readonly Payment[];
}

/** Sum of amounts, satoshis. */
export function totalSats(amounts: readonly { readonly valueSats: bigint }[]): bigint {
  return amounts.reduce((sum, { valueSats }) => sum + valueSats, 0n);
}
