import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SyncPatience } from '../../src/protocol/sync-patience.ts';
import { FalseClock } from '../support/false-time.ts';

const TIMEOUT_MS = 60_000;

test('a synchronisation without progress is given up when its time is over, and progress begins it anew', () => {
  const clock = new FalseClock();
  const patience = new SyncPatience(TIMEOUT_MS);
  patience.start(clock.now);
  assert.equal(patience.deadline(), clock.ms + TIMEOUT_MS);
  clock.advance(TIMEOUT_MS - 1);
  assert.equal(patience.failure(5, clock.now), undefined);
  patience.noteProgress(clock.now);
  clock.advance(TIMEOUT_MS - 1);
  assert.equal(patience.failure(5, clock.now), undefined);
  clock.advance(1);
  const failure = patience.failure(5, clock.now);
  assert.deepEqual(failure, {
    code: 'no-progress',
    message: 'no new header came for 60 s (at height 5)',
  });
});

test('the failure names the last complaint', () => {
  const clock = new FalseClock();
  const patience = new SyncPatience(TIMEOUT_MS);
  patience.start(clock.now);
  for (const detail of ['first', 'second'])
    patience.complain({ host: '10.0.0.1', port: 1 }, { reason: 'headers-timeout', detail });
  clock.advance(TIMEOUT_MS);
  assert.match(patience.failure(0, clock.now)?.message ?? '', /10\.0\.0\.1:1: second \(headers-timeout\)$/);
});

test('where it was never started it never ends, whatever is noted', () => {
  const clock = new FalseClock();
  const patience = new SyncPatience(TIMEOUT_MS);
  patience.noteProgress(clock.now);
  clock.advance(10 * TIMEOUT_MS);
  assert.equal(patience.deadline(), undefined);
  assert.equal(patience.failure(0, clock.now), undefined);
});
