import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { NO_BLOCK, type Waypoint } from '../../src/store/scan-records.ts';
import { thinned } from '../../src/store/waypoints.ts';

function at(height: number): Waypoint {
  return { height, hash: new Uint8Array(32).fill(height % 256), lastFound: NO_BLOCK };
}

function heightsOf(waypoints: readonly Waypoint[]): number[] {
  return waypoints.map(({ height }) => height);
}

/** What is left when one is added after the other. */
function walked(steps: readonly number[]): Waypoint[] {
  let kept: Waypoint[] = [];
  let height = 100;
  for (const step of steps) kept = thinned([...kept, at((height += step))]);
  return kept;
}

test('the first place and the last two are always remembered', () => {
  assert.deepEqual(thinned([]), []);
  assert.deepEqual(heightsOf(thinned([at(5)])), [5]);
  assert.deepEqual(heightsOf(thinned([at(5), at(6)])), [5, 6]);
  const kept = heightsOf(walked(Array.from({ length: 1_000 }, () => 1)));
  assert.equal(kept[0], 101);
  assert.deepEqual(kept.slice(-2), [1_099, 1_100]);
});

test('however far a scan goes, few places are remembered', () => {
  for (const step of [1, 7, 1_000]) {
    const kept = walked(Array.from({ length: 20_000 }, () => step));
    assert.ok(kept.length <= 40, `${kept.length} of steps of ${step}`);
  }
});

test('from any place that was passed the next one below is at most twice as far back', () => {
  const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5_000 })), {
    minLength: 1,
    maxLength: 400,
  });
  fc.assert(
    fc.property(steps, (made) => {
      const kept = heightsOf(walked(made));
      assert.deepEqual(
        kept,
        Array.from(new Set(kept)).toSorted((a, b) => a - b),
      );
      const tip = kept.at(-1) as number;
      let height = 100;
      for (const step of made) {
        height += step;
        const below = kept.findLast((one) => one <= height) ?? -Infinity;
        assert.ok(tip - below <= 2 * (tip - height), `from ${height} to ${below}, of ${tip}`);
      }
    }),
  );
});
