import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { admit, type InboundPeer } from '../../../src/protocol/peers/inbound.ts';

const SALT = Uint8Array.of(1, 2, 3);
const LIMITS = { maxInbound: 32, maxInboundPerAddress: 4 };
const NEWCOMER = { host: '9.9.9.9', isDiscouraged: false };

/** Callers that nothing speaks for: each of a group of its own, unless told otherwise. */
function callers(count: number, given: (i: number) => Partial<InboundPeer> = () => ({})): InboundPeer[] {
  return Array.from({ length: count }, (_, i) => ({
    peer: i,
    host: `1.${i}.0.1`,
    group: `group ${i}`,
    connectedMs: 1_000 * i,
    latencyMs: undefined,
    lastUsefulMs: undefined,
    isDiscouraged: false,
    ...given(i),
  }));
}

test('while there is room everybody is let in, also who misbehaved before', () => {
  for (const isDiscouraged of [false, true]) {
    const admission = admit({ ...NEWCOMER, isDiscouraged }, callers(31), LIMITS, SALT);
    assert.deepEqual(admission, { kind: 'let-in' });
  }
});

test('one address has four connections and no more', () => {
  const same = (count: number): InboundPeer[] => callers(count, () => ({ host: NEWCOMER.host }));
  assert.equal(admit(NEWCOMER, same(3), LIMITS, SALT).kind, 'let-in');
  const refusal = admit(NEWCOMER, same(4), LIMITS, SALT);
  assert.equal(refusal.kind === 'refuse' && refusal.disconnect.reason, 'inbound-full');
});

test('this machine may have more, for what is forwarded to us comes from there', () => {
  for (const host of ['127.0.0.1', '::1']) {
    const present = callers(20, () => ({ host }));
    assert.equal(admit({ ...NEWCOMER, host }, present, LIMITS, SALT).kind, 'let-in');
  }
});

test('when all places are taken, who misbehaved before stays out', () => {
  const refusal = admit({ ...NEWCOMER, isDiscouraged: true }, callers(32), LIMITS, SALT);
  assert.equal(refusal.kind === 'refuse' && refusal.disconnect.reason, 'discouraged');
});

test('when all places are taken, who misbehaved before is the first to go', () => {
  const present = callers(32, (i) => ({ isDiscouraged: i === 7 }));
  const admission = admit(NEWCOMER, present, LIMITS, SALT);
  assert.equal(admission.kind === 'evict' && admission.peer, 7);
});

test('the youngest of the group that has most must go', () => {
  const present = callers(32, (i) => (i >= 20 ? { group: 'crowd' } : {}));
  const admission = admit(NEWCOMER, present, LIMITS, SALT);
  assert.equal(admission.kind === 'evict' && admission.peer, 31);
  assert.equal(admission.kind === 'evict' && admission.disconnect.reason, 'evicted');
});

test('the quickest, the most useful and those who were there first keep their places', () => {
  const present = callers(32, (i) => ({
    latencyMs: i >= 28 ? 5 : 500 + i,
    lastUsefulMs: i >= 26 && i < 28 ? 9_000 : undefined,
  }));
  const admission = admit(NEWCOMER, present, LIMITS, SALT);
  assert.ok(admission.kind === 'evict');
  assert.ok(admission.peer >= 13 && admission.peer < 26, `${admission.peer} went`);
});

test('of very few places one is given to a newcomer too', () => {
  for (const maxInbound of [1, 2, 3, 7]) {
    const admission = admit(NEWCOMER, callers(maxInbound), { ...LIMITS, maxInbound }, SALT);
    assert.equal(admission.kind, 'evict', `${maxInbound} places`);
  }
});

test('an attacker with any number of addresses in one group throws out its own connections', () => {
  let present = callers(16, (i) => ({ latencyMs: 50 + i }));
  const honest = new Set(present.map(({ peer }) => peer));
  for (let i = 0; i < 200; i++) {
    const host = `6.6.${i >> 8}.${i & 255}`;
    const admission = admit({ host, isDiscouraged: false }, present, LIMITS, SALT);
    if (admission.kind === 'refuse') continue;
    if (admission.kind === 'evict') present = present.filter(({ peer }) => peer !== admission.peer);
    const attacker = { group: '6.6', host, latencyMs: 1, peer: 100 + i, connectedMs: 100_000 + i };
    present.push({ ...callers(1)[0], ...attacker } as InboundPeer);
  }
  const left = present.filter(({ peer }) => honest.has(peer)).length;
  assert.equal(present.length, 32);
  assert.equal(left, 16);
});

test('there are never more than allowed, and whoever goes was there', () => {
  const peer = fc.record({
    group: fc.constantFrom('a', 'b', 'c'),
    connectedMs: fc.nat(1_000),
    latencyMs: fc.option(fc.nat(100), { nil: undefined }),
    lastUsefulMs: fc.option(fc.nat(100), { nil: undefined }),
    isDiscouraged: fc.boolean(),
  });
  const limits = fc.record({
    maxInbound: fc.integer({ min: 1, max: 20 }),
    maxInboundPerAddress: fc.constant(2),
  });
  fc.assert(
    fc.property(fc.array(peer, { maxLength: 20 }), limits, fc.boolean(), (given, allowed, isDiscouraged) => {
      const present = callers(Math.min(given.length, allowed.maxInbound), (i) => given[i] ?? {});
      const admission = admit({ host: '9.9.9.9', isDiscouraged }, present, allowed, SALT);
      if (admission.kind === 'let-in') assert.ok(present.length < allowed.maxInbound);
      if (admission.kind === 'evict') assert.ok(present.some(({ peer: id }) => id === admission.peer));
    }),
  );
});
