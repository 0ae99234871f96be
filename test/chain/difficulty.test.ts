import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { difficultyOf } from '../../src/chain/difficulty.ts';

/** As bitcoind prints them, with 16 digits. */
const PRINTED: readonly (readonly [bits: number, difficulty: number])[] = [
  [0x1d00ffff, 1],
  [0x1d00d86a, 1.182899534312841],
  [0x1b0404cb, 16307.420938523983],
  [0x1e0377ae, 0.001126515290698186],
  [0x207fffff, 4.656542373906925e-10],
];

test('difficulty has all the digits that bitcoind prints', () => {
  for (const [bits, difficulty] of PRINTED) {
    assert.equal(difficultyOf(bits).toPrecision(16), difficulty.toPrecision(16), bits.toString(16));
  }
});

test('difficulty agrees to the last bit with the steps of a byte that bitcoind takes, for all usual targets', () => {
  const size = fc.integer({ min: 3, max: 0x20 });
  const mantissa = fc.integer({ min: 1, max: 0x7fffff });
  fc.assert(
    fc.property(size, mantissa, (bytes, word) => {
      assert.equal(difficultyOf(((bytes << 24) | word) >>> 0), difficultyByBytes(bytes, word));
    }),
  );
});

test('bits that stand for no target have no difficulty', () => {
  for (const bits of [0, 0x1d000000, 0x01003456, 0x02000056]) assert.equal(difficultyOf(bits), 0);
});

/** One division, and then a factor of 256 for each byte that the target is longer or shorter. */
function difficultyByBytes(size: number, mantissa: number): number {
  let difficulty = 0xffff / mantissa;
  for (let at = size; at < 0x1d; at++) difficulty *= 256;
  for (let at = size; at > 0x1d; at--) difficulty /= 256;
  return difficulty;
}
