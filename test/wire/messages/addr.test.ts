import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex, toHex } from '../../../src/bytes/hex.ts';
import { decode, encode } from '../../../src/wire/codec.ts';
import { addr, addrV2, MAX_ADDRESSES_PER_MESSAGE } from '../../../src/wire/messages/addr.ts';
import { checkCases } from '../../support/cases.ts';
import { sharedData, skipWithoutSharedData } from '../../support/repository.ts';

const IP_HEX = `${'00'.repeat(10)}ffff0a000001`;
const ENTRY_HEX = `e215104d0100000000000000${IP_HEX}208d`;
const ENTRY = { time: 1292899810, services: 1n, ip: fromHex(IP_HEX), port: 8333 };
const ENTRY_V2_HEX = 'e215104d0101040a000001208d';
const ENTRY_V2 = { time: 1292899810, services: 1n, network: 1, address: fromHex('0a000001'), port: 8333 };

test('an addr is a list of addresses of 30 bytes', () => {
  checkCases(addr, {
    accepted: [
      [{ addresses: [] }, '00'],
      [{ addresses: [ENTRY] }, `01${ENTRY_HEX}`],
    ],
    refused: [
      ['', 'unexpected-end', 'addresses'],
      [`02${ENTRY_HEX}`, 'unexpected-end', 'addresses'],
      [`01${ENTRY_HEX.slice(2)}`, 'unexpected-end', 'addresses'],
      [`01${ENTRY_HEX}00`, 'trailing-bytes'],
    ],
  });
});

test('an addrv2 is a list of addresses of any length', () => {
  checkCases(addrV2, {
    accepted: [
      [{ addresses: [] }, '00'],
      [{ addresses: [ENTRY_V2, ENTRY_V2] }, `02${ENTRY_V2_HEX.repeat(2)}`],
    ],
    refused: [
      [`02${ENTRY_V2_HEX}`, 'unexpected-end', 'addresses'],
      [`02${ENTRY_V2_HEX}${ENTRY_V2_HEX.slice(0, -2)}`, 'unexpected-end', 'addresses/1/port'],
      [`01${ENTRY_V2_HEX}00`, 'trailing-bytes'],
      [`02${ENTRY_V2_HEX}e215104d0101050a00000100208d`, 'bad-value', 'addresses/1/address'],
    ],
  });
});

test('either message holds 1,000 addresses and no more', () => {
  assert.equal(MAX_ADDRESSES_PER_MESSAGE, 1000);
  const most = `fde803${ENTRY_HEX.repeat(1000)}`;
  const value = decode(addr, fromHex(most));
  assert.equal(value.addresses.length, 1000);
  assert.equal(toHex(encode(addr, value)), most);
  assert.throws(() => encode(addr, { addresses: [...value.addresses, ENTRY] }), RangeError);

  const mostV2 = `fde803${ENTRY_V2_HEX.repeat(1000)}`;
  const valueV2 = decode(addrV2, fromHex(mostV2));
  assert.equal(valueV2.addresses.length, 1000);
  assert.equal(toHex(encode(addrV2, valueV2)), mostV2);
  assert.throws(() => encode(addrV2, { addresses: [...valueV2.addresses, ENTRY_V2] }), RangeError);

  checkCases(addr, { refused: [[`fde903${ENTRY_HEX.repeat(1001)}`, 'over-limit', 'addresses']] });
  checkCases(addrV2, { refused: [[`fde903${ENTRY_V2_HEX.repeat(1001)}`, 'over-limit', 'addresses']] });
});

test('a count without its addresses is refused before any is read', () => {
  const refused = [
    [`fde803${'00'.repeat(10)}`, 'unexpected-end', 'addresses'],
    [`fe00000002${'00'.repeat(10)}`, 'over-limit', 'addresses'],
  ] as const;
  checkCases(addr, { refused });
  checkCases(addrV2, { refused });
});

interface AddrVectors {
  readonly stream_addrv1_hex: string;
  readonly stream_addrv2_hex: string;
}

test('three addresses of Core read the same in both messages', { skip: skipWithoutSharedData }, () => {
  const vectors = JSON.parse(readFileSync(sharedData('vectors', 'addrv2.json'), 'utf8')) as AddrVectors;
  const ip = fromHex('00000000000000000000000000000001');
  const fields = [
    { time: 0x4966bc61, services: 0n, port: 0 },
    { time: 0x83766279, services: 1n, port: 0x00f1 },
    { time: 0xffffffff, services: 0x0448n, port: 0xf1f2 },
  ];
  // The collection has the second text at the end of the first one as well.
  const addrHex = vectors.stream_addrv1_hex.slice(0, 2 * (1 + 3 * 30));
  checkCases(addr, { accepted: [[{ addresses: fields.map((entry) => ({ ...entry, ip })) }, addrHex]] });
  checkCases(addrV2, {
    accepted: [
      [
        { addresses: fields.map((entry) => ({ ...entry, network: 2, address: ip })) },
        vectors.stream_addrv2_hex,
      ],
    ],
  });
});
