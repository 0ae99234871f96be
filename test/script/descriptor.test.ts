import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBase58check } from '@scure/base';
import { HDKey } from '@scure/bip32';
import { sha256 } from '../../src/bytes/hash.ts';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import { mainnet } from '../../src/networks/mainnet.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { addressOf } from '../../src/script/address.ts';
import { type Descriptor, type DescriptorFault, parseDescriptor } from '../../src/script/descriptor.ts';
import { extendedKeys } from '../support/descriptors.ts';

const base58check = createBase58check(sha256);
const X = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';
const KEY = `02${X}`;
const WHOLE = `04${X}483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8`;
const [account] = extendedKeys(mainnet);
const XPUB = account?.publicExtendedKey ?? '';
const WIF = 'KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWn';

/** The published accounts of "abandon abandon … about", and their first two receiving and first change addresses. */
const ACCOUNTS = [
  [
    'tr (BIP 86)',
    (xpub: string) => `tr([73c5da0a/86'/0'/0']${xpub}/<0;1>/*)`,
    'xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKDP9QyrLprQ3VCECoY49yfdDEHGCtMMj92pReUsQ',
    [
      'bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr',
      'bc1p4qhjn9zdvkux4e44uhx8tc55attvtyu358kutcqkudyccelu0was9fqzwh',
      'bc1p3qkhfews2uk44qtvauqyr2ttdsw7svhkl9nkm9s9c3x4ax5h60wqwruhk7',
    ],
  ],
  [
    'wpkh (BIP 84)',
    (xpub: string) => `wpkh([73c5da0a/84h/0h/0h]${xpub}/<0;1>/*)`,
    'zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs',
    [
      'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu',
      'bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g',
      'bc1q8c6fshw2dlwun7ekn9qwf37cu2rn755upcp6el',
    ],
  ],
] as const;

for (const [name, write, key, [first, second, change]] of ACCOUNTS) {
  test(`an account of ${name} has its published addresses`, () => {
    const descriptor = parsed(write(asXpub(key)));
    const [receiving, changing] = descriptor.scriptsAt(0) as [Uint8Array, Uint8Array];
    const [next] = descriptor.scriptsAt(1) as [Uint8Array];
    assert.deepEqual(
      [receiving, next, changing].map((script) => addressOf(script, mainnet)),
      [first, second, change],
    );
  });
}

test('a checksum may be there or not, and is told', () => {
  assert.equal(parsed('raw(deadbeef)').checksum, '89f8spxm');
  assert.equal(parsed('raw(deadbeef)#89f8spxm').checksum, '89f8spxm');
});

test('a descriptor without a star has the same scripts at every index', () => {
  const descriptor = parsed(`wpkh(${XPUB}/1/2)`);
  assert.equal(descriptor.isRanged, false);
  assert.deepEqual(descriptor.scriptsAt(0x7fffffff), descriptor.scriptsAt(0));
});

test('a descriptor with a star has other scripts at each index, whatever was asked for before', () => {
  const text = `wsh(sortedmulti(2,${XPUB}/<0;1>/*,${XPUB}/7/*,${KEY}))`;
  const descriptor = parsed(text);
  const seen = new Set(
    [5, 0, 5, 0x7fffffff, 6].map((index) => descriptor.scriptsAt(index).map(toHex).join()),
  );
  assert.equal(seen.size, 4);
  assert.deepEqual(descriptor.scriptsAt(6), parsed(text).scriptsAt(6));
});

test('an index that is none is a mistake of the caller', () => {
  const descriptor = parsed(`wpkh(${XPUB}/*)`);
  for (const index of [-1, 0.5, 2 ** 31, Number.NaN, Infinity])
    assert.throws(() => descriptor.scriptsAt(index), RangeError);
});

test('scripts may be changed by who got them, without harm to the next ones', () => {
  for (const text of [`raw(${KEY})`, `addr(${addressOf(fromHex(`5120${X}`), mainnet)})`, `tr(${X})`]) {
    const descriptor = parsed(text);
    const before = descriptor.scriptsAt(0).map(toHex);
    descriptor.scriptsAt(0)[0]?.fill(0);
    assert.deepEqual(descriptor.scriptsAt(0).map(toHex), before);
  }
});

