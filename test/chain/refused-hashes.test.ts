import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { RefusedHashes } from '../../src/chain/refused-hashes.ts';
import { mine } from '../support/mine.ts';

/** Hashes remembered at most. */
const MAX_REFUSED = 10_000;

test('exactly the headers named are remembered', () => {
  const refused = new RefusedHashes();
  const run = HeaderRun.fromBytes(mine(6));
  assert.equal(refused.has(run.hashAt(0)), false);
  refused.addAll(run, 2, 5);
  const remembered = Array.from({ length: 6 }, (_, i) => refused.has(run.hashAt(i)));
  assert.deepEqual(remembered, [false, false, true, true, true, false]);
});

test('naming no headers, or the same ones again, changes nothing', () => {
  const refused = new RefusedHashes();
  const run = HeaderRun.fromBytes(mine(3));
  refused.addAll(run, 1, 1);
  assert.equal(refused.has(run.hashAt(1)), false);
  refused.addAll(run, 0, 2);
  refused.addAll(run, 0, 2);
  assert.deepEqual(
    [0, 1, 2].map((i) => refused.has(run.hashAt(i))),
    [true, true, false],
  );
});

test('ten thousand are remembered and the oldest are forgotten first', () => {
  const refused = new RefusedHashes();
  // No rule is asked about these, so they need no proof of work.
  const bytes = new Uint8Array((MAX_REFUSED + 2) * 80);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < MAX_REFUSED + 2; i++) view.setUint32(80 * i, i, true);
  const run = HeaderRun.fromBytes(bytes);
  refused.addAll(run, 0, MAX_REFUSED);
  assert.ok(refused.has(run.hashAt(0)) && refused.has(run.hashAt(MAX_REFUSED - 1)));
  refused.addAll(run, MAX_REFUSED, MAX_REFUSED + 2);
  const kept = [0, 1, 2, MAX_REFUSED - 1, MAX_REFUSED, MAX_REFUSED + 1];
  assert.deepEqual(
    kept.map((i) => refused.has(run.hashAt(i))),
    [false, false, true, true, true, true],
  );
});

test('the hash is copied: the run’s bytes may be used for something else', () => {
  const refused = new RefusedHashes();
  const headers = mine(1);
  const run = HeaderRun.fromBytes(headers);
  const hash = run.hashAt(0).slice();
  refused.addAll(run, 0, 1);
  run.hashAt(0).fill(0);
  assert.ok(refused.has(hash));
});
