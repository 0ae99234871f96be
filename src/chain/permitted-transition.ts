/**
 * Whether a header's bits may follow its parent's, whatever the times of the headers between two retargets may have been
 * (Core: src/pow.cpp, PermittedDifficultyTransition). It needs nothing but the two headers, where the exact rule of
 * required-bits.ts needs the whole period.
 */

import type { Network } from '../networks/network.ts';
import { expandBits } from './compact-target.ts';
import { nextBits, startsPeriod } from './required-bits.ts';

/** Shorter and longer than any period that makes a difference: a retarget changes the target fourfold at most. */
const NO_TIME_SECONDS = 0;
const AGES_SECONDS = Number.MAX_SAFE_INTEGER;

export interface Transition {
  /** Height of the header that comes after the parent. */
  readonly height: number;
  readonly parentBits: number;
  readonly bits: number;
}

/**
 * False only for bits that break the rules on every branch with this parent.
 *
 * On networks with blocks of the easiest target any bits may follow any others: a target can fall to the easiest and come
 * back at every header. Regtest is one of them, so nothing is refused there either.
 */
export function isPermittedTransition({ height, parentBits, bits }: Transition, network: Network): boolean {
  if (network.minDifficultyBlocks) return true;
  if (!startsPeriod(height) || network.noRetarget) return bits === parentBits;
  // Rounded to the compact form first, as a miner's are, and compared as targets, as Core does.
  const { target } = expandBits(bits);
  const hardest = expandBits(nextBits(parentBits, NO_TIME_SECONDS, network.powLimit)).target;
  const easiest = expandBits(nextBits(parentBits, AGES_SECONDS, network.powLimit)).target;
  return hardest <= target && target <= easiest;
}
