import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BestChain } from '../../src/chain/best-chain.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { workOfBits } from '../../src/chain/work.ts';

/** Headers a segment of the chain's columns. */
const SEGMENT = 65_536;
const GENESIS_BITS = 0x1d00ffff;
/** Unlike from height to height, so that a sum over the wrong ones is a wrong sum. */
const BITS = [0x1d00ffff, 0x1c7fffff, 0x1b0404cb, 0x1c05a3f4, 0x207fffff];

function bitsOf(height: number, version: number): number {
  return height === 0 ? GENESIS_BITS : (BITS[(height * 7 + version) % BITS.length] as number);
}

/** Unlike for each height and version. */
function hashOf(height: number, version = 0): Uint8Array {
  const hash = new Uint8Array(32);
  const view = new DataView(hash.buffer);
  view.setUint32(0, Math.imul(height + 1, 0x9e3779b1), true);
  view.setUint32(4, height, true);
  view.setUint32(8, version, true);
  return hash;
}

function timeOf(height: number, version: number): number {
  return 1_300_000_000 + 600 * height + version;
}

/** A chain of genesis alone. */
function newChain(): BestChain {
  const [hash, time, bits] = [hashOf(0), timeOf(0, 0), bitsOf(0, 0)];
  return new BestChain({ height: 0, isKnown: true, hash, chainwork: workOfBits(bits), time, bits });
}

/** Pushes headers of a version until the tip is at a height. */
function grow(chain: BestChain, height: number, version = 0): void {
  for (let next = chain.height + 1; next <= height; next++) {
    chain.push(hashOf(next, version), timeOf(next, version), bitsOf(next, version));
  }
}

function assertHeaderAt(chain: BestChain, height: number, version = 0): void {
  assert.deepEqual(chain.hashAt(height), hashOf(height, version), `hash at ${height}`);
  assert.equal(chain.timeAt(height), timeOf(height, version), `time at ${height}`);
  assert.equal(chain.bitsAt(height), bitsOf(height, version), `bits at ${height}`);
  assert.equal(chain.heightOf(hashOf(height, version)), height, `height of the hash at ${height}`);
}

test('a chain begins with its root', () => {
  const chain = newChain();
  assert.equal(chain.height, 0);
  assert.equal(chain.chainwork, workOfBits(GENESIS_BITS));
  assert.equal(chain.heightOf(hashOf(0)), 0);
  assertHeaderAt(chain, 0);
  assert.throws(() => chain.hashAt(1), RangeError);
});

test('a chain above genesis has its heights and its work from the root on', () => {
  const height = 151_199;
  const root = { height, isKnown: false, hash: hashOf(height), time: 1, bits: GENESIS_BITS };
  const chain = new BestChain({ ...root, chainwork: 10n ** 20n });
  assert.deepEqual([chain.rootHeight, chain.firstHeight, chain.height], [height, height + 1, height]);
  grow(chain, height + SEGMENT + 5);
  for (const at of [height + 1, height + SEGMENT - 1, height + SEGMENT, height + SEGMENT + 5])
    assertHeaderAt(chain, at);
  assert.equal(chain.heightOf(hashOf(height)), height);
  let sum = 10n ** 20n;
  for (let at = height; at <= height + 2100; at++) {
    if (at > height) sum += workOfBits(bitsOf(at, 0));
    assert.equal(chain.chainworkAt(at), sum, `chainwork at ${at}`);
  }
  for (const at of [0, height - 1, height + SEGMENT + 6])
    assert.throws(() => chain.timeAt(at), RangeError, `height ${at}`);
  chain.truncate(height);
  assert.deepEqual([chain.height, chain.chainwork], [height, 10n ** 20n]);
  assert.equal(chain.heightOf(hashOf(height + 1)), undefined);
});

test('hash, time and bits are kept on both sides of the borders between segments', () => {
  const chain = newChain();
  grow(chain, 2 * SEGMENT + 1);
  assert.equal(chain.height, 2 * SEGMENT + 1);
  for (const height of [
    0,
    1,
    SEGMENT - 1,
    SEGMENT,
    SEGMENT + 1,
    2 * SEGMENT - 1,
    2 * SEGMENT,
    2 * SEGMENT + 1,
  ]) {
    assertHeaderAt(chain, height);
  }
  assert.equal(chain.heightOf(hashOf(2 * SEGMENT + 2)), undefined);
});

