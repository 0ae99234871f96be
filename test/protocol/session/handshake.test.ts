import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Handshake,
  type HandshakeOptions,
  type HandshakeStep,
} from '../../../src/protocol/session/handshake.ts';
import type { Command, Message } from '../../../src/wire/message.ts';
import { SERVICES } from '../../../src/wire/services.ts';
import { FalseClock } from '../../support/false-time.ts';
import {
  FULL_NODE,
  headersOf,
  pingOf,
  SENDADDRV2,
  VERACK,
  versionOf,
  WTXIDRELAY,
} from '../../support/messages.ts';

const OUR_NONCE = 4711n;
const { now } = new FalseClock(1_700_000_000);

function handshake(options: Partial<HandshakeOptions> = {}): Handshake {
  return new Handshake({
    isOutbound: true,
    needsServices: false,
    userAgent: '/headlight:0.1.0/',
    startHeight: 21,
    wantsTxs: false,
    nonce: OUR_NONCE,
    isOwnNonce: (nonce) => nonce === OUR_NONCE,
    ...options,
  });
}

function commandsOf(step: HandshakeStep): Command[] {
  assert.equal(step.kind, 'send');
  return step.kind === 'send' ? step.messages.map(({ command }) => command) : [];
}

function refusalOf(options: Partial<HandshakeOptions>, message: Message): string | undefined {
  const begun = handshake(options);
  begun.start(now);
  const step = begun.receive(message, now);
  return step.kind === 'refused' ? step.disconnect.reason : undefined;
}

test('the one who dialled sends its version first and the rest when the peer has sent its own', () => {
  const begun = handshake();
  assert.deepEqual(commandsOf(begun.start(now)), ['version']);
  const replies = ['wtxidrelay', 'sendaddrv2', 'verack'];
  assert.deepEqual(commandsOf(begun.receive(versionOf(), now)), replies);
  assert.equal(begun.receive(VERACK, now).kind, 'done');
});

test('the one who was called says nothing before the version of the caller, and then everything', () => {
  const begun = handshake({ isOutbound: false });
  assert.deepEqual(commandsOf(begun.start(now)), []);
  const replies = ['version', 'wtxidrelay', 'sendaddrv2', 'verack'];
  assert.deepEqual(commandsOf(begun.receive(versionOf(), now)), replies);
  assert.equal(begun.receive(VERACK, now).kind, 'done');
});

test('our version tells our height, agent and nonce, but no address, no service and no wish for transactions', () => {
  const step = handshake().start(now);
  const nowhere = { services: 0n, ip: new Uint8Array(16), port: 0 };
  const payload = {
    version: 70016,
    services: 0n,
    time: 1_700_000_000n,
    receiver: nowhere,
    sender: nowhere,
    nonce: OUR_NONCE,
    userAgent: '/headlight:0.1.0/',
    startHeight: 21,
    relay: false,
  };
  assert.deepEqual(step, { kind: 'send', messages: [{ command: 'version', payload }] });
});

test('wtxidrelay and sendaddrv2 are for peers from 70016 on, and stand before verack', () => {
  for (const isOutbound of [true, false]) {
    const own = isOutbound ? [] : ['version'];
    for (const [version, replies] of [
      [70012, ['verack']],
      [70015, ['verack']],
      [70016, ['wtxidrelay', 'sendaddrv2', 'verack']],
      [70017, ['wtxidrelay', 'sendaddrv2', 'verack']],
      [2 ** 31 - 1, ['wtxidrelay', 'sendaddrv2', 'verack']],
    ] as const) {
      const begun = handshake({ isOutbound });
      begun.start(now);
      assert.deepEqual(commandsOf(begun.receive(versionOf({ version }), now)), [...own, ...replies]);
    }
  }
});

test('whatever comes before version is passed over, and a verack then ends nothing', () => {
  const begun = handshake();
  begun.start(now);
  for (const early of [VERACK, WTXIDRELAY, SENDADDRV2, pingOf(5n), headersOf([])]) {
    assert.deepEqual(begun.receive(early, now), { kind: 'send', messages: [] });
  }
  assert.equal(begun.info, undefined);
  assert.deepEqual(commandsOf(begun.receive(versionOf(), now)), ['wtxidrelay', 'sendaddrv2', 'verack']);
  assert.equal(begun.receive(VERACK, now).kind, 'done');
});

test('messages between version and verack are passed over', () => {
  const begun = handshake();
  begun.start(now);
  begun.receive(versionOf(), now);
  for (const early of [WTXIDRELAY, SENDADDRV2, pingOf(5n), headersOf([])]) {
    assert.deepEqual(begun.receive(early, now), { kind: 'send', messages: [] });
  }
  assert.equal(begun.receive(VERACK, now).kind, 'done');
});

test('a second version changes nothing, and a second verack ends nothing', () => {
  const begun = handshake();
  begun.start(now);
  begun.receive(versionOf({ startHeight: 5 }), now);
  const again = begun.receive(versionOf({ startHeight: 6, nonce: OUR_NONCE }), now);
  assert.deepEqual(again, { kind: 'send', messages: [] });
  const step = begun.receive(VERACK, now);
  assert.equal(step.kind === 'done' && step.established.info.startHeight, 5);
  assert.deepEqual(begun.receive(VERACK, now), { kind: 'send', messages: [] });
});

