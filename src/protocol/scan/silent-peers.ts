/** Peers that let requests pass without an answer: a node whose filters are not made yet says nothing. */

import type { Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';

/** Time after which such a peer is asked again. */
const QUIET_MS = 3_000;
/** Requests in a row that may pass. */
const MAX_SILENCES = 3;

export class SilentPeers {
  readonly #silences = new Map<PeerId, number>();
  readonly #quietUntilMs = new Map<PeerId, number>();

  /** How many are left alone now. */
  get count(): number {
    return this.#quietUntilMs.size;
  }

  /** A request was not answered. Returns whether the peer is left alone for a while, or is of no use. */
  note(peer: PeerId, now: Now): 'quiet' | 'useless' {
    const silences = 1 + (this.#silences.get(peer) ?? 0);
    this.#silences.set(peer, silences);
    this.#quietUntilMs.set(peer, now.ms + QUIET_MS);
    return silences < MAX_SILENCES ? 'quiet' : 'useless';
  }

  /** Lets those be asked again who were left alone long enough. */
  wake(now: Now): void {
    for (const [peer, untilMs] of this.#quietUntilMs) if (now.ms >= untilMs) this.#quietUntilMs.delete(peer);
  }

  /** A peer did answer. */
  spoke(peer: PeerId): void {
    this.#silences.delete(peer);
    this.#quietUntilMs.delete(peer);
  }

  peerLost(peer: PeerId): void {
    this.spoke(peer);
  }

  isQuiet(peer: PeerId): boolean {
    return this.#quietUntilMs.has(peer);
  }

  /** When the first of them is asked again. */
  deadline(): number | undefined {
    return this.#quietUntilMs.size === 0 ? undefined : Math.min(...this.#quietUntilMs.values());
  }
}
