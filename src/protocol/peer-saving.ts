/** When what was learnt of peers is written down, and whom to call first after a restart. */

import type { Now } from './machine.ts';
import type { Endpoint } from './peer.ts';
import type { PeerMemory, RecordChange } from './peers/peer-memory.ts';

/** Time between two savings. */
const SAVE_INTERVAL_MS = 60_000;
/** Peers that are called first after a restart. */
export const ANCHOR_COUNT = 2;

export class PeerSaving {
  readonly #memory: PeerMemory;
  readonly #anchors: () => readonly Endpoint[];
  #dueMs: number | undefined;

  /** @param anchors the peers that have been good to us for longest, at most {@link ANCHOR_COUNT}. */
  constructor(memory: PeerMemory, anchors: () => readonly Endpoint[]) {
    this.#memory = memory;
    this.#anchors = anchors;
  }

  start(now: Now): void {
    this.#dueMs = now.ms + SAVE_INTERVAL_MS;
  }

  deadline(): number | undefined {
    return this.#dueMs;
  }

  /** What is to be saved now; undefined when it is not time yet, or there is nothing new. */
  tick(now: Now): RecordChange | undefined {
    if (this.#dueMs === undefined || now.ms < this.#dueMs) return undefined;
    this.#dueMs = now.ms + SAVE_INTERVAL_MS;
    return this.take();
  }

  /** What is to be saved, whether or not it is time. */
  take(): RecordChange | undefined {
    const anchors = this.#anchors();
    // Without a line those of the last time are still the best guess.
    if (anchors.length > 0) this.#memory.setAnchors(anchors);
    return this.#memory.takeChanges();
  }
}
