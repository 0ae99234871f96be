/** Plays a scenario to its end; whatever promise is broken on the way is thrown. */
import { Violation } from '../client.ts';
import { SPREAD_MS } from '../miners.ts';
import { MAX_HUNG_LINES, MempoolScenario, type Wishes } from './scenario.ts';

/** Time until the client is at the tip: handshakes and a few headers. */
const START_MS = 60_000;
/** Between two blocks: all honest nodes have the first before the second comes. */
const LEAST_BETWEEN_BLOCKS_MS = SPREAD_MS + 1_000;
const TRADE_MS = 6_000;
const BLOCK_MS = 45_000;
const TROUBLE_MS = 60_000;
/** Time in which blocks are had although some hold them back. */
const BLOCK_BOUND_MS = 120_000;

/** @throws Violation or whatever else goes wrong, with the seed and how to play it alone. */
export function playMempool(seed: number, wishes: Wishes = {}): MempoolScenario {
  const scenario = new MempoolScenario(seed, wishes);
  try {
    playOut(scenario);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { world } = scenario;
    error.message = [
      `seed ${seed}: ${error.message}`,
      `at ${(world.passedMs / 1000).toFixed(1)} s: ${scenario.description}`,
      `alone, with all that happens: HEADLIGHT_SIM_SEED=${seed} node --test --enable-source-maps build/test/sim/mempool.test.js`,
    ].join('\n');
    if (world.trace !== undefined) error.message += `\n${world.trace.join('\n')}`;
    throw error;
  }
  return scenario;
}

function playOut(scenario: MempoolScenario): void {
  const { world, market, client, chance, overseer, honest } = scenario;
  // Some of it is there before the client.
  for (let i = chance.int(0, 10); i > 0; i--) market.trade();
  world.run(chance.int(0, 10_000));
  client.start();
  again(
    scenario,
    START_MS,
    () => chance.pause(TRADE_MS),
    () => market.trade(),
  );
  world.run(START_MS, () => overseer.openedMs !== undefined);
  if (overseer.openedMs === undefined) throw new Violation('it never got to the tip');

  const troubledMs = chance.int(1, 3) * 60_000;
  again(
    scenario,
    troubledMs,
    () => chance.pause(TRADE_MS),
    () => market.trade(),
  );
  again(
    scenario,
    troubledMs,
    () => LEAST_BETWEEN_BLOCKS_MS + chance.pause(BLOCK_MS),
    () => market.find(),
  );
  if (chance.maybe(0.5)) again(scenario, troubledMs, () => chance.pause(TROUBLE_MS), trouble(scenario));
  if (chance.maybe(0.5))
    again(
      scenario,
      troubledMs,
      () => chance.pause(TROUBLE_MS),
      () => callIn(scenario),
    );
  world.run(troubledMs + LEAST_BETWEEN_BLOCKS_MS);
  market.settle();
  world.run(scenario.boundMs + BLOCK_BOUND_MS);

  const [first, ...others] = honest;
  const present = first?.pool.keys ?? new Set();
  for (const { pool } of others)
    if (pool.keys.size !== present.size || pool.entries().some(({ key }) => !present.has(key)))
      throw new Error('the simulated nodes do not agree');
  if (!Buffer.from(client.tree.tip.hash).equals(market.best.tip.hash))
    throw new Violation('it is not at the tip');
  overseer.checkEnd(present, world.now);
  client.stop();
}

/** Lets something happen again and again for some time. */
function again({ world }: MempoolScenario, forMs: number, pauseMs: () => number, act: () => void): void {
  const endMs = world.ms + forMs;
  const next = (): void => {
    const atMs = world.ms + pauseMs();
    if (atMs >= endMs) return;
    world.plan(atMs, () => {
      act();
      next();
    });
  };
  next();
}

/** What breaks or hangs lines. */
function trouble({ world, chance }: MempoolScenario): () => void {
  let hung = 0;
  return () => {
    const lines = world.lines();
    if (lines.length === 0) return;
    const line = chance.pick(lines);
    if (hung === MAX_HUNG_LINES || chance.maybe(0.7)) line.break();
    else {
      hung++;
      line.hang();
    }
  };
}

function callIn({ chance, client, honest, hostile }: MempoolScenario): void {
  chance.pick([...hostile, ...hostile, ...honest]).call(client.endpoint);
}
