import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat } from '../../src/bytes/concat.ts';

test('parts are joined in order, in memory of their own', () => {
  const first = Uint8Array.of(1, 2);
  const whole = concat([first, new Uint8Array(0), Uint8Array.of(3)]);
  assert.deepEqual(whole, Uint8Array.of(1, 2, 3));
  first[0] = 9;
  assert.equal(whole[0], 1);
  assert.deepEqual(concat([]), new Uint8Array(0));
});
