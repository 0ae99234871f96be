/** What headers that a peer sent say of the peer, and what to do next. */

import type { HeaderTree } from '../../chain/header-tree.ts';
import type { HeaderFault, Verdict } from '../../chain/verdict.ts';
import { workOfBits } from '../../chain/work.ts';
import { MAX_HEADERS_PER_MESSAGE } from '../../wire/messages/headers.ts';
import type { Disconnect } from '../peer.ts';

/** Headers beyond which a run that is put off is no miner's slip: then it is our clock that is wrong. */
const MAX_PUT_OFF = 6;

/** Blocks of the tip's work by which a branch may lag and still be kept. */
const BRANCH_DEPTH = 144n;

export type Judgement =
  | { readonly kind: 'refused'; readonly disconnect: Disconnect }
  /** There may be more: ask for those after this header. */
  | { readonly kind: 'more'; readonly last: Reached }
  /** That is all it has; `putOff` when it ends there only because of our clock. */
  | { readonly kind: 'end'; readonly chainwork: bigint; readonly putOff: HeaderFault | undefined };

/** The last header of a full answer. */
export interface Reached {
  readonly hash: Uint8Array;
  readonly height: number;
  readonly chainwork: bigint;
}

export interface AnswerContext {
  readonly tree: HeaderTree;
  readonly isSynced: boolean;
  /** Height that the peer claimed to have when it connected. */
  readonly claimedHeight: number;
  /** Where the peer's last full answer ended, when this one goes on from there. */
  readonly reached: Reached | undefined;
}

/** The rule that was broken for good; undefined when none was. Nothing of such a message is kept. */
export function judgeFault({ fault, run }: Verdict): Disconnect | undefined {
  if (fault === undefined || fault.rule === 'time-too-new') return undefined;
  return { reason: fault.rule, detail: `header ${fault.index + 1} of ${run.count}: ${fault.detail}` };
}

/**
 * Chainwork from which on headers may be stored at once (Core: GetAntiDoSWorkThreshold). What has less is either not the
 * network's chain, or a branch so far below our tip that it cannot win as it is.
 */
export function storingThreshold(tree: HeaderTree, minChainwork: bigint): bigint {
  const { height, chainwork } = tree.tip;
  const nearTip = chainwork - BRANCH_DEPTH * workOfBits(tree.bitsAt(height));
  return nearTip > minChainwork ? nearTip : minChainwork;
}

/**
 * Whether a full answer is none to what the peer was last asked: it does not go on where the last one ended, but begins
 * with what we have. It may be the answer to an earlier request, come late, or a way to look busy.
 */
export function isOldAnswer({ run, known, valid, height }: Verdict, reached: Reached | undefined): boolean {
  const isFull = run.count === MAX_HEADERS_PER_MESSAGE;
  return isFull && known > 0 && reached !== undefined && height - valid < reached.height;
}

/** Judges an answer that broke no rule for good, after what was worth keeping has joined the tree. */
export function judgeAnswer(verdict: Verdict, context: AnswerContext): Judgement {
  const { run, valid, known, fault, height, chainwork } = verdict;
  const { tree, isSynced, claimedHeight } = context;
  const isFull = run.count === MAX_HEADERS_PER_MESSAGE;
  if (fault !== undefined) return judgePutOff(verdict, fault, isSynced);
  if (isFull && !tree.has(run.hashAt(valid - 1))) return judgeRoom(tree);
  if (!isFull) {
    const isPartOnly = !isSynced && valid === known && claimedHeight > tree.tip.height;
    return isPartOnly ? refuses(tree, claimedHeight) : { kind: 'end', chainwork, putOff: undefined };
  }
  return { kind: 'more', last: { hash: run.hashAt(run.count - 1), height, chainwork } };
}

/** Judges headers of which one is too far ahead of our clock. */
export function judgePutOff(
  { run, valid, chainwork }: Verdict,
  putOff: HeaderFault,
  isSynced: boolean,
): Judgement {
  const isOurClock = !isSynced && (run.count === MAX_HEADERS_PER_MESSAGE || run.count - valid > MAX_PUT_OFF);
  return isOurClock ? refused('time-too-new', putOff.detail) : { kind: 'end', chainwork, putOff };
}

/** Judges headers that the tree could not keep. */
export function judgeRoom(tree: HeaderTree): Judgement {
  const detail = `a branch of over ${tree.maxSideHeaders} headers with less work than our chain`;
  return refused('branch-too-long', detail);
}

/** Judges an answer without headers. */
export function judgeEmptyAnswer({ tree, isSynced, claimedHeight, reached }: AnswerContext): Judgement {
  // A chain that ended with a full answer.
  if (reached !== undefined) return { kind: 'end', chainwork: reached.chainwork, putOff: undefined };
  const { height, chainwork } = tree.tip;
  // A peer that is still busy with its own start answers so, and so does one that does not want to.
  if (!isSynced && claimedHeight > height) return refuses(tree, claimedHeight);
  // We ask from below our tip: a peer that has it, or anything better, has at least one header to give.
  return { kind: 'end', chainwork: height === tree.baseHeight ? chainwork : 0n, putOff: undefined };
}

/** Why the end of a peer's chain is not the end of a synchronisation; undefined when it may be. */
export function judgeTooLittle(
  { chainwork, putOff }: Judgement & { kind: 'end' },
  tree: HeaderTree,
  minChainwork: bigint,
): Disconnect | undefined {
  if (chainwork < minChainwork) {
    // With a clock that is slow, every chain looks as if it ended too early.
    if (putOff !== undefined) return { reason: 'time-too-new', detail: putOff.detail };
    const work = `0x${chainwork.toString(16)}, 0x${minChainwork.toString(16)} needed`;
    return { reason: 'low-work', detail: `its whole chain has work ${work}` };
  }
  const { height, chainwork: ours } = tree.tip;
  if (chainwork >= ours) return undefined;
  return { reason: 'behind', detail: `its chain has less work than ours, which is at height ${height}` };
}

function refuses(tree: HeaderTree, claimedHeight: number): Judgement {
  return refused(
    'headers-refused',
    `nothing above height ${tree.tip.height}, though it claims ${claimedHeight}`,
  );
}

function refused(reason: Disconnect['reason'], detail: string): Judgement {
  return { kind: 'refused', disconnect: { reason, detail } };
}
