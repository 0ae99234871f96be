/** Peers that nobody named: those of the address book, the anchors, the seeds, and calls that only test an address. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../../src/protocol/peer.ts';
import type { DialPlanOptions, DialPlanOutput } from '../../../src/protocol/peers/dial-plan.ts';
import { calls, DialPlanFixture, givenUp, lookUps } from '../../support/dial-plan-fixture.ts';

const MINUTE_MS = 60_000;
const ONION = 'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion';

function at(host: string): Endpoint {
  return { host, port: 8333 };
}

/** Addresses of as many network groups. */
function groups(count: number): Endpoint[] {
  return Array.from({ length: count }, (_, i) => at(`${20 + (i >> 8)}.${i & 255}.0.9`));
}

function staying(options: Partial<DialPlanOptions> = {}): DialPlanFixture {
  return new DialPlanFixture({ isPersistent: true, separatesPrivate: false, outboundCount: 8, ...options });
}

function kindsOf(outputs: readonly DialPlanOutput[]): string[] {
  return outputs.flatMap((output) => (output.do === 'dial' ? [output.kind] : []));
}

test('addresses of the book are called in parallel, as many as peers are wanted', () => {
  const fixture = staying().knows(...groups(50));
  const outputs = fixture.start();
  assert.equal(new Set(calls(outputs)).size, 8);
  assert.deepEqual(new Set(kindsOf(outputs)), new Set(['outbound']));
  assert.deepEqual(fixture.tick(), []);
});

test('a lost one is replaced at once', () => {
  const fixture = staying().knows(...groups(50));
  const [first] = fixture.start();
  assert.ok(first?.do === 'dial');
  const before = calls(fixture.plan.handle({ type: 'tick' }, fixture.clock.now));
  const replaced = calls(fixture.lost(first.endpoint, 'connection-lost', { wasUseful: true }));
  assert.deepEqual(before, []);
  assert.equal(replaced.length, 1);
  assert.notEqual(replaced[0], `${first.endpoint.host}:8333`);
});

test('of one network group only one is called', () => {
  const sameGroup = Array.from({ length: 40 }, (_, i) => at(`20.7.${i}.1`));
  const fixture = staying().knows(...sameGroup);
  assert.equal(calls(fixture.start()).length, 1);
  const other = staying().knows(...sameGroup, at('30.1.1.1'));
  assert.equal(calls(other.start()).length, 2);
});

test('a peer that the user named takes up its group, and is called even when that is taken', () => {
  const fixture = staying({ addPeers: [at('20.7.0.1'), at('20.7.0.2')] }).knows(
    at('20.7.0.3'),
    at('21.1.1.1'),
  );
  assert.deepEqual(calls(fixture.start()), ['20.7.0.1:8333', '20.7.0.2:8333', '21.1.1.1:8333']);
});

test('an address is passed over that is discouraged, unreachable, or without what is needed', () => {
  const fixture = staying({ reachable: new Set(['ipv4'] as const) }).knows(
    at('20.1.0.1'),
    at('2a01:4f8::1'),
    at(ONION),
  );
  const pruned = { endpoint: at('21.1.0.1'), services: 0x408n };
  const poor = { endpoint: at('22.1.0.1'), services: 1n };
  const { now } = fixture.clock;
  for (const found of [pruned, poor]) {
    fixture.memory.book.add([{ ...found, seenSeconds: now.unixSeconds - 60 }], 'somebody', now);
  }
  fixture.memory.discouraged.add('20.1.0.1', now);
  assert.deepEqual(calls(fixture.start()), ['21.1.0.1:8333']);
});

test('other kinds of network are called when they can be reached', () => {
  const fixture = staying({ reachable: new Set(['onion'] as const), usesProxy: true }).knows(
    at('20.1.0.1'),
    at(ONION),
  );
  assert.deepEqual(calls(fixture.start()), [`${ONION}:8333`]);
});

test('those that served us last time come before all others but the ones that the user named', () => {
  const fixture = staying({ addPeers: [at('9.9.9.9')], outboundCount: 4 }).knows(...groups(50));
  fixture.memory.setAnchors([at('77.1.1.1'), at('78.1.1.1')]);
  const order = calls(fixture.start());
  assert.deepEqual(order.slice(0, 3), ['9.9.9.9:8333', '77.1.1.1:8333', '78.1.1.1:8333']);
  assert.equal(order.length, 4);
});

