/** Many nodes on one false clock that jumps to whatever is next. Nothing here waits, and nothing is left to real chance. */
import { type Disconnect, type Endpoint, endpointText } from '../../src/protocol/peer.ts';
import type { Now } from '../../src/protocol/machine.ts';
import { FalseClock } from '../support/false-time.ts';
import type { Chance } from './chance.ts';
import { EventQueue } from './event-queue.ts';
import { LineEnd, type LineOwner, type Route, type Surroundings } from './line.ts';

/** How a call to an address goes. */
export type Reach = 'open' | 'refused' | 'black-hole';

/** An address that somebody listens at. */
interface Place {
  readonly endpoint: Endpoint;
  readonly owner: LineOwner;
  route: Route;
  reach: Reach;
}

interface Partition {
  readonly inside: ReadonlySet<string>;
  readonly untilMs: number;
}

/** What a DNS seed answers. */
export interface SeedAnswer {
  readonly addresses: readonly string[];
  readonly error?: string;
}

/** Time after which a call that nobody answers is given up: that of src/io/connection.ts. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Where nobody is told otherwise: about what a home has. */
const ROUTE: Route = { latencyMs: 50, jitterMs: 10, bytesPerSecond: 1_000_000 };

/** Things that may happen in one simulation: more than that is no life but a loop. */
const MAX_STEPS = 400_000;

export class World implements Surroundings {
  readonly chance: Chance;
  readonly clock: FalseClock;
  /** One line for each thing that happened, when anybody wants it. */
  readonly trace: string[] | undefined;
  steps = 0;
  readonly #queue = new EventQueue();
  readonly #places = new Map<string, Place>();
  readonly #partitions = new Set<Partition>();
  readonly #seeds = new Map<string, () => SeedAnswer>();
  readonly #lines = new Set<LineEnd>();
  readonly #troubled = new Set<string>();
  readonly #startMs: number;

  constructor(
    chance: Chance,
    { unixSeconds, isTraced = false }: { unixSeconds: number; isTraced?: boolean },
  ) {
    this.chance = chance;
    this.clock = new FalseClock(unixSeconds);
    this.#startMs = this.clock.ms;
    this.trace = isTraced ? [] : undefined;
  }

  get ms(): number {
    return this.clock.ms;
  }

  get now(): Now {
    return this.clock.now;
  }

  /** Simulated time since the beginning. */
  get passedMs(): number {
    return this.clock.ms - this.#startMs;
  }

  plan(atMs: number, act: () => void): void {
    this.#queue.add(Math.max(atMs, this.ms), act);
  }

  after(delayMs: number, act: () => void): void {
    this.plan(this.ms + delayMs, act);
  }

  jitter(mostMs: number): number {
    return mostMs === 0 ? 0 : this.chance.int(0, mostMs);
  }

  /** Notes what happened. The text is made only when it is wanted. */
  note(text: () => string): void {
    this.trace?.push(`${(this.passedMs / 1000).toFixed(3)} ${text()}`);
  }

  /** Puts a node at an address, where it can be called. */
  place(endpoint: Endpoint, owner: LineOwner, { route = ROUTE, reach = 'open' }: Partial<Place> = {}): void {
    this.#places.set(endpointText(endpoint), { endpoint, owner, route, reach });
  }

  setReach(endpoint: Endpoint, reach: Reach): void {
    const place = this.#places.get(endpointText(endpoint));
    if (place !== undefined) place.reach = reach;
  }

  /** Calls an address. The owner hears of it when the call is answered, or when it came to nothing. */
  dial(owner: LineOwner, from: Endpoint, to: Endpoint): LineEnd {
    const place = this.#places.get(endpointText(to));
    const route = place?.route ?? ROUTE;
    const there = { latencyMs: route.latencyMs, jitterMs: route.jitterMs, bytesPerSecond: 1_000_000 };
    const near = new LineEnd(
      owner,
      { local: from, remote: to, isCaller: true },
      { world: this, route: there },
    );
    const reach = this.#reachOf(place, from, to);
    if (place === undefined || reach !== 'open') {
      const waitMs = reach === 'refused' ? 2 * route.latencyMs : CONNECT_TIMEOUT_MS;
      this.after(waitMs, () => failCall(near, reach === 'refused' ? 'connect-failed' : 'connect-timeout'));
      return near;
    }
    const far = new LineEnd(
      place.owner,
      { local: to, remote: from, isCaller: false },
      { world: this, route: place.route },
    );
    LineEnd.join(near, far);
    this.#lines.add(near);
    this.after(route.latencyMs, () => far.owner.opened(far));
    this.after(2 * route.latencyMs, () => {
      if (near.isOpen) owner.opened(near);
    });
    return near;
  }

  /** Says what a DNS seed answers; asked by its name, and with a filter for services before it. */
  seed(name: string, answer: () => SeedAnswer): void {
    this.#seeds.set(name, answer);
  }

  lookUp(name: string, done: (answer: SeedAnswer) => void): void {
    const answer = this.#seeds.get(name.replace(/^x[0-9a-f]+\./, ''))?.() ?? {
      addresses: [],
      error: 'no such name',
    };
    this.after(this.chance.int(10, 2_000), () => done(answer));
  }

  /** Remembers that the line of a host was in trouble: what became of it is nobody's fault. */
  noteTrouble(host: string): void {
    this.#troubled.add(host);
  }

  isTroubled(host: string): boolean {
    return this.#troubled.has(host);
  }

  /** Cuts some hosts off from all others for a while. What is said meanwhile arrives afterwards. */
  partition(hosts: Iterable<string>, forMs: number): void {
    const partition = { inside: new Set(hosts), untilMs: this.ms + forMs };
    this.#partitions.add(partition);
    this.after(forMs, () => this.#partitions.delete(partition));
  }

  healedMs({ host: a }: Endpoint, { host: b }: Endpoint): number | undefined {
    let healedMs: number | undefined;
    for (const { inside, untilMs } of this.#partitions)
      if (inside.has(a) !== inside.has(b)) healedMs = Math.max(healedMs ?? 0, untilMs);
    return healedMs;
  }

  /** The lines that are up now, as those who called hold them. */
  lines(): LineEnd[] {
    for (const line of this.#lines) if (!line.isOpen) this.#lines.delete(line);
    return Array.from(this.#lines);
  }

  /** Lets things happen until it is done, nothing is left to happen, or the time is up. */
  run(forMs: number, isDone: () => boolean = () => false): this {
    const endMs = this.ms + forMs;
    while (!isDone()) {
      const { nextMs } = this.#queue;
      if (nextMs === undefined || nextMs > endMs) {
        this.clock.advanceTo(endMs);
        break;
      }
      if (++this.steps > MAX_STEPS) throw new Error('it never comes to rest');
      this.clock.advanceTo(nextMs);
      this.#queue.take()?.();
    }
    return this;
  }

  #reachOf(place: Place | undefined, from: Endpoint, to: Endpoint): Reach {
    if (this.healedMs(from, to) !== undefined) return 'black-hole';
    // Most addresses that lead nowhere are those of machines that are off, or behind a wall.
    return place?.reach ?? (this.chance.maybe(0.3) ? 'refused' : 'black-hole');
  }
}

function failCall(end: LineEnd, reason: Disconnect['reason']): void {
  if (!end.isOpen) return;
  end.abandon();
  end.owner.lost(end, { reason, detail: '' });
}
