import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withAdvice, withAdviceOnPeers } from '../../src/cli/advice.ts';
import { ClientError, NETWORKS, StoreError } from '../../src/index.ts';

test('where the library does not say what to do, the program does', () => {
  assert.equal(
    withAdvice(new StoreError('store-write-failed', 'cannot write to the store: no room')),
    'cannot write to the store: no room; what was stored before is kept: see that the disk has room, then run this again',
  );
});

test('where the library says it, nothing is added', () => {
  const message = 'another process is using the store in x; stop it, or choose another --datadir';
  assert.equal(withAdvice(new ClientError('store-locked', message)), message);
});

test('who named the peers is asked to look at them, and only when it was they who failed', () => {
  const failed = withAdviceOnPeers(new ClientError('no-peer', 'nobody at 127.0.0.1:1'), NETWORKS.signet);
  assert.ok(failed instanceof Error);
  assert.equal(
    failed.message,
    'nobody at 127.0.0.1:1; check that the node there runs, is on signet and up to date',
  );
  const other = new ClientError('no-progress', 'nothing came');
  assert.equal(withAdviceOnPeers(other, NETWORKS.signet), other);
});
