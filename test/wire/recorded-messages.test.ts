/** Messages that real programs sent or published, read in place; they are not part of the repository. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DecodeError } from '../../src/bytes/decode-error.ts';
import { sha256d } from '../../src/bytes/hash.ts';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { decodeMessage, encodePayload, isCommand } from '../../src/wire/message.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';

const skip = skipWithoutSharedData;

function linesOf(...path: string[]): unknown[] {
  const text = readFileSync(sharedData(...path), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

const MAGICS: Readonly<Record<string, string>> = {
  mainnet: 'f9beb4d9',
  testnet3: '0b110907',
  testnet4: '1c163f28',
  signet: '0a03cf40',
  regtest: 'fabfb5da',
};

interface RecordedMessage {
  readonly network: string;
  readonly command: string;
  readonly hex: string;
}

/** The payload of a version 1 frame, after its 24 bytes were checked: magic, command, length, checksum. */
function payloadOf({ network, command, hex }: RecordedMessage): Uint8Array {
  const frame = fromHex(hex);
  const payload = frame.subarray(24);
  assert.equal(toHex(frame.subarray(0, 4)), MAGICS[network]);
  assert.equal(String.fromCharCode(...frame.subarray(4, 16)), command.padEnd(12, '\0'));
  assert.equal(new DataView(frame.buffer, frame.byteOffset).getUint32(16, true), payload.length);
  assert.equal(toHex(frame.subarray(20, 24)), toHex(sha256d(payload).subarray(0, 4)));
  return payload;
}

test('recorded messages are read and written as they were, but for four that no node sends', { skip }, () => {
  const messages = linesOf('p2p', 'messages.jsonl') as RecordedMessage[];
  let decoded = 0;
  let unknown = 0;
  const refused: (readonly [command: string, sizeBytes: number, code: string, path: string])[] = [];
  for (const message of messages) {
    const payload = payloadOf(message);
    if (!isCommand(message.command)) {
      unknown++;
      continue;
    }
    try {
      assert.equal(toHex(encodePayload(decodeMessage(message.command, payload))), toHex(payload));
      decoded++;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      refused.push([message.command, payload.length, error.code, error.path]);
    }
  }
  assert.deepEqual(refused, [
    // Made by hand for a test: an address with its time twice.
    ['addr', 35, 'trailing-bytes', ''],
    // The zero after the second header is missing; Core cannot read it either.
    ['headers', 161, 'unexpected-end', 'headers'],
    // A reject that says nothing.
    ['reject', 0, 'unexpected-end', 'message'],
    // Bytes 12 34 56 … as an example: announce would be 0x12.
    ['sendcmpct', 9, 'bad-value', 'announce'],
  ]);
  assert.deepEqual([messages.length, decoded, unknown], [132, 118, 10]);
});

interface RecordedVersion {
  readonly version: number;
  readonly services: number;
  readonly time: number;
  readonly ua: string;
  readonly height: number;
  readonly relay: 0 | 1 | null;
  readonly hex: string;
}

test('version payloads of ten years and many programs have the fields they should', { skip }, () => {
  const recorded = linesOf('p2p', 'version_payloads.jsonl') as RecordedVersion[];
  assert.equal(recorded.length, 33);
  for (const { hex, ...fields } of recorded) {
    const message = decodeMessage('version', fromHex(hex));
    const { version, services, time, userAgent, startHeight, relay } = message.payload;
    assert.deepEqual(
      {
        version,
        services: Number(services),
        time: Number(time),
        ua: userAgent,
        height: startHeight,
        relay: relay === undefined ? null : Number(relay),
      },
      {
        version: fields.version,
        services: fields.services,
        time: fields.time,
        ua: fields.ua,
        height: fields.height,
        relay: fields.relay,
      },
    );
    assert.equal(toHex(encodePayload(message)), hex);
  }
});
