import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hashKey } from '../../src/bytes/hash-key.ts';
import { keyOfOutput, outPointKey, positionOf, txKeyOf } from '../../src/wire/outpoint-key.ts';

test('an output is a key that tells both its parts', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(0xffff_ffff), (txid, vout) => {
      const key = outPointKey({ txid, vout });
      assert.equal(key, keyOfOutput(hashKey(txid), vout));
      assert.equal(txKeyOf(key), hashKey(txid));
      assert.equal(positionOf(key), vout);
    }),
  );
});
