import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPublicKey } from '../../src/script/public-key.ts';

test('the first byte of a key says how long it is', () => {
  for (let first = 0; first < 256; first++) {
    const key = (length: number): Uint8Array => new Uint8Array(length).fill(first, 0, 1);
    assert.equal(isPublicKey(key(33)), [2, 3].includes(first), `33 bytes from ${first}`);
    assert.equal(isPublicKey(key(65)), [4, 6, 7].includes(first), `65 bytes from ${first}`);
    for (const length of [1, 32, 34, 64, 66]) assert.ok(!isPublicKey(key(length)));
  }
  assert.ok(!isPublicKey(new Uint8Array()));
});
