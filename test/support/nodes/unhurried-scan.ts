/**
 * A client that scans once, in a time of its own: the clock stands still while anybody has something to say, and then goes
 * on to the moment at which the client would do something of itself. So nobody is late for being slow, and nobody who says
 * nothing is waited for.
 */
import type { TestContext } from 'node:test';
import { type ClientEvent, stampOf, toClientEvent } from '../../../src/client-events.ts';
import { HeaderChain } from '../../../src/header-chain.ts';
import { systemRandom } from '../../../src/io/random.ts';
import { type RunnableNode, Runner } from '../../../src/io/runner.ts';
import { type LightClientOptions, resolveOptions } from '../../../src/light-client-options.ts';
import { LightNode } from '../../../src/protocol/light-node.ts';
import type { Now } from '../../../src/protocol/machine.ts';
import type { NodeFailure } from '../../../src/protocol/node-failure.ts';
import type { ScanOptions } from '../../../src/protocol/scan/scan-contract.ts';
import { openScan } from '../../../src/scan-session.ts';
import { isToldOfScan, toScanEvents } from '../../../src/to-scan-events.ts';
import type { LyingFilters } from './lying-filters.ts';

export interface ScanRun {
  readonly events: readonly ClientEvent[];
  /** Undefined when it came to the tip. */
  readonly failure: NodeFailure | undefined;
  /** Milliseconds that went by in the client's time. */
  readonly elapsedMs: number;
}

/** Steps of the clock after which a scan is not believed to end. */
const MAX_STEPS = 5_000;

/**
 * @param relays all peers, in the order in which they are named.
 * @param changes settings that no user has.
 */
export async function unhurriedScan(
  t: Pick<TestContext, 'after'>,
  relays: readonly LyingFilters[],
  scan: NonNullable<LightClientOptions['scan']>,
  changes: Partial<ScanOptions> = {},
): Promise<ScanRun> {
  const connect = relays.map(({ address }) => address);
  const resolved = resolveOptions({ network: 'regtest', connect, scan, follow: false });
  const { network, node: options } = resolved;
  if (resolved.scan === undefined) throw new TypeError('nothing to look for');
  const chain = await HeaderChain.open({ network, datadir: undefined, create: true });
  const { follow, progressTimeoutMs: stallTimeoutMs } = options;
  const session = await openScan(resolved.scan, chain, { datadir: undefined, follow, stallTimeoutMs });
  const light = new LightNode(
    chain.tree,
    { ...options, scan: { ...session.options, ...changes } },
    systemRandom,
  );
  const clock = new StandingClock();
  const events: ClientEvent[] = [];
  let isOver = false;
  const failure = new Promise<NodeFailure | Error | undefined>((resolve) => {
    const runner = new Runner({
      node: new TimelessNode(light, clock),
      store: chain.store,
      magic: network.magic,
      clock: () => clock.now(),
      saveScan: (change) => session.save(change),
      onEvent: (event) => {
        if (
          event.event === 'peer-probed' ||
          event.event === 'block-fetched' ||
          event.event === 'block-failed'
        )
          return;
        if (isToldOfScan(event)) events.push(...toScanEvents(event, stampOf(network), network));
        else events.push(toClientEvent(event, network));
      },
      onFinish: (why) => {
        isOver = true;
        resolve(why);
      },
    });
    t.after(() => runner.stop());
    runner.start();
    void passTime(runner, { light, clock, relays, isOver: () => isOver }).catch(resolve);
  });
  const why = await failure;
  await session.close();
  await chain.close();
  if (why instanceof Error) throw why;
  return { events, failure: why, elapsedMs: clock.now().ms };
}

interface TimeKeeping {
  readonly light: LightNode;
  readonly clock: StandingClock;
  readonly relays: readonly LyingFilters[];
  readonly isOver: () => boolean;
}

/** Lets time go on whenever all have said what they have to say. */
async function passTime(runner: Runner, { light, clock, relays, isOver }: TimeKeeping): Promise<void> {
  const isBusy = (): boolean =>
    relays.some((relay) => relay.isBusy) ||
    light.connections(clock.now()).some(({ info }) => info === undefined);
  const askedCount = (): number => relays.reduce((sum, { asked }) => sum + asked.length, 0);
  for (let steps = 0; steps < MAX_STEPS;) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (isOver()) return;
    if (isBusy()) continue;
    const before = askedCount();
    await Promise.all(relays.map((relay) => relay.settle()));
    if (isOver() || isBusy() || askedCount() !== before) continue;
    steps++;
    clock.moveTo(light.deadline());
    // Whatever it is told, it looks what is due now.
    runner.fetchBlock(NO_BLOCK);
  }
  throw new Error(`it goes on and on: ${clock.now().ms} ms`);
}

const NO_BLOCK = { height: 0, hash: new Uint8Array(32) };

class StandingClock {
  #ms = 0;

  now(): Now {
    return { ms: this.#ms, unixSeconds: Math.floor(Date.now() / 1000) };
  }

  moveTo(ms: number | undefined): void {
    if (ms !== undefined && ms > this.#ms) this.#ms = ms;
  }
}

/** Rings for nothing that is yet to come; a block that is wanted stands for a tick. */
class TimelessNode implements RunnableNode {
  readonly #node: LightNode;
  readonly #clock: StandingClock;

  constructor(node: LightNode, clock: StandingClock) {
    this.#node = node;
    this.#clock = clock;
  }

  handle(...[input, now]: Parameters<LightNode['handle']>): ReturnType<LightNode['handle']> {
    return this.#node.handle(input.type === 'block-wanted' ? { type: 'tick' } : input, now);
  }

  deadline(): number | undefined {
    const deadlineMs = this.#node.deadline();
    return deadlineMs !== undefined && deadlineMs <= this.#clock.now().ms ? deadlineMs : undefined;
  }

  newPeerId(): ReturnType<LightNode['newPeerId']> {
    return this.#node.newPeerId();
  }

  connections(now: Now): ReturnType<LightNode['connections']> {
    return this.#node.connections(now);
  }
}
