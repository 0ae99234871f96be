import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import type { Frame, Received } from '../../src/transport/transport.ts';
import { encodeFrame, MAX_PAYLOAD_SIZE_BYTES, V1Transport } from '../../src/transport/v1.ts';
import { bytesFrom, chopped, chunkSizes, CONVERSATIONS, framesIn } from '../support/conversation.ts';
import { concatenated } from '../support/concatenated.ts';

const { mainnet, regtest } = NETWORKS;
const VERACK = fromHex('f9beb4d976657261636b000000000000000000005df6e0e2');
const LENGTH_OFFSET = 16;
const CHECKSUM_OFFSET = 20;

function transport(): V1Transport {
  return new V1Transport(mainnet.magic);
}

/** A frame with some bytes of its head replaced. */
function withHead(frame: Uint8Array, offset: number, bytes: readonly number[]): Uint8Array {
  const changed = frame.slice();
  changed.set(bytes, offset);
  return changed;
}

function claiming(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, length, true);
  return withHead(VERACK, LENGTH_OFFSET, [...bytes]);
}

function described(frames: readonly Frame[]): string[] {
  return frames.map(({ command, payload }) => `${command} ${toHex(payload)}`);
}

/** What a transport makes of a stream, piece by piece; the first fault ends it. */
function receiveAll(subject: V1Transport, pieces: Iterable<Uint8Array>): Received {
  const frames: Frame[] = [];
  for (const piece of pieces) {
    const received = subject.receive(piece);
    for (const { command, payload } of received.frames) frames.push({ command, payload: payload.slice() });
    if (received.fault !== undefined) return { frames, fault: received.fault };
  }
  return { frames };
}

test('a verack on mainnet is the 24 bytes that everyone knows', () => {
  assert.equal(toHex(transport().send({ command: 'verack', payload: {} })), toHex(VERACK));
  const { frames, fault } = transport().receive(VERACK);
  assert.deepEqual([described(frames), fault], [['verack '], undefined]);
});

test('a frame starts with the magic of its network', () => {
  for (const { magic } of Object.values(NETWORKS)) {
    const frame = new V1Transport(magic).send({ command: 'verack', payload: {} });
    assert.deepEqual(frame.subarray(0, 4), magic);
    assert.equal(new V1Transport(magic).receive(frame).frames.length, 1);
  }
});

for (const file of CONVERSATIONS) {
  for (const side of ['node', 'client'] as const) {
    const stream = bytesFrom(side, file);
    const expected = framesIn(stream).map(({ command, hex }) => `${command} ${hex.slice(48)}`);

    test(`all that the ${side} sent in ${file} is read byte by byte as it is in one piece`, () => {
      for (const sizes of [[stream.length], [1], [24], [1000]]) {
        const subject = new V1Transport(regtest.magic);
        const { frames, fault } = receiveAll(subject, chopped(stream, sizes));
        assert.deepEqual([described(frames), fault, subject.droppedCount], [expected, undefined, 0]);
      }
    });

    test(`all that the ${side} sent in ${file} is read the same however it was chopped`, () => {
      fc.assert(
        fc.property(chunkSizes, (sizes) => {
          const { frames, fault } = receiveAll(new V1Transport(regtest.magic), chopped(stream, sizes));
          assert.deepEqual([described(frames), fault], [expected, undefined]);
        }),
        { numRuns: 50 },
      );
    });
  }
}

test('a wrong magic is refused at its first wrong byte, when no more has come', () => {
  for (let good = 0; good < 4; good++) {
    const start = VERACK.slice(0, good + 1);
    start[good] = (start[good] as number) ^ 1;
    for (const sizes of [[1], [100]]) {
      const { frames, fault } = receiveAll(transport(), chopped(start, sizes));
      assert.deepEqual([frames, fault?.code], [[], 'wrong-magic'], `byte ${good}`);
    }
    assert.equal(transport().receive(start.subarray(0, good)).fault, undefined);
  }
});

test('the messages before a fault are good, and nothing after it is read', () => {
  for (const bad of [Uint8Array.of(0xf8), claiming(MAX_PAYLOAD_SIZE_BYTES + 1)]) {
    const subject = transport();
    const { frames, fault } = subject.receive(concatenated(VERACK, VERACK, bad, VERACK));
    assert.deepEqual([described(frames), fault === undefined], [['verack ', 'verack '], false]);
    for (const more of [VERACK, Uint8Array.of(0xf8), new Uint8Array(100)]) {
      assert.deepEqual(subject.receive(more), { frames: [] });
    }
    assert.equal(subject.droppedCount, 0);
  }
});

