/** The vectors of Core and of the BIPs, read in place; they are not part of the repository. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { base58 } from '@scure/base';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { networkByName, NETWORKS } from '../../src/networks/by-name.ts';
import type { Network } from '../../src/networks/network.ts';
import { addressOf, parseAddress } from '../../src/script/address.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';

const skip = skipWithoutSharedData;
const ALL = Object.values(NETWORKS);

function vectors(name: string): unknown {
  return JSON.parse(readFileSync(sharedData('vectors', name), 'utf8'));
}

type KeyIo = readonly [
  text: string,
  hex: string,
  about: { readonly chain: string; readonly isPrivkey: boolean; readonly tryCaseFlip?: boolean },
];

test("the addresses of Core's vectors stand for the scripts that they say", { skip }, () => {
  const rows = (vectors('core_key_io_valid.json') as readonly KeyIo[]).filter(
    ([, , about]) => !about.isPrivkey,
  );
  assert.ok(rows.length >= 40);
  for (const [text, hex, { chain, tryCaseFlip = false }] of rows) {
    const network = networkByName(chain) as Network;
    assert.equal(addressOf(fromHex(hex), network), text);
    assert.equal(parsed(text, network), hex, text);
    const other = network.name === 'mainnet' ? NETWORKS.regtest : NETWORKS.mainnet;
    assert.equal(parsed(text, other), 'address-network', text);
    // All capitals are another way to write bech32, and another text in base58.
    assert.equal(parsed(flipped(text), network) === hex, tryCaseFlip, flipped(text));
  }
});

test("the private keys of Core's vectors are addresses of no network", { skip }, () => {
  const keys = (vectors('core_key_io_valid.json') as readonly KeyIo[]).filter(
    ([, , about]) => about.isPrivkey,
  );
  assert.ok(keys.length > 0);
  for (const [text] of keys)
    for (const network of ALL) assert.equal(parsed(text, network), 'address-format', text);
});

test("what Core's vectors call invalid is an address of no network", { skip }, () => {
  const rows = vectors('core_key_io_invalid.json') as readonly (readonly [string])[];
  assert.ok(rows.length >= 50);
  for (const [text] of rows)
    for (const network of ALL) assert.match(parsed(text, network), /^address-/, text);
});

test("the texts of Core's base58 vectors are bytes, and no address for want of a checksum", { skip }, () => {
  const rows = vectors('core_base58_encode_decode.json') as readonly (readonly [string, string])[];
  assert.ok(rows.length >= 20);
  for (const [hex, text] of rows) {
    assert.equal(base58.encode(fromHex(hex)), text);
    const fault = hex.length === 50 ? 'address-checksum' : 'address-format';
    for (const network of ALL) assert.equal(parsed(text, network), fault, text);
  }
});

test('what is well-formed in bech32 but has no prefix of ours is of another network', { skip }, () => {
  const { bech32_testvectors_valid: old, bech32m_testvectors_valid: modern } = vectors(
    'bech32.json',
  ) as Record<string, readonly string[]>;
  const texts = [...(old as readonly string[]), ...(modern as readonly string[])];
  assert.ok(texts.length >= 14);
  for (const text of texts)
    for (const network of ALL) assert.equal(parsed(text, network), 'address-network', text);
});

test('what is not well-formed in bech32 is not taken for an address of another network', { skip }, () => {
  const { bech32_testvectors_invalid: old, bech32m_testvectors_invalid: modern } = vectors(
    'bech32.json',
  ) as Record<string, readonly string[]>;
  const texts = [...(old as readonly string[]), ...(modern as readonly string[])];
  assert.ok(texts.length >= 36);
  for (const text of texts)
    for (const network of ALL) assert.match(parsed(text, network), /^address-(format|checksum)$/, text);
});

test('every list in the file of bech32 vectors was read', { skip }, () => {
  assert.deepEqual(Object.keys(vectors('bech32.json') as object).toSorted(), [
    'bech32_testvectors_invalid',
    'bech32_testvectors_valid',
    'bech32m_testvectors_invalid',
    'bech32m_testvectors_valid',
  ]);
});

/** The script as hexadecimal, or the code of the fault. */
function parsed(text: string, network: Network): string {
  const result = parseAddress(text, network);
  return 'code' in result ? result.code : toHex(result.script);
}

function flipped(text: string): string {
  return text
    .split('')
    .map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()))
    .join('');
}
