/** The compact target that the next header of a branch must carry, to the bit (Core: src/pow.cpp, GetNextWorkRequired). */

import type { Network } from '../networks/network.ts';
import type { Branch } from './branch.ts';
import { expandBits, toBits } from './compact-target.ts';

/** Headers that share a target: two weeks of ten minutes. */
export const RETARGET_INTERVAL = 2016;

/** Seconds a period should take. */
const TARGET_TIMESPAN_SECONDS = 14 * 24 * 60 * 60;

/** Seconds after its parent beyond which a block may take the easiest target, on networks that allow it. */
const MIN_DIFFICULTY_GAP_SECONDS = 20 * 60;

/** Whether a new period, and so a new target, begins at this height. */
export function startsPeriod(height: number): boolean {
  return height % RETARGET_INTERVAL === 0;
}

/**
 * The bits that the header after the branch's last one must carry.
 *
 * @param time that header's own time, Unix seconds: the 20-minute rule looks at it.
 */
export function requiredBits(branch: Branch, time: number, network: Network): number {
  const height = branch.height + 1;
  const parentBits = branch.bitsAt(branch.height);
  // Of a base only that is known: what the header after it must carry.
  if (branch.height < branch.baseHeight) return parentBits;
  if (startsPeriod(height)) return network.noRetarget ? parentBits : retarget(branch, network);
  if (!network.minDifficultyBlocks) return parentBits;
  const gapSeconds = time - branch.timeAt(branch.height);
  if (gapSeconds > MIN_DIFFICULTY_GAP_SECONDS) return network.powLimitBits;
  return branch.lastRegularBits ?? lastRegularBits(branch, network);
}

/**
 * The new target after a full period. From the first block to the last there are only 2,015 intervals, and the rule
 * has always measured these.
 */
function retarget(branch: Branch, network: Network): number {
  const first = branch.height + 1 - RETARGET_INTERVAL;
  const timespanSeconds = branch.timeAt(branch.height) - branch.timeAt(first);
  // BIP 94: the period's first block cannot be one of the easiest target, so its bits are the real difficulty.
  const base = branch.bitsAt(network.bip94 ? first : branch.height);
  return nextBits(base, timespanSeconds, network.powLimit);
}

/**
 * The bits after a period (Core: CalculateNextWorkRequired).
 *
 * @param bits target of the period that ended.
 * @param timespanSeconds seconds from its first header to its last; may be negative.
 */
export function nextBits(bits: number, timespanSeconds: number, powLimit: bigint): number {
  const clamped = Math.min(
    Math.max(timespanSeconds, TARGET_TIMESPAN_SECONDS / 4),
    TARGET_TIMESPAN_SECONDS * 4,
  );
  const target = (expandBits(bits).target * BigInt(clamped)) / BigInt(TARGET_TIMESPAN_SECONDS);
  return toBits(target > powLimit ? powLimit : target);
}

/** The bits of the last header that {@link isRegular}; the walk ends at the first header of the period at the latest. */
export function lastRegularBits(branch: Branch, network: Network): number {
  let height = branch.height;
  while (height > branch.baseHeight && !isRegular(height, branch.bitsAt(height), network)) height--;
  return branch.bitsAt(height);
}

/** Whether a header shows its period's real target: it is the first of it, or not of the easiest target. */
export function isRegular(height: number, bits: number, network: Network): boolean {
  return startsPeriod(height) || bits !== network.powLimitBits;
}
