import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { equalBytes, HASH_SIZE_BYTES, sha256d } from '../../src/bytes/hash.ts';
import { fromHex, toHex } from '../../src/bytes/hex.ts';

test('SHA-256 twice over nothing begins with the checksum that every empty message carries', () => {
  const hash = sha256d(new Uint8Array(0));
  assert.equal(hash.length, HASH_SIZE_BYTES);
  assert.equal(toHex(hash), '5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456');
});

function once(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

test('SHA-256 twice agrees with the implementation in Node', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.deepEqual(sha256d(bytes), once(once(bytes)));
    }),
  );
});

test('byte strings are equal when length and every byte are', () => {
  assert.ok(equalBytes(fromHex(''), fromHex('')));
  assert.ok(equalBytes(fromHex('0102'), fromHex('0102')));
  assert.ok(!equalBytes(fromHex('0102'), fromHex('0103')));
  assert.ok(!equalBytes(fromHex('0102'), fromHex('0202')));
  assert.ok(!equalBytes(fromHex('01'), fromHex('0100')));
  assert.ok(!equalBytes(fromHex('0100'), fromHex('01')));
});
