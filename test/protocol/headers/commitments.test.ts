import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../../../src/bytes/hash.ts';
import { Commitments, MAX_COMMITMENTS } from '../../../src/protocol/headers/commitments.ts';
import { seededRandom } from '../../support/false-time.ts';

const MANY = 100_000;

test('one height in a period is remembered, and which one is chance', () => {
  const offsets = new Set<number>();
  for (let seed = 0; seed < 200; seed++) {
    const commitments = commitmentsOf({ period: 10, seed });
    const due = Array.from({ length: 40 }, (_, height) => height).filter((height) =>
      commitments.isDueAt(height),
    );
    const [first = -1] = due;
    assert.deepEqual(due, [first, first + 10, first + 20, first + 30]);
    offsets.add(first);
  }
  assert.deepEqual(offsets, new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
});

test('hashes are confirmed in the order they were added in, and each once', () => {
  const commitments = commitmentsOf({});
  for (let i = 0; i < 5000; i++) assert.equal(commitments.add(hashNumber(i)), true);
  for (let i = 0; i < 5000; i++) assert.equal(commitments.confirm(hashNumber(i)), true, `${i}`);
  assert.equal(commitments.confirm(hashNumber(5000)), false, 'nothing is left to compare with');
});

test('another hash is confirmed every second time', () => {
  let confirmed = 0;
  const commitments = commitmentsOf({});
  for (let i = 0; i < 10_000; i++) commitments.add(hashNumber(i));
  for (let i = 0; i < 10_000; i++) if (commitments.confirm(hashNumber(i + 10_000))) confirmed++;
  // The standard deviation is 50.
  assert.ok(Math.abs(confirmed - 5000) < 250, `${confirmed} of 10000`);
});

test('what one salt remembers tells nothing of what another does', () => {
  const [one, other] = [commitmentsOf({ seed: 3 }), commitmentsOf({ seed: 4 })];
  let alike = 0;
  for (let i = 0; i < 10_000; i++) {
    for (const commitments of [one, other]) commitments.add(hashNumber(2 * i));
    if (one.confirm(hashNumber(2 * i + 1)) === other.confirm(hashNumber(2 * i + 1))) alike++;
  }
  assert.ok(Math.abs(alike - 5000) < 250, `${alike} of 10000`);
});

test('there is an end to what is remembered', () => {
  const commitments = commitmentsOf({ max: 3 });
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((number) => commitments.add(hashNumber(number))),
    [true, true, true, false, false],
  );
  for (const max of [0, -1]) assert.equal(commitmentsOf({ max }).add(hashNumber(0)), false);
});

test('the end is at a million bits, in 128 KiB, even when there was time for more', () => {
  const commitments = commitmentsOf({ max: Number.MAX_SAFE_INTEGER });
  const hash = hashNumber(0);
  for (let i = 0; i < MAX_COMMITMENTS; i++) commitments.add(hash);
  assert.equal(commitments.add(hash), false);
  assert.equal(MAX_COMMITMENTS, 1_048_576);
  assert.ok(commitments.memoryBytes < 131_072 + 100, `${commitments.memoryBytes}`);
});

test('the memory grows with what is remembered', () => {
  const commitments = commitmentsOf({});
  assert.ok(commitments.memoryBytes < 200);
  for (let i = 0; i < MANY; i++) commitments.add(hashNumber(0));
  assert.ok(commitments.memoryBytes >= MANY / 8 && commitments.memoryBytes < MANY / 4 + 200);
});

interface Wishes {
  readonly period?: number;
  readonly max?: number;
  readonly seed?: number;
}

function commitmentsOf({ period = 1, max = MANY, seed = 1 }: Wishes): Commitments {
  return new Commitments({ period, max, random: seededRandom(seed) });
}

function hashNumber(number: number): Uint8Array {
  return sha256(new Uint8Array(new Float64Array([number]).buffer));
}
