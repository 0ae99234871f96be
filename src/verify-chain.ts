/** Checks a stored chain again from its start: every rule, every hash. */

import { equalBytes } from './bytes/hash.ts';
import { HeaderRun } from './chain/header-run.ts';
import { type HeaderFault, HeaderTree } from './chain/header-tree.ts';
import type { HeaderChain } from './header-chain.ts';

/** Headers that are read and checked at a time. */
const BATCH = 10_000;

export interface VerifyResult {
  /** Height up to which every rule is kept. */
  readonly validHeight: number;
  /** What is wrong above it; undefined when nothing is. */
  readonly fault:
    | {
        readonly code: HeaderFault['rule'] | 'tip-mismatch';
        readonly height: number;
        readonly detail: string;
      }
    | undefined;
}

/**
 * Reads the best chain from the store and checks it as if it had never been seen.
 *
 * @param nowSeconds our clock, Unix seconds.
 * @param onProgress told the height reached, now and then.
 */
export async function verifyChain(
  chain: HeaderChain,
  nowSeconds: number,
  onProgress: (height: number) => void = () => undefined,
): Promise<VerifyResult> {
  const tree = new HeaderTree(chain.network);
  const { tip } = chain.tree;
  for (let from = 0; from <= tip.height; from += BATCH) {
    const run = HeaderRun.fromBytes(await chain.store.read(from, BATCH));
    const verdict = tree.check(run, nowSeconds);
    const fault = verdict === undefined ? UNLINKED : verdict.fault;
    if (verdict !== undefined) tree.connect(verdict);
    if (fault !== undefined) {
      const { rule, index, detail } = fault;
      return { validHeight: tree.tip.height, fault: { code: rule, height: from + index, detail } };
    }
    onProgress(tree.tip.height);
  }
  if (!equalBytes(tree.tip.hash, tip.hash) || tree.tip.chainwork !== tip.chainwork) {
    const detail = 'the headers do not lead to the tip that the store names';
    return { validHeight: tree.tip.height, fault: { code: 'tip-mismatch', height: tip.height, detail } };
  }
  return { validHeight: tip.height, fault: undefined };
}

const UNLINKED: HeaderFault = {
  rule: 'not-continuous',
  index: 0,
  detail: 'its parent is not the header before it',
};
