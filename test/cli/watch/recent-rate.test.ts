import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentRate } from '../../../src/cli/watch/recent-rate.ts';

/** Notes so many in each second, evenly. */
function noteFor(rate: RecentRate, seconds: number, perSecond: number, startMs = 0): void {
  for (let i = 0; i < seconds * perSecond; i++) rate.note(startMs + (1000 * i) / perSecond);
}

test('a steady stream has its rate, from the start on', () => {
  for (const seconds of [2, 5, 9, 10, 11, 60]) {
    const rate = new RecentRate(0);
    noteFor(rate, seconds, 7);
    assert.ok(Math.abs(rate.at(1000 * seconds) - 7) < 0.8, `${rate.at(1000 * seconds)} after ${seconds} s`);
  }
});

test('what was over ten seconds ago does not count, also after a long pause', () => {
  const rate = new RecentRate(0);
  noteFor(rate, 5, 100);
  assert.ok(rate.at(8_000) > 50);
  assert.equal(rate.at(15_500), 0);
  noteFor(rate, 3, 4, 3_600_000);
  assert.ok(rate.at(3_603_000) < 2);
});

test('in the first moment nothing is made of it', () => {
  const rate = new RecentRate(500);
  assert.equal(rate.at(500), 0);
  rate.note(501);
  assert.equal(rate.at(502), 1);
});
