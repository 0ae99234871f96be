/** A plan for a client that stays: it never gives up, and it is never a nuisance. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../../src/protocol/peer.ts';
import type { DialPlanOutput } from '../../../src/protocol/peers/dial-plan.ts';
import { calls, DialPlanFixture, givenUp, lookUps } from '../../support/dial-plan-fixture.ts';

const ALICE: Endpoint = { host: 'alice', port: 1 };
const FOUND: Endpoint = { host: '1.1.1.1', port: 8333 };
const SEED_PAUSE_MS = 60_000;

test('a named peer is called for ever, with pauses that grow to five minutes', () => {
  const fixture = new DialPlanFixture({ connect: [ALICE], isPersistent: true });
  fixture.start();
  const pauses: (number | undefined)[] = [];
  for (let i = 0; i < 40; i++) {
    assert.equal(givenUp(fixture.lost(ALICE, 'connect-failed')), undefined);
    pauses.push(fixture.waitMs);
    assert.deepEqual(calls(fixture.tickWhenDue()), ['alice:1']);
  }
  const seconds = pauses.map((ms) => (ms ?? 0) / 1000);
  assert.deepEqual(seconds.slice(0, 11), [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  assert.equal(seconds.at(-1), 300);
});

test('the pauses begin anew after a connection that was useful', () => {
  const fixture = new DialPlanFixture({ connect: [ALICE], isPersistent: true });
  fixture.start();
  for (let i = 0; i < 6; i++) {
    fixture.lost(ALICE, 'connection-lost');
    fixture.tickWhenDue();
  }
  fixture.lost(ALICE, 'silent', { wasUseful: true });
  assert.equal(fixture.waitMs, 1000);
  fixture.tickWhenDue();
  fixture.lost(ALICE, 'silent');
  assert.equal(fixture.waitMs, 2000);
});

test('a named peer at fault is called again, but not soon', () => {
  const fixture = new DialPlanFixture({ connect: [ALICE], isPersistent: true });
  fixture.start();
  fixture.lost(ALICE, 'bad-diffbits', { wasUseful: true });
  assert.equal(fixture.waitMs, 300_000);
  assert.deepEqual(calls(fixture.tickWhenDue()), ['alice:1']);
});

test('seeds that gave nobody are asked again after a minute, as long as it takes', () => {
  const fixture = new DialPlanFixture({ dnsSeeds: ['one', 'two'], isPersistent: true });
  assert.equal(lookUps(fixture.start()).length, 2);
  for (let i = 0; i < 5; i++) {
    fixture.lookedUp();
    fixture.lookedUp();
    assert.equal(fixture.waitMs, SEED_PAUSE_MS);
    assert.equal(lookUps(fixture.tickWhenDue()).length, 2);
  }
  fixture.lookedUp('1.1.1.1');
  fixture.established(FOUND);
  assert.deepEqual(calls(fixture.lookedUp()), [], 'one connection is enough');
  assert.deepEqual(lookUps(fixture.runFor(10 * SEED_PAUSE_MS)), []);
});

test('a seed that takes longer than the pause is waited for, quietly', () => {
  const fixture = new DialPlanFixture({ dnsSeeds: ['one'], isPersistent: true });
  fixture.start();
  for (let minute = 0; minute < 3; minute++) assert.deepEqual(fixture.tickWhenDue(), []);
  assert.deepEqual(calls(fixture.lookedUp('1.1.1.1')), ['1.1.1.1:8333']);
});

test('seeds are not asked again while there is somebody to call', () => {
  const fixture = new DialPlanFixture({ dnsSeeds: ['one'], isPersistent: true });
  fixture.start();
  const [called] = fixture.lookedUp('1.1.1.1', '2.2.2.2');
  assert.ok(called?.do === 'dial');
  fixture.established(called.endpoint);
  assert.deepEqual(lookUps(fixture.runFor(10 * SEED_PAUSE_MS)), []);
  const outputs = fixture.lost(called.endpoint, 'connection-lost');
  assert.deepEqual([...lookUps(outputs), ...lookUps(fixture.tick())], []);
});

test('a client that was offline for a while finds the same addresses usable again', () => {
  const fixture = new DialPlanFixture({ dnsSeeds: ['one'], isPersistent: true });
  fixture.start();
  fixture.lookedUp('1.1.1.1');
  const asked: string[] = [];
  let outputs: readonly DialPlanOutput[] = [];
  for (let i = 0; i < 20 && asked.length === 0; i++) {
    fixture.lost(FOUND, 'connect-failed');
    outputs = fixture.tickWhenDue();
    asked.push(...lookUps(outputs));
  }
  assert.deepEqual(asked, ['x9.one'], 'three failures, and then the seed is asked again');
  assert.deepEqual(calls(outputs), ['1.1.1.1:8333'], 'and what it said before is tried once more meanwhile');
});

test('an added peer that never answers does not keep us from asking the seeds again', () => {
  const fixture = new DialPlanFixture({ addPeers: [ALICE], dnsSeeds: ['one'], isPersistent: true });
  fixture.start();
  fixture.lookedUp();
  const asked: string[] = [];
  for (let i = 0; i < 20 && asked.length === 0; i++) {
    const outputs = fixture.lost(ALICE, 'connect-failed');
    asked.push(...lookUps(outputs), ...lookUps(fixture.tickWhenDue()));
  }
  assert.deepEqual(asked, ['x9.one']);
  assert.ok(fixture.clock.ms < 10 * SEED_PAUSE_MS);
});

test('with nobody to call, and nobody to ask for addresses, the most patient gives up too', () => {
  const fixture = new DialPlanFixture({ isPersistent: true });
  assert.deepEqual(fixture.start(), [{ do: 'give-up', tried: [] }]);
  assert.equal(fixture.waitMs, undefined);
});
