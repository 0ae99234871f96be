import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HandshakeOptions } from '../../../src/protocol/session/handshake.ts';
import {
  Session,
  SESSION_DEFAULTS,
  type SessionOptions,
  type SessionOutput,
} from '../../../src/protocol/session/session.ts';
import type { Message } from '../../../src/wire/message.ts';
import { FalseClock, seededRandom } from '../../support/false-time.ts';
import {
  blockInv,
  headersOf,
  pingOf,
  pongOf,
  sentCommands,
  VERACK,
  versionOf,
} from '../../support/messages.ts';
import { SessionPair } from '../../support/session-pair.ts';

interface Fixture {
  readonly clock: FalseClock;
  readonly session: Session;
  readonly first: readonly SessionOutput[];
  readonly receive: (...messages: readonly Message[]) => SessionOutput[];
  readonly tick: () => SessionOutput[];
}

function connected(options: Partial<SessionOptions & HandshakeOptions> = {}): Fixture {
  const clock = new FalseClock();
  const handshake = {
    isOutbound: true,
    needsServices: false,
    userAgent: '/test/',
    startHeight: 0,
    wantsTxs: false,
    nonce: 1n,
    isOwnNonce: (nonce: bigint) => nonce === 1n,
    ...options,
  };
  const session = new Session({ ...SESSION_DEFAULTS, ...options }, handshake, seededRandom());
  const first = session.handle({ type: 'connected' }, clock.now);
  return {
    clock,
    session,
    first,
    receive: (...messages) =>
      messages.flatMap((message) => session.handle({ type: 'received', message }, clock.now)),
    tick: () => session.handle({ type: 'tick' }, clock.now),
  };
}

function hangUpIn(outputs: readonly SessionOutput[]): string | undefined {
  const end = outputs.find((output) => output.do === 'hang-up');
  return end?.do === 'hang-up' ? end.disconnect.reason : undefined;
}

test('a session is established by version and verack, and pings at once', () => {
  const { session, first, receive } = connected();
  assert.deepEqual(sentCommands(first), ['version']);
  receive(versionOf({ userAgent: '/peer/' }));
  assert.ok(session.info === undefined, 'nothing is known before verack');
  const outputs = receive(VERACK);
  assert.deepEqual(
    outputs.map((output) => output.do),
    ['establish', 'send'],
  );
  assert.deepEqual(sentCommands(outputs), ['ping']);
  const [establish] = outputs;
  assert.equal(establish?.do === 'establish' && establish.info.userAgent, '/peer/');
});

test('nothing is due before the connection is there', () => {
  const { now } = new FalseClock();
  const handshake = {
    ...SESSION_DEFAULTS,
    isOutbound: true,
    needsServices: false,
    userAgent: '',
    startHeight: 0,
    wantsTxs: false,
  };
  const session = new Session(
    SESSION_DEFAULTS,
    { ...handshake, nonce: 1n, isOwnNonce: () => false },
    seededRandom(),
  );
  assert.equal(session.deadline(), Number.POSITIVE_INFINITY);
  assert.deepEqual(session.handle({ type: 'tick' }, now), []);
});

test('a peer that does not finish the handshake in time is hung up on, with what was missing', () => {
  for (const [messages, detail] of [
    [[], 'its version did not come'],
    [[VERACK, pingOf(3n)], 'its version did not come'],
    [[versionOf()], 'its verack did not come'],
  ] as const) {
    const { clock, session, receive, tick } = connected({ handshakeTimeoutMs: 7_000 });
    assert.equal(session.deadline(), clock.ms + 7_000);
    clock.advance(6_999);
    receive(...messages);
    assert.deepEqual(tick(), [], 'messages put nothing off, and nothing is early');
    clock.advance(1);
    assert.deepEqual(tick(), [{ do: 'hang-up', disconnect: { reason: 'handshake-timeout', detail } }]);
    assert.equal(session.deadline(), undefined);
  }
});

test('a ping before verack is not answered', () => {
  const { receive } = connected();
  assert.deepEqual(receive(pingOf(9n)), []);
  assert.deepEqual(sentCommands(receive(versionOf(), pingOf(9n))), ['wtxidrelay', 'sendaddrv2', 'verack']);
});

