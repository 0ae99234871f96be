/** An unconfirmed transaction as the list holds it. */

import { type HashKey, hashKey } from '../../bytes/hash-key.ts';
import type { IdentifiedTx } from '../../wire/identified-tx.ts';
import { type OutPointKey, outPointKey } from '../../wire/outpoint-key.ts';
import type { TxSize } from '../../wire/tx.ts';
import type { Now } from '../machine.ts';
import { type Endpoint, endpointText } from '../peer.ts';

export { keyOfOutput, type OutPointKey, outPointKey, positionOf, txKeyOf } from '../../wire/outpoint-key.ts';

/** What names a peer beyond its connection: one that comes back is no second witness. */
export type Witness = string;

/** How the names of those begin who called us. */
const CALLER = 'caller ';

/** The name of a peer: of one that called us only the host counts, for it may call from any number of ports. */
export function witnessOf(endpoint: Endpoint, isInbound: boolean): Witness {
  return isInbound ? CALLER + endpoint.host : endpointText(endpoint);
}

/** Who announced something, and when. */
export interface Announced {
  /** Each once. */
  readonly announcers: readonly Witness[];
  /** When each of them did; monotonic, milliseconds. */
  readonly announcedMs: readonly number[];
}

/**
 * How much the word of some peers counts: one for each that we chose. Those that called us are one together, and only where
 * nobody else speaks: anybody may call, from as many addresses as he has.
 */
export function wordOf({ announcers }: Pick<Announced, 'announcers'>): number {
  return countWord(announcers.filter(isChosen).length, announcers.length);
}

/**
 * The same, without those who announced another one that contradicts it, later: a node announces the second only in place of
 * the first, so these do not stand by it any more.
 */
export function wordAgainst({ announcers, announcedMs }: Announced, rival: Announced): number {
  const still = announcers.filter((name, i) => {
    const position = rival.announcers.indexOf(name);
    return position === -1 || (rival.announcedMs[position] as number) <= (announcedMs[i] as number);
  });
  return countWord(still.filter(isChosen).length, still.length);
}

/** Whether a peer is one that we chose. */
export function isChosen(name: Witness): boolean {
  return !name.startsWith(CALLER);
}

function countWord(chosenCount: number, count: number): number {
  return chosenCount === 0 && count > 0 ? 1 : chosenCount;
}

/** A transaction with one of the witnesses that it was seen with. */
export interface WitnessVariant extends Announced {
  wtxid: Uint8Array;
  /** The whole transaction. It is not kept decoded: that would take ten times the room. */
  raw: Uint8Array;
  size: TxSize;
  announcers: Witness[];
  announcedMs: number[];
}

export interface PoolEntry extends WitnessVariant {
  /** Of its txid. */
  readonly key: HashKey;
  readonly txid: Uint8Array;
  readonly spends: readonly OutPointKey[];
  /** Amounts of its outputs, satoshis. */
  readonly valuesSats: Float64Array;
  readonly outputTotalSats: number;
  /** Monotonic, milliseconds. */
  readonly firstSeenMs: number;
  /** Unix seconds. */
  readonly firstSeenSeconds: number;
  /** Whether it was confirmed in a block that left the best chain. */
  readonly isReturned: boolean;
  /** Whether we sent it ourselves. */
  isOwn: boolean;
  /** The same with another witness, which fewer announced. Only one of them is valid, and only full nodes know which. */
  other: WitnessVariant | undefined;
  /** Undefined until the amounts of all outputs that it spends are known. */
  feeSats: number | undefined;
  /** Outputs that it spends and whose amounts are not known, or fewer: then it is worth a look. */
  unseenCount: number;
  /** Those that spend what it spends, one that spends several such outputs as many times. */
  rivalCount: number;
}

/** Who announced it with any witness: all of them say that what it spends is spent by it. */
export function voicesOf(entry: PoolEntry): Announced {
  const { other } = entry;
  if (other === undefined) return entry;
  const more = other.announcers.flatMap((name, i) => (entry.announcers.includes(name) ? [] : [i]));
  return {
    announcers: [...entry.announcers, ...more.map((i) => other.announcers[i] as Witness)],
    announcedMs: [...entry.announcedMs, ...more.map((i) => other.announcedMs[i] as number)],
  };
}

/** Room that an entry takes beside its bytes, each of its inputs, and each of its outputs; measured (bench/README.md). */
const ENTRY_BYTES = 1_400;
const INPUT_BYTES = 300;
const OUTPUT_BYTES = 8;
const VARIANT_BYTES = 300;

export interface EntryOrigin {
  readonly announcers: readonly Witness[];
  /** When each of them did; left out, now. */
  readonly announcedMs?: readonly number[];
  readonly isOwn?: boolean;
}

/** @param identified a transaction that {@link checkTransaction} found nothing wrong with: its amounts fit a number. */
export function newEntry(
  { tx, raw, txid, wtxid, size }: IdentifiedTx,
  { announcers, announcedMs, isOwn = false }: EntryOrigin,
  now: Now,
): PoolEntry {
  const valuesSats = Float64Array.from(tx.outputs, ({ valueSats }) => Number(valueSats));
  return {
    key: hashKey(txid),
    txid,
    wtxid,
    raw,
    size,
    spends: tx.inputs.map(({ previous }) => outPointKey(previous)),
    valuesSats,
    outputTotalSats: valuesSats.reduce((sum, value) => sum + value, 0),
    firstSeenMs: now.ms,
    firstSeenSeconds: now.unixSeconds,
    isReturned: false,
    isOwn,
    announcers: [...announcers],
    announcedMs: announcers.map((_, i) => announcedMs?.[i] ?? now.ms),
    other: undefined,
    feeSats: undefined,
    unseenCount: tx.inputs.length,
    rivalCount: 0,
  };
}

/** Room that an entry takes in memory, about. */
export function bytesOf({ raw, other, spends, valuesSats }: PoolEntry): number {
  const variant = other === undefined ? 0 : other.raw.length + VARIANT_BYTES;
  return variant + raw.length + ENTRY_BYTES + INPUT_BYTES * spends.length + OUTPUT_BYTES * valuesSats.length;
}

/** Satoshis for a virtual byte; undefined with the fee. */
export function feeRateOf({ feeSats, size }: Pick<PoolEntry, 'feeSats' | 'size'>): number | undefined {
  return feeSats === undefined ? undefined : feeSats / size.vsize;
}