test('with peers to connect to, nobody else is called: neither anchors nor the book nor seeds nor feelers', () => {
  const fixture = staying({ connect: [at('9.9.9.9')], dnsSeeds: ['one'] }).knows(...groups(50));
  fixture.memory.setAnchors([at('77.1.1.1')]);
  const outputs = [
    ...fixture.start(),
    ...fixture.plan.handle({ type: 'one-more-wanted', isWanted: true }, fixture.clock.now),
  ];
  outputs.push(...fixture.runFor(60 * MINUTE_MS));
  assert.deepEqual(calls(outputs), ['9.9.9.9:8333']);
  assert.deepEqual(lookUps(outputs), []);
});

test('a dead book is gone through at a bounded rate, each address once before any is called again', () => {
  const fixture = staying({ outboundCount: 8 }).knows(...groups(300));
  const size = fixture.memory.book.counts.new;
  const startMs = fixture.clock.ms;
  const called = new Set<string>();
  let atOnce = 0;
  let outputs = fixture.start();
  for (;;) {
    const now = outputs.flatMap((output) =>
      output.do === 'dial' && output.kind === 'outbound' ? [output.endpoint] : [],
    );
    atOnce = Math.max(atOnce, now.length);
    const isAgain = now.some(({ host }) => called.has(host));
    if (isAgain) break;
    for (const { host } of now) called.add(host);
    outputs = now.flatMap((endpoint) => fixture.lost(endpoint, 'connect-failed'));
    if (calls(outputs).length === 0) outputs = fixture.tickWhenDue();
  }
  assert.ok(called.size >= size, `${called.size} of ${size} addresses were called`);
  assert.ok(atOnce <= 8);
  const seconds = (fixture.clock.ms - startMs) / 1000;
  // Ten a second at first, and one a second when it is more likely that our own line is dead.
  assert.ok(seconds >= size - 64 - 16, `${seconds} s`);
  assert.ok(seconds <= size, `${seconds} s`);
});

test('a book most of which is dead is gone through ten times as fast while somebody is connected', () => {
  const fixture = staying({ outboundCount: 2 }).knows(...groups(300));
  const [first, second] = fixture.start();
  assert.ok(first?.do === 'dial' && second?.do === 'dial');
  fixture.established(first.endpoint);
  const startMs = fixture.clock.ms;
  let count = 0;
  let outputs = fixture.lost(second.endpoint, 'connect-failed');
  while (fixture.clock.ms < startMs + 20_000) {
    const called = outputs.flatMap((output) =>
      output.do === 'dial' && output.kind === 'outbound' ? [output.endpoint] : [],
    );
    count += called.length;
    outputs = called.flatMap((endpoint) => fixture.lost(endpoint, 'connect-failed'));
    if (calls(outputs).length === 0) outputs = fixture.tickWhenDue();
  }
  assert.ok(count >= 190 && count <= 220, `${count} calls in 20 s`);
});

test('failures count against an address only when some other peer can be reached', () => {
  const fixture = staying({ outboundCount: 2 }).knows(...groups(2));
  const [first, second] = fixture
    .start()
    .flatMap((output) => (output.do === 'dial' ? [output.endpoint] : []));
  assert.ok(first !== undefined && second !== undefined);
  fixture.lost(first, 'connect-failed');
  assert.equal(fixture.memory.book.get(first)?.failures, 0, 'it may be our own line');
  fixture.established(second);
  fixture.tickWhenDue();
  fixture.lost(first, 'connect-failed');
  assert.equal(fixture.memory.book.get(first)?.failures, 1);
});

test('a handshake makes an address a tried one, with the services that the peer itself named', () => {
  const fixture = staying({ outboundCount: 1 }).knows(at('20.1.0.1'));
  fixture.start();
  fixture.established(at('20.1.0.1'), 0x409n);
  const known = fixture.memory.book.get(at('20.1.0.1'));
  assert.deepEqual([known?.isTried, known?.services], [true, 0x409n]);
});

