/** Whom to call, in what order, and when to stop. A plan that never stops is in dial-plan-persistent.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../../src/protocol/peer.ts';
import type { DialPlanOutput } from '../../../src/protocol/peers/dial-plan.ts';
import { calls, DialPlanFixture, givenUp, lookUps } from '../../support/dial-plan-fixture.ts';

const ALICE: Endpoint = { host: 'alice', port: 1 };
const BOB: Endpoint = { host: 'bob', port: 2 };
const SEEDS = ['seed.one', 'seed.two', 'seed.three'];

function found(host: string): Endpoint {
  return { host, port: 8333 };
}

function addresses(count: number, prefix: string): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}.${i}`);
}

test('peers to connect to are the only ones that are called, and DNS is not asked', () => {
  const fixture = new DialPlanFixture({ connect: [ALICE], addPeers: [BOB], dnsSeeds: SEEDS });
  const all = [...fixture.start()];
  for (let i = 0; i < 10 && givenUp(all) === undefined; i++) {
    all.push(...fixture.lost(ALICE, 'connect-failed'));
    if (fixture.waitMs !== undefined) all.push(...fixture.tickWhenDue());
  }
  assert.deepEqual(calls(all), ['alice:1', 'alice:1', 'alice:1']);
  assert.deepEqual(lookUps(all), []);
  assert.deepEqual(givenUp(all), ['alice connect-failed']);
});

test('added peers are called first, while the seeds are asked for nodes with blocks and witnesses', () => {
  const fixture = new DialPlanFixture({ addPeers: [ALICE, BOB], dnsSeeds: SEEDS });
  const outputs = fixture.start();
  assert.deepEqual(calls(outputs), ['alice:1']);
  assert.deepEqual(lookUps(outputs).toSorted(), ['x9.seed.one', 'x9.seed.three', 'x9.seed.two']);
  assert.deepEqual(fixture.lookedUp('1.1.1.1'), [], 'one connection is enough');
  assert.deepEqual(calls(fixture.lost(ALICE, 'connect-failed')), ['bob:2']);
  assert.deepEqual(calls(fixture.lost(BOB, 'connect-failed')), ['1.1.1.1:8333']);
});

test('seeds are asked in random order', () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 50; seed++) {
    orders.add(lookUps(new DialPlanFixture({ dnsSeeds: SEEDS, seed }).start()).join(' '));
  }
  assert.equal(orders.size, 6, 'each order comes up');
});

test('whether the user named a peer is told with the call', () => {
  const fixture = new DialPlanFixture({ addPeers: [ALICE], dnsSeeds: ['seed.one'], outboundCount: 2 });
  const outputs = [...fixture.start(), ...fixture.lookedUp('1.1.1.1')];
  assert.deepEqual(
    outputs.flatMap((output) => (output.do === 'dial' ? [[output.endpoint.host, output.kind]] : [])),
    [
      ['alice', 'manual'],
      ['1.1.1.1', 'outbound'],
    ],
  );
});

test('at most 32 addresses of one seed are called, in random order', () => {
  const orders = new Set<string>();
  for (const seed of [1, 2, 3]) {
    const fixture = new DialPlanFixture({ dnsSeeds: ['seed.one'], outboundCount: 1000, seed });
    fixture.start();
    const called = calls([...fixture.lookedUp(...addresses(100, '10.0.0')), ...fixture.runFor(10_000)]);
    assert.equal(called.length, 32);
    assert.equal(new Set(called).size, 32);
    assert.ok(called.every((address) => /^10\.0\.0\.\d+:8333$/.test(address)));
    orders.add(called.join(' '));
  }
  assert.equal(orders.size, 3);
});

test('each seed has its 32, as far as the book has places for them', () => {
  const fixture = new DialPlanFixture({ dnsSeeds: SEEDS, outboundCount: 1000 });
  fixture.start();
  for (const prefix of ['10.1.0', '10.2.0', '10.3.0']) {
    const outputs = [...fixture.lookedUp(...addresses(40, prefix)), ...fixture.runFor(10_000)];
    const { length } = calls(outputs);
    assert.ok(length >= 30 && length <= 32, `${length} calls`);
  }
});

test('no more connections are kept than wanted, and a lost one is replaced at once', () => {
  const fixture = new DialPlanFixture({ dnsSeeds: ['seed.one'], outboundCount: 3 });
  fixture.start();
  assert.equal(calls(fixture.lookedUp(...addresses(10, '10.0.0'))).length, 3);
  assert.equal(fixture.waitMs, undefined, 'nothing is due while all are there');
  assert.deepEqual(fixture.tick(), []);
});

test('on failure the next address is called, and the first one again only when the others were', () => {
  const fixture = new DialPlanFixture({ connect: [ALICE, BOB] });
  const order = calls(fixture.start());
  for (let i = 0; i < 5; i++) {
    const last = order.at(-1) === 'alice:1' ? ALICE : BOB;
    let outputs = fixture.lost(last, 'connect-timeout');
    if (calls(outputs).length === 0 && fixture.waitMs !== undefined) outputs = fixture.tickWhenDue();
    order.push(...calls(outputs));
  }
  assert.deepEqual(order, ['alice:1', 'bob:2', 'alice:1', 'bob:2', 'alice:1', 'bob:2']);
});

test('three failures are enough, with a pause after each that grows', () => {
  const fixture = new DialPlanFixture({ connect: [ALICE] });
  fixture.start();
  assert.deepEqual(fixture.lost(ALICE, 'connect-failed'), []);
  assert.equal(fixture.waitMs, 1000);
  fixture.clock.advance(999);
  assert.deepEqual(fixture.tick(), []);
  fixture.clock.advance(1);
  assert.deepEqual(calls(fixture.tick()), ['alice:1']);
  fixture.lost(ALICE, 'silent');
  assert.equal(fixture.waitMs, 2000);
  assert.deepEqual(calls(fixture.tickWhenDue()), ['alice:1']);
  assert.deepEqual(givenUp(fixture.lost(ALICE, 'headers-timeout')), ['alice headers-timeout']);
  assert.equal(fixture.waitMs, undefined);
});

test('a peer at fault is given up at once', () => {
  for (const reason of ['bad-diffbits', 'low-work', 'self-connection', 'malformed-message'] as const) {
    const fixture = new DialPlanFixture({ connect: [ALICE] });
    fixture.start();
    assert.deepEqual(givenUp(fixture.lost(ALICE, reason)), [`alice ${reason}`]);
  }
});

test('a peer at fault is given up though it was useful, and one whose line failed begins anew', () => {
  const fixture = new DialPlanFixture({ connect: [ALICE, BOB] });
  fixture.start();
  fixture.lost(ALICE, 'high-hash', { wasUseful: true });
  for (let i = 0; i < 5; i++) {
    assert.equal(givenUp(fixture.lost(BOB, 'connection-lost', { wasUseful: true })), undefined);
    assert.equal(fixture.waitMs, 1000);
    assert.deepEqual(calls(fixture.tickWhenDue()), ['bob:2']);
  }
});

test('the last address given up ends it, with what became of each', () => {
  const fixture = new DialPlanFixture({ addPeers: [ALICE], dnsSeeds: ['seed.one'] });
  fixture.start();
  fixture.lookedUp('1.1.1.1');
  fixture.lost(ALICE, 'low-work');
  const outputs = fixture.lost(found('1.1.1.1'), 'missing-services');
  assert.deepEqual(givenUp(outputs), ['alice low-work', '1.1.1.1 missing-services']);
  for (const later of [fixture.tick(), fixture.lookedUp('2.2.2.2'), fixture.lost(ALICE, 'silent')]) {
    assert.deepEqual(later, [], 'and nothing more comes after the end');
  }
  assert.equal(fixture.waitMs, undefined);
});

test('it does not end while a seed may still answer', () => {
  const fixture = new DialPlanFixture({ addPeers: [ALICE], dnsSeeds: SEEDS });
  fixture.start();
  assert.equal(givenUp(fixture.lost(ALICE, 'low-work')), undefined);
  assert.equal(givenUp(fixture.lookedUp()), undefined);
  assert.equal(givenUp(fixture.lookedUp()), undefined);
  assert.deepEqual(givenUp(fixture.lookedUp()), ['alice low-work']);
});

test('with nobody to call and nobody to ask it ends at once', () => {
  assert.deepEqual(givenUp(new DialPlanFixture().start()), []);
  const fixture = new DialPlanFixture({ dnsSeeds: ['seed.one'] });
  fixture.start();
  assert.deepEqual(givenUp(fixture.lookedUp()), []);
});

test('an address that is named twice is called once, another port is another peer', () => {
  const other = { ...ALICE, port: 9 };
  const fixture = new DialPlanFixture({ connect: [ALICE, ALICE, other], outboundCount: 8 });
  assert.deepEqual(calls(fixture.start()), ['alice:1', 'alice:9']);
  const seeded = new DialPlanFixture({ dnsSeeds: SEEDS, addPeers: [found('1.1.1.1')], outboundCount: 8 });
  const outputs = [
    ...seeded.start(),
    ...seeded.lookedUp('1.1.1.1', '2.2.2.2'),
    ...seeded.lookedUp('2.2.2.2'),
  ];
  assert.deepEqual(calls(outputs), ['1.1.1.1:8333', '2.2.2.2:8333']);
});

test('the loss of somebody who was never called is nothing', () => {
  const fixture = new DialPlanFixture({ connect: [ALICE] });
  fixture.start();
  assert.deepEqual(fixture.lost(BOB, 'silent'), []);
});

test('a peer that is behind is not called again while a synchronisation waits, but is by one that stays', () => {
  for (const isPersistent of [false, true]) {
    const fixture = new DialPlanFixture({ connect: [{ host: 'one', port: 1 }], isPersistent });
    fixture.start();
    const outputs = fixture.lost({ host: 'one', port: 1 }, 'behind');
    assert.deepEqual(
      outputs.map((output) => output.do),
      isPersistent ? [] : ['give-up'],
    );
  }
});

test('a seed that gives nothing when asked with a filter is asked once more, by its own name', () => {
  const fixture = new DialPlanFixture({ dnsSeeds: ['one'] });
  assert.deepEqual(fixture.start(), [{ do: 'look-up', name: 'x9.one' }]);
  const answer = (name: string, ...hosts: string[]): readonly DialPlanOutput[] =>
    fixture.plan.handle({ type: 'looked-up', name, addresses: hosts }, fixture.clock.now);
  assert.deepEqual(answer('x9.one'), [{ do: 'look-up', name: 'one' }], 'and nothing is given up yet');
  assert.deepEqual(calls(answer('one', '1.1.1.1')), ['1.1.1.1:8333']);
});
