import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerSaving } from '../../src/protocol/peer-saving.ts';
import type { Endpoint } from '../../src/protocol/peer.ts';
import { PeerMemory } from '../../src/protocol/peers/peer-memory.ts';
import { FalseClock, seededRandom } from '../support/false-time.ts';

const PEER: Endpoint = { host: '10.1.2.3', port: 8333 };

function saving(anchors: readonly Endpoint[]): { saving: PeerSaving; memory: PeerMemory; clock: FalseClock } {
  const clock = new FalseClock();
  const memory = PeerMemory.restore([], { separatesPrivate: true }, seededRandom(), clock.now);
  return { saving: new PeerSaving(memory, () => anchors), memory, clock };
}

test('what was learnt is saved once a minute', () => {
  const { saving: plan, clock } = saving([PEER]);
  assert.equal(plan.deadline(), undefined);
  plan.start(clock.now);
  assert.equal(plan.deadline(), clock.ms + 60_000);
  assert.equal(plan.tick(clock.advance(59_999)), undefined);
  assert.ok(plan.tick(clock.advance(1)) !== undefined);
  assert.equal(plan.deadline(), clock.ms + 60_000);
  assert.equal(plan.tick(clock.advance(60_000)), undefined, 'nothing new');
});

test('at the end it is saved whatever the time, with whom to call first next time', () => {
  const { saving: plan, memory, clock } = saving([PEER]);
  plan.start(clock.now);
  assert.ok((plan.take()?.put.length ?? 0) > 0);
  assert.deepEqual(memory.anchors, [PEER]);
  assert.equal(plan.take(), undefined, 'nothing new');
});

test('who was called first last time stays so while nobody else is connected', () => {
  const anchors: Endpoint[] = [PEER];
  const { saving: plan, memory, clock } = saving(anchors);
  plan.start(clock.now);
  plan.take();
  assert.deepEqual(memory.anchors, [PEER]);
  anchors.pop();
  plan.take();
  assert.deepEqual(memory.anchors, [PEER]);
});
