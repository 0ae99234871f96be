/**
 * Test before evict: an address that proved good does not push another out of the tried table. It waits until the one
 * in the way was called: one that answers keeps its place (Core: src/addrman.cpp, ResolveCollisions_). Otherwise who
 * can make us call his addresses could clear the table of everybody else's.
 */

import type { Now, Random } from '../machine.ts';
import type { BookEntry } from './book-entry.ts';
import { below } from './chance.ts';

/** Waiting at a time; the next ones have to prove themselves again later (Core: ADDRMAN_SET_TRIED_COLLISION_SIZE). */
const MAX_WAITING = 10;
/** When nobody found the time to test the one in the way it goes (Core: ADDRMAN_TEST_WINDOW). */
const TEST_WINDOW_MS = 40 * 60_000;

interface Collision {
  /** Who waits. */
  readonly heir: BookEntry;
  /** The place in the tried table that it waits for, which is taken. */
  readonly place: number;
  readonly sinceMs: number;
}

export class TriedCollisions {
  readonly #isNew: (entry: BookEntry) => boolean;
  /** The longest waiting first. */
  #waiting: Collision[] = [];

  /** @param isNew whether an entry is in the new table still; otherwise it waits no more. */
  constructor(isNew: (entry: BookEntry) => boolean) {
    this.#isNew = isNew;
  }

  /** Does nothing when the heir waits already or when too many do. */
  add(heir: BookEntry, place: number, now: Now): void {
    const waiting = this.#current();
    if (waiting.some((collision) => collision.heir === heir) || waiting.length >= MAX_WAITING) return;
    waiting.push({ heir, place, sinceMs: now.ms });
  }

  /** Forgets all that wait for a place: who has it is good, or has come there just now. */
  settle(place: number): void {
    this.#waiting = this.#waiting.filter((collision) => collision.place !== place);
  }

  heirOf(place: number): BookEntry | undefined {
    return this.#current().find((collision) => collision.place === place)?.heir;
  }

  /** One that has waited long enough. */
  overdue(now: Now): BookEntry | undefined {
    return this.#current().find(({ sinceMs }) => now.ms - sinceMs >= TEST_WINDOW_MS)?.heir;
  }

  /** A place that somebody waits for, at random. */
  drawPlace(random: Random): number | undefined {
    const waiting = this.#current();
    return waiting.length === 0 ? undefined : waiting[below(waiting.length, random)]?.place;
  }

  #current(): Collision[] {
    this.#waiting = this.#waiting.filter(({ heir }) => this.#isNew(heir));
    return this.#waiting;
  }
}
