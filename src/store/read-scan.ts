/** What of the records of a scan is good: those that follow each other without a gap from the first one on. */

import { equalBytes } from '../bytes/hash.ts';
import type { BlockPayments } from '../ledger/payment.ts';
import type { KeyValue } from './key-value.ts';
import {
  decodeFound,
  decodeProgress,
  type FoundRecord,
  foundKey,
  foundRange,
  NO_BLOCK,
  progressKey,
  type Waypoint,
} from './scan-records.ts';

/** What could not be used. */
export interface ScanDamage {
  /** Height that the scan had come to; undefined when that cannot be read either. */
  readonly claimedHeight: number | undefined;
}

export interface ReadScan {
  /** Undefined when the scan has not begun, or nothing is good. */
  readonly fromHeight: number | undefined;
  /** In ascending order, none above the last waypoint. */
  readonly blocks: readonly BlockPayments[];
  /** In ascending order; the last is how far the scan came. None when it has not begun, or nothing is good. */
  readonly waypoints: readonly Waypoint[];
  /** Keys of records that are of no use. */
  readonly staleKeys: readonly string[];
  /** Undefined when all that was written is there. */
  readonly damage: ScanDamage | undefined;
}

/** @throws {StoreError} `store-read-failed`. */
export async function readScan(database: KeyValue, id: string): Promise<ReadScan> {
  const bytes = await database.get(progressKey(id));
  const written = bytes && decodeProgress(bytes);
  const { linked, strayKeys } = await readLinked(database, id, written?.fromHeight);
  const claimed = written?.waypoints.at(-1);
  const waypoints = goodWaypoints(written?.waypoints ?? [], linked);
  const endHeight = waypoints.at(-1)?.height ?? -1;
  const isWithin = ({ block }: FoundRecord): boolean => block.height <= endHeight;
  const beyond = linked.filter((record) => !isWithin(record)).map(({ block }) => foundKey(id, block.height));
  const isEmpty = bytes === undefined && linked.length + strayKeys.length === 0;
  const isWhole = isEmpty || (claimed !== undefined && claimed.height === endHeight);
  return {
    fromHeight: waypoints.length === 0 ? undefined : (written ?? linked[0])?.fromHeight,
    blocks: linked.filter(isWithin).map(({ block }) => block),
    waypoints,
    staleKeys: [...strayKeys, ...beyond],
    damage: isWhole ? undefined : { claimedHeight: claimed?.height },
  };
}

/** The records that name each other, from the first on; a record that does not fit, and all after it, are strays. */
async function readLinked(
  database: KeyValue,
  id: string,
  fromHeight: number | undefined,
): Promise<{ linked: FoundRecord[]; strayKeys: string[] }> {
  const linked: FoundRecord[] = [];
  const strayKeys: string[] = [];
  for await (const [key, value] of database.entries(foundRange(id))) {
    const record = strayKeys.length > 0 ? undefined : decodeFound(value);
    const isNext =
      record !== undefined &&
      key === foundKey(id, record.block.height) &&
      record.fromHeight === (fromHeight ?? linked[0]?.fromHeight ?? record.fromHeight) &&
      equalBytes(record.previousFound, linked.at(-1)?.block.hash ?? NO_BLOCK);
    if (isNext) linked.push(record);
    else strayKeys.push(key);
  }
  return { linked, strayKeys };
}

/** The waypoints for which all is there that was found up to them; the last block found is one when none is as high. */
function goodWaypoints(waypoints: readonly Waypoint[], linked: readonly FoundRecord[]): Waypoint[] {
  const lastFoundAt = (height: number): Uint8Array =>
    linked.findLast(({ block }) => block.height <= height)?.block.hash ?? NO_BLOCK;
  const good = waypoints.filter(({ height, lastFound }) => equalBytes(lastFound, lastFoundAt(height)));
  const top = good.at(-1);
  const last = linked.at(-1)?.block;
  // Blocks above the last waypoint that was written are not part of the scan, unless it is gone.
  const isAsWritten = top !== undefined && top === waypoints.at(-1);
  if (isAsWritten || last === undefined || (top !== undefined && top.height >= last.height)) return good;
  return [...good, { height: last.height, hash: last.hash, lastFound: last.hash }];
}
