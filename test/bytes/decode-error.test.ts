import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { DecodeError } from '../../src/bytes/decode-error.ts';

test('a decode error tells code, detail and offset', () => {
  const error = new DecodeError('over-limit', '2001 items, at most 2000', 7);
  assert.ok(error instanceof Error);
  assert.equal(error.name, 'DecodeError');
  assert.equal(error.code, 'over-limit');
  assert.equal(error.detail, '2001 items, at most 2000');
  assert.equal(error.offset, 7);
  assert.equal(error.path, '');
  assert.equal(error.message, 'byte 7: 2001 items, at most 2000 (over-limit)');
});

test('enclosing fields are put in front of the path and show in the message', () => {
  const error = new DecodeError('bad-value', 'wrong', 3, 'script');
  assert.equal(error.within(0), error, 'the same error, to be thrown again');
  assert.equal(error.within('inputs').path, 'inputs/0/script');
  assert.equal(error.message, 'byte 3, inputs/0/script: wrong (bad-value)');
});

test('an error at the top takes the first name as its whole path', () => {
  assert.equal(new DecodeError('bad-value', 'wrong', 0).within('flag').path, 'flag');
  assert.equal(new DecodeError('bad-value', 'wrong', 0).within(0).path, '0');
});

test('a printed decode error says what was wrong in its first line', () => {
  const [first = ''] = inspect(new DecodeError('bad-value', 'neither 0 nor 1', 3)).split('\n');
  assert.ok(first.startsWith('DecodeError: ') && first.includes('neither 0 nor 1'), first);
});

test('the message of a decode error is not enumerable, like that of any other error', () => {
  const error = new DecodeError('bad-value', 'wrong', 0).within('flag');
  assert.ok(!Object.keys(error).includes('message'));
});
