/** When a synchronisation that does not get on is given up, and what is said of it. */

import type { Now } from './machine.ts';
import { describeNoProgress, type NodeFailure } from './node-failure.ts';
import type { Disconnect, Endpoint } from './peer.ts';

export class SyncPatience {
  readonly #timeoutMs: number;
  #dueMs: number | undefined;
  #complaint: { readonly endpoint: Endpoint; readonly last: Disconnect } | undefined;

  /** @param timeoutMs time without a new header. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Not called where the node stays whatever happens. */
  start(now: Now): void {
    this.#dueMs = now.ms + this.#timeoutMs;
  }

  /** The tip is reached. */
  end(): void {
    this.#dueMs = undefined;
  }

  /** A peer was of use. */
  noteProgress(now: Now): void {
    if (this.#dueMs !== undefined) this.#dueMs = now.ms + this.#timeoutMs;
  }

  /** Why it last did not get on. */
  complain(endpoint: Endpoint, last: Disconnect): void {
    this.#complaint = { endpoint, last };
  }

  deadline(): number | undefined {
    return this.#dueMs;
  }

  /** @param height of our tip. */
  failure(height: number, now: Now): NodeFailure | undefined {
    if (this.#dueMs === undefined || now.ms < this.#dueMs) return undefined;
    return describeNoProgress(this.#timeoutMs, height, this.#complaint);
  }
}