test('no message is passed on before verack, and every one after it', () => {
  const { receive } = connected();
  const messages = [headersOf([]), blockInv(new Uint8Array(32)), VERACK, versionOf(), pingOf(1n), pongOf(2n)];
  assert.deepEqual(receive(headersOf([]), blockInv(new Uint8Array(32))), []);
  receive(versionOf());
  assert.deepEqual(receive(headersOf([])), []);
  receive(VERACK);
  const passedOn = receive(...messages).flatMap((output) =>
    output.do === 'pass-on' ? [output.message] : [],
  );
  assert.deepEqual(passedOn, messages);
});

test('a second version and a second verack of an established peer are without effect', () => {
  const { session, receive } = connected();
  receive(versionOf({ startHeight: 4 }), VERACK);
  const outputs = receive(versionOf({ startHeight: 5, nonce: 1n, version: 1 }), VERACK);
  assert.deepEqual(
    outputs.map((output) => output.do),
    ['pass-on', 'pass-on'],
  );
  assert.equal(session.info?.startHeight, 4);
});

test('after the end a session does nothing more', () => {
  const { clock, session, receive, tick } = connected();
  assert.equal(hangUpIn(receive(versionOf({ nonce: 1n }))), 'self-connection');
  assert.deepEqual(receive(versionOf(), VERACK, pingOf(1n)), []);
  clock.advance(10_000_000);
  assert.deepEqual(tick(), []);
  assert.equal(session.deadline(), undefined);
  assert.equal(session.info, undefined);
});

test('both ends of a connection shake hands, whatever the latency', () => {
  for (const latencyMs of [0, 1, 250, 4_000]) {
    const pair = new SessionPair({ latencyMs });
    pair.run(30_000 - 1);
    // The called one has the caller's verack after three crossings, the caller the other's after two.
    assert.deepEqual(pair.when('establish', 'caller'), [2 * latencyMs], `${latencyMs} ms`);
    assert.deepEqual(pair.when('establish', 'called'), [3 * latencyMs], `${latencyMs} ms`);
    assert.deepEqual([pair.caller.info?.userAgent, pair.called.info?.userAgent], ['/called/', '/caller/']);
    assert.equal(pair.caller.latencyMs, 2 * latencyMs);
    assert.equal(pair.called.latencyMs, 2 * latencyMs);
  }
});

test('two ends with nothing to say keep each other alive for days', () => {
  const pair = new SessionPair({ latencyMs: 100 });
  const hours = 48;
  pair.run(hours * 3_600_000);
  for (const end of ['caller', 'called'] as const) {
    assert.deepEqual(pair.when('hang-up', end), []);
    assert.equal(pair.when('establish', end).length, 1);
    const pings = pair.deeds.filter(
      ({ output, end: by }) => by === end && output.do === 'send' && output.message.command === 'ping',
    );
    assert.equal(pings.length, hours * 120);
  }
});

test('a line that goes dead is noticed at both ends after the silence allowed at each', () => {
  const deadAfter = 10;
  let count = 0;
  const pair = new SessionPair({
    latencyMs: 1_000,
    called: { silenceTimeoutMs: 45_000 },
    arrives: () => ++count <= deadAfter,
  });
  pair.run(600_000);
  const lastHeard = { caller: 0, called: 0 };
  for (const { end, output, ms } of pair.deeds) if (output.do === 'pass-on') lastHeard[end] = ms;
  assert.deepEqual(pair.when('hang-up', 'caller'), [lastHeard.caller + 90_000]);
  assert.deepEqual(pair.when('hang-up', 'called'), [lastHeard.called + 45_000]);
});

test('a line too slow for the handshake ends it at both ends', () => {
  const pair = new SessionPair({ latencyMs: 11_000 });
  pair.run(60_000);
  for (const end of ['caller', 'called'] as const) {
    assert.deepEqual(pair.when('establish', end), []);
    assert.deepEqual(pair.when('hang-up', end), [20_000]);
  }
});

test('a verack that is lost leaves one end established and the other without patience', () => {
  const pair = new SessionPair({
    latencyMs: 10,
    arrives: (message, from) => !(from === 'caller' && message.command === 'verack'),
  });
  pair.run(60_000);
  assert.deepEqual(pair.when('establish', 'caller'), [20]);
  assert.deepEqual(pair.when('establish', 'called'), []);
  assert.deepEqual(pair.when('hang-up', 'called'), [20_000]);
});