test('a payload of 4,000,000 bytes is read', () => {
  assert.equal(MAX_PAYLOAD_SIZE_BYTES, 4_000_000);
  const payload = new Uint8Array(MAX_PAYLOAD_SIZE_BYTES).map((_, i) => i % 251);
  const frame = encodeFrame(mainnet.magic, 'longest', payload);
  const stream = new Uint8Array(frame.length + VERACK.length);
  stream.set(frame);
  stream.set(VERACK, frame.length);
  for (const sizes of [[65_536], [stream.length], [1_000_003, 1]]) {
    const subject = transport();
    const { frames, fault } = receiveAll(subject, chopped(stream, sizes));
    assert.deepEqual([frames.length, fault, subject.droppedCount], [2, undefined, 0]);
    assert.equal(frames[0]?.command, 'longest');
    assert.ok(Buffer.from(payload).equals(frames[0].payload));
  }
});

test('one byte more is refused as soon as the length is there, before the checksum', () => {
  for (const length of [4_000_001, 0x0200_0000, 0x8000_0000, 0xffff_ffff]) {
    const head = claiming(length);
    assert.equal(transport().receive(head.subarray(0, 19)).fault, undefined);
    for (const sizes of [[20], [1], [19, 1]]) {
      const { fault } = receiveAll(transport(), chopped(head.subarray(0, 20), sizes));
      assert.equal(fault?.code, 'oversized-message', `${length}`);
    }
  }
});

test('a length that is only claimed costs little memory, also when some of it has come', () => {
  const head = claiming(MAX_PAYLOAD_SIZE_BYTES);
  const kept: V1Transport[] = [];
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 40; i++) {
    const subject = transport();
    subject.receive(head);
    if (i % 2 === 0) subject.receive(new Uint8Array(10));
    kept.push(subject);
  }
  const spent = process.memoryUsage().arrayBuffers - before;
  // All that was claimed would be 160 MB.
  assert.ok(spent < 12_000_000, `${spent} bytes for ${kept.length} connections`);
});

test('a message with a wrong checksum is dropped and counted, and the next one is read', () => {
  const frame = encodeFrame(mainnet.magic, 'ping', new Uint8Array(8));
  const damaged = [
    ...[0, 1, 2, 3].map((i) => withHead(frame, CHECKSUM_OFFSET + i, [0xaa])),
    withHead(frame, 24, [1]),
    withHead(frame, 31, [1]),
    withHead(VERACK, CHECKSUM_OFFSET + 3, [0]),
  ];
  for (const sizes of [[1], [7], [1000]]) {
    const subject = transport();
    const stream = concatenated(...damaged.flatMap((bad) => [bad, VERACK]));
    const { frames, fault } = receiveAll(subject, chopped(stream, sizes));
    assert.deepEqual([described(frames), fault], [damaged.map(() => 'verack '), undefined]);
    assert.equal(subject.droppedCount, damaged.length);
  }
});

test('a message whose command is no text with zeros behind it is dropped and counted', () => {
  const command = [0x76, 0x65, 0x72, 0x61, 0x63, 0x6b, 0, 0, 0, 0, 0, 0];
  const bad: readonly (readonly [offset: number, byte: number])[] = [
    [0, 0x1f],
    [3, 0x7f],
    [5, 0x80],
    [1, 0xff],
    [0, 0],
    [7, 0x61],
    [11, 0x61],
    [11, 0x01],
  ];
  const subject = transport();
  for (const [i, [offset, byte]] of bad.entries()) {
    const changed = command.with(offset, byte);
    const { frames, fault } = subject.receive(concatenated(withHead(VERACK, 4, changed), VERACK));
    assert.deepEqual([described(frames), fault], [['verack '], undefined]);
    assert.equal(subject.droppedCount, i + 1, changed.join());
  }
});

test('commands of one, of twelve and of no characters are read, blanks and signs too', () => {
  for (const command of ['a', 'abcdefghijkl', '', ' ~!', '__proto__']) {
    const { frames } = transport().receive(encodeFrame(mainnet.magic, command, Uint8Array.of(1, 2)));
    assert.deepEqual(described(frames), [`${command} 0102`]);
  }
});

test('a payload that came whole or in pieces is the same as what was sent, whatever the bytes', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 8 });
  fc.assert(
    fc.property(payloads, chunkSizes, (sent, sizes) => {
      const stream = concatenated(...sent.map((payload) => encodeFrame(mainnet.magic, 'thing', payload)));
      const { frames } = receiveAll(transport(), chopped(stream, sizes));
      assert.deepEqual(
        described(frames),
        sent.map((payload) => `thing ${toHex(payload)}`),
      );
    }),
  );
});
