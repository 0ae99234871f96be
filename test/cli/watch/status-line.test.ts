import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Status, statusText } from '../../../src/cli/watch/status-line.ts';

const STATUS: Status = {
  peers: 8,
  height: 900_123,
  count: 45_678,
  bytes: 67_890_000,
  perSecond: 4.26,
  dropped: 0,
};

test('a wide screen has all numbers', () => {
  assert.equal(statusText(STATUS, 80), '8 peers  height 900,123  45,678 held  4.3 tx/s  67.9 MB');
  assert.equal(
    statusText({ ...STATUS, peers: 1, perSecond: 1234.5, dropped: 1_000 }, 80),
    '1 peer  height 900,123  45,678 held  1,235 tx/s  67.9 MB  1,000 left out',
  );
});

test('what does not fit is left out, and no line is as wide as the screen', () => {
  assert.equal(statusText(STATUS, 40), '8 peers  height 900,123  45,678 held');
  for (let columns = 0; columns < 100; columns++) {
    assert.ok(statusText({ ...STATUS, dropped: 12 }, columns).length <= Math.max(0, columns - 1));
  }
});
