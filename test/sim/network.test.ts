/**
 * The promise: with one honest peer that can be reached, among any number of hostile ones, the client ends on the best
 * chain, in bounded time and bounded memory, and wrongs no honest peer. Thousands of small networks, each from a seed.
 *
 * HEADLIGHT_SIM_SEED=n plays one seed and prints all that happens; HEADLIGHT_SIM_SEEDS=n plays so many.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play } from './play.ts';
import type { Mode } from './scenario.ts';

const ONE = numberFrom('HEADLIGHT_SIM_SEED');
const SEED_COUNT = numberFrom('HEADLIGHT_SIM_SEEDS') ?? 500;
/** A client that stays lives for an hour where one that does not is done in a minute. */
const FOLLOWING_PART = 0.04;

/** Bounds on what was seen of all clients: far above what honest peers alone would make of them. */
const BOUNDED = ['outputs', 'connections', 'sideHeaders', 'book'] as const;
const MOST = { outputs: 40, connections: 8 + 2 + 6, sideHeaders: 30_000, book: 5_000 };

if (ONE !== undefined) {
  test(`seed ${ONE} ends on the best chain`, (context) => {
    const { scenario, tookMs } = play(ONE, { isTraced: true, mode: modeOf(ONE) });
    for (const line of scenario.world.trace ?? []) context.diagnostic(line);
    context.diagnostic(scenario.description);
    context.diagnostic(`at the tip after ${tookMs / 1000} s`);
  });
} else {
  for (const mode of ['sync', 'follow'] as const) {
    test(`whoever is hostile, a client that is to ${mode} ends on the best chain`, () => {
      const most = playAll(mode);
      for (const key of BOUNDED)
        assert.ok(most[key] <= MOST[key], `${key}: ${most[key]}, at most ${MOST[key]} expected`);
    });
  }
}

/** Plays all seeds, so that a failure tells of how many it is one. */
function playAll(mode: Mode): Record<(typeof BOUNDED)[number], number> {
  const most = { outputs: 0, connections: 0, sideHeaders: 0, book: 0 };
  const failures: { readonly seed: number; readonly error: unknown }[] = [];
  for (let seed = 1; seed <= SEED_COUNT; seed++) {
    if (modeOf(seed) !== mode) continue;
    try {
      const { client } = play(seed, { mode }).scenario;
      for (const key of BOUNDED) most[key] = Math.max(most[key], client.most[key]);
    } catch (error) {
      failures.push({ seed, error });
    }
  }
  const [first] = failures;
  if (first?.error instanceof Error && failures.length > 1)
    first.error.message += `\nseeds that fail: ${failures.map(({ seed }) => seed).join(', ')}`;
  if (first !== undefined) throw first.error;
  return most;
}

/** Spread evenly over the seeds, and the same whether a seed is played alone or with the others. */
function modeOf(seed: number): Mode {
  return seed % Math.round(1 / FOLLOWING_PART) === 0 ? 'follow' : 'sync';
}

function numberFrom(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} is ${text}, which is no seed`);
  return value;
}
