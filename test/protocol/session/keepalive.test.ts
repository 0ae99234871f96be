import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Random } from '../../../src/protocol/machine.ts';
import { Keepalive, type KeepaliveOutput } from '../../../src/protocol/session/keepalive.ts';
import type { Message } from '../../../src/wire/message.ts';
import { FalseClock, seededRandom } from '../../support/false-time.ts';
import { onlySent, pingOf, pongOf, VERACK } from '../../support/messages.ts';

const INTERVAL_MS = 30_000;
const SILENCE_MS = 90_000;

interface Fixture {
  readonly clock: FalseClock;
  readonly keepalive: Keepalive;
  readonly first: readonly KeepaliveOutput[];
  readonly receive: (message: Message) => KeepaliveOutput[];
  readonly tick: () => KeepaliveOutput[];
}

function started({
  pingIntervalMs = INTERVAL_MS,
  silenceTimeoutMs = SILENCE_MS,
  random = seededRandom(),
}: {
  pingIntervalMs?: number;
  silenceTimeoutMs?: number;
  random?: Random;
} = {}): Fixture {
  const clock = new FalseClock();
  const keepalive = new Keepalive({ pingIntervalMs, silenceTimeoutMs }, random);
  const first = keepalive.handle({ type: 'started' }, clock.now);
  return {
    clock,
    keepalive,
    first,
    receive: (message) => keepalive.handle({ type: 'received', message }, clock.now),
    tick: () => keepalive.handle({ type: 'tick' }, clock.now),
  };
}

function nonceIn(outputs: readonly KeepaliveOutput[]): bigint {
  const { nonce } = onlySent(outputs, 'ping').payload;
  assert.ok(nonce !== undefined);
  return nonce;
}

test('the peer is pinged at once and then after every interval', () => {
  const { clock, keepalive, first, receive, tick } = started();
  const nonces = new Set([nonceIn(first)]);
  for (let round = 1; round <= 5; round++) {
    const due = keepalive.deadline();
    assert.equal(due, clock.ms + INTERVAL_MS);
    clock.advance(INTERVAL_MS - 1);
    assert.deepEqual(tick(), [], 'not a moment early');
    receive(VERACK);
    clock.advance(1);
    nonces.add(nonceIn(tick()));
  }
  assert.equal(nonces.size, 6, 'another nonce each time');
});

test('a nonce is never zero, which would stand for a peer without nonces', () => {
  const { first, clock, tick } = started({ random: () => 0n });
  assert.notEqual(nonceIn(first), 0n);
  clock.advance(INTERVAL_MS);
  assert.notEqual(nonceIn(tick()), 0n);
});

test('each ping is answered with its nonce, and one without a nonce is not answered', () => {
  const { receive } = started();
  for (const nonce of [0n, 1n, 2n ** 64n - 1n]) {
    assert.deepEqual(receive(pingOf(nonce)), [{ do: 'send', message: pongOf(nonce) }]);
  }
  assert.deepEqual(receive({ command: 'ping', payload: {} }), []);
});

test('the latency is the shortest time from a ping to its pong', () => {
  const { clock, keepalive, first, receive, tick } = started();
  assert.equal(keepalive.latencyMs, undefined);
  clock.advance(120);
  receive(pongOf(nonceIn(first)));
  assert.equal(keepalive.latencyMs, 120);
  for (const [tookMs, shortestMs] of [
    [300, 120],
    [80, 80],
    [81, 80],
  ] as const) {
    clock.advanceTo(keepalive.deadline() ?? 0);
    const nonce = nonceIn(tick());
    clock.advance(tookMs);
    assert.deepEqual(receive(pongOf(nonce)), []);
    assert.equal(keepalive.latencyMs, shortestMs);
  }
});

test('a pong with another nonce, or a second one, is ignored', () => {
  const { clock, keepalive, first, receive } = started();
  const nonce = nonceIn(first);
  clock.advance(50);
  assert.deepEqual(receive(pongOf(nonce ^ 1n)), []);
  assert.equal(keepalive.latencyMs, undefined);
  clock.advance(50);
  receive(pongOf(nonce));
  assert.equal(keepalive.latencyMs, 100);
  clock.advance(50);
  assert.deepEqual(receive(pongOf(nonce)), []);
  assert.equal(keepalive.latencyMs, 100);
});

test('a silent peer is pinged after the interval and dropped after the timeout', () => {
  const { clock, keepalive, tick } = started();
  const startMs = clock.ms;
  const happened: (readonly [ms: number, what: string])[] = [];
  while (clock.ms < startMs + SILENCE_MS) {
    const { ms } = clock.advanceTo(keepalive.deadline() ?? Number.POSITIVE_INFINITY);
    for (const output of tick()) {
      happened.push([ms - startMs, output.do === 'send' ? output.message.command : output.disconnect.reason]);
    }
  }
  assert.deepEqual(happened, [
    [30_000, 'ping'],
    [60_000, 'ping'],
    [90_000, 'silent'],
  ]);
});

test('any message at all puts the end off', () => {
  const { clock, keepalive, receive, tick } = started();
  for (let round = 0; round < 20; round++) {
    clock.advance(SILENCE_MS - 1);
    const nonce = nonceIn(tick());
    receive(round % 2 === 0 ? VERACK : pongOf(nonce));
  }
  clock.advance(SILENCE_MS);
  const [output] = tick();
  assert.deepEqual(output, {
    do: 'hang-up',
    disconnect: { reason: 'silent', detail: 'nothing came for 90 s' },
  });
  assert.ok((keepalive.deadline() ?? 0) <= clock.ms, 'the caller hangs up, so no new time is set');
});

test('a peer that talks all the time and answers no ping is dropped after twenty minutes', () => {
  for (const answersOnce of [false, true]) {
    const { clock, keepalive, first, receive, tick } = started();
    const startMs = clock.ms;
    if (answersOnce) {
      clock.advance(10_000);
      receive(pongOf(nonceIn(first)));
    }
    let end: KeepaliveOutput | undefined;
    while (end === undefined && clock.ms < startMs + 3_600_000) {
      clock.advanceTo(keepalive.deadline() ?? Number.POSITIVE_INFINITY);
      receive(VERACK);
      end = tick().find((output) => output.do === 'hang-up');
    }
    assert.equal(end?.do === 'hang-up' && end.disconnect.reason, 'silent');
    // Counted from the first ping that stayed unanswered, which is the second one when the first was answered.
    assert.equal(clock.ms - startMs, 20 * 60_000 + (answersOnce ? INTERVAL_MS : 0));
  }
});

test('the times given are kept to, also when the peer may be silent for less than an interval', () => {
  const { clock, keepalive, tick } = started({ pingIntervalMs: 500, silenceTimeoutMs: 200 });
  assert.equal(keepalive.deadline(), clock.ms + 200);
  clock.advance(199);
  assert.deepEqual(tick(), []);
  clock.advance(1);
  assert.equal(tick()[0]?.do, 'hang-up');
});

test('before the start nothing is due and nothing happens', () => {
  const keepalive = new Keepalive({ pingIntervalMs: 1, silenceTimeoutMs: 1 }, seededRandom());
  const clock = new FalseClock();
  assert.equal(keepalive.deadline(), undefined);
  assert.deepEqual(keepalive.handle({ type: 'tick' }, clock.advance(1_000_000)), []);
});
