import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVICES, serviceNames } from '../../src/wire/services.ts';

test('service bits are named in rising order', () => {
  assert.deepEqual(serviceNames(0n), []);
  assert.deepEqual(serviceNames(0x409n), ['NETWORK', 'WITNESS', 'NETWORK_LIMITED']);
  const all = Object.values(SERVICES).reduce((sum, bit) => sum | bit, 0n);
  assert.deepEqual(serviceNames(all), Object.keys(SERVICES));
});

test('a bit without a name is shown by its number', () => {
  assert.deepEqual(serviceNames(0x3n), ['NETWORK', 'BIT_1']);
  assert.deepEqual(serviceNames(1n << 63n), ['BIT_63']);
  assert.equal(serviceNames(2n ** 64n - 1n).length, 64);
});

test('the bits stand where the protocol has them', () => {
  assert.deepEqual(SERVICES, {
    NETWORK: 1n,
    BLOOM: 4n,
    WITNESS: 8n,
    COMPACT_FILTERS: 64n,
    NETWORK_LIMITED: 1024n,
    P2P_V2: 2048n,
  });
});
