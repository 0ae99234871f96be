/** Whatever happens to a tree, its store keeps up with it. A failure prints the seed that repeats it. */

import { test } from 'node:test';
import * as fc from 'fast-check';
import { sha256d } from '../../src/bytes/hash.ts';
import { headerAt, mine, REGTEST_GENESIS } from '../support/mine.ts';
import { grow } from '../support/chains.ts';
import { type NewDatabase, openStore, reopened } from './header-store.contract.ts';

/** So few that branches are forgotten in most runs. */
const MAX_SIDE_HEADERS = 300;
const RUNS = 20;

interface Operation {
  /** How many headers back from the newest one the new ones start. */
  readonly depth: number;
  readonly count: number;
  readonly isReopening: boolean;
}

const operation: fc.Arbitrary<Operation> = fc.record({
  depth: fc.oneof(fc.constant(0), fc.nat(5), fc.nat(1_200)),
  count: fc.oneof(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 480, max: 520 }),
    fc.integer({ min: 1, max: 1_100 }),
  ),
  isReopening: fc.boolean(),
});

export function randomOperationsContract(name: string, newDatabase: NewDatabase): void {
  test(`${name}: after any growth and any change of branch the reopened tree is the tree`, async (t) => {
    const property = fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 8 }), async (made) => {
      const open = newDatabase(t);
      let current = await openStore(open, MAX_SIDE_HEADERS);
      const known: Uint8Array[] = [REGTEST_GENESIS];
      for (const [salt, { depth, count, isReopening }] of made.entries()) {
        const parent = known.at(-1 - (depth % known.length)) as Uint8Array;
        // Forgotten by now: nothing can be built on it.
        if (!current.tree.has(sha256d(parent))) continue;
        const headers = mine(count, { parent, salt });
        await current.store.commit(grow(current.tree, headers));
        for (let i = 0; i < count; i++) known.push(headerAt(headers, i));
        if (isReopening) current = await reopened(open, current, MAX_SIDE_HEADERS);
      }
      current = await reopened(open, current, MAX_SIDE_HEADERS);
      await current.store.close();
    });
    await fc.assert(property, { numRuns: RUNS });
  });
}
