/** Peers that serve compact filters are called before others, where that is preferred. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DialPlanOptions } from '../../../src/protocol/peers/dial-plan.ts';
import { SERVICES } from '../../../src/wire/services.ts';
import { calls, DialPlanFixture, lookUps } from '../../support/dial-plan-fixture.ts';
import { FULL_NODE } from '../../support/messages.ts';

const FILTER_NODE = FULL_NODE | SERVICES.COMPACT_FILTERS;
const PREFERRED: Partial<DialPlanOptions> = { preferredServices: () => SERVICES.COMPACT_FILTERS };

test('an address that is known to serve filters is called before those of which it is not known', () => {
  const fixture = new DialPlanFixture({ ...PREFERRED, outboundCount: 2 });
  for (let i = 0; i < 20; i++) fixture.knows({ host: `20.${i}.0.1`, port: 8333 });
  add(fixture, '30.1.0.1', FILTER_NODE);
  const [first, second, ...others] = calls(fixture.start());
  assert.equal(first, '30.1.0.1:8333');
  assert.match(String(second), /^20\./, 'and then any other');
  assert.deepEqual(others, []);
});

test('without a preference it is one like any other', () => {
  const firsts = new Set<string | undefined>();
  for (let seed = 1; seed <= 20; seed++) {
    const fixture = new DialPlanFixture({ seed });
    for (let i = 0; i < 20; i++) fixture.knows({ host: `20.${i}.0.1`, port: 8333 });
    add(fixture, '30.1.0.1', FILTER_NODE);
    firsts.add(calls(fixture.start())[0]);
  }
  assert.ok(firsts.size > 3, [...firsts].join(' '));
});

test('seeds are asked for nodes with filters, then for nodes with blocks and witnesses, then for any', () => {
  const fixture = new DialPlanFixture({ ...PREFERRED, dnsSeeds: ['seed.one'] });
  assert.deepEqual(lookUps(fixture.start()), ['x49.seed.one']);
  assert.deepEqual(lookUps(answer(fixture, 'x49.seed.one')), ['x9.seed.one']);
  assert.deepEqual(lookUps(answer(fixture, 'x9.seed.one')), ['seed.one']);
  assert.deepEqual(calls(answer(fixture, 'seed.one', '1.1.1.1')), ['1.1.1.1:8333']);
});

test('an address that a seed names for its filters is taken for one that serves them', () => {
  const fixture = new DialPlanFixture({ ...PREFERRED, dnsSeeds: ['seed.one'] });
  fixture.start();
  answer(fixture, 'x49.seed.one', '1.1.1.1');
  const known = fixture.memory.book.get({ host: '1.1.1.1', port: 8333 });
  assert.equal(known?.services, FILTER_NODE);
});

function add(fixture: DialPlanFixture, host: string, services: bigint): void {
  const { now } = fixture.clock;
  const found = { endpoint: { host, port: 8333 }, services, seenSeconds: now.unixSeconds - 3_600 };
  fixture.memory.book.add([found], `told ${host}`, now);
}

function answer(fixture: DialPlanFixture, name: string, ...addresses: readonly string[]) {
  return fixture.plan.handle({ type: 'looked-up', name, addresses }, fixture.clock.now);
}
