import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { equalBytes, hash160, HASH_SIZE_BYTES, sha256, sha256d } from '../../src/bytes/hash.ts';
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

test('SHA-256 once agrees with the implementation in Node', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.deepEqual(sha256(bytes), once(bytes));
    }),
  );
});

test('a key is hidden by SHA-256 and RIPEMD-160 (the key of BIP 173 and what pays to it)', () => {
  const key = fromHex('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798');
  assert.equal(toHex(hash160(key)), '751e76e8199196d454941c45d1b3a323f1433bd6');
});

test('byte strings are equal when length and every byte are', () => {
  assert.ok(equalBytes(fromHex(''), fromHex('')));
  assert.ok(equalBytes(fromHex('0102'), fromHex('0102')));
  assert.ok(!equalBytes(fromHex('0102'), fromHex('0103')));
  assert.ok(!equalBytes(fromHex('0102'), fromHex('0202')));
  assert.ok(!equalBytes(fromHex('01'), fromHex('0100')));
  assert.ok(!equalBytes(fromHex('0100'), fromHex('01')));
});
