import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256d } from '../../src/bytes/hash.ts';
import { fromHex, toDisplayHex, toHex } from '../../src/bytes/hex.ts';
import { targetOf, toBits } from '../../src/chain/compact-target.ts';
import { ProofOfWork } from '../../src/chain/proof-of-work.ts';
import { chainworkHex } from '../../src/chain/work.ts';
import { networkByName, NETWORKS } from '../../src/networks/by-name.ts';
import type { Network, NetworkName } from '../../src/networks/network.ts';
import { decode, encode } from '../../src/wire/codec.ts';
import { header, headerHash } from '../../src/wire/header.ts';

const ALL = Object.values(NETWORKS);

/** The first transaction of every network but testnet4 quotes the same newspaper, so they share its hash. */
const TIMES_MERKLE_ROOT = '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b';

/** What Bitcoin Core's chainparams.cpp says, written down apart from the modules under test. */
const EXPECTED: Readonly<Record<NetworkName, Readonly<Record<string, unknown>>>> = {
  mainnet: {
    magic: 'f9beb4d9',
    port: 8333,
    genesis: '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f',
    merkleRoot: TIMES_MERKLE_ROOT,
    time: 1231006505,
    bits: 0x1d00ffff,
    nonce: 2083236893,
    powLimit: `00000000${'f'.repeat(56)}`,
    rules: { minDifficultyBlocks: false, noRetarget: false, bip94: false, bip54Height: undefined },
    versionHeights: { bip34: 227931, bip66: 363725, bip65: 388381 },
    minChainwork: '0000000000000000000000000000000000000001128750f82f4c366153a3a030',
    address: { p2pkh: 0, p2sh: 5, bech32: 'bc' },
    xpubVersion: 0x0488b21e,
    seedCount: 7,
  },
  testnet3: {
    magic: '0b110907',
    port: 18333,
    genesis: '000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943',
    merkleRoot: TIMES_MERKLE_ROOT,
    time: 1296688602,
    bits: 0x1d00ffff,
    nonce: 414098458,
    powLimit: `00000000${'f'.repeat(56)}`,
    rules: { minDifficultyBlocks: true, noRetarget: false, bip94: false, bip54Height: undefined },
    versionHeights: { bip34: 21111, bip66: 330776, bip65: 581885 },
    minChainwork: '0000000000000000000000000000000000000000000017dde1c649f3708d14b6',
    address: { p2pkh: 111, p2sh: 196, bech32: 'tb' },
    xpubVersion: 0x043587cf,
    seedCount: 4,
  },
  testnet4: {
    magic: '1c163f28',
    port: 48333,
    genesis: '00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043',
    merkleRoot: '7aa0a7ae1e223414cb807e40cd57e667b718e42aaf9306db9102fe28912b7b4e',
    time: 1714777860,
    bits: 0x1d00ffff,
    nonce: 393743547,
    powLimit: `00000000${'f'.repeat(56)}`,
    rules: { minDifficultyBlocks: true, noRetarget: false, bip94: true, bip54Height: undefined },
    versionHeights: { bip34: 1, bip66: 1, bip65: 1 },
    minChainwork: '0000000000000000000000000000000000000000000009a0fe15d0177d086304',
    address: { p2pkh: 111, p2sh: 196, bech32: 'tb' },
    xpubVersion: 0x043587cf,
    seedCount: 2,
  },
  signet: {
    magic: '0a03cf40',
    port: 38333,
    genesis: '00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6',
    merkleRoot: TIMES_MERKLE_ROOT,
    time: 1598918400,
    bits: 0x1e0377ae,
    nonce: 52613770,
    powLimit: `00000377ae${'0'.repeat(54)}`,
    rules: { minDifficultyBlocks: false, noRetarget: false, bip94: false, bip54Height: undefined },
    versionHeights: { bip34: 1, bip66: 1, bip65: 1 },
    minChainwork: '00000000000000000000000000000000000000000000000000000b463ea0a4b8',
    address: { p2pkh: 111, p2sh: 196, bech32: 'tb' },
    xpubVersion: 0x043587cf,
    seedCount: 2,
  },
  regtest: {
    magic: 'fabfb5da',
    port: 18444,
    genesis: '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206',
    merkleRoot: TIMES_MERKLE_ROOT,
    time: 1296688602,
    bits: 0x207fffff,
    nonce: 2,
    powLimit: `7${'f'.repeat(63)}`,
    rules: { minDifficultyBlocks: true, noRetarget: true, bip94: false, bip54Height: undefined },
    versionHeights: { bip34: 1, bip66: 1, bip65: 1 },
    minChainwork: '0'.repeat(64),
    address: { p2pkh: 111, p2sh: 196, bech32: 'bcrt' },
    xpubVersion: 0x043587cf,
    seedCount: 0,
  },
};

