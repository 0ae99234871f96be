/** From the store to the tree at start-up: what is whole goes in, a damaged end is cut off and said aloud. */

import { equalBytes, sha256d } from '../bytes/hash.ts';
import { fromHex, toHex } from '../bytes/hex.ts';
import { HeaderRun } from '../chain/header-run.ts';
import type { HeaderTree } from '../chain/header-tree.ts';
import { HEADER_SIZE_BYTES, prevOf } from '../wire/header.ts';
import type { HeaderStore } from './header-store.ts';
import {
  type Chunk,
  decodeChunk,
  HEADERS_PER_CHUNK,
  salvageHeaders,
  sideKey,
  type SideRecord,
} from './records.ts';

/** What had to be cut off; it will be fetched again. */
export interface RepairReport {
  /** Height of the last header kept. */
  readonly height: number;
  /** Height that the store said it had; undefined when that was lost too. */
  readonly claimedHeight: number | undefined;
  /** Side headers that were damaged or had lost their parents. */
  readonly sideHeadersDropped: number;
}

/** The parent that genesis names. */
const NO_PARENT = new Uint8Array(32);

/**
 * Fills a new tree from the store. The records' checksums and the links between them are verified, the rules are not:
 * they were when the headers were stored, and records with a checksum do not change by themselves.
 *
 * @returns what was repaired; undefined when all was well.
 */
export async function restore(store: HeaderStore, tree: HeaderTree): Promise<RepairReport | undefined> {
  const claimed = await store.tip();
  const best = await restoreBest(store, tree);
  const brokenSideKeys = await restoreSide(store, tree);
  const { height } = tree.tip;
  const tip = { ...tree.tip, time: tree.timeAt(height), bits: tree.bitsAt(height) };
  await store.restart(tip, best.tail, brokenSideKeys);
  const adopted = tree.adoptHeaviest();
  if (adopted !== undefined) await store.commit(adopted);
  const isNew = claimed === undefined && best.chunkCount === 0;
  const isAsClaimed = claimed !== undefined && equalBytes(claimed.hash, tip.hash);
  if (isNew || (best.isWhole && isAsClaimed && brokenSideKeys.length === 0)) return undefined;
  return {
    height: tree.tip.height,
    claimedHeight: claimed?.height,
    sideHeadersDropped: brokenSideKeys.length,
  };
}

interface RestoredBest {
  readonly chunkCount: number;
  /** Whether nothing was damaged. */
  readonly isWhole: boolean;
  /** The headers of the chunk that the tip is in, 80 bytes each. */
  readonly tail: Uint8Array;
}

async function restoreBest(store: HeaderStore, tree: HeaderTree): Promise<RestoredBest> {
  // Of a base there is no header: the first one names it as its parent.
  const genesis = tree.base === undefined ? fromHex(tree.network.genesisHeaderHex) : undefined;
  let tail: Uint8Array = genesis ?? new Uint8Array(0);
  let parent: Uint8Array = tree.base?.hash ?? NO_PARENT;
  let chunkCount = 0;
  let isEnded = false;
  for await (const record of store.chunks()) {
    // After a chunk that is not full nothing can follow: this is a leftover.
    if (isEnded) return { chunkCount, isWhole: false, tail };
    const chunk = record && decodeChunk(record);
    const isGood = chunk !== undefined && isLinked(chunk, parent);
    const kept = isGood ? chunk : record && salvage(record, parent);
    const given = chunkCount === 0 ? genesis : undefined;
    const isOurs =
      kept !== undefined &&
      (given === undefined || equalBytes(kept.headers.subarray(0, HEADER_SIZE_BYTES), given));
    if (isOurs) {
      // Genesis is in the tree already.
      const fresh = given === undefined ? kept.headers : kept.headers.subarray(HEADER_SIZE_BYTES);
      tree.restoreBest(HeaderRun.linked(fresh, kept.lastHash));
      tail = kept.headers;
      parent = kept.lastHash;
    }
    chunkCount++;
    if (!isGood || !isOurs) return { chunkCount, isWhole: false, tail };
    isEnded = chunk.headers.length < HEADERS_PER_CHUNK * HEADER_SIZE_BYTES;
  }
  return { chunkCount, isWhole: true, tail };
}

/** Whether the chunk goes on from its parent, and its last header has the hash that the record says. */
function isLinked({ headers, lastHash }: Chunk, parent: Uint8Array): boolean {
  const last = headers.subarray(-HEADER_SIZE_BYTES);
  return equalBytes(prevOf(headers, 0), parent) && equalBytes(sha256d(last), lastHash);
}

/** The headers of a damaged record that another one vouches for, by naming their hash as its parent. */
function salvage(record: Uint8Array, parent: Uint8Array): Chunk | undefined {
  const run = HeaderRun.fromBytes(salvageHeaders(record));
  let linked = 0;
  while (
    linked < run.count &&
    equalBytes(run.prevAt(linked), linked === 0 ? parent : run.hashAt(linked - 1))
  ) {
    linked++;
  }
  const good = linked - 1;
  return good > 0 ? { headers: run.slice(0, good), lastHash: run.hashAt(good - 1) } : undefined;
}

/** Returns the keys of those that could not be put back. */
async function restoreSide(store: HeaderStore, tree: HeaderTree): Promise<string[]> {
  const broken: string[] = [];
  const records: (readonly [string, SideRecord])[] = [];
  for await (const [key, record] of store.sideRecords()) {
    if (record === undefined) broken.push(key);
    else records.push([key, record]);
  }
  // Parents before their children.
  for (const [key, { header }] of records.toSorted(([, a], [, b]) => a.height - b.height)) {
    // Under another key it could not be found again.
    const isInPlace = key === sideKey(toHex(sha256d(header)));
    if (!isInPlace || !tree.restoreSide(header)) broken.push(key);
  }
  return broken;
}
