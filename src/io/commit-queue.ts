/** Writes changes of the tree one after another, and tells what they were once they are safe on disk. */

import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { concat } from '../bytes/concat.ts';
import type { TreeChange } from '../chain/tree-change.ts';
import { HEADER_SIZE_BYTES } from '../wire/header.ts';

type Entry<Event> =
  | { readonly change: TreeChange }
  | { readonly event: Event }
  /** Somebody waits until the changes before this are safe. */
  | { readonly waiter: Waiter };

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface CommitQueueOptions<Event> {
  readonly commit: (change: TreeChange) => Promise<void>;
  readonly deliver: (event: Event) => void;
  /** The disk refused, or an event could not be delivered. Nothing more will be written; what is safe is still told. */
  readonly failed: (error: unknown) => void;
  /** Time that more is waited for where much comes at once, milliseconds. Default: 20. */
  readonly gatheringMs?: number | undefined;
  /** Told when what waits to be written has become too much, and when it is little again. */
  readonly busy: (isBusy: boolean) => void;
}

/** Some fifty messages of headers: a disk that is slower than the line holds up reading from there on. */
const HIGH_WATER_BYTES = 8 * 1024 * 1024;
/**
 * Where so much comes at once more is about to come, and is waited for a little: each write costs a wait for the disk, and
 * writes the last chunk of the chain once more.
 */
const BULK_BYTES = 1_000 * HEADER_SIZE_BYTES;
const ENOUGH_BYTES = 1024 * 1024;
const GATHERING_MS = 20;
/** Events that wait while the disk is at work: each may hold a transaction. */
const HIGH_WATER_COUNT = 10_000;
/** A change of branch may bring any number of events: after so many their readers get a turn. */
const EVENTS_PER_TURN = 1_000;

export class CommitQueue<Event> {
  readonly #options: CommitQueueOptions<Event>;
  #waiting: Entry<Event>[] = [];
  #waitingBytes = 0;
  #isBusy = false;
  /** What the disk said when it refused. */
  #failure: { readonly error: unknown } | undefined;
  #writing: Promise<void> | undefined;
  /** Events whose changes are safe. */
  #safe: Event[] = [];
  #telling: Promise<void> | undefined;

  constructor(options: CommitQueueOptions<Event>) {
    this.#options = options;
  }

  addChange(change: TreeChange): void {
    const entry = { change };
    this.#waitingBytes += bytesOf(entry);
    this.#add(entry);
  }

  /** Adds an event; it is delivered after all changes added before it are safe. */
  addEvent(event: Event): void {
    this.#add({ event });
  }

  /** Resolves when the changes added so far are safe, whoever is still to be told; rejects when the disk refused. */
  async written(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#writing === undefined) return;
    await new Promise<void>((resolve, reject) => this.#add({ waiter: { resolve, reject } }));
  }

  /** Resolves when all that was added is done with, or the disk failed. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined || this.#telling !== undefined) {
      await this.#writing;
      await this.#telling;
    }
  }

  #add(entry: Entry<Event>): void {
    if (this.#failure !== undefined) return;
    this.#waiting.push(entry);
    this.#tellIfBusy();
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    // Others of the same turn shall join the first batch.
    await Promise.resolve();
    let entries: readonly Entry<Event>[] = [];
    try {
      while (this.#waiting.length > 0) {
        const isBulk = this.#waitingBytes >= BULK_BYTES && this.#waitingBytes < ENOUGH_BYTES;
        const { gatheringMs = GATHERING_MS } = this.#options;
        if (isBulk && gatheringMs > 0) await sleep(gatheringMs);
        entries = this.#waiting;
        this.#waiting = [];
        for (const { change, events, waiters } of batches(entries)) {
          if (change !== undefined) await this.#options.commit(change);
          for (const { resolve } of waiters) resolve();
          this.#deliver(events);
        }
        this.#waitingBytes = this.#waiting.reduce((sum, entry) => sum + bytesOf(entry), 0);
        this.#tellIfBusy();
      }
    } catch (error) {
      this.#fail(error, entries);
    } finally {
      this.#writing = undefined;
    }
  }

  #deliver(events: readonly Event[]): void {
    this.#safe = this.#safe.concat(events);
    this.#telling ??= this.#tellSome() ? this.#tellRest() : undefined;
  }

  /** Returns whether there are more. */
  #tellSome(): boolean {
    const events = this.#safe.slice(0, EVENTS_PER_TURN);
    this.#safe = this.#safe.slice(EVENTS_PER_TURN);
    try {
      for (const event of events) this.#options.deliver(event);
    } catch (error) {
      this.#safe = [];
      this.#fail(error, []);
    }
    return this.#safe.length > 0;
  }

  /** Writing goes on meanwhile: a reader may wait for what is yet to be written. */
  async #tellRest(): Promise<void> {
    do await turn();
    while (this.#tellSome());
    this.#telling = undefined;
  }

  #fail(error: unknown, underWay: readonly Entry<Event>[]): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    const lost = underWay.concat(this.#waiting);
    this.#waiting = [];
    for (const entry of lost) if ('waiter' in entry) entry.waiter.reject(error);
    this.#options.failed(error);
  }

  #tellIfBusy(): void {
    const isBusy = this.#waitingBytes > HIGH_WATER_BYTES || this.#waiting.length > HIGH_WATER_COUNT;
    if (isBusy === this.#isBusy) return;
    this.#isBusy = isBusy;
    this.#options.busy(isBusy);
  }
}

interface Batch<Event> {
  readonly change: TreeChange | undefined;
  /** To be delivered when the change is safe. */
  readonly events: readonly Event[];
  readonly waiters: readonly Waiter[];
}

/** Joins changes that only add to the best chain: the disk is slow to confirm, but does not mind length. */
function* batches<Event>(entries: readonly Entry<Event>[]): Generator<Batch<Event>> {
  let changes: TreeChange[] = [];
  let events: Event[] = [];
  let waiters: Waiter[] = [];
  for (const entry of entries) {
    if ('event' in entry) {
      events.push(entry.event);
      continue;
    }
    if ('waiter' in entry) {
      waiters.push(entry.waiter);
      continue;
    }
    const previous = changes.at(-1);
    if (previous !== undefined && !(isExtension(previous) && isExtension(entry.change))) {
      yield { change: joined(changes), events, waiters };
      changes = [];
      events = [];
      waiters = [];
    }
    changes.push(entry.change);
  }
  yield { change: joined(changes), events, waiters };
}

function isExtension({ removed, promoted, branched, forgotten }: TreeChange): boolean {
  return removed.length + promoted.length + branched.length + forgotten.length === 0;
}

function joined(changes: readonly TreeChange[]): TreeChange | undefined {
  const first = changes[0];
  const last = changes.at(-1);
  if (first === undefined || last === undefined || first === last) return first;
  return {
    fork: first.fork,
    removed: [],
    // Hashes of a million headers that nobody may ask for.
    get added() {
      return changes.flatMap(({ added }) => added);
    },
    promoted: [],
    appended: concat(changes.map(({ appended }) => appended)),
    branched: [],
    forgotten: [],
    tip: last.tip,
  };
}

function bytesOf<Event>(entry: Entry<Event>): number {
  if (!('change' in entry)) return 0;
  const { appended, branched } = entry.change;
  return appended.length + branched.length * HEADER_SIZE_BYTES;
}
