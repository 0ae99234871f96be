/** The header chain in a database: the best chain in chunks of headers, side headers by hash, and a record of the tip. */

import { concat } from '../bytes/concat.ts';
import { equalBytes } from '../bytes/hash.ts';
import { toHex } from '../bytes/hex.ts';
import type { ChainBase } from '../chain/chain-base.ts';
import type { TreeChange } from '../chain/tree-change.ts';
import { decode } from '../wire/codec.ts';
import { HEADER_SIZE_BYTES, header, prevOf } from '../wire/header.ts';
import { agreeOnStart, type StartOptions } from './chain-start.ts';
import type { BatchOperation, KeyValue } from './key-value.ts';
import {
  CHUNK_RANGE,
  chunkKey,
  decodeChunk,
  decodeSide,
  decodeTip,
  encodeChunk,
  encodeSide,
  encodeTip,
  HEADERS_PER_CHUNK,
  SIDE_RANGE,
  type SideRecord,
  sideKey,
  TIP_KEY,
  type TipRecord,
} from './records.ts';
import { StoreError } from './store-error.ts';

const NO_BYTES = new Uint8Array(0);

export class HeaderStore {
  /** Where the chain begins; undefined when at genesis. */
  readonly base: ChainBase | undefined;
  readonly #database: KeyValue;
  /** Height of the first header stored. */
  readonly #firstHeight: number;
  /** Height of the last header stored; one below the first before {@link restart}. */
  #height: number;
  /** The headers of the last chunk, so that a new block need not read it. */
  #lastChunk: Uint8Array = NO_BYTES;

  private constructor(database: KeyValue, base: ChainBase | undefined) {
    this.#database = database;
    this.base = base;
    this.#firstHeight = base === undefined ? 0 : base.height + 1;
    this.#height = this.#firstHeight - 1;
  }

  /**
   * Opens the headers in a database; an empty one becomes a store of the network.
   *
   * @throws {StoreError} `store-other-network`, `store-other-start`, `store-newer-layout`, and `store-read-failed` or
   * `store-write-failed`.
   */
  static async open(database: KeyValue, network: string, options: StartOptions = {}): Promise<HeaderStore> {
    return new HeaderStore(database, await agreeOnStart(database, network, options));
  }

  /** The tip as it was last committed, without reading anything else; undefined when there is none or it is damaged. */
  async tip(): Promise<TipRecord | undefined> {
    const bytes = await this.#database.get(TIP_KEY);
    return bytes && decodeTip(bytes);
  }

  /** The records of the best chain in order, whatever they hold; `undefined` and the end where one is not in its place. */
  async *chunks(): AsyncIterable<Uint8Array | undefined> {
    let index = 0;
    for await (const [key, value] of this.#database.entries(CHUNK_RANGE)) {
      const isInPlace = key === chunkKey(index++);
      yield isInPlace ? value : undefined;
      if (!isInPlace) return;
    }
  }

