import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import {
  addressV2Of,
  HOST_NETWORKS,
  type Host,
  hostOfAddressV2,
  hostOfIp,
  hostText,
  ipOf,
  parseHost,
} from '../../src/wire/host.ts';
import { ADDRESS_NETWORKS } from '../../src/wire/net-address.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';

const ONION_KEY = '79bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f';
const ONION = 'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion';
const I2P_HASH = 'a2894dabaec08c0051a481a6dac88b64f98232ae42d4b6fd2fa81952dfe36a87';
const I2P = 'ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p';

/** Network and hexadecimal bytes of what a text stands for. */
function parsed(text: string): string | undefined {
  return shown(parseHost(text));
}

function shown(host: Host | undefined): string | undefined {
  return host && `${host.network} ${toHex(host.bytes)}`;
}

test('each of the five kinds has a canonical text', () => {
  const CASES: readonly (readonly [text: string, host: string])[] = [
    ['0.0.0.0', 'ipv4 00000000'],
    ['1.20.30.255', 'ipv4 01141eff'],
    ['::', `ipv6 ${'00'.repeat(16)}`],
    ['::1', `ipv6 ${'00'.repeat(15)}01`],
    ['2001:db8::a:0:0:1', 'ipv6 20010db800000000000a000000000001'],
    ['102:304:506:708:90a:b0c:d0e:f10', 'ipv6 0102030405060708090a0b0c0d0e0f10'],
    ['fbff::', `ipv6 fbff${'00'.repeat(14)}`],
    ['fd00::', `ipv6 fd${'00'.repeat(15)}`],
    ['fc00:1:2:3:4:5:6:7', 'cjdns fc000001000200030004000500060007'],
    [ONION, `onion ${ONION_KEY}`],
    [I2P, `i2p ${I2P_HASH}`],
  ];
  for (const [text, host] of CASES) {
    assert.equal(parsed(text), host, text);
    assert.equal(hostText(parseHost(text) as Host), text);
  }
  assert.deepEqual(new Set(CASES.map(([, host]) => host.split(' ')[0])), new Set(HOST_NETWORKS));
});

