/** What holds for every message whatever its bytes. A failure prints the seed that repeats it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { DecodeError } from '../../src/bytes/decode-error.ts';
import { toHex } from '../../src/bytes/hex.ts';
import { type Command, decodeMessage, encodePayload, type Message } from '../../src/wire/message.ts';
import { decodeErrorOf } from '../support/cases.ts';
import { arbitraryPayloads } from './arbitraries.ts';

const COMMANDS = Object.keys(arbitraryPayloads) as Command[];

function messages(command: Command): fc.Arbitrary<Message> {
  return (arbitraryPayloads[command] as fc.Arbitrary<unknown>).map(
    (payload) => ({ command, payload }) as Message,
  );
}

/** Bytes either are refused as they should be, or are the very bytes that their value is written as. */
function checkBytes(command: Command, encoded: Uint8Array): void {
  let message: Message;
  try {
    message = decodeMessage(command, encoded);
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error));
    decodeErrorOf(() => decodeMessage(command, encoded), encoded.length);
    return;
  }
  assert.equal(toHex(encodePayload(message)), toHex(encoded));
}

/** One change to the bytes, such as a careless or wicked sender makes. Positions wrap around. */
type Change =
  | { readonly kind: 'set'; readonly position: number; readonly byte: number }
  | { readonly kind: 'cut'; readonly position: number }
  | { readonly kind: 'remove'; readonly position: number }
  | { readonly kind: 'insert'; readonly position: number; readonly bytes: Uint8Array };

/** Bytes that mean most to the codecs: the forms of CompactSize, the numbers around them, small counts. */
const tellingByte = fc.oneof(
  fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xfc, 0xfd, 0xfe, 0xff),
  fc.integer({ min: 0, max: 0xff }),
);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), position: fc.nat(), byte: tellingByte }),
  // The first bytes hold the counts and flags: changed more often than chance would.
  fc.record({ kind: fc.constant('set' as const), position: fc.nat(8), byte: tellingByte }),
  fc.record({ kind: fc.constant('cut' as const), position: fc.nat() }),
  fc.record({ kind: fc.constant('remove' as const), position: fc.nat() }),
  fc.record({
    kind: fc.constant('insert' as const),
    position: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }),
  }),
);

function changed(encoded: Uint8Array, made: Change): Uint8Array {
  const position = made.position % (encoded.length + 1);
  const before = encoded.subarray(0, position);
  switch (made.kind) {
    case 'set':
      return Uint8Array.of(...before, made.byte, ...encoded.subarray(position + 1));
    case 'cut':
      return before.slice();
    case 'remove':
      return Uint8Array.of(...before, ...encoded.subarray(position + 1));
    case 'insert':
      return Uint8Array.of(...before, ...made.bytes, ...encoded.subarray(position));
  }
}

for (const command of COMMANDS) {
  test(`any ${command} payload comes back from its bytes`, () => {
    fc.assert(
      fc.property(messages(command), (message) => {
        const encoded = encodePayload(message);
        const decoded = decodeMessage(command, encoded);
        assert.deepEqual(decoded, message);
        assert.equal(toHex(encodePayload(decoded)), toHex(encoded));
      }),
    );
  });

  test(`random bytes are a ${command} payload or a decode error`, () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(tellingByte).map((b) => Uint8Array.from(b)),
    );
    fc.assert(
      fc.property(bytes, (encoded) => checkBytes(command, encoded)),
      { numRuns: 200 },
    );
  });

  test(`changed bytes of a ${command} payload are another payload or a decode error`, () => {
    fc.assert(
      fc.property(messages(command), fc.array(change, { minLength: 1, maxLength: 3 }), (message, changes) => {
        checkBytes(command, changes.reduce(changed, encodePayload(message)));
      }),
      { numRuns: 200 },
    );
  });

  test(`no shorter part of a ${command} payload throws anything but a decode error`, () => {
    const [message] = fc.sample(messages(command), { numRuns: 1, seed: 7 });
    assert.ok(message !== undefined);
    const encoded = encodePayload(message);
    for (let length = 0; length < encoded.length; length++) checkBytes(command, encoded.subarray(0, length));
  });
}
