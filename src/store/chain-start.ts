/** Where the chain in a database begins, which its first record says: at genesis, or at a base. */

import { equalBytes } from '../bytes/hash.ts';
import type { ChainBase } from '../chain/chain-base.ts';
import { prevOf } from '../wire/header.ts';
import type { BatchOperation, KeyValue } from './key-value.ts';
import {
  chunkKey,
  decodeMeta,
  decodeTip,
  encodeMeta,
  LAYOUT_VERSION,
  META_KEY,
  type Meta,
  metaOf,
  salvageHeaders,
  TIP_KEY,
} from './records.ts';
import { StoreError } from './store-error.ts';

/** Where a chain is asked to begin. */
export interface ChainStart {
  /** Undefined for genesis. */
  readonly base: ChainBase | undefined;
}

export interface StartOptions {
  /** Where the chain must begin; a new one does. By default wherever it does, a new one at genesis. */
  readonly start?: ChainStart | undefined;
  /** The base with a hash, should the record of it be lost; by default none is known. */
  readonly baseOf?: ((hash: Uint8Array) => ChainBase | undefined) | undefined;
}

/** The parent that genesis names. */
const NO_PARENT = new Uint8Array(32);

/**
 * Reads where the chain begins, and writes it down in a database without a chain: one that is empty, or that holds where
 * it began and nothing else.
 *
 * @returns the base; undefined for genesis.
 * @throws {StoreError} `store-other-network`, `store-other-start`, `store-newer-layout`, and `store-read-failed` or
 * `store-write-failed`.
 */
export async function agreeOnStart(
  database: KeyValue,
  network: string,
  { start, baseOf = () => undefined }: StartOptions,
): Promise<ChainBase | undefined> {
  const bytes = await database.get(META_KEY);
  const stored = bytes && decodeMeta(bytes);
  if (stored !== undefined) checkMeta(stored, network);
  const found = stored ?? (await lostMeta(database, network, baseOf));
  if (found !== undefined && (start === undefined || isSameBase(found.base, start.base))) {
    if (stored === undefined) await writeMeta(database, found);
    return found.base;
  }
  if (found !== undefined && !(await isBare(database, found))) throw otherStart(found.base, start?.base);
  const stale = found === undefined ? [] : [TIP_KEY, chunkKey(0)];
  await writeMeta(database, metaOf(network, start?.base), stale);
  return start?.base;
}

function checkMeta({ layout, network: stored }: Meta, network: string): void {
  if (layout > LAYOUT_VERSION) {
    const message = `the store has layout ${layout}, this version knows ${LAYOUT_VERSION}: use a newer headlight`;
    throw new StoreError('store-newer-layout', message);
  }
  if (stored !== network) {
    const message = `the store holds ${stored}, not ${network}: choose another --datadir`;
    throw new StoreError('store-other-network', message);
  }
}

/** What a damaged record must have said, from the parent that the first header names. Undefined when that tells nothing. */
async function lostMeta(
  database: KeyValue,
  network: string,
  baseOf: (hash: Uint8Array) => ChainBase | undefined,
): Promise<Meta | undefined> {
  const chunk = await database.get(chunkKey(0));
  const headers = chunk && salvageHeaders(chunk);
  const tip = await database.get(TIP_KEY);
  const hash = headers && headers.length > 0 ? prevOf(headers, 0) : tip && decodeTip(tip)?.hash;
  if (hash === undefined) return undefined;
  if (equalBytes(hash, NO_PARENT)) return metaOf(network, undefined);
  const base = baseOf(hash);
  return base && metaOf(network, base);
}

/** Whether the best chain is no longer than where it began, so that nothing is lost when it begins elsewhere. */
async function isBare(database: KeyValue, { base }: Meta): Promise<boolean> {
  const bytes = await database.get(TIP_KEY);
  return bytes !== undefined && decodeTip(bytes)?.height === (base?.height ?? 0);
}

async function writeMeta(database: KeyValue, meta: Meta, staleKeys: readonly string[] = []): Promise<void> {
  const batch: BatchOperation[] = staleKeys.map((key) => ({ type: 'del', key }));
  await database.write([...batch, { type: 'put', key: META_KEY, value: encodeMeta(meta) }]);
}

function isSameBase(one: ChainBase | undefined, other: ChainBase | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.height === other.height && equalBytes(one.hash, other.hash);
}

function otherStart(stored: ChainBase | undefined, asked: ChainBase | undefined): StoreError {
  const message = `the store begins at ${placeOf(stored)}, not at ${placeOf(asked)}: leave --start out, or choose another --datadir`;
  return new StoreError('store-other-start', message);
}

function placeOf(base: ChainBase | undefined): string {
  return base === undefined ? 'genesis' : `height ${base.height}`;
}
