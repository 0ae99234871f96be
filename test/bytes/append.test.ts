import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append } from '../../src/bytes/append.ts';

test('items are added in their order, however many there are', () => {
  const list = [1];
  append(list, [2, 3]);
  append(list, new Set([4]));
  assert.deepEqual(list, [1, 2, 3, 4]);
  append(list, new Uint8Array(1_000_000));
  assert.equal(list.length, 1_000_004);
});
