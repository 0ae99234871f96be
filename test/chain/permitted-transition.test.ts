import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { expandBits, toBits } from '../../src/chain/compact-target.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { isPermittedTransition } from '../../src/chain/permitted-transition.ts';
import { nextBits } from '../../src/chain/required-bits.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import type { Network } from '../../src/networks/network.ts';
import { readFixture, sharedData, skipWithoutSharedData } from '../support/repository.ts';

const { mainnet, testnet3, testnet4, signet, regtest } = NETWORKS;
const EASIEST = 0x1d00ffff;
const HARD = 0x1c05a3f4;
const RETARGET = 2016;

test('within a period the bits stay as they are', () => {
  for (const height of [1, 2015, 2017, 953_567]) {
    assert.equal(permits(height, [HARD, HARD]), true);
    assert.equal(permits(height, [HARD, HARD + 1]), false);
    assert.equal(permits(height, [HARD, HARD - 1]), false);
  }
});

test('at a retarget the target may become four times as hard or easy, and not a unit more', () => {
  // The second and the last column are the hardest and the easiest bits that may follow.
  const cases: [parentBits: number, hardest: number, easiest: number][] = [
    [0x1c05a3f4, 0x1c0168fd, 0x1c168fd0],
    // A quarter of it has a fraction, which the compact form cuts off.
    [0x1c05a3f7, 0x1c0168fd, 0x1c168fdc],
    // Four times it would set the sign, so the mantissa moves down a byte and loses its last one.
    [0x1c387f6f, 0x1c0e1fdb, 0x1d00e1fd],
    // The mantissa of a quarter gains a byte.
    [0x1b0404cb, 0x1b010132, 0x1b10132c],
    [0x1701b2c4, 0x166cb100, 0x1706cb10],
  ];
  for (const [parentBits, hardest, easiest] of cases) {
    for (const height of [RETARGET, 400 * RETARGET]) {
      assert.equal(permits(height, [parentBits, hardest]), true, hex(hardest));
      assert.equal(permits(height, [parentBits, hardest - 1]), false, hex(hardest - 1));
      assert.equal(permits(height, [parentBits, easiest]), true, hex(easiest));
      assert.equal(permits(height, [parentBits, easiest + 1]), false, hex(easiest + 1));
      assert.equal(permits(height, [parentBits, parentBits]), true, 'no change at all');
    }
  }
});

test('near the easiest target the network sets the limit, rounded as bits are', () => {
  assert.equal(permits(RETARGET, [EASIEST, EASIEST]), true);
  assert.equal(permits(RETARGET, [EASIEST, EASIEST + 1]), false);
  assert.equal(permits(RETARGET, [0x1c7fffff, EASIEST]), true);
  assert.equal(permits(RETARGET, [EASIEST, 0x1c3fffc0]), true);
  assert.equal(permits(RETARGET, [EASIEST, 0x1c3fffbf]), false);
  assert.equal(permits(RETARGET, [0x1e0377ae, 0x1e0377ae], signet), true);
  assert.equal(permits(RETARGET, [0x1e0377ae, 0x1e0377af], signet), false);
  assert.equal(permits(RETARGET, [0x1e0377ae, 0x1e00ddeb], signet), true);
  assert.equal(permits(RETARGET, [0x1e0377ae, 0x1e00ddea], signet), false);
});

test('what counts is the target, not how it is written', () => {
  assert.equal(expandBits(0x1d0005a3).target, expandBits(0x1c05a300).target);
  assert.equal(permits(RETARGET, [0x1c05a300, 0x1d0005a3]), true);
  // The exact rule refuses that; within a period even this one does.
  assert.equal(permits(RETARGET + 1, [0x1c05a300, 0x1d0005a3]), false);
});

test('where blocks may take the easiest target, any bits may follow any others', () => {
  for (const network of [testnet3, testnet4, regtest]) {
    for (const height of [1, 2015, RETARGET]) {
      assert.equal(permits(height, [HARD, EASIEST], network), true);
      assert.equal(permits(height, [EASIEST, 0x1701b2c4], network), true);
    }
  }
});

test('where nothing is ever retargeted and no block may be easier, all bits are the same', () => {
  const network: Network = { ...regtest, minDifficultyBlocks: false };
  for (const height of [1, RETARGET]) {
    assert.equal(permits(height, [0x207fffff, 0x207fffff], network), true);
    assert.equal(permits(height, [0x207fffff, 0x201fffff], network), false);
  }
});

test('whatever a period took, the bits after it are permitted; those a unit beyond the extremes never are', () => {
  const targets = fc.bigInt({ min: 1n << 40n, max: mainnet.powLimit });
  const spans = fc.integer({ min: -(2 ** 32), max: 2 ** 32 });
  fc.assert(
    fc.property(fc.constantFrom(mainnet, signet), targets, spans, (network, parentTarget, seconds) => {
      const parentBits = toBits(parentTarget);
      const bits = nextBits(parentBits, seconds, network.powLimit);
      assert.equal(
        permits(RETARGET, [parentBits, bits], network),
        true,
        `${hex(parentBits)} to ${hex(bits)}`,
      );
      const { target } = expandBits(parentBits);
      const hardest = toBits(target / 4n);
      assert.equal(permits(RETARGET, [parentBits, hardest - 1], network), false);
      const easiest = toBits(target * 4n > network.powLimit ? network.powLimit : target * 4n);
      assert.equal(permits(RETARGET, [parentBits, easiest + 1], network), false);
    }),
    { numRuns: 1000 },
  );
});

test('real headers keep it', () => {
  for (const [network, file] of [
    [mainnet, 'mainnet-0-32261.headers'],
    [signet, 'signet-0-2016.headers'],
  ] as const) {
    const run = HeaderRun.fromBytes(readFixture('headers', file));
    for (let height = 1; height < run.count; height++) {
      assert.equal(permits(height, [run.bitsAt(height - 1), run.bitsAt(height)], network), true, `${height}`);
    }
  }
});

test('every retarget of mainnet keeps it', { skip: skipWithoutSharedData }, () => {
  const [, ...lines] = readFileSync(sharedData('mainnet-epochs.csv'), 'utf8').trim().split('\n');
  const bits = lines.map((line) => Number.parseInt(line.split(',')[3] as string, 16));
  for (let epoch = 1; epoch < bits.length; epoch++) {
    const height = epoch * RETARGET;
    assert.equal(permits(height, [bits[epoch - 1] as number, bits[epoch] as number]), true, `${height}`);
  }
  assert.ok(bits.length > 470);
});

function permits(height: number, [parentBits, bits]: readonly [number, number], network = mainnet): boolean {
  return isPermittedTransition({ height, parentBits, bits }, network);
}

function hex(bits: number): string {
  return bits.toString(16);
}
