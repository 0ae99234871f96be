/** Work: the number of hashes one must expect to try for a header. Chains are compared by its sum. */

import { expandBits } from './compact-target.ts';

const TWO_TO_256 = 1n << 256n;

/** Work of a header with these bits: floor(2^256 / (target + 1)), 0 for bits no hash can meet (Core: GetBlockProof). */
export function workOfBits(bits: number): bigint {
  const { target, negative, overflow } = expandBits(bits);
  return negative || overflow || target === 0n ? 0n : TWO_TO_256 / (target + 1n);
}

/** Adds up work, with one division for a run of headers with equal bits. */
export class WorkMeter {
  #bits = 0;
  #work = 0n;

  /** Work of one header. */
  of(bits: number): bigint {
    if (bits !== this.#bits) {
      this.#work = workOfBits(bits);
      this.#bits = bits;
    }
    return this.#work;
  }
}

/** Chainwork as the 64 hexadecimal digits that bitcoind prints. */
export function chainworkHex(chainwork: bigint): string {
  return chainwork.toString(16).padStart(64, '0');
}
