/** What is true in a simulation, against which the client is measured. */
import { toHex } from '../../../src/bytes/hex.ts';
import { checkTransaction, isCoinbase } from '../../../src/chain/check-transaction.ts';
import { headerHash } from '../../../src/wire/header.ts';
import { identify } from '../../../src/wire/identified-tx.ts';
import type { Message } from '../../../src/wire/message.ts';
import type { Ledger } from './ledger.ts';
import type { RelayPeer } from './relay-peer.ts';

export interface Truth {
  readonly ledger: Ledger;
  /** By host. */
  readonly honest: ReadonlyMap<string, RelayPeer>;
  /** Peers that are not. */
  readonly hostileCount: number;
  readonly maxBytes: number;
  /** Time in which whatever an honest peer announces is told. */
  readonly boundMs: number;
  /** Whether there is room for all that is made up. */
  readonly hasRoom: boolean;
  /** Whether peers enough speak of wtxids for the signer's own witness to win. */
  readonly knowsWitnesses: boolean;
}

/** A connection of the client. */
export interface Connection {
  readonly host: string;
  /** Whether the client made it: the word of others counts for less. */
  readonly isOurs: boolean;
  /** Hashes of what the client has asked for on it. */
  readonly asked: Set<string>;
}

/**
 * What is wrong with something that was asked for, as far as that shows without anything else.
 *
 * @param settled blocks that are not wanted any more.
 */
export function faultOf(
  message: Message,
  { asked }: Connection,
  { ledger, settled }: { ledger: Ledger; settled: ReadonlySet<string> },
): string | undefined {
  if (message.command === 'tx') {
    const { txid, wtxid } = identify(message.payload);
    if (!asked.has(toHex(txid)) && !asked.has(toHex(wtxid))) return undefined;
    const isBroken = isCoinbase(message.payload) || checkTransaction(message.payload) !== undefined;
    return isBroken ? 'a transaction that breaks a rule' : undefined;
  }
  if (message.command !== 'block') return undefined;
  const hash = headerHash(message.payload.header);
  const isWanted = asked.has(toHex(hash)) && !settled.has(toHex(hash));
  return isWanted && ledger.bodyOf(hash)?.message !== message ? 'a wrong block' : undefined;
}
