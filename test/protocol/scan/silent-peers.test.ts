import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SilentPeers } from '../../../src/protocol/scan/silent-peers.ts';
import { FalseClock } from '../../support/false-time.ts';

test('who lets a request pass is left alone for three seconds', () => {
  const clock = new FalseClock();
  const silent = new SilentPeers();
  assert.equal(silent.note(1, clock.now), 'quiet');
  assert.equal(silent.isQuiet(1), true);
  assert.equal(silent.count, 1);
  assert.equal(silent.deadline(), clock.ms + 3_000);
  silent.wake(clock.advance(2_999));
  assert.equal(silent.isQuiet(1), true);
  silent.wake(clock.advance(1));
  assert.equal(silent.isQuiet(1), false);
  assert.equal(silent.deadline(), undefined);
});

test('who lets three requests in a row pass is of no use', () => {
  const clock = new FalseClock();
  const silent = new SilentPeers();
  assert.equal(silent.note(1, clock.now), 'quiet');
  silent.wake(clock.advance(3_000));
  assert.equal(silent.note(1, clock.now), 'quiet');
  assert.equal(silent.note(2, clock.now), 'quiet');
  silent.wake(clock.advance(3_000));
  assert.equal(silent.note(1, clock.now), 'useless');
});

test('an answer makes up for all that was let pass', () => {
  const clock = new FalseClock();
  const silent = new SilentPeers();
  silent.note(1, clock.now);
  silent.note(1, clock.now);
  silent.spoke(1);
  assert.equal(silent.isQuiet(1), false);
  assert.equal(silent.note(1, clock.now), 'quiet');
});

test('nothing is held against one that was lost', () => {
  const clock = new FalseClock();
  const silent = new SilentPeers();
  silent.note(1, clock.now);
  silent.peerLost(1);
  assert.equal(silent.count, 0);
  assert.equal(silent.deadline(), undefined);
});
