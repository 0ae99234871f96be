/**
 * The promise of a scan: what it tells, and what it saves, is true, whoever lies; it comes to an end; and nobody honest is blamed.
 *
 * That holds where every filter that is relied on was backed by two peers of whom at least one told the truth about it. So: no
 * two liars tell the same about a block, or somebody honest is there from the start of each run, shows each block as soon as
 * they do, and answers at once. The same is needed where one opinion is enough.
 *
 * A scan has to succeed where an honest peer that stays has the blocks, and as many honest ones that stay serve filters as have
 * to agree, or there are no more blocks to look at than it looks at without filters. Else it has to give up with a code.
 *
 * HEADLIGHT_SIM_SEED=n plays one seed and prints all that happens; HEADLIGHT_SIM_SEEDS=n plays so many.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playScan } from './play.ts';

const ONE = numberFrom('HEADLIGHT_SIM_SEED');
const FIRST = numberFrom('HEADLIGHT_SIM_FIRST') ?? 1;
const SEED_COUNT = numberFrom('HEADLIGHT_SIM_SEEDS') ?? 300;

if (ONE !== undefined) {
  test(`seed ${ONE} tells the truth`, (context) => {
    const { world, description } = playScan(ONE, { isTraced: true }).scenario;
    for (const line of world.trace ?? []) context.diagnostic(line);
    context.diagnostic(description);
    context.diagnostic(JSON.stringify(world.overseer.counts));
  });
} else {
  test('whoever lies, what is told is true, it comes to an end, and nobody honest is blamed', (context) => {
    const totals = new Map<string, number>();
    const failures: { readonly seed: number; readonly error: unknown }[] = [];
    for (let seed = FIRST; seed < FIRST + SEED_COUNT; seed++) {
      try {
        const { counts } = playScan(seed).scenario.world.overseer;
        for (const [name, count] of Object.entries(counts)) totals.set(name, (totals.get(name) ?? 0) + count);
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
