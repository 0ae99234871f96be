/** Plays a simulated scan to its end, and says whether the promises were kept. */
import { Violation } from '../client.ts';
import { Chance } from '../chance.ts';
import { Scenario, type Wishes } from './scenario.ts';

/** Time in which things happen to the chain and to the process. */
const EVENTFUL_MS = 40_000;
/** Then a scan that follows is given so long to come to the tip, where a slow peer may bring each block. */
const SETTLE_MS = 2 * 3_600_000;
/** And so long to find out who lied. */
const CONVICTION_MS = 60_000;
/** A scan that gets on may take longer, where only slow peers are left. */
const END_MS = 2 * 3_600_000;
/** A scan may be given up so long after the stall time-out: for answers that were of no use in the end. */
const SLACK_MS = 240_000;

export interface Played {
  readonly scenario: Scenario;
}

/** @throws Violation or whatever else goes wrong, with the seed and how to play it alone. */
export function playScan(seed: number, wishes: Wishes = {}): Played {
  const scenario = new Scenario(seed, wishes);
  try {
    playOut(scenario, new Chance(seed + 0.5 * 2 ** 53));
    return { scenario };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const trace = scenario.world.trace === undefined ? '' : `\n${scenario.world.trace.join('\n')}`;
    const told = `seed ${seed}: ${message}\n${scenario.description}\nHEADLIGHT_SIM_SEED=${seed} plays it alone${trace}`;
    throw new Violation(told, { cause: error });
  }
}

function playOut(scenario: Scenario, chance: Chance): void {
  const { world, options } = scenario;
  const isOver = (): boolean => world.outcome !== undefined;
  for (
    let i = chance.weighted([
      [5, 0],
      [3, 1],
      [1, 2],
      [1, 5],
    ]);
    i > 0;
    i--
  )
    world.after(chance.int(0, chance.pick([2_000, EVENTFUL_MS])), () => scenario.changeChain());
  world.comingUntilMs = world.ms + chance.pick([0, 1_000, 25_000]);
  const stopCount = chance.weighted([
    [6, 0],
    [3, 1],
    [1, 3],
  ]);
  for (let i = 0; i <= stopCount; i++) {
    world.begin(chance.pick([0, 500, 3_000]));
    if (i === stopCount) break;
    world.pass(chance.int(0, chance.pick([500, 5_000, 30_000])), isOver);
    world.end(chance.maybe(0.5) ? chance.int(0, 3) : undefined);
    if (chance.maybe(0.5)) scenario.changeChain();
  }
  if (options.follow) {
    world.pass(EVENTFUL_MS);
    world.pass(scenario.isLively ? SETTLE_MS : CONVICTION_MS, () => isAtTip(scenario));
    world.pass(CONVICTION_MS);
    if (!scenario.isLively) return;
    checkTip(scenario);
    // With too few to decide nobody is asked to prove anything.
    const isDecided = scenario.steadyServerCount + 1 >= options.opinionsNeeded;
    if (options.usesFilters && isDecided && scenario.steadyServerCount > 0) world.overseer.checkLiars();
    return;
  }
  world.pass(END_MS, isOver);
  checkOutcome(scenario);
}

function isAtTip({ world }: Scenario): boolean {
  return world.overseer.lastScanned?.tip.height === world.chain.tip.height;
}

function checkTip({ world }: Scenario): void {
  const { lastScanned } = world.overseer;
  const { tip } = world.chain;
  if (lastScanned?.tip.height !== tip.height)
    throw new Violation(`it follows, and came to ${lastScanned?.tip.height} of ${tip.height}`);
}

function checkOutcome({ world, isLively, options }: Scenario): void {
  const { outcome } = world;
  const idleMs = world.ms - world.movedMs;
  if (idleMs > options.stallTimeoutMs + SLACK_MS)
    throw new Violation(`it is not given up, or after ${idleMs} ms`);
  if (outcome?.failure !== undefined && isLively)
    throw new Violation(`it fails: ${outcome.failure.code}: ${outcome.failure.message}`);
}
