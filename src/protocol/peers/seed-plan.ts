/** When to ask which of a network's DNS seeds for addresses (Core: src/net.cpp, ThreadDNSAddressSeed). */

import type { Now, Random } from '../machine.ts';
import { shuffled } from './shuffled.ts';

/** Asks a seed for nodes with the service bits NETWORK and WITNESS, 1 + 8. */
const SERVICE_FILTER = 'x9.';
/** The same with COMPACT_FILTERS, 64; few seeds know of it. */
export const WITH_FILTERS = 'x49.';
/** Seeds asked at a time while addresses are known, and the time that these have to prove good first. */
const SEEDS_AT_A_TIME = 3;
const SEEDS_WAIT_MS = 11_000;
/** Seeds that were of no help are asked again after this, and after this when some peers are connected all the same. */
const SEED_PAUSE_MS = 60_000;
const LONG_PAUSE_MS = 600_000;

export interface SeedPlanOptions {
  readonly seeds: readonly string[];
  /** Whether to ask more than once. */
  readonly isPersistent: boolean;
  /** Whether nodes that serve compact filters are asked for first. */
  readonly prefersFilters?: boolean;
}

/** How much the seeds are needed. */
export interface SeedNeed {
  /** Whether too few peers are connected, or some are missing and nobody is left to call. */
  readonly isInNeed: boolean;
  /** Whether nobody is connected, and nobody left to call. */
  readonly isDeserted: boolean;
}

export class SeedPlan {
  readonly #options: SeedPlanOptions;
  readonly #random: Random;
  /** Seeds that were not asked yet in this round. */
  #left: string[] = [];
  #openCount = 0;
  #dueMs: number | undefined;
  /** When all of them were last begun with. */
  #roundMs = Number.NEGATIVE_INFINITY;

  constructor(options: SeedPlanOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** Whether an answer may still come. */
  get isWaiting(): boolean {
    return this.#openCount > 0;
  }

  /** Whether somebody may be asked later. */
  get hasMore(): boolean {
    return this.#dueMs !== undefined;
  }

  /** Whether some were not asked yet in this round. */
  get hasUnasked(): boolean {
    return this.#left.length > 0;
  }

  deadline(): number | undefined {
    return this.#dueMs;
  }

  /**
   * @param areAddressesKnown whether there is somebody to call without the seeds: then they are asked later, if at all.
   * @returns names to look up.
   */
  start(areAddressesKnown: boolean, now: Now): string[] {
    if (this.#options.seeds.length === 0) return [];
    if (!areAddressesKnown) return this.#begin(now);
    this.#left = shuffled(this.#options.seeds, this.#random);
    this.#roundMs = now.ms;
    this.#dueMs = now.ms + SEEDS_WAIT_MS;
    return [];
  }

  /** A seed that gave nothing may not know of such a choice: it is asked for a wider one, and by its own name in the end. */
  answered(name: string, addressCount: number): string[] {
    this.#openCount = Math.max(0, this.#openCount - 1);
    const wider = addressCount > 0 ? undefined : widerName(name);
    if (wider === undefined) return [];
    this.#openCount++;
    return [wider];
  }

  /** Nobody is left to call: the seeds that were not asked yet need not wait. */
  hurry(now: Now): void {
    if (this.#left.length > 0 && !this.isWaiting) this.#dueMs = now.ms;
  }

  tick({ isInNeed, isDeserted }: SeedNeed, now: Now): { names: readonly string[]; isNewRound: boolean } {
    const nothing = { names: [], isNewRound: false };
    if (this.#dueMs === undefined || now.ms < this.#dueMs) return nothing;
    if (this.#left.length > 0) {
      if (isInNeed) return { names: this.#ask(SEEDS_AT_A_TIME, now), isNewRound: false };
      this.#dueMs = now.ms + SEED_PAUSE_MS;
      return nothing;
    }
    this.#dueMs = this.#options.isPersistent ? now.ms + SEED_PAUSE_MS : undefined;
    if (this.isWaiting || !this.#options.isPersistent) return nothing;
    const isWorthIt = isDeserted || (isInNeed && now.ms >= this.#roundMs + LONG_PAUSE_MS);
    return isWorthIt ? { names: this.#begin(now), isNewRound: true } : nothing;
  }

  /** Asks all of them, in another order each time. */
  #begin(now: Now): string[] {
    this.#roundMs = now.ms;
    this.#left = shuffled(this.#options.seeds, this.#random);
    return this.#ask(this.#left.length, now);
  }

  #ask(count: number, now: Now): string[] {
    const choice = this.#options.prefersFilters === true ? WITH_FILTERS : SERVICE_FILTER;
    const names = this.#left.splice(0, count).map((name) => choice + name);
    this.#openCount += names.length;
    const isMore = this.#left.length > 0;
    this.#dueMs = isMore
      ? now.ms + SEEDS_WAIT_MS
      : this.#options.isPersistent
        ? now.ms + SEED_PAUSE_MS
        : undefined;
    return names;
  }
}

function widerName(name: string): string | undefined {
  if (name.startsWith(WITH_FILTERS)) return SERVICE_FILTER + name.slice(WITH_FILTERS.length);
  return name.startsWith(SERVICE_FILTER) ? name.slice(SERVICE_FILTER.length) : undefined;
}