test('rawtr() is a key as it stands, and hexadecimal may be in capitals', () => {
  assert.deepEqual(parsed(`rawtr(${X.toUpperCase()})`).scriptsAt(0).map(toHex), [`5120${X}`]);
  assert.deepEqual(parsed(`rawtr(03${X})`).scriptsAt(0).map(toHex), [`5120${X}`]);
});

const SYNTAX = 'descriptor-syntax';

/** Beside those of the BIPs: what is wrong, the text, and the code. */
const FAULTS: readonly (readonly [string, string, DescriptorFault])[] = [
  ['nothing', '', SYNTAX],
  ['a checksum of nothing', '#nws03dze', 'descriptor-checksum'],
  ['a word', 'headlight', SYNTAX],
  ['a name from the prototype of objects', `toString(${KEY})`, SYNTAX],
  ['a name in capitals', `PKH(${KEY})`, SYNTAX],
  ['a space before it', ` pkh(${KEY})`, SYNTAX],
  ['a space behind it', `pkh(${KEY}) `, SYNTAX],
  ['a space before a key', `pkh( ${KEY})`, SYNTAX],
  ['a bracket that is missing', `pkh(${KEY}`, SYNTAX],
  ['a bracket too many', `pkh(${KEY}))`, SYNTAX],
  ['another one behind it', `pkh(${KEY})pkh(${KEY})`, SYNTAX],
  ['no key', 'pkh()', SYNTAX],
  ['two keys', `pkh(${KEY},${KEY})`, SYNTAX],
  ['a key in the old hybrid form', `pkh(06${WHOLE.slice(2)})`, SYNTAX],
  ['a key that is no point', `pkh(02${'0'.repeat(63)}5)`, SYNTAX],
  ['a key with the wrong y', `pkh(${WHOLE.slice(0, -1)}9)`, SYNTAX],
  ['a key of 32 bytes', `pkh(${X})`, SYNTAX],
  ['a key of 32 bytes that is no point', `tr(${'0'.repeat(63)}5)`, SYNTAX],
  ['a key with half a byte', `pkh(${KEY}0)`, SYNTAX],
  ['a path after hexadecimal', `pkh(${KEY}/0)`, SYNTAX],
  ['a slash behind an extended key', `pkh(${XPUB}/)`, SYNTAX],
  ['a star that is not the last step', `pkh(${XPUB}/*/0)`, SYNTAX],
  ['two stars', `pkh(${XPUB}/*/*)`, SYNTAX],
  ['a plus', `pkh(${XPUB}/+1)`, SYNTAX],
  ['a step in hexadecimal', `pkh(${XPUB}/0x1)`, SYNTAX],
  ['a star among values', `pkh(${XPUB}/<0;*>)`, SYNTAX],
  ['one value', `pkh(${XPUB}/<0>)`, SYNTAX],
  ['a value that is the same, written otherwise', `pkh(${XPUB}/<1;01>)`, SYNTAX],
  ['multi() without keys', 'multi(1)', SYNTAX],
  ['multi() of 21 keys', `wsh(multi(1${`,${KEY}`.repeat(21)}))`, SYNTAX],
  ['eight whole keys in sh()', `sh(multi(1${`,${WHOLE}`.repeat(8)}))`, SYNTAX],
  ['a tree of nothing', `tr(${X},)`, SYNTAX],
  ['a tree of one branch', `tr(${X},{pk(${X})})`, SYNTAX],
  ['a tree of three branches', `tr(${X},{pk(${X}),pk(${X}),pk(${X})})`, SYNTAX],
  ['two trees', `tr(${X},pk(${X}),pk(${X}))`, SYNTAX],
  ['a leaf that is a key', `tr(${X},${X})`, SYNTAX],
  ['two keys in rawtr()', `rawtr(${X},${X})`, SYNTAX],
  ['raw() of nothing', 'raw()', SYNTAX],
  ['raw() of half a byte', 'raw(abc)', SYNTAX],
  ['Miniscript on its own', `and_v(v:pk(${KEY}),older(1))`, SYNTAX],
  ['Miniscript in sh()', `sh(and_v(v:pk(${KEY}),older(1)))`, SYNTAX],
  ['Miniscript in wsh()', `wsh(and_v(v:pk(${KEY}),older(1)))`, 'descriptor-unsupported'],
  ['wrapped Miniscript in wsh()', `wsh(c:pk_k(${KEY}))`, 'descriptor-unsupported'],
  ['Miniscript in a tree', `tr(${X},{pk(${X}),thresh(1,pk(${X}))})`, 'descriptor-unsupported'],
  ['MuSig', `tr(musig(${KEY},${KEY}))`, 'descriptor-unsupported'],
  ['MuSig with a path', `rawtr(musig(${XPUB},${XPUB})/0/*)`, 'descriptor-unsupported'],
  ['unused()', `unused(${KEY})`, 'descriptor-unsupported'],
  ['a zpub', `wpkh(${ACCOUNTS[1][2]}/0/*)`, 'descriptor-unsupported'],
  ['a tpub', `wpkh(${extendedKeys(regtest)[0]?.publicExtendedKey}/0/*)`, 'descriptor-network'],
  ['an address of regtest', 'addr(bcrt1pfeesnyr2tx)', 'descriptor-network'],
  ['an address with a wrong letter', 'addr(1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMh)', SYNTAX],
  ['a private key', `wpkh(${WIF})`, 'descriptor-private-key'],
  ['a private key with a wrong letter', `wpkh(${WIF.slice(0, -1)}m)`, 'descriptor-private-key'],
  ['a private key where it may not stand', `wsh(wpkh(pk(${WIF})))`, SYNTAX],
  ['a private key behind an origin', `wpkh([deadbeef/0]${WIF})`, 'descriptor-private-key'],
  ['an extended private key', `wpkh(${account?.privateExtendedKey}/0/*)`, 'descriptor-private-key'],
  [
    'half an extended private key',
    `wpkh(${account?.privateExtendedKey.slice(0, 60)})`,
    'descriptor-private-key',
  ],
];

