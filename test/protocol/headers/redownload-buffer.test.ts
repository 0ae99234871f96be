import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { HeaderRun } from '../../../src/chain/header-run.ts';
import { RedownloadBuffer } from '../../../src/protocol/headers/redownload-buffer.ts';
import { readFixture } from '../../support/repository.ts';

const real = HeaderRun.fromBytes(readFixture('headers', 'mainnet-0-32261.headers'));

test('real headers come out as they went in, with their hashes', () => {
  const buffer = filled(2, 1500);
  assert.equal(buffer.size, 1500);
  const run = buffer.shift(1500);
  assert.ok(Buffer.from(run.bytes).equals(real.slice(2, 1502)));
  for (let i = 0; i < run.count; i++) assert.deepEqual(run.hashAt(i), real.hashAt(i + 2));
  assert.equal(buffer.size, 0);
});

test('they wait in 48 bytes each', () => {
  const before = new RedownloadBuffer(real.hashAt(0)).memoryBytes;
  assert.equal(filled(1, 2560).memoryBytes - before, 2560 * 48);
});

test('in whatever pieces they come and go, the first in is the first out, and room is given back', () => {
  const moves = fc.array(
    fc.record({ pushed: fc.nat(700), shifted: fc.double({ min: 0, max: 1, noNaN: true }) }),
    {
      maxLength: 20,
    },
  );
  fc.assert(
    fc.property(moves, (all) => {
      const buffer = new RedownloadBuffer(real.hashAt(0));
      let pushed = 1;
      let shifted = 1;
      for (const move of all) {
        for (const end = pushed + move.pushed; pushed < end; pushed++) buffer.push(real.bytesAt(pushed));
        const run = buffer.shift(Math.floor(buffer.size * move.shifted));
        assert.ok(Buffer.from(run.bytes).equals(real.slice(shifted, shifted + run.count)));
        if (run.count > 0) assert.deepEqual(run.hashAt(run.count - 1), real.hashAt(shifted + run.count - 1));
        shifted += run.count;
        assert.equal(buffer.size, pushed - shifted);
        assert.ok(buffer.memoryBytes <= (Math.ceil(buffer.size / 256) + 1) * 256 * 48 + 32);
      }
    }),
    { numRuns: 200 },
  );
});

test('what it was given may change afterwards', () => {
  const header = new Uint8Array(real.bytesAt(1));
  const buffer = new RedownloadBuffer(real.hashAt(0));
  buffer.push(header);
  header.fill(0);
  assert.deepEqual(buffer.shift(1).bytesAt(0), real.bytesAt(1));
});

test('more than waits cannot be taken out', () => {
  assert.throws(() => filled(1, 3).shift(4), RangeError);
});

/** A buffer of real headers from a height on. */
function filled(first: number, count: number): RedownloadBuffer {
  const buffer = new RedownloadBuffer(real.hashAt(first - 1));
  for (let i = first; i < first + count; i++) buffer.push(real.bytesAt(i));
  return buffer;
}
