/** Proof of work: a header's hash, read as a number, must not be above its target (Core: src/pow.cpp). */

import { targetBytes, targetOf } from './compact-target.ts';

/** The targets of a network in the form that hashes are compared with; one expansion for a run of equal bits. */
export class ProofOfWork {
  readonly #powLimit: bigint;
  #bits = -1;
  #target: Uint8Array | undefined;

  /** @param powLimit the easiest target the network allows. */
  constructor(powLimit: bigint) {
    this.#powLimit = powLimit;
  }

  /**
   * Why the hash is no proof for the bits; undefined when it is one.
   *
   * @param hashes 32 bytes in wire order, at a `start` when there are more.
   */
  fault(hashes: Uint8Array, bits: number, start: number = 0): 'bad-target' | 'high-hash' | undefined {
    if (bits !== this.#bits) {
      const target = targetOf(bits, this.#powLimit);
      this.#target = target === undefined ? undefined : targetBytes(target);
      this.#bits = bits;
    }
    if (this.#target === undefined) return 'bad-target';
    return isAtMost(hashes, start, this.#target) ? undefined : 'high-hash';
  }
}

/** Compares 32-byte numbers whose highest byte is the last. Equal is enough. */
function isAtMost(hashes: Uint8Array, start: number, target: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const difference = (hashes[start + i] as number) - (target[i] as number);
    if (difference !== 0) return difference < 0;
  }
  return true;
}
