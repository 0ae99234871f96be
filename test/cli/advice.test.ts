import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withAdvice } from '../../src/cli/advice.ts';
import { ClientError, StoreError } from '../../src/index.ts';

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
