/** Whom to call: the peers the user named, then those the network's DNS seeds know, one after another until one works. */

import { earliest, type Machine, type Now, type Random } from '../machine.ts';
import { type Disconnect, type Endpoint, isPeersFault } from '../peer.ts';
import { shuffled } from './shuffled.ts';

export interface DialPlanOptions {
  /** Peers to call and no others, when there are any. */
  readonly connect: readonly Endpoint[];
  /** Peers to call before the ones that are discovered. */
  readonly addPeers: readonly Endpoint[];
  /** Names to ask for addresses. */
  readonly dnsSeeds: readonly string[];
  /** Port of the addresses that seeds answer with. */
  readonly port: number;
  /** Connections to keep. */
  readonly outboundCount: number;
  /** Whether to go on for ever; else it ends when everybody was tried in vain. */
  readonly isPersistent: boolean;
}

export type DialPlanInput =
  | { readonly type: 'started' }
  | { readonly type: 'looked-up'; readonly name: string; readonly addresses: readonly string[] }
  /** A connection ended, or never came to be. */
  | {
      readonly type: 'lost';
      readonly endpoint: Endpoint;
      readonly disconnect: Disconnect;
      /** Whether it had served us. */
      readonly wasUseful: boolean;
    }
  | { readonly type: 'tick' };

export type DialPlanOutput =
  | { readonly do: 'look-up'; readonly name: string }
  | { readonly do: 'dial'; readonly endpoint: Endpoint; readonly isNamed: boolean }
  /** Nobody is left to call. */
  | { readonly do: 'give-up'; readonly last: Disconnect | undefined; readonly tried: readonly Attempt[] };

/** What became of the calls to one address. */
export interface Attempt {
  readonly endpoint: Endpoint;
  readonly last: Disconnect;
}

/** Calls in vain after which an address is given up. */
const MAX_FAILURES = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
/** Addresses taken from one seed (Core: src/net.cpp, ThreadDNSAddressSeed). */
const MAX_ADDRESSES_PER_SEED = 32;
/** Seeds that were of no help are asked again after this. */
const SEED_PAUSE_MS = 60_000;
/** Asks a seed for nodes with the service bits NETWORK and WITNESS, 1 + 8. */
const SERVICE_FILTER = 'x9.';

interface Candidate {
  readonly endpoint: Endpoint;
  /** Whether the user named it. */
  readonly isNamed: boolean;
  isActive: boolean;
  failures: number;
  isGivenUp: boolean;
  nextCallMs: number;
  last: Disconnect | undefined;
}

export class DialPlan implements Machine<DialPlanInput, DialPlanOutput> {
  readonly #options: DialPlanOptions;
  readonly #random: Random;
  readonly #candidates = new Map<string, Candidate>();
  #openLookups = 0;
  #nextLookupMs: number | undefined;
  #hasGivenUp = false;

