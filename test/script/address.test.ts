import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base58, bech32, bech32m, createBase58check } from '@scure/base';
import * as fc from 'fast-check';
import { sha256 } from '../../src/bytes/hash.ts';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import type { Network } from '../../src/networks/network.ts';
import { type AddressFault, addressOf, parseAddress } from '../../src/script/address.ts';
import { outputType } from '../../src/script/classify.ts';
import { script } from '../support/scripts.ts';

const { mainnet, testnet3, testnet4, signet, regtest } = NETWORKS;
const KEY_HASH = '751e76e8199196d454941c45d1b3a323f1433bd6';
const PROGRAM = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';

/** Addresses of the BIPs and of Core's own tests. */
const EXAMPLES: readonly (readonly [Network, string, string])[] = [
  [mainnet, '1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH', `76a914${KEY_HASH}88ac`],
  [mainnet, '1111111111111111111114oLvT2', `76a914${'00'.repeat(20)}88ac`],
  [mainnet, '3JvL6Ymt8MVWiCNHC7oWU6nLeHNJKLZGLN', `a914bcfeb728b584253d5f3f70bcb780e9ef218a68f487`],
  [mainnet, 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', `0014${KEY_HASH}`],
  [mainnet, 'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0', `5120${PROGRAM}`],
  [
    mainnet,
    'bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y',
    `5128${KEY_HASH}${KEY_HASH}`,
  ],
  [mainnet, 'bc1sw50qgdz25j', '6002751e'],
  [mainnet, 'bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs', '5210751e76e8199196d454941c45d1b3a323'],
  [mainnet, 'bc1pfeessrawgf', '51024e73'],
  [regtest, 'bcrt1pfeesnyr2tx', '51024e73'],
  [
    testnet3,
    'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7',
    '00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262',
  ],
];

for (const [network, text, hex] of EXAMPLES) {
  test(`${text} is an address of ${network.name}`, () => {
    assert.equal(addressOf(fromHex(hex), network), text);
    assert.deepEqual(parsed(text, network), hex);
  });
}

test('an address of bech32 may be in capitals, as in a code that is scanned', () => {
  assert.equal(parsed('BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4', mainnet), `0014${KEY_HASH}`);
});

const segwit = (version: number, program: readonly number[], codec: typeof bech32): string =>
  codec.encode('bc', [version, ...bech32.toWords(Uint8Array.from(program))]);
const zeros = (length: number): number[] => Array.from({ length }, () => 0);
const check58 = createBase58check(sha256);

/** What is wrong with them, the texts, and the network that they were meant for. */
const FAULTS: readonly (readonly [string, string, Network, AddressFault])[] = [
  ['a letter changed in base58', '1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMh', mainnet, 'address-checksum'],
  ['a letter changed in bech32', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5', mainnet, 'address-checksum'],
  ['mainnet for regtest', '1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH', regtest, 'address-network'],
  ['regtest for mainnet', 'bcrt1pfeesnyr2tx', mainnet, 'address-network'],
  [
    'testnet for regtest',
    'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7',
    regtest,
    'address-network',
  ],
  [
    'another coin in bech32',
    bech32.encode('ltc', [0, ...bech32.toWords(new Uint8Array(20))]),
    mainnet,
    'address-network',
  ],
  [
    'another coin in base58',
    check58.encode(Uint8Array.from([0x30, ...zeros(20)])),
    mainnet,
    'address-network',
  ],
  ['a private key', check58.encode(Uint8Array.from([0x80, ...zeros(32), 1])), mainnet, 'address-format'],
  ['base58 of 24 bytes', base58.encode(new Uint8Array(24)), mainnet, 'address-format'],
  ['upper and lower case', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8F3T4', mainnet, 'address-format'],
  [
    'capitals of which one is a Kelvin sign',
    'BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7\u212aV8F3T4',
    mainnet,
    'address-format',
  ],
  [
    'a 1 for an l',
    'bc1p0x1xvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
    mainnet,
    'address-format',
  ],
  ['version 0 with the checksum of bech32m', segwit(0, zeros(20), bech32m), mainnet, 'address-format'],
  ['version 1 with the checksum of bech32', segwit(1, zeros(32), bech32), mainnet, 'address-format'],
  ['version 17', segwit(17, zeros(32), bech32m), mainnet, 'address-format'],
  ['version 0 of 21 bytes', segwit(0, zeros(21), bech32), mainnet, 'address-format'],
  ['version 2 of 1 byte', segwit(2, zeros(1), bech32m), mainnet, 'address-format'],
  ['version 2 of 41 bytes', segwit(2, zeros(41), bech32m), mainnet, 'address-format'],
  ['nothing after the prefix', bech32.encode('bc', []), mainnet, 'address-format'],
  [
    'a last character that carries nothing',
    bech32m.encode('bc', [1, ...bech32.toWords(new Uint8Array(20)), 0]),
    mainnet,
    'address-format',
  ],
  [
    'a last character that carries too much',
    bech32m.encode('bc', [1, ...bech32.toWords(new Uint8Array(32)).slice(0, -1), 1]),
    mainnet,
    'address-format',
  ],
  ['nothing', '', mainnet, 'address-format'],
  ['a space before it', ' 1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH', mainnet, 'address-format'],
  ['a word', 'headlight', mainnet, 'address-format'],
  ['a megabyte', '1'.repeat(1_000_000), mainnet, 'address-format'],
];

for (const [what, text, network, code] of FAULTS) {
  test(`${what} is refused: ${code}`, () => assert.equal(parsed(text, network), code));
}

test('whose address it is instead is said', () => {
  assert.equal(
    detailOf('1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH', regtest),
    'it is an address of mainnet, not of regtest',
  );
  assert.equal(
    detailOf('mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r', mainnet),
    'it is an address of testnet3 or testnet4 or signet or regtest, not of mainnet',
  );
  assert.equal(detailOf('bcrt1pfeesnyr2tx', signet), 'it is an address of regtest, not of signet');
});

test('a private key that was given by mistake is not repeated', () => {
  const key = check58.encode(Uint8Array.from([0x80, ...zeros(32), 1]));
  assert.ok(!JSON.stringify(parseAddress(key, mainnet)).includes(key.slice(0, 8)));
});

test('every script that has an address is what its address stands for, on every network', () => {
  fc.assert(
    fc.property(script, fc.constantFrom(...Object.values(NETWORKS)), (bytes, network) => {
      const text = addressOf(bytes, network);
      const bare = ['p2pk', 'multisig', 'op-return', 'nonstandard'].includes(outputType(bytes));
      assert.equal(text === undefined, bare);
      if (text !== undefined) assert.equal(parsed(text, network), toHex(bytes));
    }),
  );
});

test('test networks share their addresses, but for regtest in bech32', () => {
  const legacy = fromHex(`76a914${KEY_HASH}88ac`);
  for (const network of [testnet4, signet, regtest])
    assert.equal(addressOf(legacy, network), addressOf(legacy, testnet3));
  const witness = fromHex(`0014${KEY_HASH}`);
  for (const network of [testnet4, signet])
    assert.equal(addressOf(witness, network), addressOf(witness, testnet3));
  assert.notEqual(addressOf(witness, regtest), addressOf(witness, testnet3));
});

test('any text at all is an address or has a fault', () => {
  const alphabets = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: characterOf('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz') }),
    fc.string({ unit: characterOf('qpzry9x8gf2tvdw0s3jn54khce6mua7l') }).map((text) => `bc1${text}`),
  );
  fc.assert(
    fc.property(alphabets, (text) => {
      assert.ok(['address-format', 'address-checksum', 'address-network'].includes(parsed(text, mainnet)));
    }),
  );
});

function characterOf(alphabet: string): fc.Arbitrary<string> {
  return fc.constantFrom(...alphabet.split(''));
}

function detailOf(text: string, network: Network): string | undefined {
  const result = parseAddress(text, network);
  return 'code' in result ? result.detail : undefined;
}

/** The script as hexadecimal, or the code of the fault. */
function parsed(text: string, network: Network): string {
  const result = parseAddress(text, network);
  return 'code' in result ? result.code : toHex(result.script);
}
