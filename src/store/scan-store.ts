/** What scans found and how far they came, in a database; several scans can be in one. */

import { append } from '../bytes/append.ts';
import { equalBytes, HASH_SIZE_BYTES } from '../bytes/hash.ts';
import type { ChainPoint } from '../chain/tree-change.ts';
import type { BlockPayments } from '../ledger/payment.ts';
import type { BatchOperation, KeyValue } from './key-value.ts';
import { readScan, type ScanDamage } from './read-scan.ts';
import {
  decodeProgress,
  encodeFound,
  encodeProgress,
  foundKey,
  foundRange,
  NO_BLOCK,
  PROGRESS_RANGE,
  progressKey,
  scanOfKey,
  type Waypoint,
} from './scan-records.ts';
import { thinned } from './waypoints.ts';

/** How far a scan came. */
export interface ScanProgress {
  /** Lowest height that it looks at. */
  readonly fromHeight: number;
  /** All blocks from there up to this one were looked at; one below when none was. */
  readonly scanned: ChainPoint;
}

/** What is stored of a scan. It was true of a chain that was the best; the caller knows which one is now. */
export interface StoredScan {
  readonly progress: ScanProgress;
  /** In ascending order, none above `progress.scanned`. */
  readonly blocks: readonly BlockPayments[];
  /**
   * Places to go on from, in ascending order, the last is `progress.scanned`: of a chain that has one of them, `blocks` up to
   * its height are all that was found up to there. Where the best chain has left the last one, the highest that it has will do.
   */
  readonly points: readonly ChainPoint[];
}

export interface ScanChange {
  /** Blocks above are deleted first; by default none. */
  readonly keepUpTo?: number | undefined;
  /** In ascending order, above those that are kept. */
  readonly added: readonly BlockPayments[];
  readonly progress: ScanProgress;
}

/** What is in the database and good. */
interface State {
  readonly fromHeight: number | undefined;
  /** Blocks in which something was found. Changed in place, since there may be many and commits are frequent. */
  readonly found: ChainPoint[];
  /** The last is how far the scan came. */
  readonly waypoints: readonly Waypoint[];
  /** Records of no use; the next commit deletes them. */
  readonly staleKeys: readonly string[];
}

function nothing(): State {
  return { fromHeight: undefined, found: [], waypoints: [], staleKeys: [] };
}

export class ScanStore {
  readonly id: string;
  readonly #database: KeyValue;
  /** Undefined before the first look. */
  #state: State | undefined;
  #damage: ScanDamage | undefined;

  /**
   * @param id of the scan, from `scanId`.
   * @throws {RangeError} when it is not 64 hexadecimal digits.
   */
  constructor(database: KeyValue, id: string) {
    if (!isScanId(id)) throw new RangeError(`id is ${JSON.stringify(id)}, not 64 hexadecimal digits`);
    this.#database = database;
    this.id = id;
  }

  /**
   * The scans in a database, by id, with how far each says that it came; {@link load} looks at what it found too. Those of
   * which this record is damaged are left out.
   *
   * @throws {StoreError} `store-read-failed`.
   */
  static async list(database: KeyValue): Promise<Map<string, ScanProgress>> {
    const scans = new Map<string, ScanProgress>();
    for await (const [key, value] of database.entries(PROGRESS_RANGE)) {
      const record = decodeProgress(value);
      const scanned = record?.waypoints.at(-1);
      if (record === undefined || scanned === undefined || !isScanId(scanOfKey(key))) continue;
      scans.set(scanOfKey(key), progressOf(record.fromHeight, scanned));
    }
    return scans;
  }

  /** What of it could not be used when it was last loaded; undefined when nothing was damaged. */
  get damage(): ScanDamage | undefined {
    return this.#damage;
  }

