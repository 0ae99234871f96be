import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldClock } from '../../src/io/clock.ts';

test('the milliseconds stand still while the clock is held, and go on from there', () => {
  let ms = 100;
  const clock = new HeldClock(() => ({ ms, unixSeconds: ms }));
  const told: number[] = [];
  const steps = ['run', 'hold', 'hold', 'release', 'release', 'run', 'hold', 'release'] as const;
  for (const step of steps) {
    ms += 10;
    if (step !== 'run') clock[step]();
    assert.equal(clock.isHeld, step === 'hold');
    told.push(clock.now().ms);
    assert.equal(clock.now().unixSeconds, ms);
  }
  assert.deepEqual(told, [110, 120, 120, 120, 130, 140, 150, 150]);
});
