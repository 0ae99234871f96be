import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hashKey, hashOfKey } from '../../src/bytes/hash-key.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('a key gives back the hash that it was made of', () => {
  fc.assert(fc.property(hash, (bytes) => assert.deepEqual(hashOfKey(hashKey(bytes)), bytes)));
});

test('keys are the same when the hashes are', () => {
  fc.assert(
    fc.property(hash, hash, (a, b) => {
      const isSame = a.every((byte, i) => byte === b[i]);
      assert.equal(hashKey(a) === hashKey(b), isSame);
    }),
  );
  const ones = new Uint8Array(32).fill(1);
  assert.equal(hashKey(ones), hashKey(ones.slice()));
});
