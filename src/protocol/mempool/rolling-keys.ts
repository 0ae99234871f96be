/** The last keys that were added: as many as allowed, or down to half of that. */

import type { HashKey } from '../../bytes/hash-key.ts';

/**
 * Two generations, of which the older is dropped whole: to look for the oldest member of a large Set takes longer than
 * all else that is done with it.
 */
export class RollingKeys {
  readonly #maxCount: number;
  #young = new Set<HashKey>();
  #old = new Set<HashKey>();

  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  has(key: HashKey): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  add(key: HashKey): void {
    this.#old.delete(key);
    this.#young.add(key);
    if (2 * this.#young.size < this.#maxCount) return;
    this.#old = this.#young;
    this.#young = new Set();
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
