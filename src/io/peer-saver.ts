/** Writes changes of what is remembered of peers one after another, and lets nobody wait for it. */

import type { NodeEvent } from '../protocol/events.ts';
import type { RecordChange } from '../protocol/peers/peer-memory.ts';

export interface PeerSaverOptions {
  /** Writes a change whole or not at all. */
  readonly save: (change: RecordChange) => Promise<void>;
  /** Told when the disk has refused, and not again until it has taken something. */
  readonly report: (warning: NodeEvent) => void;
}

export class PeerSaver {
  readonly #options: PeerSaverOptions;
  /** What is yet to be written, by key; undefined for a record to be removed. As large as the address book at most. */
  #waiting = new Map<string, Uint8Array | undefined>();
  #writing: Promise<void> | undefined;
  #isRefused = false;

  constructor(options: PeerSaverOptions) {
    this.#options = options;
  }

  /** Has a change written, joined with those that wait already. One that the disk refused is tried again with the next. */
  add({ put, remove }: RecordChange): void {
    for (const [key, value] of put) this.#waiting.set(key, value);
    for (const key of remove) this.#waiting.set(key, undefined);
    this.#writing ??= this.#write();
  }

  /** Resolves when all that was added is written, or the disk has refused it. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    // Others of the same turn shall join the first.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const records = this.#waiting;
      this.#waiting = new Map();
      if (await this.#save(records)) continue;
      const hasMore = this.#waiting.size > 0;
      // What was added meanwhile is newer.
      this.#waiting = new Map([...records, ...this.#waiting]);
      if (!hasMore) break;
    }
    this.#writing = undefined;
  }

  /** Returns whether the disk took it. */
  async #save(records: ReadonlyMap<string, Uint8Array | undefined>): Promise<boolean> {
    try {
      await this.#options.save(changeOf(records));
      this.#isRefused = false;
      return true;
    } catch (error) {
      if (!this.#isRefused) this.#options.report(notSaved(error));
      this.#isRefused = true;
      return false;
    }
  }
}

function changeOf(records: ReadonlyMap<string, Uint8Array | undefined>): RecordChange {
  const put: [string, Uint8Array][] = [];
  const remove: string[] = [];
  for (const [key, value] of records) {
    if (value === undefined) remove.push(key);
    else put.push([key, value]);
  }
  return { put, remove };
}

function notSaved(error: unknown): NodeEvent {
  const words = error instanceof Error ? error.message : String(error);
  const message = `what is known of peers could not be saved, and is tried again with the next news: ${words}`;
  return { event: 'warning', code: 'peers-not-saved', message };
}
