/** Answers that wait to be checked while what comes after them is on its way already. */

import type { HeaderRun } from '../../chain/header-run.ts';
import type { PeerId } from '../peer.ts';

/** Full answers at a time: more are not asked for until there are fewer, for a peer may be faster than we are. */
const MAX_WAITING = 4;

export interface WaitingAnswer {
  readonly peer: PeerId;
  readonly run: HeaderRun;
  /** Whether what comes after it was asked for already. */
  readonly isAhead: boolean;
}

export class AnswerQueue {
  #answers: readonly WaitingAnswer[] = [];

  get isEmpty(): boolean {
    return this.#answers.length === 0;
  }

  get hasRoom(): boolean {
    return this.#answers.length < MAX_WAITING;
  }

  /** Whether a later answer of a peer has to wait as well, to be checked in order. */
  has(peer: PeerId): boolean {
    return this.#answers.some((answer) => answer.peer === peer);
  }

  push(answer: WaitingAnswer): void {
    this.#answers = [...this.#answers, answer];
  }

  /** The oldest, once. */
  shift(): WaitingAnswer | undefined {
    const [first, ...rest] = this.#answers;
    this.#answers = rest;
    return first;
  }

  forget(peer: PeerId): void {
    this.#answers = this.#answers.filter((answer) => answer.peer !== peer);
  }
}
