/** Checks a stored chain again from its start: every rule, every hash. */

import { equalBytes } from './bytes/hash.ts';
import { HeaderRun } from './chain/header-run.ts';
import { HeaderTree } from './chain/header-tree.ts';
import type { HeaderFault } from './chain/verdict.ts';
import type { HeaderChain } from './header-chain.ts';
import type { SideRecord } from './store/records.ts';
import { StoreError } from './store/store-error.ts';

/** Headers that are read and checked at a time. */
const BATCH = 10_000;
/** A header that was stored was not too far ahead then: a clock that was set back since proves nothing. */
const ANY_TIME = Number.POSITIVE_INFINITY;

export interface VerifyFault {
  readonly code: HeaderFault['rule'] | 'tip-mismatch';
  readonly height: number;
  /** Whether it is on the best chain; else on a side branch. */
  readonly onBestChain: boolean;
  readonly detail: string;
}

export interface VerifyResult {
  /** Height up to which every rule is kept. */
  readonly validHeight: number;
  /** Headers off the best chain that keep every rule; they are looked at last. */
  readonly sideHeaders: number;
  /** What is wrong with the others; undefined when nothing is. */
  readonly fault: VerifyFault | undefined;
}

/**
 * Reads the best chain from the store, then the side branches, and checks all headers as if they had never been seen.
 *
 * @param onProgress told the height reached on the best chain, now and then.
 */
export async function verifyChain(
  chain: HeaderChain,
  onProgress: (height: number) => void = () => undefined,
): Promise<VerifyResult> {
  const tree = new HeaderTree(chain.network, { maxSideHeaders: Number.POSITIVE_INFINITY });
  const fault = await verifyBest(chain, tree, onProgress);
  const validHeight = tree.tip.height;
  if (fault !== undefined) return { validHeight, sideHeaders: 0, fault };
  return { validHeight, ...(await verifySide(chain, tree, () => onProgress(validHeight))) };
}

async function verifyBest(
  chain: HeaderChain,
  tree: HeaderTree,
  onProgress: (height: number) => void,
): Promise<VerifyFault | undefined> {
  const { tip } = chain.tree;
  for (let from = 0; from <= tip.height; from += BATCH) {
    const fault = take(HeaderRun.fromBytes(await chain.store.read(from, BATCH)), tree);
    if (fault !== undefined) {
      const { rule, index, detail } = fault;
      return { code: rule, height: from + index, onBestChain: true, detail };
    }
    onProgress(tree.tip.height);
  }
  if (equalBytes(tree.tip.hash, tip.hash) && tree.tip.chainwork === tip.chainwork) return undefined;
  const detail = 'the headers do not lead to the tip that the store names';
  return { code: 'tip-mismatch', height: tip.height, onBestChain: true, detail };
}

async function verifySide(
  { store }: HeaderChain,
  tree: HeaderTree,
  onProgress: () => void,
): Promise<Omit<VerifyResult, 'validHeight'>> {
  const records: SideRecord[] = [];
  for await (const [key, record] of store.sideRecords()) {
    if (record === undefined) throw new StoreError('store-read-failed', `the record ${key} is damaged`);
    records.push(record);
  }
  let sideHeaders = 0;
  // Parents before their children.
  for (const { height, header } of records.toSorted((a, b) => a.height - b.height)) {
    const fault = take(HeaderRun.fromBytes(header), tree);
    if (fault !== undefined) {
      const { rule, detail } = fault;
      return { sideHeaders, fault: { code: rule, height, onBestChain: false, detail } };
    }
    if (++sideHeaders % BATCH === 0) onProgress();
  }
  return { sideHeaders, fault: undefined };
}

/** Takes into the tree what keeps the rules. */
function take(run: HeaderRun, tree: HeaderTree): HeaderFault | undefined {
  const verdict = tree.check(run, ANY_TIME);
  if (verdict === undefined) return UNLINKED;
  tree.connect(verdict);
  return verdict.fault;
}

const UNLINKED: HeaderFault = {
  rule: 'not-continuous',
  index: 0,
  detail: 'its parent is not the header before it',
};
