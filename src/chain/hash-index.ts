/** Which height has this hash? Four bytes a slot in place of a Map's hundred, for chains of a million headers. */

import { equalBytes } from '../bytes/hash.ts';

const FIRST_SLOTS = 1 << 12;

/**
 * An open-addressing table of heights. Hashes are looked at where they lie, through `hashAt`, so an entry whose height
 * was cut off or taken by another header does no harm: it is found not to match, and is gone at the next growth.
 */
export class HashIndex {
  readonly #hashAt: (height: number) => Uint8Array | undefined;
  /** Height plus one; 0 for an empty slot. */
  #slots: Uint32Array = new Uint32Array(FIRST_SLOTS);
  /** Slots in use, stale ones too. */
  #used = 0;

  /** @param hashAt the hash that a height has now, or undefined above the tip. */
  constructor(hashAt: (height: number) => Uint8Array | undefined) {
    this.#hashAt = hashAt;
  }

  /** Notes that the header at a height has this hash. Heights from 0 to `height` must all be there by now. */
  add(hash: Uint8Array, height: number): void {
    if (2 * (this.#used + 1) > this.#slots.length) this.#rebuild(height);
    else this.#insert(hash, height);
  }

  /** The height whose header has this hash now. */
  find(hash: Uint8Array): number | undefined {
    const mask = this.#slots.length - 1;
    for (let slot = slotOf(hash, mask); ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number;
      if (entry === 0) return undefined;
      const candidate = this.#hashAt(entry - 1);
      if (candidate !== undefined && equalBytes(candidate, hash)) return entry - 1;
    }
  }

  #insert(hash: Uint8Array, height: number): void {
    const mask = this.#slots.length - 1;
    let slot = slotOf(hash, mask);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = height + 1;
    this.#used++;
  }

  /** Starts over with the heights in use only, and room for four times as many. */
  #rebuild(highest: number): void {
    let slots = FIRST_SLOTS;
    while (slots < 4 * (highest + 1)) slots *= 2;
    this.#slots = new Uint32Array(slots);
    this.#used = 0;
    for (let height = 0; height <= highest; height++) {
      const hash = this.#hashAt(height);
      if (hash !== undefined) this.#insert(hash, height);
    }
  }
}

/** The first four bytes of a block hash are its lowest, so they are as good as random on every network. */
function slotOf(hash: Uint8Array, mask: number): number {
  return (
    ((hash[0] as number) |
      ((hash[1] as number) << 8) |
      ((hash[2] as number) << 16) |
      ((hash[3] as number) << 24)) &
    mask
  );
}