  /**
   * What is stored; nothing is written. Where a record is damaged or missing it is left out with all above it: the scan goes
   * back to the last place below of which it is known that all that was found up to there is here.
   *
   * @returns undefined when the scan has not begun, or nothing of it can be used.
   * @throws {StoreError} `store-read-failed`.
   */
  async load(): Promise<StoredScan | undefined> {
    const { blocks, damage, ...state } = await readScan(this.#database, this.id);
    const { fromHeight, waypoints } = state;
    this.#state = { ...state, found: blocks.map(pointOf) };
    this.#damage = damage;
    const scanned = waypoints.at(-1);
    if (fromHeight === undefined || scanned === undefined) return undefined;
    return { progress: progressOf(fromHeight, scanned), blocks, points: merged(blocks, waypoints) };
  }

  /**
   * Writes what was found and how far the scan came, whole or not at all, and durably. One call at a time.
   *
   * @throws {RangeError} when blocks do not ascend, or are not within the progress, or the scan began at another height.
   * @throws {StoreError} `store-write-failed`, and `store-read-failed` when nothing was loaded before.
   */
  async commit({ keepUpTo = Infinity, added, progress }: ScanChange): Promise<void> {
    if (this.#state === undefined) await this.load();
    const before = this.#state ?? nothing();
    const { fromHeight, scanned } = progress;
    checkProgress(progress, before.fromHeight);
    if (Number.isNaN(keepUpTo)) throw new RangeError('commit: keepUpTo is no number');
    const { found } = before;
    const keptCount = found.findLastIndex(({ height }) => height <= keepUpTo) + 1;
    const lastKept = found[keptCount - 1];
    checkBlocks(lastKept === undefined ? added : [lastKept, ...added], progress);
    const gone = found.slice(keptCount).map(({ height }) => foundKey(this.id, height));
    // What is put stands last: it may have the key of a record that goes.
    const batch: BatchOperation[] = [...before.staleKeys, ...gone].map((key) => ({ type: 'del', key }));
    let lastFound = lastKept?.hash ?? NO_BLOCK;
    for (const block of added) {
      const value = encodeFound({ fromHeight, previousFound: lastFound, block });
      batch.push({ type: 'put', key: foundKey(this.id, block.height), value });
      lastFound = block.hash;
    }
    const passed = before.waypoints.filter(({ height }) => height <= keepUpTo && height < scanned.height);
    const waypoints = thinned([...passed, { ...scanned, lastFound }]);
    batch.push({ type: 'put', key: progressKey(this.id), value: encodeProgress({ fromHeight, waypoints }) });
    // Of a write that fails nobody knows how far it came: the next commit looks.
    this.#state = undefined;
    await this.#database.write(batch);
    found.splice(keptCount);
    append(found, added.map(pointOf));
    this.#state = { fromHeight, found, waypoints, staleKeys: [] };
  }

  /**
   * Deletes all of this scan: the next commit begins it anew.
   *
   * @throws {StoreError} `store-read-failed`, `store-write-failed`.
   */
  async clear(): Promise<void> {
    const batch: BatchOperation[] = [{ type: 'del', key: progressKey(this.id) }];
    for await (const key of this.#database.keys(foundRange(this.id))) batch.push({ type: 'del', key });
    this.#state = undefined;
    await this.#database.write(batch);
    this.#state = nothing();
    this.#damage = undefined;
  }
}

function isScanId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function progressOf(fromHeight: number, { height, hash }: ChainPoint): ScanProgress {
  return { fromHeight, scanned: { height, hash } };
}

function pointOf({ height, hash }: ChainPoint): ChainPoint {
  return { height, hash };
}

/** Both in one list, in ascending order; one of each height. */
function merged(blocks: readonly ChainPoint[], waypoints: readonly ChainPoint[]): ChainPoint[] {
  const byHeight = new Map([...waypoints, ...blocks].map((point) => [point.height, pointOf(point)]));
  return Array.from(byHeight.values()).toSorted((a, b) => a.height - b.height);
}

function checkProgress({ fromHeight, scanned }: ScanProgress, begun: number | undefined): void {
  if (!isHeight(fromHeight) || fromHeight !== (begun ?? fromHeight))
    throw new RangeError(
      `commit: fromHeight is ${fromHeight}${begun === undefined ? '' : `, and was ${begun}`}`,
    );
  if (!isHeight(scanned.height) || scanned.height < fromHeight - 1 || scanned.hash.length !== HASH_SIZE_BYTES)
    throw new RangeError(`commit: scanned is ${scanned.height}, the scan begins at ${fromHeight}`);
}

function checkBlocks(blocks: readonly ChainPoint[], { fromHeight, scanned }: ScanProgress): void {
  let below = fromHeight - 1;
  for (const { height, hash } of blocks) {
    if (!isHeight(height) || height <= below || height > scanned.height)
      throw new RangeError(
        `commit: a block of height ${height} after ${below}, with ${scanned.height} scanned`,
      );
    if (hash.length !== HASH_SIZE_BYTES || (height === scanned.height && !equalBytes(hash, scanned.hash)))
      throw new RangeError(`commit: the block of height ${height} has a hash that is not its own`);
    below = height;
  }
}

/** The records have four bytes for a height. */
function isHeight(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
}
