/** Events as an async iterator, for readers that may be slow. */

import { ClientError } from './client-error.ts';
import type { ClientEvent } from './client-events.ts';
import type { EventsDroppedEvent } from './mempool-events.ts';

/** Events that may wait for a reader: about 30 MB. Progress is not among them, only its latest state counts. */
const MAX_WAITING = 100_000;
/** With so many waiting, those of transactions are left out: each may take some thousand bytes, and more will come. */
const MAX_WAITING_FOR_TX = 10_000;

export class EventStream implements AsyncIterableIterator<ClientEvent> {
  #waiting: ClientEvent[] = [];
  /** How many of these were read already: to move all others up for each would take a slow reader even longer. */
  #readCount = 0;
  #reader:
    { resolve: (result: IteratorResult<ClientEvent>) => void; reject: (error: Error) => void } | undefined;
  /** Says how many events were left out since the last one that was not. */
  #dropped: EventsDroppedEvent | undefined;
  #end: { error: ClientError | undefined } | undefined;
  readonly #onReturn: () => void;

  /** @param onReturn told when the reader stops early. */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  push(event: ClientEvent): void {
    if (this.#end !== undefined) return;
    const waitingCount = this.#waiting.length - this.#readCount;
    if (isOfTransaction(event) && waitingCount >= MAX_WAITING_FOR_TX) {
      const { time, network } = event;
      this.#dropped = { event: 'events-dropped', time, network, count: 1 + (this.#dropped?.count ?? 0) };
      return;
    }
    this.#tellDropped();
    if (this.#reader !== undefined) {
      this.#reader.resolve({ value: event, done: false });
      this.#reader = undefined;
    } else if (event.event === 'progress' && this.#waiting.at(-1)?.event === 'progress') {
      // Not one that was read: when nothing waits, those are gone.
      this.#waiting[this.#waiting.length - 1] = event;
    } else if (waitingCount < MAX_WAITING) {
      this.#waiting.push(event);
    } else {
      this.end(new ClientError('events-overflow', `over ${MAX_WAITING} events were waiting to be read`));
    }
  }

  /** No more events; those that wait can still be read. */
  end(error?: ClientError): void {
    if (this.#end !== undefined) return;
    this.#tellDropped();
    if (this.#end !== undefined) return;
    this.#end = { error };
    if (this.#reader === undefined) return;
    if (error === undefined) this.#reader.resolve({ value: undefined, done: true });
    else this.#reader.reject(error);
    this.#reader = undefined;
    this.#end = { error: undefined };
  }

  next(): Promise<IteratorResult<ClientEvent>> {
    const event = this.#take();
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    if (this.#end !== undefined) {
      const { error } = this.#end;
      this.#end = { error: undefined };
      return error === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error);
    }
    if (this.#reader !== undefined)
      return Promise.reject(new TypeError('events: next() while another is waiting'));
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  #tellDropped(): void {
    const dropped = this.#dropped;
    this.#dropped = undefined;
    if (dropped !== undefined) this.push(dropped);
  }

  #take(): ClientEvent | undefined {
    const event = this.#waiting[this.#readCount];
    if (event === undefined) return undefined;
    this.#readCount++;
    if (2 * this.#readCount >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#readCount);
      this.#readCount = 0;
    }
    return event;
  }

  return(): Promise<IteratorResult<ClientEvent>> {
    this.#waiting = [];
    this.#readCount = 0;
    this.end();
    // What went wrong, if anything did, is of no interest to a reader that leaves.
    this.#end = { error: undefined };
    this.#onReturn();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function isOfTransaction({ event }: ClientEvent): boolean {
  return event === 'tx' || event === 'tx-updated' || event === 'tx-removed';
}
