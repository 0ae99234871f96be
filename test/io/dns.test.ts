import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPublic, lookUp } from '../../src/io/dns.ts';

const PUBLIC = ['8.8.8.8', '172.15.255.255', '172.32.0.1', '223.255.255.255', '2001:4860::1', '3fff::1'];
const NOT_PUBLIC = [
  ...['0.0.0.0', '10.0.0.1', '100.64.0.1', '127.0.0.1', '169.254.1.1', '172.16.0.1', '172.31.255.255'],
  ...['192.168.255.255', '224.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::ffff:10.0.0.1', 'fe80::1', 'fc00::1', 'ff02::1', '4000::1'],
];

test('only addresses of the public network are taken from a seed', () => {
  const familyOf = (address: string): number => (address.includes(':') ? 6 : 4);
  for (const address of PUBLIC) assert.ok(isPublic({ address, family: familyOf(address) }), address);
  for (const address of NOT_PUBLIC) assert.ok(!isPublic({ address, family: familyOf(address) }), address);
});

test('a name that leads into our own machine gives no address', async () => {
  assert.deepEqual(await lookUp('localhost'), { addresses: [] });
});

test('a name that nobody has is told, not thrown', async () => {
  const { addresses, error } = await lookUp('no-such-name.invalid');
  assert.deepEqual(addresses, []);
  assert.match(error ?? '', /no-such-name\.invalid/);
});
