/** The one peer that is asked for the chain while we are far behind: the same headers from several would be waste. */

import type { HeaderTree } from '../../chain/header-tree.ts';
import type { Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';

/** Time that one peer may take for the whole synchronisation while others wait: this, and a little for each header. */
const SYNC_TIMEOUT_MS = 15 * 60_000;
const SYNC_TIMEOUT_MS_PER_HEADER = 1;

/** Mean time between blocks: how many headers may be missing at most is told by the clock, not by a peer. */
const SPACING_SECONDS = 600;

export class SyncSlot {
  #holder: PeerId | undefined;
  #dueMs = Number.POSITIVE_INFINITY;

  /** Undefined when nobody has it. */
  get holder(): PeerId | undefined {
    return this.#holder;
  }

  /** When the holder must be done, if others wait. */
  get dueMs(): number | undefined {
    return this.#holder === undefined ? undefined : this.#dueMs;
  }

  /** @param claimedHeight height that the peer says it has. */
  give(peer: PeerId, claimedHeight: number, tree: HeaderTree, now: Now): void {
    const { height } = tree.tip;
    const possible = Math.max(0, now.unixSeconds - tree.timeAt(height)) / SPACING_SECONDS;
    const missing = Math.min(Math.max(0, claimedHeight - height), Math.ceil(possible));
    this.#holder = peer;
    this.#dueMs = now.ms + SYNC_TIMEOUT_MS + SYNC_TIMEOUT_MS_PER_HEADER * missing;
  }

  /** @param peer free it if this one has it; whoever has it by default. */
  release(peer: PeerId | undefined = this.#holder): void {
    if (this.#holder === peer) this.#holder = undefined;
  }
}
