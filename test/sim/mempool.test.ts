/**
 * The promise: with two honest peers among any number of hostile ones, each transaction that honest peers hold is told once
 * and in bounded time, leaves for the right reason, and is driven out by nothing that was made up; nobody honest is blamed.
 *
 * HEADLIGHT_SIM_SEED=n plays one seed and prints all that happens; HEADLIGHT_SIM_SEEDS=n plays so many.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playMempool } from './mempool/play.ts';

const ONE = numberFrom('HEADLIGHT_SIM_SEED');
const SEED_COUNT = numberFrom('HEADLIGHT_SIM_SEEDS') ?? 100;

if (ONE !== undefined) {
  test(`seed ${ONE} keeps the list as it should be`, (context) => {
    const { world, description, overseer } = playMempool(ONE, { isTraced: true });
    for (const line of world.trace ?? []) context.diagnostic(line);
    context.diagnostic(description);
    context.diagnostic(JSON.stringify(overseer.counts));
  });
} else {
  test('whoever is hostile, what honest peers hold is told once, and leaves for the right reason', (context) => {
    const totals = new Map<string, number>();
    const failures: { readonly seed: number; readonly error: unknown }[] = [];
    for (let seed = 1; seed <= SEED_COUNT; seed++) {
      try {
        const { overseer } = playMempool(seed);
        for (const [name, count] of Object.entries(overseer.counts))
          totals.set(name, (totals.get(name) ?? 0) + count);
      } catch (error) {
        failures.push({ seed, error });
      }
    }
    context.diagnostic(JSON.stringify(Object.fromEntries(totals)));
    const [first] = failures;
    if (first?.error instanceof Error && failures.length > 1)
      first.error.message += `\nseeds that fail: ${failures.map(({ seed }) => seed).join(', ')}`;
    if (first !== undefined) throw first.error;
    // Else nothing was tried.
    for (const [name, count] of totals) assert.ok(count > 0, `${name}: ${count}`);
  });
}

function numberFrom(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} is ${text}, which is no seed`);
  return value;
}
