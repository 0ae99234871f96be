/** Hashes of headers that broke a rule for good, so that what is built on them is refused too (Core: bad-prevblk). */

import { toHex } from '../bytes/hex.ts';
import type { HeaderRun } from './header-run.ts';

/** Each one cost its sender the proof of work; the oldest is forgotten first, and would merely be checked again. */
const MAX_REFUSED = 10_000;

export class RefusedHashes {
  readonly #hashes = new Set<string>();

  has(hash: Uint8Array): boolean {
    return this.#hashes.size > 0 && this.#hashes.has(toHex(hash));
  }

  /** Adds headers of a run: one that broke a rule and those linked on top of it, up to but without `end`. */
  addAll(run: HeaderRun, first: number, end: number): void {
    for (let i = first; i < end; i++) this.#hashes.add(toHex(run.hashAt(i)));
    for (const oldest of this.#hashes) {
      if (this.#hashes.size <= MAX_REFUSED) break;
      this.#hashes.delete(oldest);
    }
  }
}
