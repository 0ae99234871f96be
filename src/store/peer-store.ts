/** What is remembered of peers in a database: records of any kind by their keys, each with a checksum. */

import type { BatchOperation, KeyValue } from './key-value.ts';
import { agreeOnLayout } from './layout.ts';
import { SEAL_SIZE_BYTES, sealed, unsealed } from './sealed.ts';

/** Number of this layout; a store with a higher one is not touched. */
export const PEER_LAYOUT_VERSION = 1;
/** Longest value of a record. */
export const MAX_VALUE_SIZE_BYTES = 4_096;
/** Longest key of a record, in characters. */
export const MAX_KEY_LENGTH = 512;
/** Most records that are read; a full book of addresses takes less than half as many. */
const MAX_RECORDS = 200_000;

const NO_BYTES = new Uint8Array(0);
const PREFIX = 'peer-';
/** All keys with the prefix: the end is the character after the hyphen. */
const RANGE = { gte: PREFIX, lt: 'peer.' } as const;

export interface PeerStoreOptions {
  /** Most records that are read; the rest counts as damaged. */
  readonly maxRecords?: number;
}

export class PeerStore {
  readonly #database: KeyValue;
  readonly #maxRecords: number;
  /** Keys, as they are in the database, of records that are of no use; the next commit deletes them. */
  #broken: string[] = [];

  private constructor(database: KeyValue, { maxRecords = MAX_RECORDS }: PeerStoreOptions) {
    this.#database = database;
    this.#maxRecords = maxRecords;
  }

  /**
   * Opens the records in a database; an empty one becomes a store of the network.
   *
   * @throws {StoreError} `store-other-network`, `store-newer-layout`, and `store-read-failed` or `store-write-failed`.
   */
  static async open(database: KeyValue, network: string, options: PeerStoreOptions = {}): Promise<PeerStore> {
    await agreeOnLayout(database, network, { name: 'saved peers', version: PEER_LAYOUT_VERSION });
    return new PeerStore(database, options);
  }

  /**
   * All records, in the order of their keys. Those that are damaged, too long, or more than can be of use are left out;
   * the next commit deletes them.
   *
   * @throws {StoreError} `store-read-failed`.
   */
  async load(): Promise<{ records: [string, Uint8Array][]; damaged: number }> {
    const records: [string, Uint8Array][] = [];
    this.#broken = [];
    let damaged = 0;
    for await (const [key, bytes] of this.#database.entries(RANGE)) {
      const value = records.length < this.#maxRecords ? valueOf(key, bytes) : undefined;
      if (value !== undefined) {
        records.push([key.slice(PREFIX.length), value]);
        continue;
      }
      damaged++;
      // However many there are, what is remembered of them is bounded: others go another time.
      if (this.#broken.length < this.#maxRecords) this.#broken.push(key);
    }
    return { records, damaged };
  }

  /**
   * Writes a change, whole or not at all, and durably. One call at a time.
   *
   * @throws {RangeError} when a key or a value is too long to be read again.
   * @throws {StoreError} `store-write-failed`.
   */
  async commit(change: {
    readonly put: readonly (readonly [string, Uint8Array])[];
    readonly remove: readonly string[];
  }): Promise<void> {
    // What is put stands last: it may have the key of a record that was damaged.
    const gone = [...this.#broken, ...change.remove.map((key) => PREFIX + key)];
    const batch: BatchOperation[] = gone.map((key) => ({ type: 'del', key }));
    for (const [key, value] of change.put) {
      checkSize(key, value);
      batch.push({ type: 'put', key: PREFIX + key, value: sealed(NO_BYTES, value) });
    }
    if (batch.length === 0) return;
    await this.#database.write(batch);
    this.#broken = [];
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

/** What a record holds; undefined when it is of no use. */
function valueOf(key: string, bytes: Uint8Array): Uint8Array | undefined {
  const isFitting =
    key.length <= PREFIX.length + MAX_KEY_LENGTH && bytes.length <= SEAL_SIZE_BYTES + MAX_VALUE_SIZE_BYTES;
  return isFitting ? unsealed(bytes) : undefined;
}

function checkSize(key: string, value: Uint8Array): void {
  if (key.length > MAX_KEY_LENGTH)
    throw new RangeError(`a key of ${key.length} characters, at most ${MAX_KEY_LENGTH} are allowed`);
  if (value.length > MAX_VALUE_SIZE_BYTES)
    throw new RangeError(`a value of ${value.length} bytes, at most ${MAX_VALUE_SIZE_BYTES} are allowed`);
}
