import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followText } from '../../../src/cli/scan/follow-status.ts';

const STATUS = { peers: 1, height: 812_345, balanceSats: 150_000_000, payments: 12 };

test('a wide screen has all numbers, a narrow one as many as fit', () => {
  assert.equal(followText(STATUS, 80), 'height 812,345  balance 1.50000000 BTC  12 payments  1 peer');
  assert.equal(followText(STATUS, 50), 'height 812,345  balance 1.50000000 BTC');
  for (let columns = 0; columns < 100; columns++)
    assert.ok(followText(STATUS, columns).length <= Math.max(0, columns - 1));
});
