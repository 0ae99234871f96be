/** Writes changes of the tree one after another, and tells what they were once they are safe on disk. */

import type { TreeChange } from '../chain/header-tree.ts';
import { HEADER_SIZE_BYTES } from '../wire/header.ts';

type Entry<Event> = { readonly change: TreeChange } | { readonly event: Event };

export interface CommitQueueOptions<Event> {
  readonly commit: (change: TreeChange) => Promise<void>;
  readonly deliver: (event: Event) => void;
  /** The disk refused. Nothing more will be written or delivered. */
  readonly failed: (error: unknown) => void;
  /** Told when the bytes that wait to be written have become more than `highWaterBytes`, and when few again. */
  readonly busy: (isBusy: boolean) => void;
}

/** Some fifty messages of headers: a disk that is slower than the line holds up reading from there on. */
const HIGH_WATER_BYTES = 8 * 1024 * 1024;

export class CommitQueue<Event> {
  readonly #options: CommitQueueOptions<Event>;
  #waiting: Entry<Event>[] = [];
  #waitingBytes = 0;
  #isBusy = false;
  #hasFailed = false;
  #work: Promise<void> | undefined;

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

  /** Resolves when all that was added is done with, or the disk failed. */
  async flush(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  #add(entry: Entry<Event>): void {
    if (this.#hasFailed) return;
    this.#waiting.push(entry);
    this.#tellIfBusy();
    this.#work ??= this.#run();
  }

  async #run(): Promise<void> {
    // Others of the same turn shall join the first batch.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) {
        const entries = this.#waiting;
        this.#waiting = [];
        for (const { change, events } of batches(entries)) {
          if (change !== undefined) await this.#options.commit(change);
          for (const event of events) this.#options.deliver(event);
        }
        this.#waitingBytes = this.#waiting.reduce((sum, entry) => sum + bytesOf(entry), 0);
        this.#tellIfBusy();
      }
    } catch (error) {
      this.#hasFailed = true;
      this.#waiting = [];
      this.#options.failed(error);
    } finally {
      this.#work = undefined;
    }
  }

  #tellIfBusy(): void {
    const isBusy = this.#waitingBytes > HIGH_WATER_BYTES;
    if (isBusy === this.#isBusy) return;
    this.#isBusy = isBusy;
    this.#options.busy(isBusy);
  }
}

interface Batch<Event> {
  readonly change: TreeChange | undefined;
  /** To be delivered when the change is safe. */
  readonly events: readonly Event[];
}

/** Joins changes that only add to the best chain: the disk is slow to confirm, but does not mind length. */
function* batches<Event>(entries: readonly Entry<Event>[]): Generator<Batch<Event>> {
  let changes: TreeChange[] = [];
  let events: Event[] = [];
  for (const entry of entries) {
    if ('event' in entry) {
      events.push(entry.event);
      continue;
    }
    const previous = changes.at(-1);
    if (previous !== undefined && !(isExtension(previous) && isExtension(entry.change))) {
      yield { change: joined(changes), events };
      changes = [];
      events = [];
    }
    changes.push(entry.change);
  }
  yield { change: joined(changes), events };
}

function isExtension({ removed, promoted, branched, forgotten }: TreeChange): boolean {
  return removed.length + promoted.length + branched.length + forgotten.length === 0;
}

function joined(changes: readonly TreeChange[]): TreeChange | undefined {
  const first = changes[0];
  const last = changes.at(-1);
  if (first === undefined || last === undefined || first === last) return first;
  const appended = new Uint8Array(changes.reduce((sum, change) => sum + change.appended.length, 0));
  let at = 0;
  for (const change of changes) {
    appended.set(change.appended, at);
    at += change.appended.length;
  }
  return { ...first, added: changes.flatMap(({ added }) => added), appended, tip: last.tip };
}

function bytesOf<Event>(entry: Entry<Event>): number {
  if (!('change' in entry)) return 0;
  const { appended, branched } = entry.change;
  return appended.length + branched.length * HEADER_SIZE_BYTES;
}
