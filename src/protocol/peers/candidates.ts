/** The addresses that we have called or are about to call in this run, and what became of it. */

import type { Now } from '../machine.ts';
import { type Disconnect, type Endpoint, endpointText } from '../peer.ts';
import { isPeersFault } from './misbehaviour.ts';

/** What became of the calls to one address. */
export interface Attempt {
  readonly endpoint: Endpoint;
  readonly last: Disconnect;
}

export interface Candidate {
  readonly endpoint: Endpoint;
  /** Whether the user named it. */
  readonly isNamed: boolean;
  /** Network group of its address. */
  readonly group: string;
  isActive: boolean;
  /** When it was last called; undefined when it never was. */
  calledMs: number | undefined;
  failures: number;
  isGivenUp: boolean;
  nextCallMs: number;
  last: Disconnect | undefined;
}

/** Calls in vain after which an address is given up. */
const MAX_FAILURES = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
/** Time after which an address that was given up may be drawn from the book again, and when it was the peer's own fault. */
const FORGET_AFTER_MS = 300_000;
const FORGET_FAULT_AFTER_MS = 3_600_000;
/** Addresses that nobody named and that are kept in mind; the book remembers them all. */
const MAX_DRAWN = 1_000;

export class Candidates {
  readonly #all = new Map<string, Candidate>();
  readonly #isPersistent: boolean;
  readonly #groupOf: (host: string) => string;

  /** @param isPersistent whether those whom the user named are called for ever. */
  constructor(isPersistent: boolean, groupOf: (host: string) => string) {
    this.#isPersistent = isPersistent;
    this.#groupOf = groupOf;
  }

  has(endpoint: Endpoint): boolean {
    return this.#all.has(endpointText(endpoint));
  }

  /** One that is there already stays as it is. */
  add(endpoint: Endpoint, isNamed: boolean, now: Now): void {
    if (this.has(endpoint)) return;
    const untried = { isActive: false, calledMs: undefined, failures: 0, isGivenUp: false, last: undefined };
    const group = this.#groupOf(endpoint.host);
    this.#all.set(endpointText(endpoint), { endpoint, isNamed, group, ...untried, nextCallMs: now.ms });
    if (!isNamed) this.#forgetOldest();
  }

  /** Those that may be called, now or later: the one whose call is longest ago first, and of new ones those named. */
  waiting(): Candidate[] {
    const idle = Array.from(this.#all.values()).filter(({ isActive, isGivenUp }) => !isActive && !isGivenUp);
    const calledMs = (candidate: Candidate): number => candidate.calledMs ?? -1;
    return idle.toSorted((a, b) => calledMs(a) - calledMs(b) || Number(b.isNamed) - Number(a.isNamed));
  }

  noteCall(candidate: Candidate, now: Now): void {
    candidate.isActive = true;
    candidate.calledMs = now.ms;
  }

  get activeCount(): number {
    let count = 0;
    for (const { isActive } of this.#all.values()) if (isActive) count++;
    return count;
  }

  /** A connection ended, or never came to be. */
  note(endpoint: Endpoint, disconnect: Disconnect, wasUseful: boolean, now: Now): void {
    const candidate = this.#all.get(endpointText(endpoint));
    if (candidate === undefined) return;
    candidate.isActive = false;
    candidate.last = disconnect;
    candidate.failures = wasUseful ? 1 : candidate.failures + 1;
    // One that is behind may catch up, but not while somebody waits for a synchronisation to end.
    const isFutile =
      isPeersFault(disconnect.reason) || (disconnect.reason === 'behind' && !this.#isPersistent);
    // The user's own peers are all there may be: they are called again as long as we run.
    candidate.isGivenUp =
      (candidate.failures >= MAX_FAILURES || isFutile) && !(this.#isPersistent && candidate.isNamed);
    const pauseMs = isPeersFault(disconnect.reason)
      ? LONGEST_PAUSE_MS
      : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (candidate.failures - 1));
    candidate.nextCallMs = now.ms + pauseMs;
  }

  /** Lets those that were given up long ago be drawn again. */
  forgetOld(now: Now): void {
    for (const [key, { isGivenUp, isNamed, calledMs = 0, last }] of this.#all) {
      const isFault = last !== undefined && isPeersFault(last.reason);
      const afterMs = isFault ? FORGET_FAULT_AFTER_MS : FORGET_AFTER_MS;
      if (isGivenUp && !isNamed && now.ms >= calledMs + afterMs) this.#all.delete(key);
    }
  }

  /** It may have been our own line that failed: an address that a seed gives again is as good as a new one. */
  forgiveTheUnreachable(): void {
    for (const [key, { isGivenUp, last }] of this.#all) {
      // Little work is no crime either: the peer may have been at its own beginning.
      const isForgiven = last !== undefined && (last.reason === 'low-work' || !isPeersFault(last.reason));
      if (isGivenUp && isForgiven) this.#all.delete(key);
    }
  }

  attempts(): Attempt[] {
    const tried: Attempt[] = [];
    for (const { endpoint, last } of this.#all.values())
      if (last !== undefined) tried.push({ endpoint, last });
    return tried;
  }

  #forgetOldest(): void {
    if (this.#all.size <= MAX_DRAWN) return;
    for (const [key, { isNamed, isActive }] of this.#all) {
      if (isNamed || isActive) continue;
      this.#all.delete(key);
      return;
    }
  }
}