for (const [what, text, code] of FAULTS) {
  test(`${what} is refused: ${code}`, () => {
    const result = parseDescriptor(text, mainnet);
    assert.equal('code' in result && result.code, code);
  });
}

test('extended keys of one network for tests are good for all of them', () => {
  const text = `wpkh(${extendedKeys(regtest)[0]?.publicExtendedKey}/0/*)`;
  for (const network of [NETWORKS.testnet3, NETWORKS.testnet4, NETWORKS.signet, regtest])
    assert.ok(!('code' in parseDescriptor(text, network)), network.name);
});

test('what is wrong is said without a word of a secret', () => {
  const secrets = [
    WIF,
    account?.privateExtendedKey ?? '',
    HDKey.fromMasterSeed(new Uint8Array(32)).privateExtendedKey,
  ];
  for (const secret of secrets) {
    for (const text of [
      secret,
      `pk(${secret})`,
      `multi(1,${secret})`,
      `raw(${secret})`,
      `addr(${secret})`,
      `${secret}(`,
    ]) {
      const result = parseDescriptor(text, mainnet);
      assert.ok('code' in result);
      assert.doesNotMatch(result.detail, new RegExp(`${secret.slice(0, 6)}|${secret.slice(-6)}`));
    }
  }
});

function parsed(text: string): Descriptor {
  const result = parseDescriptor(text, mainnet);
  if ('code' in result) throw new assert.AssertionError({ message: result.detail });
  return result;
}

/** The same key under the version that descriptors want. */
function asXpub(key: string): string {
  const bytes = base58check.decode(key);
  bytes.set([0x04, 0x88, 0xb2, 0x1e]);
  return base58check.encode(bytes);
}