test('a peer that the user named is remembered when it worked', () => {
  const fixture = staying({ addPeers: [at('20.1.0.1'), { host: 'a.name', port: 8333 }] });
  fixture.start();
  fixture.established(at('20.1.0.1'));
  fixture.established({ host: 'a.name', port: 8333 });
  assert.deepEqual(
    Array.from(fixture.memory.book.entries(), ({ endpoint }) => endpoint.host),
    ['20.1.0.1'],
    'a name is no address',
  );
});

test('the book does not show whom we have reached: nothing in it is as fresh as that', () => {
  const fixture = staying({ addPeers: [at('20.1.0.1')], outboundCount: 2 }).knows(at('21.1.0.1'));
  const told = fixture.memory.book.get(at('21.1.0.1'))?.seenSeconds;
  fixture.start();
  fixture.established(at('20.1.0.1'));
  fixture.established(at('21.1.0.1'));
  const ageSeconds =
    fixture.clock.now.unixSeconds - (fixture.memory.book.get(at('20.1.0.1'))?.seenSeconds ?? 0);
  assert.ok(ageSeconds >= 3 * 86_400);
  assert.equal(fixture.memory.book.get(at('21.1.0.1'))?.seenSeconds, told);
});

test('neither anchors nor feelers are called in a network that is not wanted, or where somebody misbehaved', () => {
  const fixture = staying({ reachable: new Set(['ipv6'] as const), outboundCount: 1 }).knows(
    at('2a01:4f8::1'),
    ...groups(40),
  );
  fixture.memory.setAnchors([at('77.1.1.1'), at('2a01:4f9::1')]);
  fixture.memory.discouraged.add('2a01:4f9::1', fixture.clock.now);
  const outputs = fixture.start();
  fixture.established(at('2a01:4f8::1'));
  outputs.push(...fixture.runFor(120 * MINUTE_MS));
  assert.deepEqual(calls(outputs), ['2a01:4f8::1:8333']);
});

test('an address that waits in vain for its network group to be free does not keep the seeds from being asked', () => {
  const fixture = staying({ dnsSeeds: ['a'], outboundCount: 8 });
  fixture.memory.setAnchors([at('77.1.1.1'), at('77.1.2.2')]);
  assert.deepEqual(calls(fixture.start()), ['77.1.1.1:8333']);
  fixture.established(at('77.1.1.1'));
  assert.deepEqual(lookUps(fixture.runFor(60_000)), ['x9.a']);
});

test('seeds have to wait while addresses are known, and are asked three at a time when these prove useless', () => {
  const fixture = staying({ dnsSeeds: ['a', 'b', 'c', 'd', 'e'] }).knows(...groups(100));
  assert.deepEqual(lookUps(fixture.start()), []);
  const asked: number[] = [];
  for (let i = 0; i < 3; i++) asked.push(lookUps(fixture.runFor(11_000)).length);
  assert.deepEqual(asked, [3, 2, 0]);
});

test('seeds are not asked when two peers are connected', () => {
  const fixture = staying({ dnsSeeds: ['a', 'b'] }).knows(...groups(100));
  const [first, second] = fixture
    .start()
    .flatMap((output) => (output.do === 'dial' ? [output.endpoint] : []));
  assert.ok(first !== undefined && second !== undefined);
  for (const endpoint of [first, second]) fixture.established(endpoint);
  assert.deepEqual(lookUps(fixture.runFor(60 * MINUTE_MS)), []);
});

test('seeds need not wait when the few known addresses have all failed', () => {
  const fixture = staying({ dnsSeeds: ['a'] }).knows(at('20.1.0.1'));
  assert.deepEqual(calls(fixture.start()), ['20.1.0.1:8333']);
  const outputs = fixture.lost(at('20.1.0.1'), 'connect-failed');
  assert.deepEqual(lookUps([...outputs, ...fixture.runFor(100)]), ['x9.a']);
});

test('through a proxy no name is looked up: the seeds are called and asked for addresses', () => {
  const fixture = staying({ dnsSeeds: ['seed.one'], usesProxy: true });
  const outputs = fixture.start();
  assert.deepEqual(lookUps(outputs), []);
  assert.deepEqual(outputs, [{ do: 'dial', endpoint: at('x9.seed.one'), kind: 'address-fetch' }]);
  const again = fixture.lost(at('x9.seed.one'), 'connect-failed');
  assert.deepEqual(calls(again), ['seed.one:8333'], 'it may not know of filters');
  fixture.knows(at('20.1.0.1'));
  assert.deepEqual(calls(fixture.lost(at('seed.one'), 'surplus', { wasUseful: true })), ['20.1.0.1:8333']);
});