  /** The keys of the side headers and what they hold, in no order; `undefined` for what is damaged. */
  async *sideRecords(): AsyncIterable<readonly [string, SideRecord | undefined]> {
    for await (const [key, value] of this.#database.entries(SIDE_RANGE)) yield [key, decodeSide(value)];
  }

  /**
   * Begins with a best chain that is known to be good: what the database has above it, and the side records named, are
   * deleted, and the tip is written anew where it differs.
   *
   * @param tail the headers of the chunk that the tip is in, up to the tip, 80 bytes each.
   */
  async restart(tip: TipRecord, tail: Uint8Array, brokenSideKeys: readonly string[]): Promise<void> {
    const batch: BatchOperation[] = brokenSideKeys.map((key) => ({ type: 'del', key }));
    const lastIndex = this.#indexOf(tip.height);
    for await (const key of this.#database.keys({ ...CHUNK_RANGE, gte: chunkKey(lastIndex + 1) })) {
      batch.push({ type: 'del', key });
    }
    const stored = tail.length > 0 ? await this.#database.get(chunkKey(lastIndex)) : undefined;
    if (tail.length > 0 && (stored && decodeChunk(stored))?.headers.length !== tail.length) {
      batch.push({
        type: 'put',
        key: chunkKey(lastIndex),
        value: encodeChunk({ headers: tail, lastHash: tip.hash }),
      });
    }
    const storedTip = await this.tip();
    if (storedTip === undefined || storedTip.height !== tip.height || !equalBytes(storedTip.hash, tip.hash)) {
      batch.push({ type: 'put', key: TIP_KEY, value: encodeTip(tip) });
    }
    if (batch.length > 0) await this.#database.write(batch);
    this.#height = tip.height;
    this.#lastChunk = tail.slice();
  }

  /** Writes one change of the tree, whole or not at all, and durably. One call at a time. */
  async commit(change: TreeChange): Promise<void> {
    const batch: BatchOperation[] = [];
    const { fork, removed, promoted, appended, branched, forgotten, tip } = change;
    await this.#demote(fork.height, removed, batch);
    const promotedHeaders = await this.#promote(promoted, batch);
    for (const { hash, bytes, height } of branched) {
      batch.push({ type: 'put', key: sideKey(toHex(hash)), value: encodeSide({ height, header: bytes }) });
    }
    for (const hash of forgotten) batch.push({ type: 'del', key: sideKey(toHex(hash)) });
    const added = promotedHeaders.length === 0 ? appended : concat([...promotedHeaders, appended]);
    let lastChunk = this.#lastChunk;
    if (added.length > 0) {
      lastChunk = await this.#writeChunks(fork.height, added, tip.hash, batch);
      batch.push({ type: 'put', key: TIP_KEY, value: encodeTip({ ...tip, ...timeAndBits(added) }) });
    }
    await this.#database.write(batch);
    this.#lastChunk = lastChunk;
    this.#height = tip.height;
  }

  /**
   * Headers of the best chain from a height on, 80 bytes each; fewer than `count` where the chain ends.
   *
   * @throws {RangeError} when the chain begins above that height.
   */
  async read(fromHeight: number, count: number): Promise<Uint8Array> {
    if (fromHeight < this.#firstHeight)
      throw new RangeError(
        `read: fromHeight is ${fromHeight}, the first header is that of ${this.#firstHeight}`,
      );
    const last = Math.min(fromHeight + count - 1, this.#height);
    if (count <= 0 || last < fromHeight) return NO_BYTES;
    const firstIndex = this.#indexOf(fromHeight);
    const keys = Array.from({ length: this.#indexOf(last) - firstIndex + 1 }, (_, i) =>
      chunkKey(firstIndex + i),
    );
    const parts = (await this.#database.getMany(keys)).map((value, i) => {
      const chunk = value && decodeChunk(value);
      if (chunk === undefined)
        throw new StoreError('store-read-failed', `the record ${keys[i]} is damaged or missing`);
      return chunk.headers;
    });
    const start = (fromHeight - this.#heightOf(firstIndex)) * HEADER_SIZE_BYTES;
    const end = start + (last - fromHeight + 1) * HEADER_SIZE_BYTES;
    return concat(parts).subarray(start, end);
  }

  /** A header off the best chain. */
  async readSide(hash: Uint8Array): Promise<SideRecord | undefined> {
    const value = await this.#database.get(sideKey(toHex(hash)));
    return value && decodeSide(value);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  async #demote(forkHeight: number, removed: readonly Uint8Array[], batch: BatchOperation[]): Promise<void> {
    if (removed.length === 0) return;
    const run = await this.read(forkHeight + 1, removed.length);
    for (const [i, hash] of removed.toReversed().entries()) {
      const bytes = run.subarray(i * HEADER_SIZE_BYTES, (i + 1) * HEADER_SIZE_BYTES);
      batch.push({
        type: 'put',
        key: sideKey(toHex(hash)),
        value: encodeSide({ height: forkHeight + 1 + i, header: bytes }),
      });
    }
  }

  async #promote(promoted: readonly Uint8Array[], batch: BatchOperation[]): Promise<Uint8Array[]> {
    const keys = promoted.map((hash) => sideKey(toHex(hash)));
    const values = keys.length > 0 ? await this.#database.getMany(keys) : [];
    return values.map((value, i) => {
      const key = keys[i] as string;
      const record = value && decodeSide(value);
      if (record === undefined)
        throw new StoreError('store-read-failed', `the record ${key} is damaged or missing`);
      batch.push({ type: 'del', key });
      return record.header;
    });
  }

  /** Puts headers above a height, cuts off what was there, and returns the headers of the last chunk. */
  async #writeChunks(
    keepHeight: number,
    added: Uint8Array,
    tipHash: Uint8Array,
    batch: BatchOperation[],
  ): Promise<Uint8Array> {
    const firstIndex = this.#indexOf(keepHeight + 1);
    const kept = await this.#chunkUpTo(keepHeight, firstIndex);
    const chunkSize = HEADERS_PER_CHUNK * HEADER_SIZE_BYTES;
    let index = firstIndex;
    let chunk: Uint8Array = NO_BYTES;
    // Of what was there before only the first chunk holds something; the others are not copied for it.
    for (let start = -kept.length; start < added.length; start += chunkSize, index++) {
      const end = Math.min(start + chunkSize, added.length);
      const fresh = added.subarray(Math.max(0, start), end);
      chunk = start < 0 ? concat([kept, fresh]) : fresh;
      // The hash of a chunk's last header stands in the next header; the tip's nowhere.
      const lastHash = end < added.length ? prevOf(added, end) : tipHash;
      batch.push({ type: 'put', key: chunkKey(index), value: encodeChunk({ headers: chunk, lastHash }) });
    }
    for (let old = index; old <= this.#indexOf(this.#height); old++)
      batch.push({ type: 'del', key: chunkKey(old) });
    // A copy, or the whole of what was added would stay in memory; `slice` would make none of a Buffer.
    return new Uint8Array(chunk);
  }

  /** The headers of a chunk up to a height, which may be the last one of the chunk before. */
  async #chunkUpTo(height: number, index: number): Promise<Uint8Array> {
    const firstHeight = this.#heightOf(index);
    if (height < firstHeight) return NO_BYTES;
    if (index === this.#indexOf(this.#height)) {
      return this.#lastChunk.subarray(0, (height - firstHeight + 1) * HEADER_SIZE_BYTES);
    }
    return this.read(firstHeight, height - firstHeight + 1);
  }

  /** The chunk that a height is in; -1 for that of a base. */
  #indexOf(height: number): number {
    return Math.floor((height - this.#firstHeight) / HEADERS_PER_CHUNK);
  }

  /** Height of a chunk's first header. */
  #heightOf(index: number): number {
    return this.#firstHeight + index * HEADERS_PER_CHUNK;
  }
}

function timeAndBits(headers: Uint8Array): { time: number; bits: number } {
  const { time, bits } = decode(header, headers.subarray(-HEADER_SIZE_BYTES));
  return { time, bits };
}
