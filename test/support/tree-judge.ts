/** What the header tree says of single headers, in the words of bitcoind's submitheader, so that both can be compared. */

import assert from 'node:assert/strict';
import { concat } from '../../src/bytes/concat.ts';
import { equalBytes, sha256d } from '../../src/bytes/hash.ts';
import type { HeaderRule } from '../../src/chain/check-header.ts';
import { toHex } from '../../src/bytes/hex.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import type { HeaderTree } from '../../src/chain/header-tree.ts';
import { prevOf } from '../../src/wire/header.ts';
import type { CoreReason } from './oracle-tree.ts';
import { LATE } from './tree.ts';

/** Hands the tree one header, which it keeps if it may; returns why not. */
export function submitToTree(
  tree: HeaderTree,
  header: Uint8Array,
  nowSeconds: number,
): CoreReason | undefined {
  const run = HeaderRun.fromBytes(header.slice());
  const isOrphan = !tree.has(run.prevAt(0));
  const verdict = tree.check(run, nowSeconds);
  const rule = verdict?.fault?.rule;
  if (isOrphan) {
    // submitheader looks for the parent before anything else; we look at what the header shows by itself, and remember
    // what was refused, where bitcoind keeps only what it accepted.
    const isOrphansVerdict = [undefined, 'bad-target', 'high-hash', 'bad-prevblk'].includes(rule);
    assert.ok(isOrphansVerdict, `${rule} of a header whose parent is not known`);
    return 'prev-blk-not-found';
  }
  assert.ok(verdict !== undefined, 'no verdict on a header whose parent is known');
  const change = tree.connect(verdict);
  assert.equal(change === undefined, rule !== undefined || verdict.known === 1);
  return inCoreWords(rule);
}

/**
 * Hands another tree the same headers as they would come in messages: those that are linked, in one run. It must stop where
 * the first of a run was refused, for the same reason.
 */
export function submitInRuns(
  tree: HeaderTree,
  headers: readonly Uint8Array[],
  reasons: readonly (string | undefined)[],
  nowSeconds: number,
): void {
  for (let first = 0, end: number; first < headers.length; first = end) {
    for (end = first + 1; end < headers.length && isLinked(headers, end); end++);
    const run = HeaderRun.fromBytes(concat(headers.slice(first, end)));
    const refused = reasons.slice(first, end).findIndex((reason) => reason !== undefined);
    const reason = reasons[first + refused];
    const verdict = tree.check(run, nowSeconds);
    if (refused === 0 && reason === 'prev-blk-not-found') {
      assert.equal(verdict?.valid ?? 0, 0);
      continue;
    }
    assert.ok(verdict !== undefined, 'no verdict on a run whose parent is known');
    tree.connect(verdict);
    const about = `run of ${run.count}`;
    assert.equal(verdict.valid, refused === -1 ? run.count : refused, about);
    const { fault } = verdict;
    if (fault === undefined) assert.equal(refused, -1, about);
    // What will not pass, further on in the run, is told rather than what may.
    else if (fault.index > refused) assert.equal(reason, 'time-too-new', about);
    else assert.equal(inCoreWords(fault.rule), reason, about);
  }
}

/**
 * Asks a tree that has none of these headers about each branch of them in one run, as a peer sends it that one begins with: up to
 * each header that was refused, and to each that is the last of its branch.
 */
export function askInBranches(
  tree: HeaderTree,
  judged: readonly { readonly bytes: Uint8Array; readonly reason: CoreReason | undefined }[],
): void {
  const accepted = new Map<string, Uint8Array>();
  for (const { bytes, reason } of judged) {
    if (reason === undefined) accepted.set(toHex(sha256d(bytes)), bytes);
  }
  const parents = new Set(Array.from(judged, ({ bytes }) => toHex(prevOf(bytes, 0))));
  for (const { bytes, reason } of judged) {
    if (reason === undefined && parents.has(toHex(sha256d(bytes)))) continue;
    // What was too new is not by this clock, and what has no parent is no branch.
    if (reason === 'time-too-new' || reason === 'prev-blk-not-found') continue;
    const branch = [bytes];
    for (let at: Uint8Array | undefined = bytes; at !== undefined;) {
      at = accepted.get(toHex(prevOf(at, 0)));
      if (at !== undefined) branch.unshift(at);
    }
    const verdict = tree.check(HeaderRun.fromBytes(concat(branch)), LATE);
    const valid = branch.length - (reason === undefined ? 0 : 1);
    assert.deepEqual([verdict?.known, verdict?.valid], [0, valid], toHex(bytes));
    assert.equal(inCoreWords(verdict?.fault?.rule), reason, toHex(bytes));
  }
}

/** bitcoind does not tell bits that are no target from a hash that misses it. */
function inCoreWords(rule: HeaderRule | undefined): CoreReason | undefined {
  if (rule === 'bad-target') return 'high-hash';
  assert.ok(
    rule !== 'not-continuous' && rule !== 'bad-prevblk',
    `${rule} of a header on one that was accepted`,
  );
  return rule;
}

function isLinked(headers: readonly Uint8Array[], index: number): boolean {
  const [parent, child] = [headers[index - 1], headers[index]];
  return parent !== undefined && child !== undefined && equalBytes(sha256d(parent), prevOf(child, 0));
}
