/** Work: the number of hashes one must expect to try for a header. Chains are compared by its sum. */

import { expandBits } from './compact-target.ts';

const TWO_TO_256 = 1n << 256n;

/** Work of a header with these bits: floor(2^256 / (target + 1)), 0 for bits no hash can meet (Core: GetBlockProof). */
export function workOfBits(bits: number): bigint {
  const { target, negative, overflow } = expandBits(bits);
  return negative || overflow || target === 0n ? 0n : TWO_TO_256 / (target + 1n);
}

/**
 * Tells work with one division for a run of headers with equal bits. Two bits are kept in mind: where blocks of the easiest
 * target are allowed, headers change between that one and another for long stretches.
 */
export class WorkMeter {
  #bits = 0;
  #work = 0n;
  #otherBits = 0;
  #otherWork = 0n;

  /** Work of one header. */
  of(bits: number): bigint {
    if (bits === this.#bits) return this.#work;
    const work = bits === this.#otherBits ? this.#otherWork : workOfBits(bits);
    [this.#otherBits, this.#otherWork] = [this.#bits, this.#work];
    [this.#bits, this.#work] = [bits, work];
    return work;
  }
}

/** Chainwork as the 64 hexadecimal digits that bitcoind prints. */
export function chainworkHex(chainwork: bigint): string {
  return chainwork.toString(16).padStart(64, '0');
}
