import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BestChain } from '../../src/chain/best-chain.ts';
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

test('a chain without headers has no height', () => {
  const chain = new BestChain();
  assert.equal(chain.height, -1);
  assert.equal(chain.chainwork, 0n);
  assert.equal(chain.heightOf(hashOf(0)), undefined);
  assert.throws(() => chain.hashAt(0), RangeError);
});

test('hash, time and bits are kept on both sides of the borders between segments', () => {
  const chain = new BestChain();
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

test('chainwork at a height is the sum of the work up to it, at every height', () => {
  const chain = new BestChain();
  grow(chain, 2500);
  let sum = 0n;
  for (let height = 0; height <= 2500; height++) {
    sum += workOfBits(bitsOf(height, 0));
    assert.equal(chain.chainworkAt(height), sum, `height ${height}`);
  }
  assert.equal(chain.chainwork, sum);
});

test('chainwork is that of the chain as it is now after it was cut and grew otherwise', () => {
  const chain = new BestChain();
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
    const chain = new BestChain();
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
  const chain = new BestChain();
  grow(chain, 2 * SEGMENT + 10);
  chain.truncate(5);
  grow(chain, 2 * SEGMENT + 10, 1);
  assertHeaderAt(chain, 5);
  for (const at of [6, SEGMENT - 1, SEGMENT, 2 * SEGMENT, 2 * SEGMENT + 10]) assertHeaderAt(chain, at, 1);
  assert.equal(chain.heightOf(hashOf(SEGMENT)), undefined);
});

test('cutting at the tip changes nothing', () => {
  const chain = new BestChain();
  grow(chain, 1500);
  const { chainwork } = chain;
  chain.truncate(1500);
  assert.deepEqual([chain.height, chain.chainwork], [1500, chainwork]);
  assertHeaderAt(chain, 1500);
});

test('the hash that was pushed may be changed afterwards', () => {
  const chain = new BestChain();
  const hash = hashOf(0);
  chain.push(hash, 1, GENESIS_BITS);
  hash.fill(0);
  assert.deepEqual(chain.hashAt(0), hashOf(0));
});

test('heights that the chain does not have are refused, also those it had before', () => {
  const chain = new BestChain();
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
