/** Difficulty: a target as people speak of it. */

import { expandBits } from './compact-target.ts';

/** The target of difficulty 1 on every network: bits 1d00ffff. */
const DIFFICULTY_1_TARGET = 0xffffn << 208n;

/** How many times harder a target is than mainnet's easiest (Core: src/rpc/blockchain.cpp, GetDifficulty); 0 for none. */
export function difficultyOf(bits: number): number {
  const { target } = expandBits(bits);
  // Both have 24 bits at most in front of their zeros, so as doubles they are still exact.
  return target === 0n ? 0 : Number(DIFFICULTY_1_TARGET) / Number(target);
}