test('when not even a seed can be called through the proxy, the failure tells of that', () => {
  const fixture = new DialPlanFixture({ dnsSeeds: ['seed.one'], usesProxy: true });
  fixture.start();
  fixture.lost(at('x9.seed.one'), 'proxy-failed');
  assert.deepEqual(givenUp(fixture.lost(at('seed.one'), 'proxy-failed')), ['seed.one proxy-failed']);
});

test('addresses that seeds name go into the book, but not private ones', () => {
  const fixture = staying({ dnsSeeds: ['a'] });
  fixture.start();
  fixture.lookedUp('20.1.0.1', '10.0.0.1', '127.0.0.1', 'no address');
  const known = Array.from(fixture.memory.book.entries());
  assert.deepEqual(
    known.map(({ endpoint }) => endpoint.host),
    ['20.1.0.1'],
  );
  const ageDays = (fixture.clock.now.unixSeconds - (known[0]?.seenSeconds ?? 0)) / 86_400;
  assert.ok(ageDays >= 3 && ageDays <= 7);
});

test('when enough peers are there, now and then a feeler tests an address that never worked', () => {
  const fixture = staying({ outboundCount: 2 }).knows(...groups(60));
  for (const output of fixture.start()) if (output.do === 'dial') fixture.established(output.endpoint);
  const feelers: Endpoint[] = [];
  const endMs = fixture.clock.ms + 60 * MINUTE_MS;
  while (fixture.clock.ms < endMs) {
    for (const output of fixture.tickWhenDue()) {
      if (output.do !== 'dial') continue;
      assert.equal(output.kind, 'feeler');
      feelers.push(output.endpoint);
      fixture.established(output.endpoint);
      assert.deepEqual(fixture.lost(output.endpoint, 'surplus'), []);
    }
  }
  assert.ok(feelers.length > 15 && feelers.length < 60, `${feelers.length} in an hour`);
  assert.equal(
    new Set(feelers.map(({ host }) => host)).size,
    feelers.length,
    'each works now, and is not tested again',
  );
});

test('while peers are missing there are no feelers', () => {
  const fixture = staying({ outboundCount: 2 }).knows(at('20.1.0.1'));
  fixture.start();
  fixture.established(at('20.1.0.1'));
  assert.deepEqual(kindsOf(fixture.runFor(60 * MINUTE_MS)), []);
});

test('one more than wanted is called when that is asked for, and no longer when it is not', () => {
  const fixture = staying({ outboundCount: 2 }).knows(...groups(20));
  const first = fixture.start();
  const more = fixture.plan.handle({ type: 'one-more-wanted', isWanted: true }, fixture.clock.now);
  assert.deepEqual([calls(first).length, calls(more).length], [2, 1]);
  fixture.plan.handle({ type: 'one-more-wanted', isWanted: false }, fixture.clock.now);
  const [gone] = first;
  assert.ok(gone?.do === 'dial');
  assert.deepEqual(calls(fixture.lost(gone.endpoint, 'surplus')), []);
});

test('addresses that peers tell are called when there is room', () => {
  const fixture = staying({ addPeers: [at('9.9.9.9')] });
  fixture.start();
  fixture.knows(at('20.1.0.1'));
  assert.deepEqual(calls(fixture.plan.handle({ type: 'addresses-told' }, fixture.clock.now)), [
    '20.1.0.1:8333',
  ]);
});

test('a client that others may call has hope without anybody to call', () => {
  const fixture = staying();
  assert.deepEqual(fixture.plan.handle({ type: 'listening' }, fixture.clock.now), []);
  assert.equal(givenUp(fixture.start()), undefined);
  assert.deepEqual(givenUp(staying().start()), []);
});

test('whether somebody could take the place of a dropped peer is known', () => {
  const fixture = staying({ outboundCount: 1 }).knows(at('20.1.0.1'));
  fixture.start();
  assert.equal(fixture.plan.canReplace(fixture.clock.now), false, 'the only one is called already');
  fixture.knows(at('21.1.0.1'));
  assert.equal(fixture.plan.canReplace(fixture.clock.now), true);
});
