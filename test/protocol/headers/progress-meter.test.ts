import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeaderEvent } from '../../../src/protocol/events.ts';
import { ProgressMeter } from '../../../src/protocol/headers/progress-meter.ts';
import { FalseClock } from '../../support/false-time.ts';

const POSITION = { height: 2000, target: 900_000 };

function rateIn(events: readonly HeaderEvent[]): number | undefined {
  const [event] = events;
  return event?.event === 'progress' ? event.headersPerSecond : undefined;
}

test('progress is told five times a second and not more often', () => {
  const clock = new FalseClock();
  const meter = new ProgressMeter();
  meter.start(clock.now);
  const toldAt: number[] = [];
  for (let ms = 0; ms <= 1000; ms += 50) {
    if (meter.add(10, POSITION, clock.now).length > 0) toldAt.push(ms);
    clock.advance(50);
  }
  assert.deepEqual(toldAt, [200, 400, 600, 800, 1000]);
});

test('it tells the position and the rate, those headers included that were not told of', () => {
  const clock = new FalseClock();
  const meter = new ProgressMeter();
  meter.start(clock.now);
  assert.deepEqual(meter.add(300, POSITION, clock.advance(100)), []);
  const expected = { event: 'progress', ...POSITION, headersPerSecond: 2000 };
  assert.deepEqual(meter.add(200, POSITION, clock.advance(150)), [expected]);
});

test('the rate is that of the last few seconds: an old pause or burst is forgotten', () => {
  const clock = new FalseClock();
  const meter = new ProgressMeter();
  meter.start(clock.now);
  meter.add(1_000_000, POSITION, clock.advance(1000));
  let events: HeaderEvent[] = [];
  for (let i = 0; i < 60; i++) events = meter.add(100, POSITION, clock.advance(200));
  assert.equal(rateIn(events), 500);
});

test('no headers at all is a rate of zero, not a number that is none', () => {
  const clock = new FalseClock();
  const meter = new ProgressMeter();
  assert.equal(rateIn(meter.add(0, POSITION, clock.now)), 0, 'even before the start');
  const late = new ProgressMeter();
  late.start(clock.now);
  assert.equal(rateIn(late.add(0, POSITION, clock.advance(500))), 0);
});

test('seconds are counted from the first start', () => {
  const clock = new FalseClock();
  const meter = new ProgressMeter();
  assert.equal(meter.seconds(clock.now), 0);
  meter.start(clock.now);
  clock.advance(1500);
  meter.start(clock.now);
  assert.equal(meter.seconds(clock.advance(1000)), 2.5);
});
