/** The time between the end of the first chain that a peer gave, and being synced: the others are heard first. */

import type { Now } from '../machine.ts';

/**
 * When some chain came to its end, the time for connections under way to come about, and for the peers that are asked
 * whether they have a better one to answer: a little longer than one may take while others wait.
 */
const COMING_TIMEOUT_MS = 5_000;
const ASKED_TIMEOUT_MS = 15_000;

export class Settling {
  /** When the first chain came to its end, and the work of the best that did. */
  #ended: { readonly ms: number; readonly chainwork: bigint } | undefined;

  /** Whether a chain has come to its end. */
  get isUnderWay(): boolean {
    return this.#ended !== undefined;
  }

  /** Work of the best chain that came to its end; undefined when none did. */
  get chainwork(): bigint | undefined {
    return this.#ended?.chainwork;
  }

  /** A peer has given its chain to the end. @returns whether it is the first one. */
  note(chainwork: bigint, now: Now): boolean {
    const { ms, chainwork: best } = this.#ended ?? { ms: now.ms, chainwork: 0n };
    const isFirst = this.#ended === undefined;
    this.#ended = { ms, chainwork: chainwork > best ? chainwork : best };
    return isFirst;
  }

  /** There is more to come. */
  reset(): void {
    this.#ended = undefined;
  }

  /** @param isAnybodyAsked whether answers are awaited; `areOthersComing` whether connections are. */
  isOver(isAnybodyAsked: boolean, areOthersComing: () => boolean, now: Now): boolean {
    if (this.#ended === undefined) return false;
    if (now.ms < this.#ended.ms + ASKED_TIMEOUT_MS && isAnybodyAsked) return false;
    return now.ms >= this.#ended.ms + COMING_TIMEOUT_MS || !areOthersComing();
  }

  /** When it is over at the latest, if nothing happens. */
  dueMs(isAnybodyAsked: boolean): number | undefined {
    return this.#ended && this.#ended.ms + (isAnybodyAsked ? ASKED_TIMEOUT_MS : COMING_TIMEOUT_MS);
  }
}
