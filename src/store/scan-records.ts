/**
 * The records of a scan as bytes: what it found, block by block, and how far it came. Each carries a checksum, and names the
 * record before it, so that one that is missing, or is left from another branch, is noticed.
 */

import { Reader } from '../bytes/reader.ts';
import { HASH_SIZE_BYTES } from '../bytes/hash.ts';
import { Writer } from '../bytes/writer.ts';
import type { ChainPoint } from '../chain/tree-change.ts';
import type { BlockPayments } from '../ledger/payment.ts';
import { decodeBlockPayments, encodeBlockPayments } from '../ledger/payment-record.ts';
import type { KeyRange } from './key-value.ts';
import { sealed, unsealed } from './sealed.ts';

const PROGRESS_PREFIX = 'scan-progress-';
/** The records of how far all scans came: the end is the character after the hyphen. */
export const PROGRESS_RANGE: KeyRange = { gte: PROGRESS_PREFIX, lt: 'scan-progress.' };
/** Most waypoints of a record that is read; where each is twice as far back as the one before last there are about 60. */
const MAX_WAYPOINTS = 1_000;
const WAYPOINT_SIZE_BYTES = 4 + 2 * HASH_SIZE_BYTES;
const NO_BYTES = new Uint8Array(0);

/** In place of a hash: there is no such block. */
export const NO_BLOCK: Uint8Array = new Uint8Array(HASH_SIZE_BYTES);

export function progressKey(id: string): string {
  return PROGRESS_PREFIX + id;
}

/** The scan that a key of {@link PROGRESS_RANGE} belongs to. */
export function scanOfKey(key: string): string {
  return key.slice(PROGRESS_PREFIX.length);
}

/** Digits of equal number, so that the order of keys is that of heights. */
export function foundKey(id: string, height: number): string {
  return `scan-found-${id}-${height.toString().padStart(10, '0')}`;
}

export function foundRange(id: string): KeyRange {
  return { gte: `scan-found-${id}-`, lt: `scan-found-${id}.` };
}

/**
 * A place that a scan came by. It says, of the chain that ends with it: something was found in this block last. That stays true
 * when the chain is left.
 */
export interface Waypoint extends ChainPoint {
  /** Hash of the highest block at or below it in which something was found; {@link NO_BLOCK} when there is none. */
  readonly lastFound: Uint8Array;
}

/** How far a scan came. */
export interface ProgressRecord {
  readonly fromHeight: number;
  /** In ascending order; the last is how far. At least one. */
  readonly waypoints: readonly Waypoint[];
}

export function encodeProgress({ fromHeight, waypoints }: ProgressRecord): Uint8Array {
  const writer = new Writer(4 + waypoints.length * WAYPOINT_SIZE_BYTES);
  writer.u32(fromHeight);
  for (const { height, hash, lastFound } of waypoints) {
    writer.u32(height);
    writer.bytes(hash);
    writer.bytes(lastFound);
  }
  return sealed(NO_BYTES, writer.finish());
}

/** Undefined when the bytes are damaged. */
export function decodeProgress(bytes: Uint8Array): ProgressRecord | undefined {
  const body = unsealed(bytes);
  if (body === undefined) return undefined;
  const count = (body.length - 4) / WAYPOINT_SIZE_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > MAX_WAYPOINTS) return undefined;
  // A copy, since LevelDB's buffers are not of the kind that all else is.
  const reader = new Reader(Uint8Array.from(body));
  const fromHeight = reader.u32();
  const waypoints = Array.from({ length: count }, () => readWaypoint(reader));
  const isAscending = waypoints.every(({ height }, i) => height > (waypoints[i - 1]?.height ?? -1));
  return isAscending ? { fromHeight, waypoints } : undefined;
}

function readWaypoint(reader: Reader): Waypoint {
  return {
    height: reader.u32(),
    hash: reader.bytes(HASH_SIZE_BYTES),
    lastFound: reader.bytes(HASH_SIZE_BYTES),
  };
}

/** A block in which something was found. */
export interface FoundRecord {
  /** Of the scan: so that it is known when the record of how far it came is lost. */
  readonly fromHeight: number;
  /** Hash of the block in which something was found before; {@link NO_BLOCK} when this is the first. */
  readonly previousFound: Uint8Array;
  readonly block: BlockPayments;
}

export function encodeFound({ fromHeight, previousFound, block }: FoundRecord): Uint8Array {
  const writer = new Writer(4 + HASH_SIZE_BYTES);
  writer.u32(fromHeight);
  writer.bytes(previousFound);
  return sealed(writer.finish(), encodeBlockPayments(block));
}

/** Undefined when the bytes are damaged. */
export function decodeFound(bytes: Uint8Array): FoundRecord | undefined {
  const body = unsealed(bytes);
  if (body === undefined || body.length < 4 + HASH_SIZE_BYTES) return undefined;
  const reader = new Reader(body);
  const fromHeight = reader.u32();
  const previousFound = reader.bytes(HASH_SIZE_BYTES);
  const block = decodeBlockPayments(reader.bytes(reader.remaining));
  return block && { fromHeight, previousFound, block };
}
