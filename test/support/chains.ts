/** Header chains filled with mined headers, and what tests ask of them. */

import assert from 'node:assert/strict';
import { sha256d } from '../../src/bytes/hash.ts';
import { toDisplayHex, toHex } from '../../src/bytes/hex.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import type { HeaderTree } from '../../src/chain/header-tree.ts';
import type { TreeChange } from '../../src/chain/tree-change.ts';
import { HeaderChain } from '../../src/header-chain.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { HEADER_SIZE_BYTES } from '../../src/wire/header.ts';
import { lastOf, REGTEST_GENESIS } from './mine.ts';

/** After all mined headers: nothing that `mine` makes is too far in the future. */
export const NOW_SECONDS: number = Math.floor(Date.now() / 1000);

/** Puts headers into a tree; they must keep all rules, and the first ones may be known. */
export function grow(tree: HeaderTree, headers: Uint8Array | HeaderRun): TreeChange {
  const run = headers instanceof HeaderRun ? headers : HeaderRun.fromBytes(headers);
  const verdict = tree.check(run, NOW_SECONDS);
  assert.ok(verdict !== undefined && verdict.fault === undefined, JSON.stringify(verdict?.fault));
  const change = tree.connect(verdict);
  assert.ok(change !== undefined, 'nothing new among the headers');
  return change;
}

/** Puts headers into a chain and its store. */
export async function extend(chain: HeaderChain, headers: Uint8Array | HeaderRun): Promise<void> {
  await chain.store.commit(grow(chain.tree, headers));
}

/** Opens regtest's chain in a folder of data, or in memory. */
export function openChain(datadir?: string): Promise<HeaderChain> {
  return HeaderChain.open({ network: regtest, datadir, create: true });
}

/** An open chain of genesis and these headers. */
export async function chainOf(headers: Uint8Array, datadir?: string): Promise<HeaderChain> {
  const chain = await openChain(datadir);
  if (headers.length > 0) await extend(chain, headers);
  return chain;
}

/** Whether a chain has exactly the first `height` of these headers, in its tree and in its store. */
export async function assertHolds(chain: HeaderChain, headers: Uint8Array, height: number): Promise<void> {
  const wanted = headers.subarray(0, height * HEADER_SIZE_BYTES);
  assert.equal(chain.tip.height, height);
  assert.equal(chain.tip.hash, hashOf(wanted.length === 0 ? REGTEST_GENESIS : lastOf(wanted)));
  assert.ok(Buffer.from(wanted).equals(await chain.store.read(1, height + 1)), 'other headers are stored');
  assert.equal((await chain.store.tip())?.height, height);
  assert.equal(chain.tree.tip.chainwork, 2n * BigInt(height + 1));
}

/** Hash of a header's 80 bytes, in display order. */
export function hashOf(header: Uint8Array): string {
  return toDisplayHex(sha256d(header));
}

/** What two trees must agree on to be the same. */
export function describeTree(tree: HeaderTree): unknown {
  const { height, hash, chainwork } = tree.tip;
  const tips = tree
    .tips()
    .map((tip) => `${tip.height} ${toHex(tip.hash)} ${tip.chainwork} ${tip.branchLength}`);
  return {
    height,
    hash: toHex(hash),
    chainwork,
    tips: tips.toSorted(),
    hashes: Array.from({ length: height + 1 }, (_, at) => toHex(tree.hashAt(at))),
    times: Array.from({ length: height + 1 }, (_, at) => tree.timeAt(at)),
  };
}
