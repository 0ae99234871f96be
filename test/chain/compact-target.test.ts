import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compactHex, expandBits, targetBytes, targetOf, toBits } from '../../src/chain/compact-target.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import { referenceBits, referenceTarget, referenceValue } from '../support/reference-rules.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';

const LARGEST = 2n ** 256n - 1n;
const MAINNET_LIMIT = NETWORKS.mainnet.powLimit;

/** Any bits, the sizes at which something changes more often than the others. */
const anyBits = fc
  .tuple(
    fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 2, 3, 4, 29, 32, 33, 34, 35, 255)),
    fc.oneof(
      fc.integer({ min: 0, max: 0xffffff }),
      fc.constantFrom(0, 1, 0xff, 0x100, 0xffff, 0x10000, 0x7fffff, 0x800000, 0x8000ff, 0xffffff),
    ),
  )
  .map(([size, word]) => ((size << 24) | word) >>> 0);

const anyTarget = fc
  .tuple(fc.bigInt({ min: 0n, max: LARGEST }), fc.integer({ min: 0, max: 256 }))
  .map(([value, shift]) => value >> BigInt(shift));

test('compact bits expand to the number that Bitcoin Core expects, and back to their shortest form', () => {
  const cases: [bits: number, target: bigint, again: number][] = [
    [0x00000000, 0n, 0],
    [0x00123456, 0n, 0],
    [0x01003456, 0n, 0],
    [0x02000056, 0n, 0],
    [0x03000000, 0n, 0],
    [0x04000000, 0n, 0],
    [0x01123456, 0x12n, 0x01120000],
    [0x02123456, 0x1234n, 0x02123400],
    [0x03123456, 0x123456n, 0x03123456],
    [0x04123456, 0x12345600n, 0x04123456],
    [0x05009234, 0x92340000n, 0x05009234],
    [0x20123456, 0x123456n << 232n, 0x20123456],
    [0x1d00ffff, 0xffffn << 208n, 0x1d00ffff],
    [0x207fffff, 0x7fffffn << 232n, 0x207fffff],
  ];
  for (const [bits, target, again] of cases) {
    assert.deepEqual(expandBits(bits), { target, negative: false, overflow: false }, bits.toString(16));
    assert.equal(toBits(target), again, bits.toString(16));
  }
});

test('the published cases of compact bits hold', { skip: skipWithoutSharedData }, () => {
  interface PublishedCase {
    readonly compact: number;
    readonly hex?: string;
    readonly roundtrip_compact?: number;
    readonly negative: boolean;
    readonly overflow: boolean;
  }
  const cases = JSON.parse(
    readFileSync(sharedData('vectors', 'compact_bits.json'), 'utf8'),
  ) as PublishedCase[];
  assert.ok(cases.length >= 20);
  for (const { compact, hex, roundtrip_compact: again, negative, overflow } of cases) {
    const expanded = expandBits(compact);
    assert.equal(expanded.negative, negative, compact.toString(16));
    assert.equal(expanded.overflow, overflow, compact.toString(16));
    if (hex !== undefined) assert.equal(expanded.target, BigInt(`0x${hex}`), compact.toString(16));
    if (again !== undefined) {
      // Core's round trip keeps the sign, which a target does not have.
      assert.equal(toBits(expanded.target), negative ? again & ~0x00800000 : again, compact.toString(16));
    }
  }
});

test('a sign bit makes a number negative, unless the number is zero once it is cut to its size', () => {
  for (const bits of [0x01fedcba, 0x04923456, 0x1d80ffff]) assert.equal(expandBits(bits).negative, true);
  assert.equal(expandBits(0x01fedcba).target, 0x7en);
  for (const bits of [0x00923456, 0x01803456, 0x02800056, 0x03800000, 0x04800000]) {
    assert.deepEqual(expandBits(bits), { target: 0n, negative: false, overflow: false }, bits.toString(16));
  }
});

test('a number of over 256 bits is an overflow, one of 256 bits is none', () => {
  const cases: [largestThatFits: number, smallestThatDoesNot: number][] = [
    [0x2000ffff, 0x21010000],
    [0x2100ffff, 0x21010000],
    [0x220000ff, 0x22000100],
    [0x23000000, 0x23000001],
    [0xff000000, 0xff123456],
  ];
  for (const [fits, tooLarge] of cases) {
    assert.equal(expandBits(fits).overflow, false, fits.toString(16));
    assert.equal(expandBits(tooLarge).overflow, true, tooLarge.toString(16));
  }
});

