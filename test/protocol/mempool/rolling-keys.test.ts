import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RollingKeys } from '../../../src/protocol/mempool/rolling-keys.ts';
import { secondsOfWork } from '../../support/seconds-of-work.ts';

test('the last keys are there: as many as allowed, or down to half of that', () => {
  const keys = new RollingKeys(100);
  for (let n = 0; n < 1_000; n++) {
    keys.add(`key ${n}`);
    assert.ok(keys.size <= 100);
    for (let last = Math.max(0, n - 49); last <= n; last++)
      assert.ok(keys.has(`key ${last}`), `${last} of ${n}`);
  }
  assert.equal(keys.has('key 0'), false);
  assert.equal(keys.has('another'), false);
});

test('a key that is added again takes no more room', () => {
  const keys = new RollingKeys(10);
  for (let n = 0; n < 100; n++) keys.add('the same');
  assert.equal(keys.size, 1);
});

test('nothing is there after it was cleared', () => {
  const keys = new RollingKeys(10);
  for (let n = 0; n < 30; n++) keys.add(`key ${n}`);
  keys.clear();
  assert.deepEqual([keys.size, keys.has('key 29')], [0, false]);
});

test('adding to a full one takes no longer than to an empty one', () => {
  const keys = new RollingKeys(50_000);
  const seconds = secondsOfWork(() => {
    for (let n = 0; n < 300_000; n++) keys.add(`some key of about the usual length ${n}`);
  });
  // Half a second, even on a slow machine; looking for the oldest among those deleted took fifty times that.
  assert.ok(seconds < 3, `${seconds} s`);
});
