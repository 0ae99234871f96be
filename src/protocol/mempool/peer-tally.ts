/** Peers counted once each, for as long as the program runs; only those that are there are kept. */

import type { PeerId } from '../peer.ts';

export class PeerTally {
  readonly #present = new Set<PeerId>();
  #count = 0;

  /** How many were ever added. */
  get count(): number {
    return this.#count;
  }

  /** Whether one was added and has not left. */
  has(peer: PeerId): boolean {
    return this.#present.has(peer);
  }

  /** @returns whether it is new. */
  add(peer: PeerId): boolean {
    if (this.#present.has(peer)) return false;
    this.#present.add(peer);
    this.#count++;
    return true;
  }

  /** A connection that is over never comes back; it goes on counting. */
  leave(peer: PeerId): void {
    this.#present.delete(peer);
  }
}
