import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBase58check } from '@scure/base';
import { HDKey } from '@scure/bip32';
import * as fc from 'fast-check';
import { sha256 } from '../../../src/bytes/hash.ts';
import { fromHex, toHex } from '../../../src/bytes/hex.ts';
import { NETWORKS } from '../../../src/networks/by-name.ts';
import type { Network } from '../../../src/networks/network.ts';
import { readExtendedKey } from '../../../src/script/descriptors/extended-key.ts';
import { type DescriptorFault, Refusal } from '../../../src/script/descriptors/refusal.ts';

const { mainnet, testnet3, testnet4, signet, regtest } = NETWORKS;
const base58check = createBase58check(sha256);
const account = HDKey.fromMasterSeed(new Uint8Array(32).fill(1)).derive("m/84'/0'/0'");
const XPUB = account.publicExtendedKey;
const TPUB = changed(XPUB, 0, '043587cf');

test('a key is derived as BIP 32 shows it in its second example', () => {
  const root = HDKey.fromMasterSeed(
    fromHex(
      'fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542',
    ),
  );
  const derived = readExtendedKey(root.publicExtendedKey, mainnet).childKey(0);
  const published =
    'xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6r1D3tgFxHmwMkQTPH';
  assert.equal(toHex(derived.bytes), toHex(readExtendedKey(published, mainnet).key.bytes));
});

test('keys are derived as another implementation derives them, however long the path', () => {
  const seed = fc.uint8Array({ minLength: 16, maxLength: 64 });
  const steps = fc.array(fc.oneof(fc.nat(20), fc.nat(0x7fffffff)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(seed, steps, (bytes, path) => {
      const theirs = HDKey.fromMasterSeed(bytes);
      const last = path.at(-1) as number;
      const before = path.slice(0, -1);
      const ours = readExtendedKey(theirs.publicExtendedKey, mainnet);
      const parent = before.reduce((key, step) => key.child(step), ours);
      const expected = toHex(theirs.derive(`m/${path.join('/')}`).publicKey as Uint8Array);
      assert.equal(toHex(parent.childKey(last).bytes), expected);
      assert.equal(toHex(parent.child(last).key.bytes), expected);
      assert.equal(parent.depth, before.length);
    }),
    { numRuns: 30 },
  );
});

test('an extended key is of mainnet, or of all networks for tests', () => {
  for (const network of [testnet3, testnet4, signet, regtest]) {
    assert.equal(readExtendedKey(TPUB, network).depth, 3);
    assert.equal(faultOf(XPUB, network), 'descriptor-network');
  }
  assert.equal(readExtendedKey(XPUB, mainnet).depth, 3);
  assert.equal(faultOf(TPUB, mainnet), 'descriptor-network');
});

test('an extended key whose version says what it is for is not taken for another', () => {
  // Of ypub, Ypub, zpub, Zpub, upub, Upub, vpub and Vpub.
  const versions = '049d7cb2 0295b43f 04b24746 02aa7ed3 044a5262 024289ef 045f1cf6 02575483'.split(' ');
  for (const version of versions)
    assert.equal(faultOf(changed(XPUB, 0, version), mainnet), 'descriptor-unsupported', version);
});

/** As in the fifth list of BIP 32: what is wrong, where in the 78 bytes, and what stands there. */
const WRONG: readonly (readonly [string, number, string])[] = [
  ['a private key under a public version', 45, `00${'01'.repeat(32)}`],
  ['a key that begins with 4', 45, '04'],
  ['a key that begins with 1', 45, '01'],
  ['a key that is no point', 45, `02${'00'.repeat(31)}05`],
  ['a key that is larger than the field', 45, `02${'ff'.repeat(32)}`],
  ['no depth, but a parent', 4, '0000000001'],
  ['no depth, but a number', 4, '000000000000000001'],
  ['a version of nobody', 0, '00000000'],
];

for (const [what, at, hex] of WRONG) {
  test(`${what} is no extended key`, () => {
    assert.equal(faultOf(changed(XPUB, at, hex), mainnet), 'descriptor-syntax');
  });
}

test('a letter changed, cut off or added makes it no extended key', () => {
  for (let at = 4; at < XPUB.length; at++) {
    const letter = XPUB[at] === 'a' ? 'b' : 'a';
    assert.equal(faultOf(XPUB.slice(0, at) + letter + XPUB.slice(at + 1), mainnet), 'descriptor-syntax');
    assert.equal(faultOf(XPUB.slice(0, at), mainnet), 'descriptor-syntax');
  }
  for (const text of [`${XPUB}1`, `1${XPUB}`, `${XPUB} `, '', 'x', '1'.repeat(112), '0'.repeat(111)])
    assert.equal(faultOf(text, mainnet), 'descriptor-syntax', text);
});

/** The same with other bytes in one place, and the checksum that they ask for. */
function changed(text: string, at: number, hex: string): string {
  const bytes = base58check.decode(text);
  bytes.set(fromHex(hex), at);
  return base58check.encode(bytes);
}

function faultOf(text: string, network: Network): DescriptorFault | undefined {
  try {
    readExtendedKey(text, network);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Refusal);
    return error.code;
  }
}
