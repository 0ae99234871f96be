import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../../src/bytes/hex.ts';
import { decode, encode } from '../../../src/wire/codec.ts';
import {
  MAX_USER_AGENT_SIZE_BYTES,
  version,
  type VersionPayload,
} from '../../../src/wire/messages/version.ts';
import { checkCases, refusal } from '../../support/cases.ts';

const ADDRESS_HEX = `0900000000000000${'00'.repeat(10)}ffff7f000001208d`;
const ADDRESS = { services: 9n, ip: fromHex(`${'00'.repeat(10)}ffff7f000001`), port: 8333 };

/** The payload grows by one field at a time, as it did over the years. */
const REQUIRED_HEX = `801101000904000000000000bee1036600000000${ADDRESS_HEX}`;
const REQUIRED: VersionPayload = { version: 70016, services: 0x409n, time: 1711530430n, receiver: ADDRESS };
const WITH_SENDER = { ...REQUIRED, sender: ADDRESS };
const WITH_NONCE = { ...WITH_SENDER, nonce: 0x0807060504030201n };
const WITH_USER_AGENT = { ...WITH_NONCE, userAgent: '/Satoshi:27.0.0/' };
const WITH_HEIGHT = { ...WITH_USER_AGENT, startHeight: 836_000 };
const WITH_RELAY = { ...WITH_HEIGHT, relay: true };

const SENDER_HEX = REQUIRED_HEX + ADDRESS_HEX;
const NONCE_HEX = `${SENDER_HEX}0102030405060708`;
const USER_AGENT_HEX = `${NONCE_HEX}102f5361746f7368693a32372e302e302f`;
const HEIGHT_HEX = `${USER_AGENT_HEX}a0c10c00`;
const RELAY_HEX = `${HEIGHT_HEX}01`;

test('the last fields of a version may be missing, from any of them on', () => {
  checkCases(version, {
    accepted: [
      [REQUIRED, REQUIRED_HEX],
      [WITH_SENDER, SENDER_HEX],
      [WITH_NONCE, NONCE_HEX],
      [WITH_USER_AGENT, USER_AGENT_HEX],
      [WITH_HEIGHT, HEIGHT_HEX],
      [WITH_RELAY, RELAY_HEX],
      [{ ...WITH_HEIGHT, relay: false }, `${HEIGHT_HEX}00`],
    ],
  });
});

/** All but the last byte. */
function cut(hex: string): string {
  return hex.slice(0, -2);
}

test('a version that stops inside a field is refused there', () => {
  checkCases(version, {
    refused: [
      ['', 'unexpected-end', 'version'],
      ['80110100', 'unexpected-end', 'services'],
      ['801101000904000000000000', 'unexpected-end', 'time'],
      ['801101000904000000000000bee1036600000000', 'unexpected-end', 'receiver/services'],
      [cut(REQUIRED_HEX), 'unexpected-end', 'receiver/port'],
      [cut(SENDER_HEX), 'unexpected-end', 'sender/port'],
      [cut(NONCE_HEX), 'unexpected-end', 'nonce'],
      [cut(USER_AGENT_HEX), 'unexpected-end', 'userAgent'],
      [cut(HEIGHT_HEX), 'unexpected-end', 'startHeight'],
    ],
  });
});

test('bytes after the last known field are kept, for later fields must not lose us a peer', () => {
  checkCases(version, {
    accepted: [
      [{ ...WITH_RELAY, extra: fromHex('00') }, `${RELAY_HEX}00`],
      [{ ...WITH_RELAY, extra: fromHex('deadbeef') }, `${RELAY_HEX}deadbeef`],
    ],
  });
});

test('a relay byte that is neither 0 nor 1 is kept too, and leaves relay at its default', () => {
  checkCases(version, {
    accepted: [
      [{ ...WITH_HEIGHT, extra: fromHex('ff') }, `${HEIGHT_HEX}ff`],
      [{ ...WITH_HEIGHT, extra: fromHex('0200') }, `${HEIGHT_HEX}0200`],
    ],
  });
});

test('a field cannot be written when one before it is absent', () => {
  const { userAgent: _userAgent, ...withoutUserAgent } = WITH_RELAY;
  const { relay: _relay, ...withoutRelay } = WITH_RELAY;
  checkCases<VersionPayload>(version, {
    unwritable: [
      [{ ...REQUIRED, nonce: 1n }, TypeError],
      [withoutUserAgent, TypeError],
      // As relay these bytes would come back, not as extra.
      [{ ...withoutRelay, extra: fromHex('00') }, TypeError],
      [{ ...withoutRelay, extra: fromHex('01ff') }, TypeError],
      [{ ...REQUIRED, extra: fromHex('ff') }, TypeError],
    ],
  });
});

test('a clock before 1970, a negative version and a negative height are no reason to refuse', () => {
  const odd = { ...WITH_HEIGHT, version: -1, time: -1n, startHeight: -1 };
  const hex = `ffffffff0904000000000000ffffffffffffffff${USER_AGENT_HEX.slice(40)}ffffffff`;
  checkCases(version, { accepted: [[odd, hex]] });
});

test('a user agent has at most 256 bytes, of any kind', () => {
  assert.equal(MAX_USER_AGENT_SIZE_BYTES, 256);
  checkCases(version, {
    accepted: [
      [{ ...WITH_NONCE, userAgent: '' }, `${NONCE_HEX}00`],
      [{ ...WITH_NONCE, userAgent: 'a'.repeat(256) }, `${NONCE_HEX}fd0001${'61'.repeat(256)}`],
      [{ ...WITH_NONCE, userAgent: '\u00e2\u0082\u0000' }, `${NONCE_HEX}03e28200`],
    ],
    refused: [
      [`${NONCE_HEX}fd0101${'61'.repeat(257)}`, 'over-limit', 'userAgent'],
      [`${NONCE_HEX}fe00000002${'61'.repeat(10)}`, 'over-limit', 'userAgent'],
      [`${NONCE_HEX}fd0001${'61'.repeat(10)}`, 'unexpected-end', 'userAgent'],
    ],
    unwritable: [
      [{ ...WITH_NONCE, userAgent: 'a'.repeat(257) }, RangeError],
      [{ ...WITH_NONCE, userAgent: '€' }, RangeError],
    ],
  });
});

test('the ports of a version are big-endian, alone among its numbers', () => {
  const { receiver } = decode(version, fromHex(REQUIRED_HEX));
  assert.equal(receiver.port, 8333);
  assert.ok(toHex(encode(version, REQUIRED)).endsWith('208d'));
});

test('the offset of a refusal is where the field starts', () => {
  assert.equal(refusal(version, fromHex(`${NONCE_HEX}fd0101`)).offset, NONCE_HEX.length / 2);
});
