import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { KeptPool } from '../../support/keeper-fixture.ts';
import { mineBlock, outputOf, payment, stray } from '../../support/transactions.ts';

const PARENTS = 5;

test('in whatever order parents and blocks come, the fee is known when the last of them was seen, and not before', () => {
  const arrivals = fc.shuffledSubarray(
    Array.from({ length: PARENTS + 1 }, (_, n) => n),
    { minLength: PARENTS + 1 },
  );
  // Some parents are seen in the list, some in a block, and some in both.
  const ways = fc.array(fc.constantFrom('list', 'block', 'both'), { minLength: PARENTS, maxLength: PARENTS });
  fc.assert(
    fc.property(arrivals, ways, (order, wayOf) => {
      const parents = Array.from({ length: PARENTS }, (_, n) => stray(n, [1_000 + n, 7]));
      const spends = parents.flatMap((parent, n) =>
        (n % 2 === 0 ? [0, 1] : [0]).map((vout) => outputOf(parent, vout)),
      );
      const child = payment({ spends, pays: [4_000] });
      const kept = new KeptPool();
      const seen = new Set<number>();
      for (const [i, n] of order.entries()) {
        const parent = parents[n];
        if (parent === undefined) kept.take(child);
        else {
          const way = wayOf[n];
          if (way !== 'block') kept.take(parent);
          if (way !== 'list') kept.connect(mineBlock([parent], { height: i + 1 }));
          seen.add(n);
        }
        if (!kept.has(child)) continue;
        const expected = seen.size === PARENTS ? 5_010 + 3 * 7 - 4_000 : undefined;
        assert.equal(kept.feeOf(child), expected);
      }
    }),
  );
});

test('the fee stays known when the parents leave', () => {
  const parent = stray(1, [1_000]);
  const child = payment({ spends: [outputOf(parent)], pays: [900] });
  const kept = new KeptPool();
  kept.take(parent);
  kept.take(child);
  const block = mineBlock([parent]);
  kept.connect(block);
  assert.equal(kept.feeOf(child), 100);
  kept.keeper.disconnect(block.hash);
  assert.equal(kept.feeOf(child), 100);
});
