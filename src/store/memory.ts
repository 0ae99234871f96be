/** A database that lives in memory: for tests, for the demonstration, and for those who want nothing on disk. */

import type { BatchOperation, KeyRange, KeyValue } from './key-value.ts';

export class MemoryKeyValue implements KeyValue {
  readonly #values = new Map<string, Uint8Array>();

  get(key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#values.get(key));
  }

  getMany(keys: string[]): Promise<(Uint8Array | undefined)[]> {
    return Promise.resolve(keys.map((key) => this.#values.get(key)));
  }

  async *entries(range: KeyRange): AsyncIterable<readonly [string, Uint8Array]> {
    for await (const key of this.keys(range)) {
      const value = this.#values.get(key);
      if (value !== undefined) yield [key, value];
    }
  }

  async *keys({ gte, lt }: KeyRange): AsyncIterable<string> {
    yield* Array.from(this.#values.keys())
      .filter((key) => key >= gte && key < lt)
      .toSorted();
  }

  write(batch: BatchOperation[]): Promise<void> {
    for (const operation of batch) {
      // A copy, as a disk would make one: the caller may go on using its buffer.
      if (operation.type === 'put') this.#values.set(operation.key, operation.value.slice());
      else this.#values.delete(operation.key);
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
