/** A dial plan on a false clock, and somebody who reports what became of each call. */
import { DialPlan, type DialPlanOptions, type DialPlanOutput } from '../../src/protocol/peers/dial-plan.ts';
import { PeerMemory } from '../../src/protocol/peers/peer-memory.ts';
import type { DisconnectReason, Endpoint } from '../../src/protocol/peer.ts';
import { FalseClock, seededRandom } from './false-time.ts';

export class DialPlanFixture {
  readonly clock: FalseClock = new FalseClock();
  readonly memory: PeerMemory;
  readonly plan: DialPlan;

  constructor(options: Partial<DialPlanOptions> & { readonly seed?: number } = {}) {
    const defaults: DialPlanOptions = {
      connect: [],
      addPeers: [],
      dnsSeeds: [],
      port: 8333,
      outboundCount: 1,
      isPersistent: false,
      reachable: new Set(['ipv4', 'ipv6'] as const),
      usesProxy: false,
      separatesPrivate: true,
    };
    const random = seededRandom(options.seed);
    const { separatesPrivate } = { ...defaults, ...options };
    this.memory = PeerMemory.restore([], { separatesPrivate }, random, this.clock.now);
    this.plan = new DialPlan({ ...defaults, ...options }, this.memory, random);
  }

  /** Puts addresses into the book, as if somebody had told them. */
  knows(...endpoints: readonly Endpoint[]): this {
    for (const endpoint of endpoints) {
      const found = { endpoint, services: 9n, seenSeconds: this.clock.now.unixSeconds - 3_600 };
      this.memory.book.add([found], `told ${endpoint.host}`, this.clock.now);
    }
    return this;
  }

  established(endpoint: Endpoint, services: bigint = 9n): DialPlanOutput[] {
    return this.plan.handle({ type: 'established', endpoint, services }, this.clock.now);
  }

  start(): DialPlanOutput[] {
    return this.plan.handle({ type: 'started' }, this.clock.now);
  }

  lookedUp(...addresses: readonly string[]): DialPlanOutput[] {
    return this.plan.handle({ type: 'looked-up', name: 'seed', addresses }, this.clock.now);
  }

  /** Ticks as often as something is due within so long; returns all that came of it. */
  runFor(ms: number): DialPlanOutput[] {
    const endMs = this.clock.ms + ms;
    const outputs: DialPlanOutput[] = [];
    while (this.waitMs !== undefined && this.clock.ms + this.waitMs <= endMs)
      outputs.push(...this.tickWhenDue());
    this.clock.advanceTo(endMs);
    return outputs;
  }

  lost(
    endpoint: Endpoint,
    reason: DisconnectReason,
    { wasUseful = false }: { wasUseful?: boolean } = {},
  ): DialPlanOutput[] {
    const disconnect = { reason, detail: '' };
    return this.plan.handle({ type: 'lost', endpoint, disconnect, wasUseful }, this.clock.now);
  }

  tick(): DialPlanOutput[] {
    return this.plan.handle({ type: 'tick' }, this.clock.now);
  }

  /** Milliseconds to the next deadline; undefined when there is none. */
  get waitMs(): number | undefined {
    const deadline = this.plan.deadline();
    return deadline === undefined ? undefined : deadline - this.clock.ms;
  }

  /** Lets time pass to the next deadline, and ticks; fails when that would be again and again at the same moment. */
  tickWhenDue(): DialPlanOutput[] {
    const waitMs = this.waitMs;
    if (waitMs === undefined) throw new Error('nothing is due');
    this.clock.advance(Math.max(0, waitMs));
    const outputs = this.tick();
    if ((this.waitMs ?? 1) <= 0) throw new Error('due again at the same moment');
    return outputs;
  }
}

/** HOST:PORT of the calls among some outputs. */
export function calls(outputs: readonly DialPlanOutput[]): string[] {
  return outputs.flatMap((output) =>
    output.do === 'dial' ? [`${output.endpoint.host}:${output.endpoint.port}`] : [],
  );
}

export function lookUps(outputs: readonly DialPlanOutput[]): string[] {
  return outputs.flatMap((output) => (output.do === 'look-up' ? [output.name] : []));
}

/** The end of it, as hosts and reasons; undefined when it goes on. */
export function givenUp(outputs: readonly DialPlanOutput[]): string[] | undefined {
  const end = outputs.find((output) => output.do === 'give-up');
  return end?.do === 'give-up'
    ? end.tried.map(({ endpoint, last }) => `${endpoint.host} ${last.reason}`)
    : undefined;
}