test('no hash can meet a target that is negative, zero, too large for 256 bits, or easier than allowed', () => {
  assert.equal(targetOf(0x1d80ffff, MAINNET_LIMIT), undefined);
  assert.equal(targetOf(0x00000000, MAINNET_LIMIT), undefined);
  assert.equal(targetOf(0x01003456, MAINNET_LIMIT), undefined);
  assert.equal(targetOf(0xff123456, LARGEST), undefined);
  assert.equal(targetOf(0x21010001, NETWORKS.regtest.powLimit), undefined);
  assert.equal(targetOf(0x1d010000, MAINNET_LIMIT), undefined);
  assert.equal(targetOf(0x1d00ffff, MAINNET_LIMIT), 0xffffn << 208n);
  assert.equal(targetOf(0x1e0377af, NETWORKS.signet.powLimit), undefined);
  assert.equal(targetOf(0x1e0377ae, NETWORKS.signet.powLimit), NETWORKS.signet.powLimit);
  assert.equal(targetOf(0x20800000, NETWORKS.regtest.powLimit), undefined);
  assert.equal(targetOf(0x01010000, MAINNET_LIMIT), 1n);
});

test('a target equal to the easiest one is allowed, and bits that are not in their shortest form too', () => {
  assert.equal(targetOf(0x03000001, 1n), 1n);
  assert.equal(targetOf(0x03000002, 1n), undefined);
  assert.equal(targetOf(0x05009234, MAINNET_LIMIT), targetOf(0x06000092, MAINNET_LIMIT)! + 0x340000n);
  assert.equal(targetOf(0x1e0000ff, MAINNET_LIMIT), 0xffn << 216n);
});

test('a target loses all but its highest bits, and never gets easier by it', () => {
  assert.equal(toBits(MAINNET_LIMIT), 0x1d00ffff);
  assert.equal(toBits(0x80n), 0x02008000);
  assert.equal(toBits(0x7fn), 0x017f0000);
  assert.equal(toBits(0x7fffffn), 0x037fffff);
  assert.equal(toBits(0x800000n), 0x04008000);
  assert.equal(toBits(0xffffffffn), 0x0500ffff);
  assert.equal(toBits(LARGEST), 0x2100ffff);
  fc.assert(
    fc.property(anyTarget, (target) => {
      const { target: kept, negative, overflow } = expandBits(toBits(target));
      assert.equal(negative || overflow, false);
      assert.ok(kept <= target);
      // At least 16 significant bits stay.
      assert.ok(target - kept <= target >> 15n);
      assert.equal(toBits(kept), toBits(target));
    }),
  );
});

test('compact bits agree with a second implementation, whatever they say', () => {
  const limits = fc.constantFrom(...Object.values(NETWORKS).map((network) => network.powLimit));
  fc.assert(
    fc.property(anyBits, limits, (bits, powLimit) => {
      const { target, negative, overflow } = expandBits(bits);
      const value = referenceValue(bits);
      assert.equal(negative, value < 0n);
      assert.equal(overflow, value >= 2n ** 256n || value <= -(2n ** 256n));
      assert.equal(target, (value < 0n ? -value : value) % 2n ** 256n);
      assert.equal(targetOf(bits, powLimit), referenceTarget(bits, powLimit));
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(anyTarget, (target) => assert.equal(toBits(target), referenceBits(target))),
    { numRuns: 2000 },
  );
});

test('a target as bytes has its lowest byte first and is always 32 long', () => {
  const bytes = targetBytes(0x0102_0304n);
  assert.equal(bytes.length, 32);
  assert.deepEqual([...bytes.subarray(0, 5)], [4, 3, 2, 1, 0]);
  assert.deepEqual(new Uint8Array(targetBytes(0n)), new Uint8Array(32));
  assert.deepEqual(new Uint8Array(targetBytes(LARGEST)), new Uint8Array(32).fill(0xff));
});

test('compact bits are printed as 8 hexadecimal digits', () => {
  assert.deepEqual([0, 0x01003456, 0x1d00ffff].map(compactHex), ['00000000', '01003456', '1d00ffff']);
  assert.equal(compactHex(0xffffffff), 'ffffffff');
});
