import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DisconnectReason } from '../../../src/protocol/peer.ts';
import { COST_OF, isPeersFault, wasUnreached } from '../../../src/protocol/peers/misbehaviour.ts';

const reasons = Object.keys(COST_OF) as DisconnectReason[];

test('what honest nodes do costs nothing', () => {
  const honest = [
    'headers-refused',
    'headers-timeout',
    'behind',
    'time-too-new',
    'silent',
    'connection-lost',
  ];
  for (const reason of honest) assert.equal(COST_OF[reason as DisconnectReason], 'nothing', reason);
});

test('what no honest node does discourages its address', () => {
  const wicked = [
    'high-hash',
    'bad-diffbits',
    'not-continuous',
    'time-too-old',
    'malformed-message',
    'oversized-message',
  ];
  for (const reason of wicked) assert.equal(COST_OF[reason as DisconnectReason], 'discourage', reason);
});

test('a peer that is of no use is avoided, which is no judgement of it', () => {
  for (const reason of [
    'missing-services',
    'obsolete-version',
    'self-connection',
    'wrong-magic',
    'low-work',
  ]) {
    assert.equal(COST_OF[reason as DisconnectReason], 'avoid', reason);
  }
});

test('a fault is whatever costs something', () => {
  for (const reason of reasons) assert.equal(isPeersFault(reason), COST_OF[reason] !== 'nothing', reason);
});

test('who was never spoken to is never at fault', () => {
  const unreached = reasons.filter(wasUnreached);
  assert.deepEqual(unreached.toSorted(), ['connect-failed', 'connect-timeout', 'proxy-failed']);
  assert.ok(unreached.every((reason) => COST_OF[reason] === 'nothing'));
});
