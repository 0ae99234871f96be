/** The two tables of the book and the list of all who stand in them, kept in step with each other. */

import type { Random } from '../machine.ts';
import { type BookEntry, EntryIndex } from './book-entry.ts';
import { BookPlaces } from './book-places.ts';
import { BucketTable } from './bucket-table.ts';
import { isActiveAt } from './known-address.ts';
import { networkGroup } from './network-group.ts';
import { selectEntry } from './select-entry.ts';

export interface BookTablesOptions {
  /** 32 secret bytes, which say where addresses stand. */
  readonly key: Uint8Array;
  /** Whether nodes of this network live at private addresses; else such addresses are passed over. */
  readonly separatesPrivate: boolean;
  /** Told the key of each entry that was added, changed or removed, at least once. */
  readonly noteChange: (key: string) => void;
}

export interface TableChoice {
  /** Which table. */
  readonly isTried: boolean;
  readonly isWanted: (entry: BookEntry) => boolean;
  readonly nowSeconds: number;
}

export class BookTables {
  readonly entries: EntryIndex = new EntryIndex();
  readonly #options: BookTablesOptions;
  readonly #places: BookPlaces;
  readonly #new = new BucketTable<BookEntry>();
  readonly #tried = new BucketTable<BookEntry>();
  #triedCount = 0;

  constructor(options: BookTablesOptions) {
    this.#options = options;
    this.#places = new BookPlaces(options.key);
  }

  /** Addresses in each table; one that has several places in the new table counts once. */
  get counts(): { readonly new: number; readonly tried: number } {
    return { new: this.entries.size - this.#triedCount, tried: this.#triedCount };
  }

  /** The place in the new table that an address has when a source tells it. */
  newPlaceOf({ key, endpoint }: BookEntry, source: string): number {
    return this.#places.inNew(key, this.#groupOf(endpoint.host), source);
  }

  /** The place in the tried table that an address has. */
  triedPlaceOf({ key, endpoint }: BookEntry): number {
    return this.#places.inTried(key, this.#groupOf(endpoint.host));
  }

  newAt(place: number): BookEntry | undefined {
    return this.#new.at(place);
  }

  triedAt(place: number): BookEntry | undefined {
    return this.#tried.at(place);
  }

  /** Takes an entry in at those of its places that are free; false when none is. */
  restore(entry: BookEntry): boolean {
    const table = this.#tableOf(entry);
    const free = entry.places.filter((place) => table.at(place) === undefined);
    if (free.length === 0 || this.entries.get(entry.key) !== undefined) return false;
    if (free.length < entry.places.length) this.#options.noteChange(entry.key);
    this.#insert(entry, free);
    return true;
  }

  /** Takes an entry into the new table, in the place of whoever is there. */
  add(entry: BookEntry, place: number): void {
    this.#free(place);
    this.#insert(entry, [place]);
    this.#options.noteChange(entry.key);
  }

  /** Gives an entry of the new table one more place, that of whoever is there. */
  addPlace(entry: BookEntry, place: number): void {
    this.#free(place);
    this.#new.put(place, entry);
    entry.places.push(place);
    this.#options.noteChange(entry.key);
  }

  /**
   * Takes an entry of the new table into the tried one. Who is there goes back to the place in the new table that it
   * came from, if it is still worth a call.
   */
  makeTried(entry: BookEntry, nowSeconds: number): void {
    const place = this.triedPlaceOf(entry);
    const occupant = this.#tried.at(place);
    this.#detach(entry);
    if (occupant !== undefined) this.#detach(occupant);
    entry.isTried = true;
    this.#insert(entry, [place]);
    this.#options.noteChange(entry.key);
    if (occupant === undefined) return;
    this.#options.noteChange(occupant.key);
    occupant.isTried = false;
    if (isActiveAt(occupant, nowSeconds)) this.add(occupant, this.newPlaceOf(occupant, occupant.source));
  }

  /** An entry of one of the tables that is wanted; undefined only when there is none. */
  select({ isTried, isWanted, nowSeconds }: TableChoice, random: Random): BookEntry | undefined {
    const isWantedHere = (entry: BookEntry): boolean => entry.isTried === isTried && isWanted(entry);
    const table = isTried ? this.#tried : this.#new;
    return selectEntry({ table, entries: this.entries, isWanted: isWantedHere, nowSeconds }, random);
  }

  /** Takes a place of the new table from whoever has it; an entry without a place is forgotten. */
  #free(place: number): void {
    const occupant = this.#new.at(place);
    if (occupant === undefined) return;
    this.#options.noteChange(occupant.key);
    if (occupant.places.length === 1) return this.#detach(occupant);
    this.#new.clear(place);
    occupant.places = occupant.places.filter((other) => other !== place);
  }

  #insert(entry: BookEntry, places: number[]): void {
    entry.places = places;
    for (const place of places) this.#tableOf(entry).put(place, entry);
    if (entry.isTried) this.#triedCount++;
    this.entries.add(entry);
  }

  #detach(entry: BookEntry): void {
    for (const place of entry.places) this.#tableOf(entry).clear(place);
    if (entry.isTried) this.#triedCount--;
    this.entries.remove(entry);
  }

  #tableOf({ isTried }: BookEntry): BucketTable<BookEntry> {
    return isTried ? this.#tried : this.#new;
  }

  #groupOf(host: string): string {
    return networkGroup(host, this.#options.separatesPrivate);
  }
}
