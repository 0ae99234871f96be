/** `headlight/chain`: the rules of headers, transactions and blocks, pure and synchronous. */

export { type Branch, medianTimePast } from './branch.ts';
export { type ChainBase, chainBaseAt, chainBaseOf } from './chain-base.ts';
export { type BlockRule, type BrokenBlockRule, checkBlock, isMutation } from './check-block.ts';
export { type BrokenRule, checkInBranch, type HeaderRule, MAX_FUTURE_SECONDS } from './check-header.ts';
export {
  type BrokenTxRule,
  checkTransaction,
  isCoinbase,
  MAX_MONEY_SATS,
  type TxRule,
} from './check-transaction.ts';
export { compactHex, type ExpandedBits, expandBits, targetOf, toBits } from './compact-target.ts';
export { difficultyOf } from './difficulty.ts';
export { type HeaderFields, HeaderRun } from './header-run.ts';
export { HeaderTree, type HeaderTreeOptions } from './header-tree.ts';
export type { HeaderFault, Verdict } from './verdict.ts';
export type { BranchTip, ChainPoint, ChainTip, TreeChange } from './tree-change.ts';
export { locatorHeights } from './locator.ts';
export { medianTime } from './median-time.ts';
export { merkleRoot } from './merkle.ts';
export {
  type BrokenPartialTree,
  makePartialMerkleTree,
  parsePartialMerkleTree,
  type PartialMerkleTree,
  type PartialTreeRule,
  type SoundPartialTree,
  type TreeLeaf,
} from './partial-merkle-tree.ts';
export { ProofOfWork } from './proof-of-work.ts';
export { nextBits, requiredBits, RETARGET_INTERVAL } from './required-bits.ts';
export { type WitnessRule, witnessCommitment } from './witness-commitment.ts';
export { chainworkHex, workOfBits } from './work.ts';
export { type Anchor, AnchorTable } from '../networks/anchor-table.ts';
export { networkByName, NETWORKS } from '../networks/by-name.ts';
export type { Network, NetworkName } from '../networks/network.ts';
