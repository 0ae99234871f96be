/** Which transactions belong into the list of unconfirmed ones: what comes in, what leaves it, and why. */

import { append } from '../../bytes/append.ts';
import { type HashKey, hashKey } from '../../bytes/hash-key.ts';
import type { ChainPoint } from '../../chain/tree-change.ts';
import { decode } from '../../wire/codec.ts';
import type { IdentifiedTx } from '../../wire/identified-tx.ts';
import { type Tx, tx } from '../../wire/tx.ts';
import type { FetchedBlock } from '../blocks/fetched-block.ts';
import type { Now } from '../machine.ts';
import { Displaced } from './displaced.ts';
import { bytesToKeep, evictionOrder } from './eviction.ts';
import { ancestorEntries, descendantEntries, withDescendants } from './families.ts';
import { FeeLedger } from './fee-ledger.ts';
import { Mempool } from './mempool.ts';
import { type RemovalReason, seenTxOf, standingOf, type TxNews } from './mempool-news.ts';
import {
  type Announced,
  type EntryOrigin,
  newEntry,
  type OutPointKey,
  outPointKey,
  type PoolEntry,
  txKeyOf,
  type Witness,
} from './pool-entry.ts';
import { RecentBlocks } from './recent-blocks.ts';
import { isPast, judgeNewcomer, neededWord, settle } from './rivals.ts';
import { RollingKeys } from './rolling-keys.ts';
import { spentScriptsOf } from './spent-scripts.ts';
import { faultAlone, type TxFault } from './tx-fault.ts';
import { addVoices, addWitness, type Announcement, noteVariant } from './witness-variants.ts';

export interface KeeperOptions {
  /** Room for the list, about. */
  readonly maxBytes: number;
  /** Time after which a transaction that nobody confirms is forgotten. */
  readonly maxAgeMs: number;
  /** Whether the scripts of spent outputs are told, which takes time. */
  readonly tellsSpentScripts: boolean;
}

/** Transactions that are not taken in again: refused, contradicted or expired ones. Two names each. */
const MAX_GONE = 100_000;
const MAX_POSTPONED = 1_000;

export class MempoolKeeper {
  readonly #options: KeeperOptions;
  readonly #listenerCount: () => number;
  readonly #pool = new Mempool();
  readonly #fees = new FeeLedger(this.#pool);
  readonly #gone = new RollingKeys(MAX_GONE);
  readonly #displaced = new Displaced();
  /** Who announced what was not taken in and may be yet. */
  readonly #postponed = new Map<HashKey, Announced>();
  readonly #blocks = new RecentBlocks();
  /** Entries that spend what others in the list spend. */
  readonly #contested = new Set<PoolEntry>();
  /** Entries of which something has changed that nobody was told. */
  readonly #changed = new Set<PoolEntry>();

  /** @param listenerCount peers that we chose and listen to. */
  constructor(options: KeeperOptions, listenerCount: () => number) {
    this.#options = options;
    this.#listenerCount = listenerCount;
  }

  get pool(): Mempool {
    return this.#pool;
  }

  get hasUpdates(): boolean {
    return this.#changed.size > 0;
  }

  /**
   * Whether a transaction need not be fetched: it is here, or was.
   *
   * @param isByWtxid whether the key is of a wtxid, not of a txid.
   */
  knows(key: HashKey, isByWtxid: boolean): boolean {
    return this.#find(key, isByWtxid) !== undefined || this.#isPast(key);
  }

  /** A peer announced a transaction that may be here. */
  noteAnnouncer(announcement: Announcement, peer: Witness): TxNews[] {
    const entry = this.#find(announcement.key, announcement.isByWtxid);
    if (entry === undefined) this.#noteReturn(announcement, peer);
    if (entry === undefined || !addWitness(entry, announcement, peer)) return [];
    this.#changed.add(entry);
    return this.#contested.has(entry) ? this.#settle(entry).news : [];
  }

