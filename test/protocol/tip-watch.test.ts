import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TipWatch } from '../../src/protocol/tip-watch.ts';
import { FalseClock } from '../support/false-time.ts';

const MINUTE_MS = 60_000;

test('nothing is watched before a synchronisation is over', () => {
  const watch = new TipWatch();
  assert.equal(watch.deadline(), undefined);
  assert.equal(watch.tick(undefined, new FalseClock().advance(10 * 3_600_000)), undefined);
});

test('after half an hour without a block one more peer is called, and then one every ten minutes', () => {
  const [watch, clock] = [new TipWatch(), new FalseClock()];
  const grownMs = clock.ms;
  watch.start(clock.now);
  assert.equal(watch.deadline(), clock.ms + 30 * MINUTE_MS);
  assert.equal(watch.tick(grownMs, clock.advance(30 * MINUTE_MS - 1)), undefined);
  assert.equal(watch.tick(grownMs, clock.advance(1)), 'call-one-more');
  assert.equal(watch.tick(grownMs, clock.now), undefined);
  assert.equal(watch.tick(grownMs, clock.advanceTo(watch.deadline() ?? 0)), 'call-one-more');
  assert.equal(clock.ms, grownMs + 40 * MINUTE_MS);
});

test('as long as blocks come nobody is called', () => {
  const [watch, clock] = [new TipWatch(), new FalseClock()];
  watch.start(clock.now);
  for (let i = 0; i < 20; i++) {
    clock.advanceTo(watch.deadline() ?? 0);
    assert.equal(watch.tick(clock.ms - 29 * MINUTE_MS, clock.now), undefined);
  }
});

test('a tip that never grew is stale when its time is over', () => {
  const [watch, clock] = [new TipWatch(), new FalseClock()];
  watch.start(clock.now);
  assert.equal(watch.tick(undefined, clock.advance(30 * MINUTE_MS)), 'call-one-more');
});

test('one more than wanted has a minute to show something, and then one must go', () => {
  const [watch, clock] = [new TipWatch(), new FalseClock()];
  watch.start(clock.now);
  watch.beginTrial(clock.now);
  clock.advance(10_000);
  watch.beginTrial(clock.now);
  assert.equal(watch.deadline(), clock.ms - 10_000 + MINUTE_MS, 'it begins once');
  assert.equal(watch.tick(undefined, clock.advance(49_999)), undefined);
  assert.equal(watch.tick(undefined, clock.advance(1)), 'part-with-one');
  assert.equal(watch.tick(undefined, clock.now), undefined);
});
