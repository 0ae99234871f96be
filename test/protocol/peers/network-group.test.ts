import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isLoopback, isRoutable, networkGroup } from '../../../src/protocol/peers/network-group.ts';
import { HOST_NETWORKS, type Host, hostText, parseHost } from '../../../src/wire/host.ts';

const ONION = 'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion';
const I2P = 'ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p';

/** Addresses beside each border of what is unroutable, and some inside. */
const ROUTABLE = `
  1.0.0.0 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0
  172.15.255.255 172.32.0.0 192.0.1.255 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255
  198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 ::ffff:8.8.8.8
  2000:: 2001:f:ffff::1 2001:30:: 2001:db7:ffff::1 2001:db9:: 2001:4860:4860::8888 3fff:ffff::1
  2002:808:808::1 2001:0:7f00:1:0:0:f7f7:f7f7 64:ff9b::8.8.8.8 fc00::1 fcff::1 ${ONION} ${I2P}`;
const UNROUTABLE = `
  0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255 169.254.0.0
  169.254.255.255 172.16.0.0 172.31.255.255 192.0.2.0 192.0.2.255 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255
  198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255 224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.255
  ::ffff:10.0.0.1 :: ::1 ::8.8.8.8 ::ffff:0:8.8.8.8 1fff:ffff::1 4000:: 64:ff9b:1::8.8.8.8 fd00::1 fdff::1 fe80::1
  febf::1 ff02::1 fd87:d87e:eb43::1 2001:10:: 2001:1f:ffff::1 2001:20:: 2001:2f:ffff::1 2001:db8:: 2001:db8:ffff::1
  2002:a00:1::1 2002:7f00:1::1 2001:0:808:808:0:0:f5ff:fffe 64:ff9b::10.0.0.1 64:ff9b::127.0.0.1`;

function hostsOf(list: string): [text: string, host: Host][] {
  return list
    .split(/\s+/)
    .filter((text) => text !== '')
    .map((text) => [text, parseHost(text) as Host]);
}

test('only hosts that can be reached from anywhere are routable', () => {
  for (const [text, host] of hostsOf(ROUTABLE)) assert.ok(isRoutable(host), text);
  for (const [text, host] of hostsOf(UNROUTABLE)) assert.ok(!isRoutable(host), text);
});

/** 32 bits as they are written in IPv6. */
function twoGroups(value: number): string {
  return `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`;
}

test('what leads to an IPv4 address is as routable as that, and in its group', () => {
  const u32 = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(
      fc.oneof(
        u32,
        u32.map((value) => ((value & 0xffffff) | 0x0a000000) >>> 0),
      ),
      u32,
      (ipv4, other) => {
        const dotted = [24, 16, 8, 0].map((shift) => (ipv4 >>> shift) & 0xff).join('.');
        const expected = [isRoutable(parseHost(dotted) as Host), networkGroup(dotted, false)];
        for (const text of [
          `2002:${twoGroups(ipv4)}::${twoGroups(other)}`,
          `2001:0:${twoGroups(other)}:8000:63bf:${twoGroups(~ipv4 >>> 0)}`,
          `64:ff9b::${twoGroups(ipv4)}`,
          `::ffff:${twoGroups(ipv4)}`,
        ])
          assert.deepEqual([isRoutable(parseHost(text) as Host), networkGroup(text, false)], expected, text);
      },
    ),
  );
});

test('loopback is 127.0.0.0/8 and ::1', () => {
  for (const text of ['127.0.0.0', '127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.2'])
    assert.ok(isLoopback(parseHost(text) as Host), text);
  for (const text of [
    '126.255.255.255',
    '128.0.0.0',
    '0.0.0.0',
    '10.0.0.1',
    '::',
    '::2',
    '1::1',
    'fc00::1',
    ONION,
    I2P,
  ])
    assert.ok(!isLoopback(parseHost(text) as Host), text);
});

/** A host text with bytes of its own, of the given kind. */
function textOf(network: Host['network'], bytes: readonly number[]): string {
  const size = { ipv4: 4, ipv6: 16, onion: 32, i2p: 32, cjdns: 16 }[network];
  return hostText({
    network,
    bytes: Uint8Array.from([...bytes, ...Array<number>(size).fill(7)].slice(0, size)),
  });
}

test('a group is as wide as one operator can easily fill', () => {
  const CASES: readonly (readonly [same: readonly string[], other: string])[] = [
    [['8.8.8.8', '8.8.0.1', '::ffff:8.8.255.255', '2002:808:101::1', '64:ff9b::8.8.1.2'], '8.9.8.8'],
    [['2a01:4f8::1', '2A01:04F8:ffff::2'], '2a01:4f9::1'],
    [['2001:470::1', '2001:470:fff:1::1'], '2001:470:1000::1'],
    [['2001:471::1', '2001:471:ffff::1'], '2001:470:ffff::1'],
    [['fc12::1', 'fc1f:ffff::1'], 'fc22::1'],
    [[textOf('onion', [0x10]), textOf('onion', [0x1f, 1])], textOf('onion', [0x20])],
    [[textOf('i2p', [0x10]), textOf('i2p', [0x1f, 1])], textOf('i2p', [0x20])],
    [['10.0.0.1', '192.168.0.1', 'fe80::1', '::1', '2001:db8::1', '2002:a00:1::1'], '8.8.8.8'],
    [['Peer.example', 'peer.EXAMPLE'], 'other.example'],
  ];
  for (const [same, other] of CASES) {
    const groups = new Set(same.map((host) => networkGroup(host, false)));
    assert.equal(groups.size, 1, same.join(' '));
    assert.ok(!groups.has(networkGroup(other, false)), other);
  }
});

test('where nodes live at private addresses each of these is a group of its own, in any spelling', () => {
  const alone = ['127.0.0.1', '127.0.0.2', '10.0.0.1', 'fe80::1', '::1', '2001:db8::1'];
  assert.equal(new Set(alone.map((host) => networkGroup(host, true))).size, alone.length);
  assert.equal(networkGroup('2001:DB8:0::1', true), networkGroup('2001:db8::1', true));
  assert.equal(networkGroup('::ffff:127.0.0.1', true), networkGroup('127.0.0.1', true));
  for (const [text] of hostsOf(ROUTABLE))
    assert.equal(networkGroup(text, true), networkGroup(text, false), text);
});

test('hosts of different kinds never share a group', () => {
  const hosts = HOST_NETWORKS.flatMap((network) => {
    const isIp = network === 'ipv4' || network === 'ipv6';
    const start = network === 'cjdns' ? [0xfc] : [];
    return (isIp ? [0x20, 0x26, 0x2a] : [0x20, 0x60, 0xa0]).map((byte) => textOf(network, [...start, byte]));
  });
  // Names that are written as groups may be.
  const names = ['unroutable', 'unroutable:', '10.0.0.1.', 'ipv4', 'name', 'abc.onion', ONION.slice(1)];
  const all = [...hosts, ...names, '10.0.0.1'];
  for (const separatesPrivate of [false, true])
    assert.equal(new Set(all.map((host) => networkGroup(host, separatesPrivate))).size, all.length);
});
