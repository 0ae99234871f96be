/** What holds for all hosts, and for all text and bytes that may be one. */
import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { toHex } from '../../src/bytes/hex.ts';
import {
  addressV2Of,
  HOST_NETWORKS,
  type Host,
  type HostNetwork,
  hostOfAddressV2,
  hostOfIp,
  hostText,
  ipOf,
  parseHost,
} from '../../src/wire/host.ts';

/** As node:net has it, which takes zones as well. */
function networksByNode(text: string): readonly (HostNetwork | undefined)[] {
  if (text.includes('%')) return [undefined];
  const version = isIP(text);
  if (version === 0) return [undefined];
  return version === 4 ? ['ipv4'] : ['ipv6', 'ipv4', 'cjdns'];
}

const group = fc.oneof(
  fc.constantFrom('0', '00', '0000', 'ffff', 'FFFF', 'fc00', '1', 'Ab', '12345', ''),
  fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16)),
);
const octet = fc.oneof(
  fc.integer({ min: 0, max: 300 }).map(String),
  fc.constantFrom('0', '00', '01', '255', '256'),
);
const ipv4Text = fc
  .array(octet, { minLength: 3, maxLength: 5 })
  .map((octets) => octets.slice(0, 4).join('.') + (octets.length === 5 ? '.1' : ''));
const ipv6Text = fc
  .tuple(
    fc.array(group, { maxLength: 8 }),
    fc.constantFrom('::', ':', ''),
    fc.array(group, { maxLength: 8 }),
    fc.option(ipv4Text),
  )
  .map(
    ([before, middle, after, ipv4]) =>
      before.join(':') + middle + [...after, ...(ipv4 === null ? [] : [ipv4])].join(':'),
  );
/** Texts that are close to an address, and some that are one. */
const mangled = fc
  .tuple(
    fc.oneof(ipv4Text, ipv6Text),
    fc.nat(),
    fc.constantFrom(':', '.', '0', 'f', 'g', '%', ' ', '\n', ''),
    fc.nat({ max: 2 }),
  )
  .map(([text, place, piece, removed]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + piece + text.slice(at + removed);
  });
const goodIpv4 = fc.ipV4();
const goodIpv6 = fc.ipV6();

test('what is an IP address is as node:net has it', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.oneof(goodIpv4, goodIpv6, ipv4Text, ipv6Text, mangled), (text) => {
      const network = parseHost(text)?.network;
      assert.ok(networksByNode(text).includes(network), `${JSON.stringify(text)} is ${network}`);
      seen.set(String(network), (seen.get(String(network)) ?? 0) + 1);
    }),
    { numRuns: 5_000 },
  );
  for (const network of ['ipv4', 'ipv6', 'undefined']) assert.ok((seen.get(network) ?? 0) > 100, network);
});

test('IPv6 text stands for the bytes that the platform finds in it', () => {
  fc.assert(
    fc.property(fc.oneof(goodIpv6, ipv6Text, mangled), (text) => {
      const host = parseHost(text);
      if (host === undefined || !text.includes(':')) return;
      // WHATWG's own parser, which brings an address into one form.
      const expected = new URL(`http://[${text}]/`).hostname;
      const bytes = ipOf(host) ?? host.bytes;
      const groups = Array.from({ length: 8 }, (_, i) => toHex(bytes.slice(2 * i, 2 * i + 2)));
      assert.equal(new URL(`http://[${groups.join(':')}]/`).hostname, expected);
    }),
    { numRuns: 2_000 },
  );
});

function exactly(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

const SIZES: Readonly<Record<HostNetwork, number>> = { ipv4: 4, ipv6: 16, onion: 32, i2p: 32, cjdns: 16 };
const EVERY_HOST: fc.Arbitrary<Host> = fc.constantFrom(...HOST_NETWORKS).chain((network) =>
  exactly(SIZES[network]).map((bytes) => {
    // Neither CJDNS nor the private addresses beside it, of which OnionCat is a part; nor IPv4.
    if (network === 'ipv6') bytes[0] = (bytes[0] as number) % 0xfc || 1;
    if (network === 'cjdns') bytes[0] = 0xfc;
    return { network, bytes };
  }),
);

test('a host of any kind comes back from its text, in both cases', () => {
  fc.assert(
    fc.property(EVERY_HOST, (host) => {
      const text = hostText(host);
      assert.equal(text, text.toLowerCase());
      assert.deepEqual(parseHost(text), host);
      assert.deepEqual(parseHost(text.toUpperCase()), host);
    }),
    { numRuns: 500 },
  );
});

test('a host of any kind comes back from addrv2, and one of the internet from addr', () => {
  fc.assert(
    fc.property(EVERY_HOST, (host) => {
      assert.deepEqual(hostOfAddressV2(addressV2Of(host)), host);
      const ip = ipOf(host);
      assert.equal(ip !== undefined, host.network === 'ipv4' || host.network === 'ipv6');
      if (ip !== undefined) assert.deepEqual(hostOfIp(ip), host);
    }),
  );
});

/** Text of such characters and so long, before an ending. */
function textFrom(
  characters: string,
  minLength: number,
  maxLength: number,
  ending = '',
): fc.Arbitrary<string> {
  const unit = fc.constantFrom(...characters.split(''));
  return fc.string({ unit, minLength, maxLength }).map((text) => text + ending);
}

test('no text makes the parser throw, and what it takes it gives back', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    textFrom('0123456789abcdefABCDEF.:%', 0, 50),
    textFrom('abcyz234567AZ', 55, 57, '.onion'),
    textFrom('aqbc234567', 51, 53, '.b32.i2p'),
  );
  fc.assert(
    fc.property(text, (any) => {
      const host = parseHost(any);
      if (host !== undefined) assert.deepEqual(parseHost(hostText(host)), host);
    }),
    { numRuns: 1_000 },
  );
});

test('no bytes make the reader of addresses throw, and what it takes has a text', () => {
  const network = fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 255 }));
  const address = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(4, 10, 16, 32).chain(exactly),
    exactly(10).map((end) => Uint8Array.of(0xfd, 0x87, 0xd8, 0x7e, 0xeb, 0x43, ...end)),
    exactly(15).map((end) => Uint8Array.of(0xfc, ...end)),
  );
  fc.assert(
    fc.property(network, address, (id, bytes) => {
      for (const host of [hostOfAddressV2({ network: id, address: bytes }), hostOfIp(bytes)])
        if (host !== undefined) assert.deepEqual(parseHost(hostText(host)), host);
    }),
    { numRuns: 3_000 },
  );
});
