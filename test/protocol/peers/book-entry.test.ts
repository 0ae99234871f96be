import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BookEntry,
  canonicalHost,
  endpointOf,
  entryOf,
  EntryIndex,
  isDialable,
  keyOf,
} from '../../../src/protocol/peers/book-entry.ts';
import { hostOfAddressV2, hostText, parseHost } from '../../../src/wire/host.ts';
import { foundAt, ownGroupHost } from '../../support/addresses.ts';
import { seededRandom } from '../../support/false-time.ts';

const ONION = textOfAddressV2(4);
const I2P = textOfAddressV2(5);

function textOfAddressV2(network: number): string {
  const host = hostOfAddressV2({ network, address: new Uint8Array(32).fill(7) });
  assert.ok(host !== undefined);
  return hostText(host);
}

function entry(index: number): BookEntry {
  const told = foundAt(ownGroupHost(index));
  const history = { lastTrySeconds: 0, lastSuccessSeconds: 0, failures: 0, isTried: false };
  return entryOf(
    { ...told, ...history, network: 'ipv6' },
    { key: keyOf(told.endpoint), source: 'source', places: [index] },
  );
}

test('the key of an address of any network names it', () => {
  for (const host of ['12.34.56.78', '2a00::1', 'fc12::1', ONION, I2P]) {
    for (const port of [0, 1, 8333, 65_535]) {
      const named = endpointOf(keyOf({ host, port }));
      assert.deepEqual(named?.endpoint, { host, port });
      assert.equal(hostText(named.host), host);
    }
  }
});

test('texts that are no such key name nothing', () => {
  const texts = [
    '',
    'address-',
    'address-12.34.56.78',
    'address-12.34.56.78 ',
    'address-12.34.56.78 08333',
    'address-12.34.56.78 65536',
    'address-12.34.56.78 -1',
    'address-12.34.56.78 8333 ',
    'address-12.34.56.78 8333\n',
    'address-12.34.56.078 8333',
    'address-::ffff:12.34.56.78 8333',
    'address-2A00::1 8333',
    'address-2a00:0::1 8333',
    `address-${ONION.toUpperCase()} 8333`,
    'address-seed.example.org 8333',
    'address-localhost 8333',
    'addresses-12.34.56.78 8333',
  ];
  for (const text of texts) assert.equal(endpointOf(text), undefined, text);
});

test('only the canonical spelling of a host is taken', () => {
  assert.equal(canonicalHost('2a00::1')?.network, 'ipv6');
  for (const text of ['2a00:0:0::1', '2A00::1', '::ffff:1.2.3.4', 'example.org', '']) {
    assert.equal(canonicalHost(text), undefined, text);
  }
});

test('an address must have a port, but in I2P, and be reachable, but where nodes are at private addresses', () => {
  assert.equal(isGood('12.34.56.78', 8333, false), true);
  assert.equal(isGood('12.34.56.78', 0, false), false);
  assert.equal(isGood('12.34.56.78', 0, true), false);
  assert.equal(isGood(I2P, 0, false), true);
  for (const text of ['127.0.0.2', '10.1.2.3', '::1']) {
    assert.equal(isGood(text, 8333, false), false, text);
    assert.equal(isGood(text, 8333, true), true, text);
  }
  for (const text of ['0.0.0.0', '::']) assert.equal(isGood(text, 8333, true), false, text);
});

function isGood(text: string, port: number, separatesPrivate: boolean): boolean {
  const host = parseHost(text);
  assert.ok(host !== undefined, text);
  return isDialable(host, port, separatesPrivate);
}

test('entries are found by their keys, and those removed are not', () => {
  const index = new EntryIndex();
  const entries = Array.from({ length: 50 }, (_, i) => entry(i));
  for (const one of entries) index.add(one);
  const [odd, even] = [1, 0].map((rest) => entries.filter((_, i) => i % 2 === rest)) as [
    BookEntry[],
    BookEntry[],
  ];
  for (const one of odd) index.remove(one);
  assert.equal(index.size, 25);
  assert.deepEqual(new Set(index), new Set(even));
  for (const one of even) assert.equal(index.get(one.key), one);
  for (const one of odd) assert.equal(index.get(one.key), undefined);
});

test('a sample holds each wanted entry once at most, and each about as often as the others', () => {
  const index = new EntryIndex();
  const entries = Array.from({ length: 20 }, (_, i) => entry(i));
  for (const one of entries) index.add(one);
  const random = seededRandom();
  const drawn = new Map<BookEntry, number>();
  for (let i = 0; i < 2_000; i++) {
    const sample = index.sample(5, ({ places }) => (places[0] as number) < 10, random);
    assert.equal(new Set(sample).size, 5);
    for (const one of sample) drawn.set(one, (drawn.get(one) ?? 0) + 1);
  }
  assert.deepEqual(new Set(drawn.keys()), new Set(entries.slice(0, 10)));
  for (const count of drawn.values()) assert.ok(count > 900 && count < 1_100, `${count} of 1000`);
  assert.equal(index.sample(100, () => true, random).length, 20);
  assert.deepEqual(
    index.sample(100, () => false, random),
    [],
  );
  for (const one of entries) index.remove(one);
  assert.equal(index.size, 0);
});
