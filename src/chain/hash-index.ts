/** Which place has this hash? Four bytes a slot in place of a Map's hundred, for chains of a million headers. */

const FIRST_SLOTS = 1 << 12;

/** The hashes by their places, from 0 on. They are looked at where they lie: no view is made of one. */
export interface Hashes {
  /** The first four bytes of a hash that is there now, as a number. */
  wordAt(place: number): number;
  /** Whether a place has this hash now; not when it was cut off. */
  hasAt(place: number, hash: Uint8Array): boolean;
}

/**
 * An open-addressing table of places. An entry whose place was cut off or taken by another header does no harm: it is
 * found not to match, and is gone at the next growth.
 */
export class HashIndex {
  readonly #hashes: Hashes;
  /** Place plus one; 0 for an empty slot. */
  #slots: Uint32Array = new Uint32Array(FIRST_SLOTS);
  /** Slots in use, stale ones too. */
  #used = 0;

  constructor(hashes: Hashes) {
    this.#hashes = hashes;
  }

  /** Notes the hash at a place. Places from 0 to this one must all be there by now. */
  add(place: number): void {
    if (2 * (this.#used + 1) > this.#slots.length) this.#rebuild(place);
    else this.#insert(place);
  }

  /** The place that has this hash now. */
  find(hash: Uint8Array): number | undefined {
    const slots = this.#slots;
    const mask = slots.length - 1;
    // The first four bytes of a block hash are its lowest, so they are as good as random on every network.
    const word =
      (hash[0] as number) |
      ((hash[1] as number) << 8) |
      ((hash[2] as number) << 16) |
      ((hash[3] as number) << 24);
    for (let slot = word & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot] as number;
      if (entry === 0) return undefined;
      if (this.#hashes.hasAt(entry - 1, hash)) return entry - 1;
    }
  }

  #insert(place: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = this.#hashes.wordAt(place) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = place + 1;
    this.#used++;
  }

  /** Starts over with the places in use only, and three slots or more for each. */
  #rebuild(highest: number): void {
    let slots = FIRST_SLOTS;
    while (slots < 3 * (highest + 1)) slots *= 2;
    this.#slots = new Uint32Array(slots);
    this.#used = 0;
    for (let place = 0; place <= highest; place++) this.#insert(place);
  }
}
