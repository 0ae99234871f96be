import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanId } from '../../src/store/scan-id.ts';

const A = Uint8Array.of(0x51);
const B = Uint8Array.of(0x51, 0x52);
const C = Uint8Array.of(0x52);

test('the name of a scan is the same whatever order its scripts are in, and however often each is there', () => {
  const name = scanId('regtest', [A, B, C], 7);
  assert.match(name, /^[0-9a-f]{64}$/);
  assert.equal(scanId('regtest', [C, B, A], 7), name);
  assert.equal(scanId('regtest', [B, A, C.slice(), B, C], 7), name);
});

test('scans of another network, another height or other scripts have other names', () => {
  const names = [
    scanId('regtest', [A, B], 7),
    scanId('signet', [A, B], 7),
    scanId('regtest', [A, B], 8),
    scanId('regtest', [A], 7),
    scanId('regtest', [A, B, C], 7),
    scanId('regtest', [A, C], 7),
    scanId('regtest', [B, C], 7),
    scanId('regtest', [], 7),
    scanId('regtest', [new Uint8Array(0)], 7),
    // The same bytes one after the other, cut elsewhere.
    scanId('regtest', [Uint8Array.of(0x51, 0x51, 0x52)], 7),
    scanId('regtest', [Uint8Array.of(0x51, 0x51), C], 7),
  ];
  assert.equal(new Set(names).size, names.length);
});

test('the name of a scan stays what it is from version to version', () => {
  assert.equal(
    scanId('regtest', [A, B], 7),
    'b947ab448af12a7f33647150f9985d551550facb0afe99aa7bf3cdb98f7e5f75',
  );
});

test('no scan begins at what is no height', () => {
  for (const height of [-1, 0.5, 2 ** 32, NaN])
    assert.throws(() => scanId('regtest', [A], height), RangeError);
});
