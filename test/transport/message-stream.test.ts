import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import { MessageStream, type ReceivedMessages } from '../../src/transport/message-stream.ts';
import { encodeFrame, V1Transport } from '../../src/transport/v1.ts';
import { type Command, isCommand, type Message } from '../../src/wire/message.ts';
import { bytesFrom, chopped, chunkSizes, CONVERSATIONS, framesIn } from '../support/conversation.ts';
import { concatenated } from '../support/concatenated.ts';
import { arbitraryPayloads } from '../wire/arbitraries.ts';

const { magic } = NETWORKS.regtest;
const COMMANDS = Object.keys(arbitraryPayloads) as Command[];
const VERACK = frame('verack');

function messageStream(): MessageStream {
  return new MessageStream(new V1Transport(magic));
}

function frame(command: string, hex = ''): Uint8Array {
  return encodeFrame(magic, command, fromHex(hex));
}

/** What a stream makes of bytes, piece by piece; the first fault ends it. */
function receiveAll(subject: MessageStream, pieces: Iterable<Uint8Array>): ReceivedMessages {
  const messages: Message[] = [];
  for (const piece of pieces) {
    const received = subject.receive(piece);
    // Byte strings are good until the next call only.
    messages.push(...received.messages.map((message) => structuredClone(message)));
    if (received.fault !== undefined) return { messages, fault: received.fault };
  }
  return { messages };
}

for (const file of CONVERSATIONS) {
  for (const side of ['node', 'client'] as const) {
    test(`every message that the ${side} sent in ${file} is read, and written as it was`, () => {
      const stream = bytesFrom(side, file);
      const sent = framesIn(stream);
      const known = sent.filter(({ command }) => isCommand(command));
      const check = (sizes: readonly number[]): void => {
        const subject = messageStream();
        const { messages, fault } = receiveAll(subject, chopped(stream, sizes));
        assert.equal(fault, undefined);
        assert.deepEqual(
          messages.map(({ command }) => command),
          known.map(({ command }) => command),
        );
        assert.deepEqual(
          messages.map((message) => toHex(subject.send(message))),
          known.map(({ hex }) => hex),
        );
        assert.deepEqual([subject.unknownCount, subject.droppedCount], [sent.length - known.length, 0]);
      };
      for (const size of [1, 25, stream.length]) check([size]);
      fc.assert(fc.property(chunkSizes, check), { numRuns: 30 });
    });
  }
}

for (const command of COMMANDS) {
  test(`any ${command} that is sent is received`, () => {
    const payload = arbitraryPayloads[command] as fc.Arbitrary<unknown>;
    fc.assert(
      fc.property(fc.array(payload, { minLength: 1, maxLength: 3 }), chunkSizes, (payloads, sizes) => {
        const sent = payloads.map((value) => ({ command, payload: value }) as Message);
        const stream = concatenated(...sent.map((message) => messageStream().send(message)));
        const { messages, fault } = receiveAll(messageStream(), chopped(stream, sizes));
        assert.deepEqual(messages, sent);
        assert.equal(fault, undefined);
      }),
      { numRuns: 15 },
    );
  });
}

test('messages that we do not know are ignored and counted', () => {
  const subject = messageStream();
  const unknown = ['alert', 'filterload', 'feature', '', 'constructor', 'toString', '__proto__', 'VERACK'];
  const { messages, fault } = subject.receive(
    concatenated(...unknown.map((command) => frame(command, '0102')), VERACK),
  );
  assert.deepEqual([messages, fault], [[{ command: 'verack', payload: {} }], undefined]);
  assert.deepEqual([subject.unknownCount, subject.droppedCount], [unknown.length, 0]);
});

test('damaged messages are dropped and counted, and the connection goes on', () => {
  const subject = messageStream();
  const badChecksum = VERACK.slice();
  badChecksum.fill(0, 20);
  const badCommand = VERACK.slice();
  badCommand[4] = 0xff;
  const { messages, fault } = subject.receive(concatenated(badChecksum, VERACK, badCommand, VERACK));
  assert.deepEqual([messages.length, fault], [2, undefined]);
  assert.deepEqual([subject.unknownCount, subject.droppedCount], [0, 2]);
});