  constructor(options: DialPlanOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  handle(input: DialPlanInput, now: Now): DialPlanOutput[] {
    switch (input.type) {
      case 'started':
        for (const endpoint of [...this.#options.connect, ...this.#addPeers()])
          this.#add(endpoint, true, now);
        return [...this.#askSeeds(now), ...this.#fill(now)];
      case 'looked-up':
        this.#openLookups--;
        for (const host of shuffled(input.addresses, this.#random).slice(0, MAX_ADDRESSES_PER_SEED)) {
          this.#add({ host, port: this.#options.port }, false, now);
        }
        return [...this.#askPlainly(input), ...this.#fill(now)];
      case 'lost':
        this.#note(input, now);
        return this.#fill(now);
      case 'tick':
        return [...this.#askSeedsAgain(now), ...this.#fill(now)];
    }
  }

  deadline(): number | undefined {
    if (this.#hasGivenUp) return undefined;
    const isFull = this.#activeCount() >= this.#options.outboundCount;
    const calls = isFull ? [] : this.#waiting().map(({ nextCallMs }) => nextCallMs);
    return earliest(...calls, isFull ? undefined : this.#nextLookupMs);
  }

  #addPeers(): readonly Endpoint[] {
    return this.#options.connect.length > 0 ? [] : this.#options.addPeers;
  }

  #add(endpoint: Endpoint, isNamed: boolean, now: Now): void {
    const key = keyOf(endpoint);
    if (this.#candidates.has(key)) return;
    const untried = { isActive: false, failures: 0, isGivenUp: false, nextCallMs: now.ms, last: undefined };
    this.#candidates.set(key, { endpoint, isNamed, ...untried });
  }

  #askSeeds(now: Now): DialPlanOutput[] {
    const { connect, dnsSeeds } = this.#options;
    if (connect.length > 0 || dnsSeeds.length === 0) return [];
    this.#openLookups = dnsSeeds.length;
    this.#nextLookupMs = this.#options.isPersistent ? now.ms + SEED_PAUSE_MS : undefined;
    return shuffled(dnsSeeds, this.#random).map((name) => ({ do: 'look-up', name: SERVICE_FILTER + name }));
  }

  /** A seed that gave nothing may not know of filters: it is asked by its own name too. */
  #askPlainly({ name, addresses }: DialPlanInput & { type: 'looked-up' }): DialPlanOutput[] {
    if (addresses.length > 0 || !name.startsWith(SERVICE_FILTER)) return [];
    this.#openLookups++;
    return [{ do: 'look-up', name: name.slice(SERVICE_FILTER.length) }];
  }

  /** Only a client that never gives up asks twice, and only when nobody is left but those whom the user named. */
  #askSeedsAgain(now: Now): DialPlanOutput[] {
    if (this.#nextLookupMs === undefined || now.ms < this.#nextLookupMs) return [];
    this.#nextLookupMs = now.ms + SEED_PAUSE_MS;
    const hasOthers = this.#activeCount() > 0 || this.#waiting().some(({ isNamed }) => !isNamed);
    if (hasOthers || this.#openLookups > 0) return [];
    this.#forgiveTheUnreachable();
    return this.#askSeeds(now);
  }

  /** It may have been our own line that failed: an address that a seed gives again is as good as a new one. */
  #forgiveTheUnreachable(): void {
    for (const [key, { isGivenUp, last }] of this.#candidates) {
      // Little work is no crime either: the peer may have been at its own beginning.
      const isForgiven = last !== undefined && (last.reason === 'low-work' || !isPeersFault(last.reason));
      if (isGivenUp && isForgiven) this.#candidates.delete(key);
    }
  }

  #fill(now: Now): DialPlanOutput[] {
    if (this.#hasGivenUp) return [];
    const outputs: DialPlanOutput[] = [];
    for (const candidate of this.#waiting()) {
      if (this.#activeCount() >= this.#options.outboundCount) break;
      if (candidate.nextCallMs > now.ms) continue;
      candidate.isActive = true;
      outputs.push({ do: 'dial', endpoint: candidate.endpoint, isNamed: candidate.isNamed });
    }
    return this.#isHopeless() ? [this.#giveUp()] : outputs;
  }

  #note({ endpoint, disconnect, wasUseful }: DialPlanInput & { type: 'lost' }, now: Now): void {
    const candidate = this.#candidates.get(keyOf(endpoint));
    if (candidate === undefined) return;
    candidate.isActive = false;
    candidate.last = disconnect;
    candidate.failures = wasUseful ? 1 : candidate.failures + 1;
    const { isPersistent } = this.#options;
    // One that is behind may catch up, but not while somebody waits for a synchronisation to end.
    const isFutile = isPeersFault(disconnect.reason) || (disconnect.reason === 'behind' && !isPersistent);
    const isHopeless = candidate.failures >= MAX_FAILURES || isFutile;
    // The user's own peers are all there may be: they are called again as long as we run.
    candidate.isGivenUp = isHopeless && !(isPersistent && candidate.isNamed);
    const pauseMs = isPeersFault(disconnect.reason)
      ? LONGEST_PAUSE_MS
      : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (candidate.failures - 1));
    candidate.nextCallMs = now.ms + pauseMs;
  }

  /** Those that may be called, now or later, those that failed least first. */
  #waiting(): Candidate[] {
    const idle = Array.from(this.#candidates.values()).filter(
      ({ isActive, isGivenUp }) => !isActive && !isGivenUp,
    );
    return idle.toSorted((a, b) => a.failures - b.failures);
  }

  #activeCount(): number {
    return Array.from(this.#candidates.values()).filter(({ isActive }) => isActive).length;
  }

  #isHopeless(): boolean {
    if (this.#openLookups > 0 || this.#activeCount() > 0 || this.#waiting().length > 0) return false;
    // Even the most patient cannot call anybody when there is nobody to ask for addresses.
    return !this.#options.isPersistent || this.#nextLookupMs === undefined;
  }

  #giveUp(): DialPlanOutput {
    this.#hasGivenUp = true;
    const tried: Attempt[] = [];
    for (const { endpoint, last } of this.#candidates.values())
      if (last !== undefined) tried.push({ endpoint, last });
    return { do: 'give-up', last: tried.at(-1)?.last, tried };
  }
}

function keyOf({ host, port }: Endpoint): string {
  return `${host} ${port}`;
}
