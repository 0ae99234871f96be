import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/hex.ts';
import { SEAL_SIZE_BYTES, sealed, unsealed } from '../../src/store/sealed.ts';

test('what was sealed comes back, both parts in a row', () => {
  for (const [first, second, whole] of [
    [[], [], ''],
    [[], [1, 2], '0102'],
    [[1], [2, 3], '010203'],
  ] as const) {
    const bytes = sealed(Uint8Array.from(first), Uint8Array.from(second));
    assert.equal(bytes.length, SEAL_SIZE_BYTES + first.length + second.length);
    assert.equal(toHex(unsealed(bytes) ?? assert.fail()), whole);
  }
});

test('what is too short for a checksum, or does not agree with it, is damaged', () => {
  const bytes = sealed(Uint8Array.of(1), Uint8Array.of(2));
  for (let length = 0; length < bytes.length; length++)
    assert.equal(unsealed(bytes.subarray(0, length)), undefined, `${length} bytes`);
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.slice();
    changed[i] = (changed[i] as number) ^ 0x10;
    assert.equal(unsealed(changed), undefined, `byte ${i}`);
  }
});