test('there are five networks, each listed under its own name', () => {
  assert.deepEqual(Object.keys(NETWORKS).toSorted(), [
    'mainnet',
    'regtest',
    'signet',
    'testnet3',
    'testnet4',
  ]);
  for (const [name, network] of Object.entries(NETWORKS)) assert.equal(network.name, name);
});

for (const network of ALL) {
  test(`${network.name} has the parameters of Bitcoin Core`, () => {
    assert.deepEqual(described(network), EXPECTED[network.name]);
  });

  test(`${network.name}'s first header hashes to its genesis hash, and its hash is proof of its own work`, () => {
    const bytes = fromHex(network.genesisHeaderHex);
    assert.equal(bytes.length, 80);
    const first = decode(header, bytes);
    assert.deepEqual(encode(header, first), bytes);
    assert.equal(toDisplayHex(headerHash(first)), network.genesisHash);
    assert.equal(first.version, 1);
    assert.deepEqual(first.prev, new Uint8Array(32));
    assert.equal(new ProofOfWork(network.powLimit).fault(headerHash(first), first.bits), undefined);
  });

  test(`${network.name}'s easiest bits are its easiest target in compact form, and can be met`, () => {
    assert.equal(network.powLimitBits, toBits(network.powLimit));
    const target = targetOf(network.powLimitBits, network.powLimit);
    assert.ok(target !== undefined && target <= network.powLimit);
    assert.equal(toBits(target), network.powLimitBits);
    assert.equal(decode(header, fromHex(network.genesisHeaderHex)).bits, network.powLimitBits);
  });

  test(`${network.name}'s seeds are different plain host names`, () => {
    assert.equal(new Set(network.dnsSeeds).size, network.dnsSeeds.length);
    for (const seed of network.dnsSeeds) assert.match(seed, /^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
  });
}

test('no two networks share a magic, a port or a genesis', () => {
  assert.equal(new Set(ALL.map((network) => toHex(network.magic))).size, ALL.length);
  assert.equal(new Set(ALL.map((network) => network.port)).size, ALL.length);
  assert.equal(new Set(ALL.map((network) => network.genesisHash)).size, ALL.length);
});

test("signet's magic comes from the challenge that its blocks must meet (BIP 325)", () => {
  const challenge = fromHex(
    '512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be43' +
      '0210359ef5021964fe22d6f8e05b2463c9540ce96883fe3b278760f048f5189f2e6c452ae',
  );
  const hash = sha256d(Uint8Array.from([challenge.length, ...challenge]));
  assert.deepEqual(NETWORKS.signet.magic, hash.slice(0, 4));
});

test('a network is found by its own name and by the name that bitcoind has for it', () => {
  for (const network of ALL) assert.equal(networkByName(network.name), network);
  assert.equal(networkByName('main'), NETWORKS.mainnet);
  assert.equal(networkByName('test'), NETWORKS.testnet3);
  assert.equal(networkByName('testnet'), NETWORKS.testnet3);
});

test('a name that is no network finds none, not even one that every object has', () => {
  for (const name of ['', 'Mainnet', 'testnet5', 'constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    assert.equal(networkByName(name), undefined, name);
  }
});

function described(network: Network): Record<string, unknown> {
  const first = decode(header, fromHex(network.genesisHeaderHex));
  const { minDifficultyBlocks, noRetarget, bip94, bip54Height } = network;
  return {
    magic: toHex(network.magic),
    port: network.port,
    genesis: network.genesisHash,
    merkleRoot: toDisplayHex(first.merkleRoot),
    time: first.time,
    bits: first.bits,
    nonce: first.nonce,
    powLimit: network.powLimit.toString(16).padStart(64, '0'),
    rules: { minDifficultyBlocks, noRetarget, bip94, bip54Height },
    versionHeights: network.versionHeights,
    minChainwork: chainworkHex(network.minChainwork),
    address: network.address,
    xpubVersion: network.xpubVersion,
    seedCount: network.dnsSeeds.length,
  };
}
