/** Difficulty: a target as people speak of it. */

import { expandBits } from './compact-target.ts';

/** The target of difficulty 1 on every network: bits 1d00ffff. */
const DIFFICULTY_1_TARGET = 0xffffn << 208n;
/** Keeps 32 bits behind the point, more than a double can show. */
const SCALE = 1n << 32n;

/** How many times harder a target is than mainnet's easiest (Core: src/rpc/blockchain.cpp, GetDifficulty); 0 for none. */
export function difficultyOf(bits: number): number {
  const { target } = expandBits(bits);
  if (target === 0n) return 0;
  const scaled = (DIFFICULTY_1_TARGET * SCALE) / target;
  // Easier targets than difficulty 1 have too few bits left in the integer.
  return scaled < SCALE ? Number(DIFFICULTY_1_TARGET) / Number(target) : Number(scaled) / Number(SCALE);
}