  /** Whether it was here, or will not be. @param key of a txid or a wtxid. */
  #isPast(key: HashKey): boolean {
    return this.#gone.has(key) || this.#displaced.has(key) || this.#blocks.holds(key);
  }

  /** What has lost its place is fetched again when enough peers announce it after that. */
  #noteReturn({ key, atMs }: Announcement, peer: Witness): void {
    const voices = this.#displaced.announce(key, peer, atMs, neededWord(this.#listenerCount()));
    if (voices !== undefined) this.#postpone(voices);
  }

  #find(key: HashKey, isByWtxid: boolean): PoolEntry | undefined {
    return isByWtxid ? this.#pool.findByWtxid(key) : this.#pool.get(key);
  }

  /** A transaction came. What is wrong with it is no more than can be known without the outputs that it spends. */
  accept(identified: IdentifiedTx, origin: EntryOrigin, now: Now): TxNews[] | TxFault {
    const key = hashKey(identified.txid);
    if (this.#isPast(key)) return [];
    const fault = faultAlone(identified.tx);
    if (fault !== undefined) return this.#refuse(identified, fault);
    const present = this.#pool.get(key);
    if (present !== undefined) return this.#acceptAgain(present, identified, origin, now);
    const entry = newEntry(identified, origin, now);
    const before = this.#postponed.get(key);
    if (before !== undefined) addVoices(entry, before);
    // Those who announced it had not heard of a block, or of what took the place of its parent.
    const isLate = (spent: OutPointKey): boolean =>
      this.#blocks.spends(spent) || this.#gone.has(txKeyOf(spent)) || this.#displaced.has(txKeyOf(spent));
    if (entry.spends.some(isLate)) return this.#forget(identified);
    const feeFault = this.#fees.assess(entry);
    if (feeFault !== undefined) return this.#refuse(identified, feeFault);
    const news = this.#makeWayFor(entry);
    if (news === undefined) return this.#postpone(entry);
    if ('rule' in news) return this.#refuse(identified, news);
    return news.concat(this.#enter(entry, identified.tx));
  }

  /** It is there already, perhaps with another witness. */
  #acceptAgain(
    entry: PoolEntry,
    again: IdentifiedTx,
    { announcers, announcedMs, isOwn }: EntryOrigin,
    now: Now,
  ): TxNews[] {
    if (isOwn === true) entry.isOwn = true;
    const key = hashKey(again.wtxid);
    if (!noteVariant(entry, again, this.#pool)) this.#gone.add(key);
    const news = announcers.flatMap((peer, i) =>
      this.noteAnnouncer({ key, isByWtxid: true, atMs: announcedMs?.[i] ?? now.ms }, peer),
    );
    return news.concat(this.#makeRoom());
  }

  /** Looks at what a newcomer contradicts: undefined when it cannot be taken in, and nobody is to blame. */
  #makeWayFor(entry: PoolEntry): TxNews[] | TxFault | undefined {
    const rivalry = judgeNewcomer(entry, this.#pool);
    switch (rivalry.kind) {
      case 'impossible': {
        const detail = 'it spends what one of its own ancestors spends';
        return { rule: 'bad-txns-spends-conflicting-tx', detail };
      }
      case 'too-many':
        return undefined;
      case 'room':
        if (isPast(entry, this.#pool, this.#listenerCount())) return undefined;
        return rivalry.leaving.flatMap((weak) => this.#removeAll(weak, 'evicted'));
    }
  }

  /** A block joined the best chain. */
  connect(block: FetchedBlock): TxNews[] {
    const news: TxNews[] = [];
    const confirmed: PoolEntry[] = [];
    for (const { txid } of block.transactions) {
      const entry = this.#pool.get(hashKey(txid));
      if (entry === undefined) continue;
      confirmed.push(entry);
      news.push(this.#remove(entry, 'confirmed', { block }));
    }
    for (const { tx: decoded } of block.transactions) {
      for (const { previous } of decoded.inputs) {
        for (const loser of this.#pool.spendersOf(outPointKey(previous)))
          append(news, this.#removeAll(loser, 'conflict', { block }));
      }
    }
    this.#blocks.add(block.hash, block.transactions, confirmed);
    for (const entry of this.#fees.seeBlock(block.transactions)) append(news, this.#reassess(entry));
    return news;
  }

  /** The last block left the best chain: what it had confirmed waits again. */
  disconnect(hash: Uint8Array): TxNews[] {
    // What was contradicted by it may be right again.
    this.#gone.clear();
    this.#displaced.clear();
    const returned = this.#blocks.takeBack(hash) ?? [];
    return returned.flatMap((entry) => {
      if (this.#pool.get(entry.key) !== undefined) return [];
      return this.#enter({ ...entry, isReturned: true }, decode(tx, entry.raw));
    });
  }

  /** Forgets what has waited too long. */
  expire(now: Now): TxNews[] {
    const news: TxNews[] = [];
    for (const entry of this.#pool.entries()) {
      if (now.ms - entry.firstSeenMs < this.#options.maxAgeMs) continue;
      append(news, this.#removeAll(entry, 'expired'));
    }
    return news;
  }

  /** What has changed since it was told; at most so many. */
  takeUpdates(maxCount: number): TxNews[] {
    const told: TxNews[] = [];
    for (const entry of this.#changed) {
      if (told.length >= maxCount) break;
      this.#changed.delete(entry);
      told.push({ event: 'tx-updated', standing: standingOf(entry, this.#pool) });
    }
    return told;
  }

  #enter(entry: PoolEntry, decoded: Tx): TxNews[] {
    this.#pool.add(entry);
    const { news: departures, replaces } = this.#settle(entry);
    this.#touchFamily(entry);
    const complete = this.#fees.see(entry.key, entry.valuesSats.length);
    const spentScripts = this.#options.tellsSpentScripts ? spentScriptsOf(entry, this.#pool) : [];
    const seen = seenTxOf(entry, this.#pool, { tx: decoded, replaces, spentScripts });
    const news: TxNews[] = [{ event: 'tx', tx: seen }];
    this.#changed.delete(entry);
    append(news, departures);
    for (const child of complete) append(news, this.#reassess(child));
    return news.concat(this.#makeRoom());
  }

  /** Removes those whose place an entry has taken. Those that stay contradict it. */
  #settle(entry: PoolEntry): { news: TxNews[]; replaces: Uint8Array[] } {
    const { replaced, impossible, left } = settle(entry, this.#pool, this.#listenerCount());
    const news: TxNews[] = [];
    for (const rival of impossible) append(news, this.#removeAll(rival, 'conflict'));
    for (const rival of replaced)
      append(news, this.#removeAll(rival, 'replaced', { replacedBy: entry.txid }));
    // Some went with others.
    const contesting = left.filter((rival) => this.#isHeld(rival));
    for (const member of contesting.length > 0 ? [entry, ...contesting] : []) {
      this.#contested.add(member);
      this.#changed.add(member);
    }
    return { news, replaces: replaced.map(({ txid }) => txid) };
  }

  /** What is said of ancestors and descendants changes with each that comes or goes. */
  #touchFamily(entry: PoolEntry): void {
    for (const relatives of [ancestorEntries(entry, this.#pool), descendantEntries(entry, this.#pool)])
      for (const relative of relatives ?? []) if (relative !== entry) this.#changed.add(relative);
  }

  /** A parent came later than its child. */
  #reassess(entry: PoolEntry): TxNews[] {
    if (!this.#isHeld(entry)) return [];
    // That it cannot be valid shows only now.
    if (this.#fees.assess(entry) !== undefined) return this.#removeAll(entry, 'conflict');
    if (entry.feeSats !== undefined) {
      this.#changed.add(entry);
      this.#touchFamily(entry);
    }
    return [];
  }

  #makeRoom(): TxNews[] {
    const { maxBytes } = this.#options;
    const news: TxNews[] = [];
    if (this.#pool.bytes <= maxBytes) return news;
    for (const entry of evictionOrder(this.#pool, this.#listenerCount())) {
      if (this.#pool.bytes <= bytesToKeep(maxBytes)) break;
      append(news, this.#removeAll(entry, 'evicted'));
    }
    return news;
  }

  #refuse(identified: IdentifiedTx, fault: TxFault): TxFault {
    this.#forget(identified);
    return fault;
  }

  /** It is not taken in again. Both names: what is wrong is not in the witness. */
  #forget({ txid, wtxid }: Pick<IdentifiedTx, 'txid' | 'wtxid'>): TxNews[] {
    this.#gone.add(hashKey(txid));
    this.#gone.add(hashKey(wtxid));
    return [];
  }

  /** It contradicts what has the better word: when others announce it too, it is looked at again. */
  #postpone({ key, announcers, announcedMs }: Announced & { readonly key: HashKey }): TxNews[] {
    if (this.#postponed.size >= MAX_POSTPONED) this.#postponed.clear();
    this.#postponed.set(key, { announcers, announcedMs });
    return [];
  }

  #isHeld(entry: PoolEntry): boolean {
    return this.#pool.get(entry.key) === entry;
  }

  #removeAll(entry: PoolEntry, reason: RemovalReason, because: RemovalCause = {}): TxNews[] {
    if (!this.#isHeld(entry)) return [];
    // Children first, so that nobody hears of one whose parent is gone.
    return withDescendants(entry, this.#pool)
      .toReversed()
      .map((member) => this.#remove(member, reason, because));
  }

  #remove(entry: PoolEntry, reason: RemovalReason, because: RemovalCause = {}): TxNews {
    if (this.#contested.delete(entry))
      for (const rival of this.#pool.rivalsOf(entry)) this.#changed.add(rival);
    this.#touchFamily(entry);
    this.#pool.remove(entry);
    this.#changed.delete(entry);
    if (reason === 'replaced') this.#displaced.add(entry);
    else if (reason !== 'confirmed' && reason !== 'evicted') this.#forget(entry);
    const { txid, announcers } = entry;
    return { event: 'tx-removed', txid, reason, ...because, peerCount: announcers.length };
  }
}

interface RemovalCause {
  readonly block?: ChainPoint;
  readonly replacedBy?: Uint8Array;
}
