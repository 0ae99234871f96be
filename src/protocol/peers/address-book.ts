/**
 * The addresses of other nodes that we heard of, and what became of calls to them. Whoever fills such a book decides
 * whom a node will call, so nobody may fill much of it (Core: src/addrman.cpp). Addresses that were only told are in the
 * new table, those that worked in the tried one; `book-places.ts` says where in there, and who is there already stays
 * there as long as it is worth a call.
 */

import type { Now, Random } from '../machine.ts';
import type { Endpoint } from '../peer.ts';
import { type BookEntry, canonicalHost, describe, entryOf, isDialable, keyOf } from './book-entry.ts';
import { BookTables, type BookTablesOptions } from './book-tables.ts';
import { below, fraction } from './chance.ts';
import {
  type FoundAddress,
  isActiveAt,
  isExpiredAt,
  type KnownAddress,
  MAX_AHEAD_SECONDS,
} from './known-address.ts';
import { TriedCollisions } from './tried-collisions.ts';

export type { FoundAddress, KnownAddress } from './known-address.ts';

/** Places in the new table that one address can have (Core: ADDRMAN_NEW_BUCKETS_PER_ADDRESS). */
export const MAX_PLACES_PER_ADDRESS = 8;
/** A later time counts only when it is so much later, so that not every mention is a change. */
const UPDATE_SECONDS = { whenOnline: 3_600, whenNot: 86_400 } as const;
const ONLINE_SECONDS = 86_400;
/** The end of a connection moves the time of its address on when that is so old (Core: AddrMan::Connected). */
const SEEN_UPDATE_SECONDS = 1_200;
/** A tried address that worked so lately keeps its place without a test (Core: ADDRMAN_REPLACEMENT). */
const PROVEN_SECONDS = 4 * 3_600;

/** An address as an earlier run left it. */
export interface SavedAddress extends KnownAddress {
  /** {@link keyOf} of the endpoint. */
  readonly key: string;
  readonly source: string;
  readonly places: readonly number[];
}

/** An address as somebody tells it, and the time at which we take it to have been seen. */
interface Telling {
  readonly told: FoundAddress;
  readonly seenSeconds: number;
  readonly source: string;
  readonly now: Now;
}

