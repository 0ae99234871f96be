/** Draws an address of a table to call: those that worked or were not tried lately more likely than others. */

import type { Random } from '../machine.ts';
import type { BookEntry } from './book-entry.ts';
import type { BucketTable } from './bucket-table.ts';
import { fraction } from './chance.ts';
import { chanceAt } from './known-address.ts';

/** Draws before all entries are looked through: most books have many that will do. */
const MAX_DRAWS = 100;
/** Each draw that an unlikely address lost makes the next one easier to win (Core: src/addrman.cpp, Select_). */
const PATIENCE_FACTOR = 1.2;

export interface Choice {
  readonly table: BucketTable<BookEntry>;
  /** The entries of the table, and perhaps others, which `isWanted` tells apart. */
  readonly entries: Iterable<BookEntry>;
  readonly isWanted: (entry: BookEntry) => boolean;
  readonly nowSeconds: number;
}

/** An entry that is wanted; undefined only when none is. */
export function selectEntry(choice: Choice, random: Random): BookEntry | undefined {
  return draw(choice, random) ?? searched(choice, random);
}

function draw({ table, isWanted, nowSeconds }: Choice, random: Random): BookEntry | undefined {
  let patience = 1;
  for (let i = 0; i < MAX_DRAWS; i++) {
    const entry = table.draw(random);
    if (entry === undefined) return undefined;
    if (!isWanted(entry)) continue;
    if (fraction(random) < patience * chanceAt(entry, nowSeconds)) return entry;
    patience *= PATIENCE_FACTOR;
  }
  return undefined;
}

/** What draws do not find is rare: all of it is gathered, and one taken by its chance. */
function searched({ table, entries, isWanted, nowSeconds }: Choice, random: Random): BookEntry | undefined {
  if (table.isEmpty) return undefined;
  const wanted: BookEntry[] = [];
  let sum = 0;
  for (const entry of entries) {
    if (!isWanted(entry)) continue;
    wanted.push(entry);
    sum += chanceAt(entry, nowSeconds);
  }
  let rest = fraction(random) * sum;
  return wanted.find((entry) => (rest -= chanceAt(entry, nowSeconds)) < 0) ?? wanted.at(-1);
}
