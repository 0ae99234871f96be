import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordChanges } from '../../../src/protocol/peers/record-changes.ts';

const VALUE = Uint8Array.of(1);

/** Changes of records that are there as long as their key is in `present`. */
function changesOf(present: Set<string>): RecordChanges {
  return new RecordChanges((key) => (present.has(key) ? VALUE : undefined));
}

test('only what was noted since the last call is put or removed', () => {
  const present = new Set(['a', 'b']);
  const changes = changesOf(present);
  assert.equal(changes.take(), undefined);
  changes.note('a');
  changes.note('b');
  changes.note('a');
  assert.deepEqual(changes.take(), {
    put: [
      ['a', VALUE],
      ['b', VALUE],
    ],
    remove: [],
  });
  assert.equal(changes.take(), undefined);
  changes.note('a');
  present.delete('b');
  changes.note('b');
  assert.deepEqual(changes.take(), { put: [['a', VALUE]], remove: ['b'] });
  changes.note('b');
  assert.equal(changes.take(), undefined);
});

test('what came and went between two calls is no change, and what was on disk is removed', () => {
  const changes = changesOf(new Set());
  changes.noteWritten('old');
  changes.note('never written');
  changes.note('old');
  assert.deepEqual(changes.take(), { put: [], remove: ['old'] });
});

test('notes that nobody asks for are let go when they come to nothing', () => {
  let asked = 0;
  const changes = new RecordChanges((key) => {
    asked++;
    return key === 'kept' ? VALUE : undefined;
  });
  changes.noteWritten('old');
  for (const key of ['kept', 'old']) changes.note(key);
  for (let i = 0; i < 500_000; i++) changes.note(`passing ${i}`);
  asked = 0;
  assert.deepEqual(changes.take(), { put: [['kept', VALUE]], remove: ['old'] });
  assert.ok(asked <= 200_000, `${asked} notes were kept`);
});
