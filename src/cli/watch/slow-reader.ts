/**
 * Results for a reader who may be slower than the network. Writing never waits, so what he does not take piles up: over a
 * bound, news of transactions and of peers are left out, and how many were is said as soon as he has caught up.
 */

import type { NetworkName } from '../../index.ts';
import { formatCount } from '../format.ts';
import { jsonEvent } from '../json-event.ts';
import type { Output } from '../output.ts';

/** Bytes that may wait to be written. */
export const MAX_WAITING_BYTES = 4_000_000;
/** The same for a screen: who stops the program does not want to see all that it has not shown yet. */
export const MAX_WAITING_FOR_SCREEN_BYTES = 1_000_000;
/** So many times fewer must wait before anything is admitted again: else every other line would say what was left out. */
const CAUGHT_UP_PART = 4;

export class SlowReader {
  readonly #output: Output;
  readonly #network: NetworkName;
  /** Left out since that was last said. */
  #unsaid = 0;
  #dropped = 0;
  readonly #maxWaiting: number;

  constructor(output: Output, network: NetworkName) {
    this.#output = output;
    this.#network = network;
    this.#maxWaiting = output.isForScreen ? MAX_WAITING_FOR_SCREEN_BYTES : MAX_WAITING_BYTES;
  }

  /** All that were left out. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether there is room for one more; otherwise it counts as left out. */
  admits(): boolean {
    this.lookAgain();
    if (this.#unsaid === 0 && this.#output.waitingBytes < this.#maxWaiting) return true;
    this.#unsaid++;
    this.#dropped++;
    return false;
  }

  /** Says what was left out, if there is room. To be called now and then: there may be no more news. */
  lookAgain(): void {
    if (this.#output.waitingBytes <= this.#maxWaiting / CAUGHT_UP_PART) this.end();
  }

  /** Says what was left out, room or no room. */
  end(): void {
    const count = this.#unsaid;
    if (count === 0) return;
    this.#unsaid = 0;
    const what = `${formatCount(count)} ${count === 1 ? 'event was' : 'events were'}`;
    this.#output.remark(
      'warning',
      `Warning: ${what} left out: the output is not read fast enough (events-dropped)`,
    );
    this.#output.object(jsonEvent('events-dropped', this.#network, { count }));
  }
}
