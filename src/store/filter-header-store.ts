/** Filter headers in a database: segments of a thousand, each with a checksum and the block that it ends at (BIP 157). */

import { concat } from '../bytes/concat.ts';
import { HASH_SIZE_BYTES } from '../bytes/hash.ts';
import { type FilterSegment, segmentFirst, segmentLast } from '../filters/filter-segment.ts';
import type { BatchOperation, KeyValue } from './key-value.ts';
import { sealed, unsealed } from './sealed.ts';

const PREFIX = 'filter-headers-';
/** All keys with the prefix: the end is the character after the hyphen. */
const RANGE_END = 'filter-headers.';

/**
 * One call that writes at a time. Nothing here knows the best chain: whoever reads a segment compares `lastBlockHash` with the
 * block at its height, and `previous` with the segment before.
 */
export class FilterHeaderStore {
  readonly #database: KeyValue;

  constructor(database: KeyValue) {
    this.#database = database;
  }

  /**
   * The segment that begins at a height; undefined when there is none, or it is damaged: then it is as good as not there, and
   * the next one written takes its place.
   *
   * @throws {StoreError} `store-read-failed`.
   */
  async read(firstHeight: number): Promise<FilterSegment | undefined> {
    return (await this.readMany([firstHeight]))[0];
  }

  /** The same for several at once, in the order that was asked for. */
  async readMany(firstHeights: readonly number[]): Promise<(FilterSegment | undefined)[]> {
    const values = await this.#database.getMany(firstHeights.map(keyOf));
    return values.map((value, i) => value && decodeSegment(firstHeights[i] as number, value));
  }

  /**
   * Where the segments begin that are stored, in ascending order, whether they are good or not.
   *
   * @throws {StoreError} `store-read-failed`.
   */
  async firstHeights(): Promise<number[]> {
    const heights: number[] = [];
    for await (const key of this.#database.keys({ gte: PREFIX, lt: RANGE_END })) {
      const height = Number(key.slice(PREFIX.length));
      // Whatever else has a key like ours was not written here.
      if (isFirstHeight(height) && key === keyOf(height)) heights.push(height);
    }
    return heights;
  }

  /**
   * Writes segments, in place of those that begin at the same heights; all or none, and durably.
   *
   * @throws {RangeError} when one could not be read again.
   * @throws {StoreError} `store-write-failed`.
   */
  async write(segments: readonly FilterSegment[]): Promise<void> {
    for (const segment of segments) checkSegment(segment);
    if (segments.length === 0) return;
    await this.#database.write(
      segments.map((segment) => ({
        type: 'put',
        key: keyOf(segment.firstHeight),
        value: encodeSegment(segment),
      })),
    );
  }

  /**
   * Deletes the segment that begins at a height, and all above it.
   *
   * @throws {StoreError} `store-read-failed`, `store-write-failed`.
   */
  async deleteFrom(firstHeight: number): Promise<void> {
    const batch: BatchOperation[] = [];
    const range = { gte: keyOf(firstHeight), lt: RANGE_END };
    for await (const key of this.#database.keys(range)) batch.push({ type: 'del', key });
    if (batch.length > 0) await this.#database.write(batch);
  }
}

/** Digits of equal number, so that the order of keys is that of heights. */
function keyOf(firstHeight: number): string {
  if (!isFirstHeight(firstHeight)) throw new RangeError(`no segment begins at ${firstHeight}`);
  return PREFIX + firstHeight.toString().padStart(8, '0');
}

/** Heights of eight digits are enough for two thousand years. */
function isFirstHeight(height: number): boolean {
  return Number.isInteger(height) && height >= 0 && height < 1e8 && segmentFirst(height) === height;
}

function encodeSegment({ previous, headers, lastBlockHash }: FilterSegment): Uint8Array {
  return sealed(concat([previous, lastBlockHash]), headers);
}

/** Undefined when the bytes are damaged. */
function decodeSegment(firstHeight: number, bytes: Uint8Array): FilterSegment | undefined {
  const sound = unsealed(bytes);
  if (sound === undefined || sound.length < 2 * HASH_SIZE_BYTES) return undefined;
  // A copy, since LevelDB's buffers are not of the kind that all else is.
  const body = Uint8Array.from(sound);
  const headers = body.subarray(2 * HASH_SIZE_BYTES);
  if (!isWhole(firstHeight, headers)) return undefined;
  const previous = body.subarray(0, HASH_SIZE_BYTES);
  return {
    firstHeight,
    previous,
    headers,
    lastBlockHash: body.subarray(HASH_SIZE_BYTES, 2 * HASH_SIZE_BYTES),
  };
}

function checkSegment({ firstHeight, previous, headers, lastBlockHash }: FilterSegment): void {
  if (!isFirstHeight(firstHeight)) throw new RangeError(`no segment begins at ${firstHeight}`);
  if (!isWhole(firstHeight, headers))
    throw new RangeError(
      `${headers.length} bytes are no filter headers of the segment from ${firstHeight} on`,
    );
  for (const hash of [previous, lastBlockHash])
    if (hash.length !== HASH_SIZE_BYTES) throw new RangeError(`a hash of ${hash.length} bytes`);
}

/** Whether they are whole headers, at least one, and no more than the segment has room for. */
function isWhole(firstHeight: number, headers: Uint8Array): boolean {
  const most = segmentLast(firstHeight) - firstHeight + 1;
  const count = headers.length / HASH_SIZE_BYTES;
  return Number.isInteger(count) && count >= 1 && count <= most;
}
