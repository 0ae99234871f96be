/** One bit for every so many headers of a chain, which nobody else can foretell (Core: m_header_commitments). */

import { HASH_SIZE_BYTES, sha256 } from '../../bytes/hash.ts';
import type { Random } from '../machine.ts';
import { below } from '../peers/chance.ts';

/**
 * Bits kept for one chain at most: 128 KiB. Core has no such bound of its own. It stands for 288 million headers where the
 * period is shortest, sixty times as many as the longest chain there is, testnet3's, had in 2026.
 */
export const MAX_COMMITMENTS: number = 2 ** 20;

const SALT_SIZE_BYTES = 32;
const FIRST_CAPACITY_BYTES = 64;

export interface CommitmentsOptions {
  /** Headers from one that is remembered to the next. */
  readonly period: number;
  /** Bits beyond which {@link Commitments.add} refuses, at most {@link MAX_COMMITMENTS}; below zero there is room for none. */
  readonly max: number;
  readonly random: Random;
}

export class Commitments {
  readonly #period: number;
  readonly #max: number;
  /** Which heights are remembered, modulo the period: secret, or a forger would change only what lies between them. */
  readonly #offset: number;
  /** The salt, and after it room for a hash. The salt is secret, or a forger would search headers until their bits fit. */
  readonly #salted = new Uint8Array(SALT_SIZE_BYTES + HASH_SIZE_BYTES);
  /** The bits in order, eight a byte; twice as large whenever it is full. */
  #bits = new Uint8Array(FIRST_CAPACITY_BYTES);
  #count = 0;
  #confirmed = 0;

  constructor({ period, max, random }: CommitmentsOptions) {
    this.#period = period;
    this.#max = Math.min(max, MAX_COMMITMENTS);
    const view = new DataView(this.#salted.buffer);
    for (let at = 0; at < SALT_SIZE_BYTES; at += 8) view.setBigUint64(at, random(), true);
    this.#offset = below(period, random);
  }

  /** Bytes of memory it holds. */
  get memoryBytes(): number {
    return this.#bits.length + this.#salted.length;
  }

  /** Whether the header at a height is one that is remembered. */
  isDueAt(height: number): boolean {
    return height % this.#period === this.#offset;
  }

  /**
   * Remembers a header.
   *
   * @returns false when there is no room for it.
   */
  add(hash: Uint8Array): boolean {
    if (this.#count >= this.#max) return false;
    if (this.#count === this.#bits.length * 8) this.#grow();
    const at = this.#count >>> 3;
    this.#bits[at] = (this.#bits[at] as number) | (this.#bitOf(hash) << (this.#count & 7));
    this.#count++;
    return true;
  }

  /**
   * Compares a header with the first one remembered that was not compared yet.
   *
   * @returns false when it is surely another one; an unlike header is taken for the same every second time.
   */
  confirm(hash: Uint8Array): boolean {
    if (this.#confirmed === this.#count) return false;
    const bit = ((this.#bits[this.#confirmed >>> 3] as number) >>> (this.#confirmed & 7)) & 1;
    this.#confirmed++;
    return bit === this.#bitOf(hash);
  }

  #bitOf(hash: Uint8Array): number {
    this.#salted.set(hash, SALT_SIZE_BYTES);
    return (sha256(this.#salted)[0] as number) & 1;
  }

  #grow(): void {
    const bits = new Uint8Array(this.#bits.length * 2);
    bits.set(this.#bits);
    this.#bits = bits;
  }
}
