import assert from 'node:assert/strict';
import { test } from 'node:test';
import { below, fraction, randomPauseMs } from '../../../src/protocol/peers/chance.ts';
import { seededRandom } from '../../support/false-time.ts';

test('every number below the count is drawn about as often as the others, and no other number', () => {
  const random = seededRandom();
  const counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < 5_000; i++) {
    const drawn = below(5, random);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  assert.equal(counts.length, 5);
  for (const count of counts) assert.ok(count > 850 && count < 1_150, counts.join());
});

test('a fraction is at least 0 and below 1, whatever the number drawn', () => {
  assert.equal(
    fraction(() => 0n),
    0,
  );
  assert.ok(fraction(() => 2n ** 64n - 1n) < 1);
  assert.equal(
    fraction(() => 2n ** 63n),
    0.5,
  );
});

test('pauses are as long as wanted in the mean, some of them much longer, and none without an end', () => {
  const random = seededRandom();
  const pauses = Array.from({ length: 5_000 }, () => randomPauseMs(100, random));
  const mean = pauses.reduce((sum, pause) => sum + pause, 0) / pauses.length;
  assert.ok(mean > 95 && mean < 105, `${mean} ms in the mean`);
  assert.ok(Math.min(...pauses) >= 0);
  assert.ok(Math.max(...pauses) > 500);
  assert.ok(Number.isFinite(randomPauseMs(100, () => 2n ** 64n - 1n)));
});