export class AddressBook {
  readonly #options: BookTablesOptions;
  readonly #random: Random;
  readonly #tables: BookTables;
  readonly #collisions = new TriedCollisions(
    (entry) => !entry.isTried && this.#find(entry.endpoint) === entry,
  );

  constructor(options: BookTablesOptions, random: Random) {
    this.#options = options;
    this.#random = random;
    this.#tables = new BookTables(options);
  }

  /** Addresses in each table. */
  get counts(): { readonly new: number; readonly tried: number } {
    return this.#tables.counts;
  }

  /**
   * Takes in what somebody told. Names, texts that are not canonical and addresses that cannot be anybody's are passed
   * over, and so are those whose place is taken by one that is worth a call.
   *
   * @param source network group of who told.
   * @param penaltySeconds by how much the times are taken for older than claimed.
   * @returns those that are new.
   */
  add(found: readonly FoundAddress[], source: string, now: Now, penaltySeconds: number = 0): FoundAddress[] {
    return found.filter((told) => {
      const seenSeconds = Math.max(0, Math.floor(told.seenSeconds - penaltySeconds));
      const telling = { told, seenSeconds, source, now };
      const known = this.#find(told.endpoint);
      if (known === undefined) return this.#addNew(telling);
      const isNews = this.#hear(known, telling);
      if (isNews && !known.isTried) this.#placeAgain(known, telling);
      return false;
    });
  }

  /**
   * Takes in an address of an earlier run, which {@link add} took in then.
   *
   * @param keepsPlaces whether it was placed under the same key.
   * @returns false when it is too old or its place is taken.
   */
  restore(saved: SavedAddress, keepsPlaces: boolean, now: Now): boolean {
    if (isExpiredAt(saved, secondsOf(now))) return false;
    const { key, source, places } = saved;
    const entry = entryOf(saved, { key, source, places: [...places] });
    if (!keepsPlaces) entry.places = [this.#placeOf(entry)];
    return this.#tables.restore(entry);
  }

  /** A call to an address begins. */
  noteTry(endpoint: Endpoint, now: Now): void {
    this.#change(endpoint, (entry) => {
      entry.lastTrySeconds = secondsOf(now);
    });
  }

  /** A call came to nothing, and it was not our own line's fault. */
  noteFailure(endpoint: Endpoint, now: Now): void {
    const entry = this.#change(endpoint, (failing) => {
      failing.lastTrySeconds = Math.max(failing.lastTrySeconds, secondsOf(now));
      failing.failures++;
    });
    const heir = entry?.isTried === true ? this.#collisions.heirOf(this.#placeOf(entry)) : undefined;
    if (heir !== undefined) this.#makeTried(heir, now);
  }

  /**
   * A handshake came to its end.
   *
   * @param services what the peer itself says, in place of what others said.
   */
  noteSuccess(endpoint: Endpoint, services: bigint, now: Now): void {
    const nowSeconds = secondsOf(now);
    // The time at which it was seen stays: who asks us for addresses is not to learn whom we are connected to.
    const entry = this.#change(endpoint, (good) => {
      good.services = services;
      good.lastTrySeconds = nowSeconds;
      good.lastSuccessSeconds = nowSeconds;
      good.failures = 0;
    });
    if (entry?.isTried === true) this.#collisions.settle(this.#placeOf(entry));
    this.#settleOverdue(now);
    if (entry === undefined || entry.isTried) return;
    const place = this.#tables.triedPlaceOf(entry);
    const occupant = this.#tables.triedAt(place);
    if (occupant === undefined || !isActiveAt(occupant, nowSeconds)) this.#makeTried(entry, now);
    else if (nowSeconds - occupant.lastSuccessSeconds >= PROVEN_SECONDS)
      this.#collisions.add(entry, place, now);
  }

  /** A connection that had served us ended: the address was there until now. */
  noteSeen(endpoint: Endpoint, now: Now): void {
    const nowSeconds = secondsOf(now);
    const known = this.#find(endpoint);
    if (known === undefined || Math.abs(nowSeconds - known.seenSeconds) < SEEN_UPDATE_SECONDS) return;
    this.#change(endpoint, (entry) => {
      entry.seenSeconds = nowSeconds;
    });
  }

  /**
   * An address to call: tried or new with equal chances, then one of any bucket with equal chances. One that is
   * accepted and active is found when there is one; each address is looked at once or a few times, however many are
   * refused.
   *
   * @param from `new` for addresses of which it is not known whether anybody is there.
   */
  select(
    now: Now,
    accepts: (known: KnownAddress) => boolean,
    from: 'any' | 'new' = 'any',
  ): KnownAddress | undefined {
    const nowSeconds = secondsOf(now);
    const isWanted = (entry: BookEntry): boolean => isActiveAt(entry, nowSeconds) && accepts(entry);
    const isTriedFirst = from === 'any' && fraction(this.#random) < 0.5;
    for (const isTried of from === 'new' ? [false] : [isTriedFirst, !isTriedFirst]) {
      const entry = this.#tables.select({ isTried, isWanted, nowSeconds }, this.#random);
      if (entry !== undefined) return describe(entry);
    }
    return undefined;
  }

  /**
   * A tried address in whose place another one wants to be, to be called: {@link noteSuccess} or {@link noteFailure}
   * settles it. When there is a connection to it already, that is a success.
   */
  collision(now: Now): KnownAddress | undefined {
    this.#settleOverdue(now);
    const place = this.#collisions.drawPlace(this.#random);
    const occupant = place === undefined ? undefined : this.#tables.triedAt(place);
    return occupant && describe(occupant);
  }

  /** Active addresses at random, each as likely as the others. */
  sample(now: Now, maxCount: number, accepts: (known: KnownAddress) => boolean = () => true): KnownAddress[] {
    const nowSeconds = secondsOf(now);
    const isWanted = (entry: BookEntry): boolean => isActiveAt(entry, nowSeconds) && accepts(entry);
    return this.#tables.entries.sample(maxCount, isWanted, this.#random).map(describe);
  }

  get(endpoint: Endpoint): KnownAddress | undefined {
    const entry = this.#find(endpoint);
    return entry && describe(entry);
  }

  *entries(): Iterable<KnownAddress> {
    for (const entry of this.#tables.entries) yield describe(entry);
  }

  /** What the book itself holds under a key: to be written down. */
  entry(key: string): Readonly<BookEntry> | undefined {
    return this.#tables.entries.get(key);
  }

  /** Whether an address is worth a call; others stay silent, and are kept only until their place is needed. */
  isActive(known: KnownAddress, now: Now): boolean {
    return isActiveAt(known, secondsOf(now));
  }

  #addNew({ told, seenSeconds, source, now }: Telling): boolean {
    const { endpoint, services } = told;
    const host = canonicalHost(endpoint.host);
    if (host === undefined || !isDialable(host, endpoint.port, this.#options.separatesPrivate)) return false;
    const known = {
      endpoint,
      network: host.network,
      services,
      seenSeconds,
      lastTrySeconds: 0,
      lastSuccessSeconds: 0,
      failures: 0,
      isTried: false,
    };
    const entry = entryOf(known, { key: keyOf(endpoint), source, places: [] });
    const place = this.#placeOf(entry);
    const occupant = this.#tables.newAt(place);
    // One that has other places, too, can do without this one.
    const isTaken = occupant?.places.length === 1 && isActiveAt(occupant, secondsOf(now));
    if (!isTaken) this.#tables.add(entry, place);
    return !isTaken;
  }

  /** @returns whether the time that is told is news. */
  #hear(entry: BookEntry, { told, seenSeconds, now }: Telling): boolean {
    const before = entry.seenSeconds;
    const isActive = isActiveAt(entry, secondsOf(now));
    // One that stayed silent is up again, they say: as good as new, if that was after we found nobody there.
    // A try in the future was noted by a clock that was wrong, and says nothing.
    const isTryPossible = entry.lastTrySeconds <= secondsOf(now) + MAX_AHEAD_SECONDS;
    if (!isActive && isTryPossible && told.seenSeconds <= entry.lastTrySeconds) return false;
    const isAhead = before > secondsOf(now) + MAX_AHEAD_SECONDS;
    const isOnline = secondsOf(now) - told.seenSeconds < ONLINE_SECONDS;
    const leastStep = isOnline ? UPDATE_SECONDS.whenOnline : UPDATE_SECONDS.whenNot;
    const isLater = seenSeconds > before + (isActive ? leastStep : 0);
    const services = entry.services | told.services;
    if (!isActive || isLater || services !== entry.services) {
      this.#change(entry.endpoint, () => {
        if (!isActive) entry.failures = 0;
        if (isLater || isAhead) entry.seenSeconds = seenSeconds;
        entry.services = services;
      });
    }
    return told.seenSeconds > before;
  }

  /** Each place that it has makes another one half as likely (Core: AddSingle). */
  #placeAgain(entry: BookEntry, { source, now }: Telling): void {
    const count = entry.places.length;
    if (count >= MAX_PLACES_PER_ADDRESS || below(2 ** count, this.#random) !== 0) return;
    const place = this.#tables.newPlaceOf(entry, source);
    const occupant = this.#tables.newAt(place);
    const isTaken = occupant !== undefined && isActiveAt(occupant, secondsOf(now));
    if (occupant !== entry && !isTaken) this.#tables.addPlace(entry, place);
  }

  #makeTried(entry: BookEntry, now: Now): void {
    this.#tables.makeTried(entry, secondsOf(now));
    this.#collisions.settle(this.#placeOf(entry));
  }

  #settleOverdue(now: Now): void {
    for (let heir = this.#collisions.overdue(now); heir !== undefined; heir = this.#collisions.overdue(now))
      this.#makeTried(heir, now);
  }

  /** Where an entry belongs in its table. */
  #placeOf(entry: BookEntry): number {
    return entry.isTried ? this.#tables.triedPlaceOf(entry) : this.#tables.newPlaceOf(entry, entry.source);
  }

  #find(endpoint: Endpoint): BookEntry | undefined {
    return this.#tables.entries.get(keyOf(endpoint));
  }

  #change(endpoint: Endpoint, change: (entry: BookEntry) => void): BookEntry | undefined {
    const entry = this.#find(endpoint);
    if (entry === undefined) return undefined;
    change(entry);
    this.#options.noteChange(entry.key);
    return entry;
  }
}

function secondsOf({ unixSeconds }: Now): number {
  return Math.floor(unixSeconds);
}
