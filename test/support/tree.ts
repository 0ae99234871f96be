/** What the tests of the header tree do again and again. */
import { sha256d } from '../../src/bytes/hash.ts';
import { toHex } from '../../src/bytes/hex.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import type { HeaderTree } from '../../src/chain/header-tree.ts';
import type { Verdict } from '../../src/chain/verdict.ts';
import type { TreeChange } from '../../src/chain/tree-change.ts';
import { HEADER_SIZE_BYTES } from '../../src/wire/header.ts';
import { concatenated } from './concatenated.ts';

/** A clock that no mined header is ahead of. */
export const LATE: number = 0xffffffff;

export interface Added {
  readonly verdict: Verdict | undefined;
  readonly change: TreeChange | undefined;
}

/** Checks headers as one run and connects those that are valid. */
export function add(tree: HeaderTree, ...parts: readonly Uint8Array[]): Added {
  const verdict = tree.check(HeaderRun.fromBytes(concatenated(...parts)), LATE);
  return { verdict, change: verdict && tree.connect(verdict) };
}

/** The hashes of headers, in order. */
export function hashesIn(...parts: readonly Uint8Array[]): Uint8Array[] {
  const headers = concatenated(...parts);
  return Array.from({ length: headers.length / HEADER_SIZE_BYTES }, (_, i) =>
    sha256d(headers.subarray(i * HEADER_SIZE_BYTES, (i + 1) * HEADER_SIZE_BYTES)),
  );
}

/** The same as text, which is shorter to compare and to read. */
export function hexesOf(...parts: readonly Uint8Array[]): string[] {
  return hashesIn(...parts).map(hexOf);
}

export function hexOf(hash: Uint8Array): string {
  return toHex(hash);
}
