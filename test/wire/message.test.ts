import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { type Command, decodeMessage, encodePayload, isCommand } from '../../src/wire/message.ts';
import { decodeErrorOf } from '../support/cases.ts';

const HASH_HEX = 'ab'.repeat(32);

/** The shortest payload of every command that Core would send, so that a wrong row of the table is seen. */
const PAYLOADS: { readonly [C in Command]: string } = {
  addr: `01e215104d0100000000000000${'00'.repeat(10)}ffff0a000001208d`,
  addrv2: '01e215104d0101040a000001208d',
  block: `01000000${HASH_HEX}${HASH_HEX}29ab5f49ffff001d1dac2b7c00`,
  cfcheckpt: `00${HASH_HEX}01${HASH_HEX}`,
  cfheaders: `00${HASH_HEX}${HASH_HEX}01${HASH_HEX}`,
  cfilter: `00${HASH_HEX}0100`,
  feefilter: 'e803000000000000',
  getaddr: '',
  getblocks: `8011010001${HASH_HEX}${HASH_HEX}`,
  getcfcheckpt: `00${HASH_HEX}`,
  getcfheaders: `0001000000${HASH_HEX}`,
  getcfilters: `0001000000${HASH_HEX}`,
  getdata: `0102000000${HASH_HEX}`,
  getheaders: `8011010001${HASH_HEX}${HASH_HEX}`,
  headers: `0101000000${HASH_HEX}${HASH_HEX}29ab5f49ffff001d1dac2b7c00`,
  inv: `0105000000${HASH_HEX}`,
  mempool: '',
  merkleblock: `01000000${HASH_HEX}${HASH_HEX}29ab5f49ffff001d1dac2b7c0100000001${HASH_HEX}0101`,
  notfound: `0101000000${HASH_HEX}`,
  ping: '0102030405060708',
  pong: '0102030405060708',
  reject: '0274784200',
  sendaddrv2: '',
  sendcmpct: '000200000000000000',
  sendheaders: '',
  tx: `0100000001${HASH_HEX}0000000000ffffffff01e8030000000000000000000000`,
  verack: '',
  version: `801101000000000000000000bee1036600000000${'00'.repeat(26)}`,
  wtxidrelay: '',
};

for (const [command, hex] of Object.entries(PAYLOADS) as [Command, string][]) {
  test(`the payload of ${command} is read under its name and written again`, () => {
    const message = decodeMessage(command, fromHex(hex));
    assert.equal(message.command, command);
    assert.equal(toHex(encodePayload(message)), hex);
  });
}

test('bytes after a payload are refused, but where the protocol leaves room for more', () => {
  for (const [command, hex] of Object.entries(PAYLOADS) as [Command, string][]) {
    // reject ends in bytes of any length, and a version may grow.
    if (command === 'reject' || command === 'version') continue;
    const longer = fromHex(`${hex}000000`);
    const error = decodeErrorOf(() => decodeMessage(command, longer), longer.length);
    assert.deepEqual([error.code, error.offset], ['trailing-bytes', hex.length / 2], command);
  }
});

test('commands that we know are told from all other words', () => {
  for (const command of Object.keys(PAYLOADS)) assert.ok(isCommand(command), command);
  for (const word of [
    '',
    'alert',
    'VERACK',
    'verack\0',
    'cfilters',
    'toString',
    '__proto__',
    'constructor',
  ]) {
    assert.ok(!isCommand(word), word);
  }
});
