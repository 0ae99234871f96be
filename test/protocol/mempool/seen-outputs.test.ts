import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOfOutput } from '../../../src/protocol/mempool/pool-entry.ts';
import { SeenOutputs } from '../../../src/protocol/mempool/seen-outputs.ts';
import { secondsOfWork } from '../../support/seconds-of-work.ts';

const keyOf = (n: number): string => String(n).padStart(32, 'k');

test('an amount is known by transaction and position, and none where there is no such output', () => {
  const seen = new SeenOutputs();
  seen.add(keyOf(1), Float64Array.of(5, 0, 2_100_000_000_000_000));
  assert.deepEqual(
    [0, 1, 2].map((n) => seen.valueOf(keyOfOutput(keyOf(1), n))),
    [5, 0, 2_100_000_000_000_000],
  );
  assert.ok(Number.isNaN(seen.valueOf(keyOfOutput(keyOf(1), 3))));
  assert.ok(Number.isNaN(seen.valueOf(keyOfOutput(keyOf(1), 0xffff_ffff))));
  assert.equal(seen.valueOf(keyOfOutput(keyOf(2), 0)), undefined);
});

test('the last 50,000 transactions at least are kept, no more than 100,000, and full blocks are added quickly', () => {
  const seen = new SeenOutputs();
  const seconds = secondsOfWork(() => {
    for (let n = 0; n < 325_000; n++) seen.add(keyOf(n), Float64Array.of(n, n));
  });
  assert.ok(seconds < 4, `${seconds} s`);
  assert.equal(seen.valueOf(keyOfOutput(keyOf(324_999), 1)), 324_999);
  assert.equal(seen.valueOf(keyOfOutput(keyOf(275_001), 0)), 275_001);
  assert.equal(seen.valueOf(keyOfOutput(keyOf(224_999), 0)), undefined);
});

test('transactions with very many outputs drive out the others sooner', () => {
  const seen = new SeenOutputs();
  seen.add(keyOf(0), Float64Array.of(1));
  for (let n = 1; n <= 40; n++) seen.add(keyOf(n), new Float64Array(100_000));
  assert.equal(seen.valueOf(keyOfOutput(keyOf(0), 0)), undefined);
  assert.equal(seen.valueOf(keyOfOutput(keyOf(40), 99_999)), 0);
});
