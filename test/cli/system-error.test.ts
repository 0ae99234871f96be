import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isSystemError, reasonOf } from '../../src/cli/system-error.ts';

function caught(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

test('what the system said is told without the call and the path, which the caller names better', () => {
  const error = caught(() => readFileSync('/no/such/file'));
  assert.equal(reasonOf(error), 'no such file or directory (ENOENT)');
  assert.ok(isSystemError(error));
});

test('other words stay as they are', () => {
  assert.equal(reasonOf(new Error('something else, in short')), 'something else, in short');
  assert.equal(reasonOf('no error at all'), 'no error at all');
  assert.equal(isSystemError(new Error('ENOENT: not from the system')), false);
  assert.equal(isSystemError(undefined), false);
});
