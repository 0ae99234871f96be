import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { DecodeErrorCode } from '../../src/bytes/decode-error.ts';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { decode, encode } from '../../src/wire/codec.ts';
import {
  ADDRESS_NETWORKS,
  addressV2,
  ipText,
  MAX_ADDRESS_SIZE_BYTES,
  netAddress,
  timedAddress,
} from '../../src/wire/net-address.ts';
import { checkCases, refusal } from '../support/cases.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';

const IP_HEX = `${'00'.repeat(10)}ffff0a000001`;

test('an address is services, 16 bytes and a big-endian port, after a time when it is gossip', () => {
  const address = { services: 1n, ip: fromHex(IP_HEX), port: 8333 };
  checkCases(netAddress, {
    accepted: [[address, `0100000000000000${IP_HEX}208d`]],
    refused: [
      ['01', 'unexpected-end', 'services'],
      [`0100000000000000${IP_HEX.slice(2)}`, 'unexpected-end', 'ip'],
      [`0100000000000000${IP_HEX}20`, 'unexpected-end', 'port'],
    ],
    unwritable: [
      [{ ...address, ip: fromHex('0a000001') }, RangeError],
      [{ ...address, port: 65_536 }, RangeError],
    ],
  });
  checkCases(timedAddress, {
    accepted: [[{ time: 0xffffffff, ...address }, `ffffffff0100000000000000${IP_HEX}208d`]],
    refused: [['ffffff', 'unexpected-end', 'time']],
  });
});

/** Time 1, services 0, then the part under test, then port 8333. */
function entry(networkAndAddress: string): string {
  return `0100000000${networkAndAddress}208d`;
}

test('each network of BIP 155 has addresses of one length', () => {
  for (const { id, sizeBytes } of Object.values(ADDRESS_NETWORKS)) {
    const network = id.toString(16).padStart(2, '0');
    const length = sizeBytes.toString(16).padStart(2, '0');
    const shorter = (sizeBytes - 1).toString(16).padStart(2, '0');
    const longer = (sizeBytes + 1).toString(16).padStart(2, '0');
    const address = fromHex('07'.repeat(sizeBytes));
    checkCases(addressV2, {
      accepted: [
        [
          { time: 1, services: 0n, network: id, address, port: 8333 },
          entry(network + length + toHex(address)),
        ],
      ],
      refused: [
        [entry(network + shorter + '07'.repeat(sizeBytes - 1)), 'bad-value', 'address'],
        [entry(network + longer + '07'.repeat(sizeBytes + 1)), 'bad-value', 'address'],
        [entry(`${network}00`), 'bad-value', 'address'],
      ],
    });
  }
});

test('an address of an unknown network may have up to 512 bytes, and is kept as it is', () => {
  assert.equal(MAX_ADDRESS_SIZE_BYTES, 512);
  const unknown = { time: 1, services: 0n, network: 0xaa, port: 8333 };
  checkCases(addressV2, {
    accepted: [
      [{ ...unknown, address: new Uint8Array(0) }, entry('aa00')],
      [{ ...unknown, network: 0, address: fromHex('01') }, entry('000101')],
      [{ ...unknown, address: fromHex('07'.repeat(512)) }, entry(`aafd0002${'07'.repeat(512)}`)],
    ],
    refused: [
      [entry(`aafd0102${'07'.repeat(513)}`), 'over-limit', 'address'],
      [entry('aafe00000002'), 'over-limit', 'address'],
      [entry('aafd0002'), 'unexpected-end', 'address'],
    ],
    unwritable: [[{ ...unknown, address: new Uint8Array(513) }, RangeError]],
  });
});

test('the services of an addrv2 entry are a CompactSize of any value', () => {
  const address = { time: 1, network: 1, address: fromHex('0a000001'), port: 8333 };
  checkCases(addressV2, {
    accepted: [
      [{ ...address, services: 0x0448n }, '01000000fd480401040a000001208d'],
      [{ ...address, services: 2n ** 64n - 1n }, '01000000ffffffffffffffffff01040a000001208d'],
    ],
    refused: [
      ['01000000fdfc0001040a000001208d', 'non-minimal', 'services'],
      ['01000000', 'unexpected-end', 'services'],
      ['0100000000', 'unexpected-end', 'network'],
      ['01000000000104', 'unexpected-end', 'address'],
      ['010000000001040a00000120', 'unexpected-end', 'port'],
    ],
  });
});

interface AddressVectors {
  readonly cnetaddr_v2_cases: readonly {
    readonly comment: string;
    readonly hex: string;
    readonly error: string | null;
  }[];
}

test('the addrv2 cases of Core are read or refused as Core does', { skip: skipWithoutSharedData }, () => {
  const vectors = JSON.parse(readFileSync(sharedData('vectors', 'addrv2.json'), 'utf8')) as AddressVectors;
  let accepted = 0;
  const refused: DecodeErrorCode[] = [];
  for (const { comment, hex, error } of vectors.cnetaddr_v2_cases) {
    // Where the length is wrong, bytes enough for it: else the end of the input would be the reason.
    const cut = error === 'end of data';
    const encoded = fromHex(error === null ? entry(hex) : `0100000000${hex}${cut ? '' : '00'.repeat(8)}`);
    if (error === null) {
      assert.equal(toHex(encode(addressV2, decode(addressV2, encoded))), entry(hex), comment);
      accepted++;
    } else {
      refused.push(refusal(addressV2, encoded).code);
    }
  }
  assert.equal(accepted, 12);
  assert.deepEqual(refused.toSorted(), [
    ...Array<DecodeErrorCode>(5).fill('bad-value'),
    'over-limit',
    'over-limit',
    'unexpected-end',
  ]);
});

test('an IP address prints dotted, or as RFC 5952 says', () => {
  const cases: readonly (readonly [hex: string, text: string])[] = [
    ['0a000001', '10.0.0.1'],
    [IP_HEX, '10.0.0.1'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['20010db8000000000000000000000000', '2001:db8::'],
    ['0102030405060708090a0b0c0d0e0f10', '102:304:506:708:90a:b0c:d0e:f10'],
    // The longest run of zeros is shortened, the first of two, and never a single group.
    ['20010000000000010000000000000001', '2001:0:0:1::1'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['00000000000000000000fffe0a000001', '::fffe:a00:1'],
    ['fe80000000000000abcdef0123456789', 'fe80::abcd:ef01:2345:6789'],
  ];
  for (const [hex, text] of cases) assert.equal(ipText(fromHex(hex)), text);
});

test('an address that has neither 4 nor 16 bytes is no IP address', () => {
  for (const length of [0, 3, 5, 10, 15, 17, 32])
    assert.throws(() => ipText(new Uint8Array(length)), RangeError);
});
