import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerTally } from '../../../src/protocol/mempool/peer-tally.ts';

test('each peer counts once, also after it has left', () => {
  const tally = new PeerTally();
  assert.deepEqual([tally.add(1), tally.add(2), tally.add(1)], [true, true, false]);
  tally.leave(1);
  tally.leave(3);
  assert.deepEqual([tally.has(1), tally.has(2), tally.has(3), tally.count], [false, true, false, 2]);
});