test('what the peer said before its verack is known at the end, and what it says later is not', () => {
  const ip = Uint8Array.from({ length: 16 }, (_, i) => i);
  const sendAddrV2 = { command: 'sendaddrv2', payload: {} } as const;
  for (const [before, after, wantsAddrV2] of [
    [[versionOf(), sendAddrV2, VERACK], [], true],
    [[versionOf(), VERACK], [sendAddrV2], false],
    [[sendAddrV2, versionOf(), VERACK], [], false],
  ] as const) {
    const begun = handshake();
    begun.start(now);
    const told = before.map((message) =>
      message.command === 'version'
        ? versionOf({ receiver: { services: 0n, ip: ip.slice(), port: 1 } })
        : message,
    );
    const steps = told.map((message) => begun.receive(message, now));
    const done = steps.find((step) => step.kind === 'done');
    assert.equal(done?.kind === 'done' && done.established.wantsAddrV2, wantsAddrV2);
    assert.deepEqual(done?.kind === 'done' && done.established.seesUsAt, ip);
    for (const message of after)
      assert.deepEqual(begun.receive(message, now), { kind: 'send', messages: [] });
  }
});

test('transactions are asked for when they are wanted', () => {
  for (const wantsTxs of [true, false]) {
    const step = handshake({ wantsTxs }).start(now);
    const version = step.kind === 'send' ? step.messages[0] : undefined;
    assert.equal(version?.command === 'version' && version.payload.relay, wantsTxs);
  }
});

test('a peer that says nothing of transactions wants them, and names them by wtxid when it said so in time', () => {
  const { relay: _, ...silent } = versionOf().payload;
  for (const [messages, usesWtxid, wantsTxs] of [
    [[versionOf(), WTXIDRELAY, VERACK], true, true],
    [[versionOf(), VERACK, WTXIDRELAY], false, true],
    [[WTXIDRELAY, versionOf(), VERACK], false, true],
    // It is too old to have meant that.
    [[versionOf({ version: 70015 }), WTXIDRELAY, VERACK], false, true],
    [[versionOf({ relay: false }), VERACK], false, false],
    [[{ command: 'version', payload: silent }, VERACK], false, true],
  ] as const) {
    const begun = handshake();
    begun.start(now);
    const steps = messages.map((message) => begun.receive(message, now));
    const done = steps.find((step) => step.kind === 'done');
    assert.equal(done?.kind === 'done' && done.established.usesWtxid, usesWtxid);
    assert.equal(done?.kind === 'done' && done.established.wantsTxs, wantsTxs);
  }
});

test('a version with one of our own nonces is a connection to ourselves', () => {
  for (const isOutbound of [true, false]) {
    assert.equal(refusalOf({ isOutbound }, versionOf({ nonce: OUR_NONCE })), 'self-connection');
    assert.equal(refusalOf({ isOutbound }, versionOf({ nonce: OUR_NONCE + 1n })), undefined);
  }
});

test('a version below 70012 is obsolete, 70012 is not', () => {
  for (const version of [-1, 0, 31800, 70011]) {
    assert.equal(refusalOf({}, versionOf({ version })), 'obsolete-version', String(version));
  }
  assert.equal(refusalOf({}, versionOf({ version: 70012 })), undefined);
});

test('a discovered peer must offer blocks, all or the last ones, with witnesses', () => {
  const { NETWORK, WITNESS, NETWORK_LIMITED, BLOOM } = SERVICES;
  for (const [services, reason] of [
    [FULL_NODE, undefined],
    [NETWORK_LIMITED | WITNESS, undefined],
    [FULL_NODE | (1n << 40n), undefined],
    [0n, 'missing-services'],
    [NETWORK, 'missing-services'],
    [WITNESS, 'missing-services'],
    [BLOOM | WITNESS, 'missing-services'],
    [NETWORK | NETWORK_LIMITED, 'missing-services'],
  ] as const) {
    assert.equal(refusalOf({ needsServices: true }, versionOf({ services })), reason, String(services));
    assert.equal(refusalOf({ needsServices: false }, versionOf({ services })), undefined);
  }
});

test('a refusal tells what was missing', () => {
  const begun = handshake({ needsServices: true });
  const step = begun.receive(versionOf({ services: SERVICES.NETWORK | SERVICES.BLOOM }), now);
  const detail = 'offers NETWORK, BLOOM';
  assert.deepEqual(step, { kind: 'refused', disconnect: { reason: 'missing-services', detail } });
  const none = handshake({ needsServices: true }).receive(versionOf({ services: 0n }), now);
  assert.equal(none.kind === 'refused' && none.disconnect.detail, 'offers nothing');
});

test('what the peer said of itself is kept, with nothing for what an old peer leaves out', () => {
  const full = handshake();
  full.receive(versionOf({ version: 70015, startHeight: 900_000, userAgent: '/x/' }), now);
  assert.deepEqual(full.info, {
    version: 70015,
    services: FULL_NODE,
    userAgent: '/x/',
    startHeight: 900_000,
  });
  const short = handshake();
  const { version, services, time, receiver } = versionOf().payload;
  short.receive({ command: 'version', payload: { version, services, time, receiver } }, now);
  assert.deepEqual(short.info, { version: 70016, services: FULL_NODE, userAgent: '', startHeight: 0 });
});

test('a negative height is nonsense and counts as none', () => {
  const begun = handshake();
  begun.receive(versionOf({ startHeight: -1 }), now);
  assert.equal(begun.info?.startHeight, 0);
});
