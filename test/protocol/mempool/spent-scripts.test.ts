import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spentScriptsOf } from '../../../src/protocol/mempool/spent-scripts.ts';
import { KeptPool } from '../../support/keeper-fixture.ts';
import { outputOf, payment, somewhere, stray, two } from '../../support/transactions.ts';

test('scripts are told of the outputs whose transactions are in the list, in the order in which they are spent', () => {
  const [one, other] = two((n) =>
    payment({ spends: [somewhere(n)], pays: [10, 10], script: new Uint8Array(n) }),
  );
  const child = payment({ spends: [outputOf(other, 1), somewhere(9), outputOf(one), outputOf(other)] });
  const kept = new KeptPool();
  for (const tx of [one, other, child]) kept.take(tx);
  const scripts = spentScriptsOf(kept.entry(child), kept.keeper.pool);
  assert.deepEqual(
    scripts.map(({ length }) => length),
    [2, 1, 2],
  );
  assert.deepEqual(spentScriptsOf(kept.entry(one), kept.keeper.pool), []);
});

test('very large parents, and more than a hundred, are not decoded for it', () => {
  const large = payment({ spends: [somewhere(1)], script: new Uint8Array(100_001) });
  const parents = Array.from({ length: 120 }, (_, n) => stray(10 + n));
  const child = payment({ spends: [large, ...parents].map((tx) => outputOf(tx)) });
  const kept = new KeptPool();
  for (const tx of [large, ...parents, child]) kept.take(tx);
  assert.equal(spentScriptsOf(kept.entry(child), kept.keeper.pool).length, 100);
});