test('a run that is added at once is as if its headers had been added one by one', () => {
  const count = SEGMENT + 3_000;
  const bytes = new Uint8Array(80 * count);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) {
    // The hash of each stands in the next.
    if (i > 0) bytes.set(hashOf(i), 80 * i + 4);
    view.setUint32(80 * i + 68, timeOf(i + 1, 0), true);
    view.setUint32(80 * i + 72, bitsOf(i + 1, 0), true);
  }
  const run = HeaderRun.linked(bytes, hashOf(count));
  const [chain, plain] = [newChain(), newChain()];
  // The first two are known, and the border between segments is in the middle of what is added.
  grow(chain, 2);
  chain.pushRun(run, 2, 500);
  chain.pushRun(run, 500, 500);
  chain.pushRun(run, 500, count);
  grow(plain, count);
  assert.deepEqual([chain.height, chain.chainwork], [plain.height, plain.chainwork]);
  for (const height of [1, 2, 3, 500, 501, SEGMENT - 1, SEGMENT, SEGMENT + 1, count])
    assertHeaderAt(chain, height);
  for (const height of [1_023, 1_024, SEGMENT, count - 1])
    assert.equal(chain.chainworkAt(height), plain.chainworkAt(height));
});

test('chainwork at a height is the sum of the work up to it, at every height', () => {
  const chain = newChain();
  grow(chain, 2500);
  let sum = 0n;
  for (let height = 0; height <= 2500; height++) {
    sum += workOfBits(bitsOf(height, 0));
    assert.equal(chain.chainworkAt(height), sum, `height ${height}`);
  }
  assert.equal(chain.chainwork, sum);
});

test('chainwork is that of the chain as it is now after it was cut and grew otherwise', () => {
  const chain = newChain();
  grow(chain, 4000);
  // Below, at and above the heights whose chainwork is remembered, and back to genesis.
  for (const [version, height] of [3500, 3072, 3071, 3073, 2048, 1023, 1, 0].entries()) {
    chain.truncate(height);
    assert.equal(chain.height, height);
    assert.equal(chain.chainwork, sumTo(chain, height));
    grow(chain, 4000, version + 1);
    for (const at of [0, height, height + 1, 1023, 1024, 1025, 2047, 2048, 3071, 3072, 3999, 4000]) {
      assert.equal(chain.chainworkAt(at), sumTo(chain, at), `height ${at} after a cut at ${height}`);
    }
  }
});

for (const height of [SEGMENT - 2, SEGMENT - 1, SEGMENT, SEGMENT + 1]) {
  test(`a chain cut at height ${height}, at the border between segments, grows again`, () => {
    const chain = newChain();
    grow(chain, SEGMENT + 100);
    const chainwork = chain.chainworkAt(height);
    chain.truncate(height);
    assert.deepEqual([chain.height, chain.chainwork], [height, chainwork]);
    assertHeaderAt(chain, height);
    assert.equal(chain.heightOf(hashOf(height + 1)), undefined);
    assert.throws(() => chain.hashAt(height + 1), RangeError);
    grow(chain, SEGMENT + 200, 1);
    for (let at = height - 2; at <= height; at++) assertHeaderAt(chain, at);
    for (let at = height + 1; at <= SEGMENT + 200; at++) {
      assertHeaderAt(chain, at, 1);
      assert.equal(chain.heightOf(hashOf(at)), undefined);
    }
  });
}

test('a chain cut by several segments at once grows again', () => {
  const chain = newChain();
  grow(chain, 2 * SEGMENT + 10);
  chain.truncate(5);
  grow(chain, 2 * SEGMENT + 10, 1);
  assertHeaderAt(chain, 5);
  for (const at of [6, SEGMENT - 1, SEGMENT, 2 * SEGMENT, 2 * SEGMENT + 10]) assertHeaderAt(chain, at, 1);
  assert.equal(chain.heightOf(hashOf(SEGMENT)), undefined);
});

test('cutting at the tip changes nothing', () => {
  const chain = newChain();
  grow(chain, 1500);
  const { chainwork } = chain;
  chain.truncate(1500);
  assert.deepEqual([chain.height, chain.chainwork], [1500, chainwork]);
  assertHeaderAt(chain, 1500);
});

test('the hash that was pushed may be changed afterwards', () => {
  const chain = newChain();
  const hash = hashOf(1);
  chain.push(hash, 1, GENESIS_BITS);
  hash.fill(0);
  assert.deepEqual(chain.hashAt(1), hashOf(1));
});

test('heights that the chain does not have are refused, also those it had before', () => {
  const chain = newChain();
  grow(chain, 3000);
  chain.truncate(1000);
  for (const height of [-1, -1024, 1001, 1024, 2048, 3000, 1_000_000, Number.NaN]) {
    assert.throws(() => chain.hashAt(height), RangeError, `hash at ${height}`);
    assert.throws(() => chain.timeAt(height), RangeError, `time at ${height}`);
    assert.throws(() => chain.bitsAt(height), RangeError, `bits at ${height}`);
    assert.throws(() => chain.chainworkAt(height), RangeError, `chainwork at ${height}`);
  }
});

function sumTo(chain: BestChain, height: number): bigint {
  let sum = 0n;
  for (let at = 0; at <= height; at++) sum += workOfBits(chain.bitsAt(at));
  return sum;
}
