/** What the header store needs of a database: keys in order, and batches that are written whole or not at all. */

export type BatchOperation =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: string };

/** Keys from `gte` on, below `lt`. */
export interface KeyRange {
  readonly gte: string;
  readonly lt: string;
}

export interface KeyValue {
  get(key: string): Promise<Uint8Array | undefined>;
  getMany(keys: string[]): Promise<(Uint8Array | undefined)[]>;
  entries(range: KeyRange): AsyncIterable<readonly [string, Uint8Array]>;
  keys(range: KeyRange): AsyncIterable<string>;
  /** Resolves when the whole batch would survive a loss of power. */
  write(batch: BatchOperation[]): Promise<void>;
  /**
   * Gives back the memory that reading everything took, where it took some: LevelDB maps whole files, and keeps them until
   * it is closed. Nobody may be reading or writing.
   */
  trim?(): Promise<void>;
  close(): Promise<void>;
}