test('a payload that does not parse ends the stream after the messages before it', () => {
  const malformed: readonly (readonly [command: string, hex: string])[] = [
    ['ping', '010203'],
    ['headers', '01'],
    ['headers', 'fdd107'],
    ['inv', 'ffffffffffffffffff'],
    ['version', ''],
    ['tx', '0100000000'],
  ];
  for (const [command, hex] of malformed) {
    for (const sizes of [[1], [10_000]]) {
      const subject = messageStream();
      const stream = concatenated(
        VERACK,
        frame('alert'),
        VERACK,
        frame(command, hex),
        VERACK,
        frame('alert'),
      );
      const { messages, fault } = receiveAll(subject, chopped(stream, sizes));
      assert.deepEqual([messages.length, fault?.code], [2, 'malformed-message'], command);
      assert.ok(fault?.detail.startsWith(`${command}: `));
      assert.equal(subject.unknownCount, 1);
      for (const more of [VERACK, frame(command, hex), Uint8Array.of(0)]) {
        assert.deepEqual(subject.receive(more), { messages: [] });
      }
    }
  }
});

test('the fault that comes first in the stream is the one that is named', () => {
  const malformed = frame('ping', '010203');
  const noMagic = Uint8Array.of(1, 2, 3);
  assert.equal(messageStream().receive(concatenated(malformed, noMagic)).fault?.code, 'malformed-message');
  assert.equal(messageStream().receive(concatenated(noMagic, malformed)).fault?.code, 'wrong-magic');
  const both = messageStream().receive(concatenated(VERACK, noMagic));
  assert.deepEqual([both.messages.length, both.fault?.code], [1, 'wrong-magic']);
});

test('after a fault of the transport nothing more is read', () => {
  const subject = messageStream();
  assert.equal(subject.receive(Uint8Array.of(0)).fault?.code, 'wrong-magic');
  assert.deepEqual(subject.receive(concatenated(VERACK, VERACK)), { messages: [] });
});

test('random bytes never throw', () => {
  const start = fc.constantFrom(new Uint8Array(0), magic, VERACK, VERACK.subarray(0, 20));
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 200 }), chunkSizes, (good, bytes, sizes) => {
      receiveAll(messageStream(), chopped(concatenated(good, bytes), sizes));
    }),
    { numRuns: 500 },
  );
});

test('random payloads of known messages never throw', () => {
  fc.assert(
    fc.property(fc.constantFrom(...COMMANDS), fc.uint8Array({ maxLength: 200 }), (command, payload) => {
      const { fault } = messageStream().receive(encodeFrame(magic, command, payload));
      assert.ok(fault === undefined || fault.code === 'malformed-message');
    }),
    { numRuns: 1000 },
  );
});

test('a recorded conversation with some bytes changed never throws, and is the same up to the first change', () => {
  const stream = bytesFrom('node', 'bitcoind-regtest.jsonl');
  const sent = framesIn(stream).filter(({ command }) => isCommand(command));
  const changes = fc.array(fc.tuple(fc.nat(stream.length - 1), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(changes, chunkSizes, (made, sizes) => {
      const changed = stream.slice();
      for (const [at, by] of made) changed[at] = (changed[at] as number) ^ by;
      const { messages } = receiveAll(messageStream(), chopped(changed, sizes));
      const first = Math.min(...made.map(([at]) => at));
      const intact = framesIn(stream.subarray(0, first)).filter(({ command }) => isCommand(command));
      // The last frame found there is the one that was changed.
      const before = Math.max(0, intact.length - 1);
      const read = messages.slice(0, before).map((message) => toHex(messageStream().send(message)));
      assert.deepEqual(
        read,
        sent.slice(0, before).map(({ hex }) => hex),
      );
    }),
    { numRuns: 100 },
  );
});

test('bytes after a payload that we know are passed over, for a later version may have added them', () => {
  const subject = messageStream();
  const ping = frame('ping', '0100000000000000ffff');
  const { messages, fault } = receiveAll(subject, [ping, frame('verack', '00'), VERACK]);
  assert.equal(fault, undefined);
  assert.deepEqual(messages, [
    { command: 'ping', payload: { nonce: 1n } },
    { command: 'verack', payload: {} },
    { command: 'verack', payload: {} },
  ]);
});