test('other spellings of a host have the same canonical text', () => {
  const CASES: readonly (readonly [text: string, canonical: string])[] = [
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1::', '1::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['::1.2.3.4', '::102:304'],
    ['64:ff9b::8.8.8.8', '64:ff9b::808:808'],
    ['1:2:3:4:5:6:7.8.9.10', '1:2:3:4:5:6:708:90a'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:0102:0304', '1.2.3.4'],
    ['0:0:0:0:0:ffff:0102:0304', '1.2.3.4'],
    ['FC00::1', 'fc00::1'],
    [ONION.toUpperCase(), ONION],
    [I2P.toUpperCase(), I2P],
  ];
  for (const [text, canonical] of CASES) assert.equal(hostText(parseHost(text) as Host), canonical, text);
});

test('what is no address is no host', () => {
  const NO_HOSTS = [
    '',
    'localhost',
    'seed.example',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '010.0.0.1',
    '1.2.3.04',
    '00.0.0.0',
    '0x7f.0.0.1',
    '+1.2.3.4',
    ' 1.2.3.4',
    '1.2.3.4\n',
    '1.2..4',
    '127.1',
    '2130706433',
    '1.2.3.4:8333',
    '١.2.3.4',
    ':',
    ':::',
    '::1::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    ':1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:',
    '::00001',
    '::g',
    '::-1',
    '::1 ',
    '[::1]',
    'fe80::1%eth0',
    '::1.2.3',
    '::1.2.3.04',
    '1.2.3.4::',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1.2.3.4:5',
    // The checksum, the version, the length, the end, and a letter that is a k only in some languages.
    ONION.replace('pg', 'ph'),
    ONION.replace('yd.', 'ya.'),
    ONION.slice(1),
    `a${ONION}`,
    `${ONION}.`,
    ONION.replace('k', '\u212a'),
    ONION.slice(0, -1),
    // Version 2, no longer in use.
    'expyuzz4wqqyqhjn.onion',
    I2P.slice(1),
    `a${I2P}`,
    // Bits left over that are not zero, characters that base 32 has not, and a name in I2P's own directory.
    I2P.replace('q.', 'r.'),
    I2P.replace('uk', 'u1'),
    I2P.replace('k', '\u212a'),
    `${I2P.slice(0, 48)}====.b32.i2p`,
    'stats.i2p',
    '1'.repeat(100_000),
    ':'.repeat(100_000),
  ];
  for (const text of NO_HOSTS) assert.equal(parsed(text), undefined, text.slice(0, 80));
});

test('the version of an onion must be 3, though its checksum agrees', () => {
  // Made with Python's hashlib from the key of ONION.
  assert.equal(parsed('pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4p2jxyc.onion'), undefined);
});

/** Of Core's tests of BIP 155 (src/test/net_tests.cpp). */
const ADDRV2_CASES: readonly (readonly [network: number, hex: string, text: string | undefined])[] = [
  [1, '01020304', '1.2.3.4'],
  [2, '0102030405060708090a0b0c0d0e0f10', '102:304:506:708:90a:b0c:d0e:f10'],
  // IPv4 and version 2 of Tor's addresses inside IPv6.
  [2, '00000000000000000000ffff01020304', undefined],
  [2, 'fd87d87eeb430102030405060708090a', undefined],
  [3, 'f1f2f3f4f5f6f7f8f9fa', undefined],
  [4, ONION_KEY, ONION],
  [5, I2P_HASH, I2P],
  [6, 'fc000001000200030004000500060007', 'fc00:1:2:3:4:5:6:7'],
  [6, 'aa000001000200030004000500060007', undefined],
  [0xaa, '01020304', undefined],
  [0xaa, '', undefined],
];

function textOfAddressV2(network: number, hex: string): string | undefined {
  const host = hostOfAddressV2({ network, address: fromHex(hex) });
  return host && hostText(host);
}

test('an address of BIP 155 has the text that Core gives it', () => {
  for (const [network, hex, text] of ADDRV2_CASES) assert.equal(textOfAddressV2(network, hex), text, hex);
  // Not of Core: what CJDNS has to itself, a network that nobody answers in, and no network.
  assert.equal(textOfAddressV2(2, 'fc000001000200030004000500060007'), undefined);
  assert.equal(textOfAddressV2(7, '02000001000200030004000500060007'), undefined);
  assert.equal(textOfAddressV2(0, '01020304'), undefined);
  for (const { id, sizeBytes } of Object.values(ADDRESS_NETWORKS)) {
    for (const length of [0, sizeBytes - 1, sizeBytes + 1])
      assert.equal(textOfAddressV2(id, 'fc'.repeat(length)), undefined, `${length} bytes of network ${id}`);
  }
});

interface AddressVectors {
  readonly cnetaddr_v2_cases: readonly {
    readonly comment: string;
    readonly hex: string;
    readonly string: string | null;
    readonly error: string | null;
  }[];
}

test('Core’s own cases of addrv2 have the text that they say', { skip: skipWithoutSharedData }, () => {
  const vectors = JSON.parse(readFileSync(sharedData('vectors', 'addrv2.json'), 'utf8')) as AddressVectors;
  let count = 0;
  for (const { comment, hex, string, error } of vectors.cnetaddr_v2_cases) {
    // Those with an error do not decode (test/wire/net-address.test.ts).
    if (error !== null) continue;
    count++;
    // A network id, a length of one byte, and the address.
    const text = textOfAddressV2(Number.parseInt(hex.slice(0, 2), 16), hex.slice(4));
    // What only Core's own address book writes is IPv6 to us, at a private address.
    const expected = string?.endsWith('.internal') ? 'fd6b:88c0:8724:ca97:8112:ca1b:bdca:fac2' : string;
    assert.equal(text, expected ?? undefined, comment);
  }
  assert.equal(count, 12);
});

test('the 16 bytes of addr hold IPv4 and IPv6, and nothing of other networks', () => {
  const CASES: readonly (readonly [hex: string, text: string | undefined])[] = [
    ['00000000000000000000ffff01020304', '1.2.3.4'],
    ['00000000000000000000fffe01020304', '::fffe:102:304'],
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['fd87d87eeb430102030405060708090a', undefined],
    ['fc000001000200030004000500060007', undefined],
    ['01020304', undefined],
    ['', undefined],
    ['00'.repeat(17), undefined],
  ];
  for (const [hex, text] of CASES) {
    const host = hostOfIp(fromHex(hex));
    assert.equal(host && hostText(host), text, hex);
  }
  assert.equal(toHex(ipOf(parseHost('1.2.3.4') as Host) as Uint8Array), '00000000000000000000ffff01020304');
  assert.deepEqual(addressV2Of(parseHost(ONION) as Host), { network: 4, address: fromHex(ONION_KEY) });
});
