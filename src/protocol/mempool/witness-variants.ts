/** The same transaction may come with several witnesses (its txid does not cover them); most peers' word decides. */

import { type HashKey, hashKey } from '../../bytes/hash-key.ts';
import type { IdentifiedTx } from '../../wire/identified-tx.ts';
import type { Mempool } from './mempool.ts';
import { type Announced, type PoolEntry, type Witness, wordOf } from './pool-entry.ts';

/** Peers that are counted: with more than these nobody doubts any more, and the list would grow for ever. */
const MAX_ANNOUNCERS = 100;
/** Heavier ones are not relayed (Core: MAX_STANDARD_TX_WEIGHT); the first to come is kept whatever it weighs. */
const MAX_VARIANT_WEIGHT = 400_000;

/**
 * A transaction of the list came again. With a witness that is new it takes the second place, unless more than one peer
 * stands by the one that is there.
 *
 * @returns whether it is there now.
 */
export function noteVariant(entry: PoolEntry, { wtxid, raw, size }: IdentifiedTx, pool: Mempool): boolean {
  if (pool.findByWtxid(hashKey(wtxid)) === entry) return true;
  const isFree = entry.other === undefined || wordOf(entry.other) < 2;
  if (!isFree || size.weight > MAX_VARIANT_WEIGHT) return false;
  pool.setVariant(entry, { wtxid, raw, size, announcers: [], announcedMs: [] });
  return true;
}

/** By which of its names a transaction was announced, and when. */
export interface Announcement {
  readonly key: HashKey;
  /** Whether the peer speaks of wtxids: then it means one witness, and by the txid none at all. */
  readonly isByWtxid: boolean;
  readonly atMs: number;
}

/**
 * Notes that a peer announced an entry, and changes to its other witness when more announced that.
 *
 * @returns whether that was news.
 */
export function addWitness(entry: PoolEntry, { key, isByWtxid, atMs }: Announcement, peer: Witness): boolean {
  const { other } = entry;
  const isOther = isByWtxid && other !== undefined && hashKey(other.wtxid) === key;
  const { announcers, announcedMs } = isOther ? other : entry;
  if (announcers.length >= MAX_ANNOUNCERS || announcers.includes(peer)) return false;
  announcers.push(peer);
  announcedMs.push(atMs);
  if (isOther && wordOf(other) > wordOf(entry)) exchange(entry);
  return true;
}

/** Adds those who announced it before; of one that did so twice the first time counts. */
export function addVoices(entry: PoolEntry, { announcers, announcedMs }: Announced): void {
  announcers.forEach((name, i) => {
    const atMs = announcedMs[i] as number;
    const position = entry.announcers.indexOf(name);
    if (position !== -1) entry.announcedMs[position] = Math.min(atMs, entry.announcedMs[position] as number);
    else if (entry.announcers.length < MAX_ANNOUNCERS) {
      entry.announcers.push(name);
      entry.announcedMs.push(atMs);
    }
  });
}

function exchange(entry: PoolEntry): void {
  const { other, wtxid, raw, size, announcers, announcedMs } = entry;
  if (other === undefined) return;
  Object.assign(entry, { ...other, other: { wtxid, raw, size, announcers, announcedMs } });
}
