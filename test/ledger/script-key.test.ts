import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { scriptKey } from '../../src/ledger/script-key.ts';

test('scripts have the same key when they have the same bytes', () => {
  const script = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .tuple(fc.integer({ min: 998, max: 2_003 }), fc.nat(255))
      .map(([length, byte]) => new Uint8Array(length).fill(byte)),
  );
  fc.assert(
    fc.property(script, script, (a, b) => {
      assert.equal(scriptKey(a), scriptKey(Uint8Array.from(a)));
      assert.equal(scriptKey(a) === scriptKey(b), Buffer.compare(a, b) === 0);
    }),
  );
});

test('a long script never has the key of a shorter one', () => {
  const long = new Uint8Array(1_001).fill(0xab);
  const digits = Uint8Array.from(scriptKey(long), (digit) => digit.charCodeAt(0));
  assert.notEqual(scriptKey(digits), scriptKey(long));
});

test('the longest script that a block has room for has a key', () => {
  assert.notEqual(scriptKey(new Uint8Array(4_000_000)), '');
});
