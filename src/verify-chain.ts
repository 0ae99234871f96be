/** Checks a stored chain again from where it begins: every rule, every hash. */

import { concat } from './bytes/concat.ts';
import { equalBytes, sha256d } from './bytes/hash.ts';
import { toHex } from './bytes/hex.ts';
import { type ChainBase, chainBaseAt } from './chain/chain-base.ts';
import { HeaderRun } from './chain/header-run.ts';
import { HeaderTree } from './chain/header-tree.ts';
import type { HeaderFault } from './chain/verdict.ts';
import type { HeaderChain } from './header-chain.ts';
import type { Network } from './networks/network.ts';
import type { SideRecord } from './store/records.ts';
import { StoreError } from './store/store-error.ts';
import { prevOf } from './wire/header.ts';

/** Headers that are read and checked at a time. */
const BATCH = 10_000;
/** A header that was stored was not too far ahead then: a clock that was set back since proves nothing. */
const ANY_TIME = Number.POSITIVE_INFINITY;

export interface VerifyFault {
  readonly code: HeaderFault['rule'] | 'tip-mismatch' | 'start-mismatch';
  readonly height: number;
  /** Whether it is on the best chain; else on a side branch. */
  readonly onBestChain: boolean;
  readonly detail: string;
}

export interface VerifyResult {
  /** Height that the chain was checked from: 0 for genesis, else that of the built-in anchor that it begins at. */
  readonly startHeight: number;
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
  const { base } = chain.store;
  const tree = new HeaderTree(chain.network, { base, maxSideHeaders: Number.POSITIVE_INFINITY });
  const startHeight = tree.baseHeight;
  const fault = verifyStart(chain.network, base) ?? (await verifyBest(chain, tree, onProgress));
  const validHeight = tree.tip.height;
  if (fault !== undefined) return { startHeight, validHeight, sideHeaders: 0, fault };
  return { startHeight, validHeight, ...(await verifySide(chain, tree, () => onProgress(validHeight))) };
}

/** What a store says of its base is compared with the anchors that are built in. */
function verifyStart(network: Network, base: ChainBase | undefined): VerifyFault | undefined {
  if (base === undefined) return undefined;
  const { height, hash, chainwork, nextBits } = base;
  const known = chainBaseAt(network, height);
  const isAnchor =
    known?.height === height &&
    equalBytes(known.hash, hash) &&
    known.chainwork === chainwork &&
    known.nextBits === nextBits;
  if (isAnchor) return undefined;
  const detail = 'the store does not begin at an anchor that is built in';
  return { code: 'start-mismatch', height, onBestChain: true, detail };
}

async function verifyBest(
  chain: HeaderChain,
  tree: HeaderTree,
  onProgress: (height: number) => void,
): Promise<VerifyFault | undefined> {
  const { tip } = chain.tree;
  for (let from = tree.firstHeight; from <= tip.height; from += BATCH) {
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
): Promise<Omit<VerifyResult, 'startHeight' | 'validHeight'>> {
  const records: SideRecord[] = [];
  for await (const [key, record] of store.sideRecords()) {
    if (record === undefined) throw new StoreError('store-read-failed', `the record ${key} is damaged`);
    records.push(record);
  }
  let sideHeaders = 0;
  for (const { height, headers } of branchesOf(records)) {
    const fault = take(HeaderRun.fromBytes(concat(headers)), tree);
    sideHeaders += fault?.index ?? headers.length;
    if (fault !== undefined) {
      const { rule, index, detail } = fault;
      return { sideHeaders, fault: { code: rule, height: height + index, onBestChain: false, detail } };
    }
    onProgress();
  }
  return { sideHeaders, fault: undefined };
}

/** Side headers that follow one another. */
interface SideBranch {
  /** Of its first header. */
  readonly height: number;
  /** 80 bytes each. */
  readonly headers: Uint8Array[];
}

/**
 * Joined as far as they go: the rules look back along a branch, and if they did so for each of its headers anew, long
 * branches would take for ever. Parents come before their children.
 */
function branchesOf(records: readonly SideRecord[]): SideBranch[] {
  const branches: SideBranch[] = [];
  const endingIn = new Map<string, SideBranch>();
  for (const { height, header } of records.toSorted((a, b) => a.height - b.height)) {
    const parent = toHex(prevOf(header, 0));
    let branch = endingIn.get(parent);
    if (branch === undefined) branches.push((branch = { height, headers: [] }));
    branch.headers.push(header);
    endingIn.delete(parent);
    endingIn.set(toHex(sha256d(header)), branch);
  }
  return branches;
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
