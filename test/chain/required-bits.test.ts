import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { expandBits, toBits } from '../../src/chain/compact-target.ts';
import { nextBits, requiredBits, RETARGET_INTERVAL, startsPeriod } from '../../src/chain/required-bits.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import type { Network } from '../../src/networks/network.ts';
import { ArrayBranch, type BranchEntry } from '../support/array-branch.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';

const { mainnet, testnet3, testnet4, signet, regtest } = NETWORKS;
const EASIEST = 0x1d00ffff;
const HARD = 0x1c05a3f4;
const HARDER = 0x1b04864c;
const START = 1_300_000_000;
const QUARTER_SECONDS = 302_400;
const FOURFOLD_SECONDS = 4_838_400;

test('a period is 2,016 headers and begins with one whose height is a multiple of that', () => {
  assert.equal(RETARGET_INTERVAL, 2016);
  assert.deepEqual([0, 2016, 953_568].map(startsPeriod), [true, true, true]);
  assert.deepEqual([1, 2015, 2017].map(startsPeriod), [false, false, false]);
});

test('a retarget gives the bits that Bitcoin Core expects', () => {
  const cases: [bits: number, firstTime: number, lastTime: number, expected: number][] = [
    [0x1d00ffff, 1261130161, 1262152739, 0x1d00d86a],
    [0x1d00ffff, 1231006505, 1233061996, 0x1d00ffff],
    [0x1c05a3f4, 1279008237, 1279297671, 0x1c0168fd],
    [0x1c387f6f, 1263163443, 1269211443, 0x1d00e1fd],
  ];
  for (const [bits, firstTime, lastTime, expected] of cases) {
    assert.equal(nextBits(bits, lastTime - firstTime, mainnet.powLimit), expected);
    assert.equal(requiredBits(period({ bits, firstTime, lastTime }), lastTime + 1, mainnet), expected);
  }
});

test('the published cases of the next work hold', { skip: skipWithoutSharedData }, () => {
  interface PublishedCase {
    readonly first_time: number;
    readonly last_time: number;
    readonly last_height: number;
    readonly last_bits: number;
    readonly expected_bits: number;
  }
  const file = sharedData('vectors', 'pow_next_work.json');
  const cases = JSON.parse(readFileSync(file, 'utf8')) as PublishedCase[];
  assert.equal(cases.length, 4);
  for (const published of cases) {
    const branch = period({
      bits: published.last_bits,
      firstTime: published.first_time,
      lastTime: published.last_time,
      firstHeight: published.last_height - 2015,
    });
    assert.equal(requiredBits(branch, published.last_time + 600, mainnet), published.expected_bits);
  }
});

test('every retarget of mainnet whose times are known is recomputed', { skip: skipWithoutSharedData }, () => {
  const [, ...lines] = readFileSync(sharedData('mainnet-epochs.csv'), 'utf8').trim().split('\n');
  const rows = lines.map((line) => line.split(','));
  let recomputed = 0;
  for (const [i, [height, , , bits, , lastTime]] of rows.entries()) {
    const before = rows[i - 1];
    if (before === undefined || before[4] === '' || lastTime === '') continue;
    const timespan = Number(lastTime) - Number(before[4]);
    const expected = Number.parseInt(bits as string, 16);
    assert.equal(
      nextBits(Number.parseInt(before[3] as string, 16), timespan, mainnet.powLimit),
      expected,
      height,
    );
    recomputed++;
  }
  assert.ok(recomputed >= 416, `${recomputed} retargets`);
});

test('a period that took under a quarter of two weeks, no time, or less than none makes it four times harder', () => {
  const fourTimesHarder = toBits(expandBits(HARD).target / 4n);
  for (const timespan of [QUARTER_SECONDS, QUARTER_SECONDS - 1, 1, 0, -1, -4_294_967_295]) {
    assert.equal(nextBits(HARD, timespan, mainnet.powLimit), fourTimesHarder, String(timespan));
  }
  assert.notEqual(nextBits(HARD, QUARTER_SECONDS + 600, mainnet.powLimit), fourTimesHarder);
  const backwards = period({ bits: HARD, firstTime: START, lastTime: START - 100 });
  assert.equal(requiredBits(backwards, START, mainnet), fourTimesHarder);
});

test('a period that took over eight weeks makes it four times easier and not more', () => {
  const fourTimesEasier = toBits(expandBits(HARD).target * 4n);
  for (const timespan of [FOURFOLD_SECONDS, FOURFOLD_SECONDS + 1, 4_294_967_295]) {
    assert.equal(nextBits(HARD, timespan, mainnet.powLimit), fourTimesEasier, String(timespan));
  }
  assert.notEqual(nextBits(HARD, FOURFOLD_SECONDS - 600, mainnet.powLimit), fourTimesEasier);
});

test('no retarget goes above the easiest target, not even where the product is close to 2^256', () => {
  for (const network of [mainnet, testnet3, testnet4, signet]) {
    assert.equal(nextBits(network.powLimitBits, FOURFOLD_SECONDS, network.powLimit), network.powLimitBits);
    assert.equal(nextBits(network.powLimitBits, 1_209_600, network.powLimit), network.powLimitBits);
    assert.ok(network.powLimit * BigInt(FOURFOLD_SECONDS) < 2n ** 256n, network.name);
  }
});

test('2,015 intervals are measured, not 2,016: the time before the period does not matter', () => {
  const twoPeriods = [...entries(2016, HARD, START), ...entries(2016, HARD, START + 2016 * 700, 500)];
  const branch = new ArrayBranch(twoPeriods);
  const timespan = 2015 * 500;
  assert.equal(requiredBits(branch, START, mainnet), nextBits(HARD, timespan, mainnet.powLimit));
});

test('within a period the bits are those of the parent where no block may be easier', () => {
  for (const network of [mainnet, signet]) {
    const branch = new ArrayBranch(entries(5, HARD, START));
    for (const time of [0, START, START + 1_000_000]) assert.equal(requiredBits(branch, time, network), HARD);
    const easy = new ArrayBranch([...entries(5, HARD, START), { time: START, bits: network.powLimitBits }]);
    assert.equal(requiredBits(easy, START, network), network.powLimitBits);
  }
});

for (const network of [testnet3, testnet4]) {
  test(`${network.name} takes the easiest target more than 20 minutes after the parent, not at 20`, () => {
    const branch = new ArrayBranch(entries(5, HARD, START, 0));
    assert.equal(requiredBits(branch, START + 1200, network), HARD);
    assert.equal(requiredBits(branch, START + 1201, network), EASIEST);
    assert.equal(requiredBits(branch, START - 5000, network), HARD);
    assert.equal(requiredBits(branch, 0, network), HARD);
    assert.equal(requiredBits(branch, 0xffffffff, network), EASIEST);
  });

  test(`${network.name}'s 20-minute rule looks at the parent alone, and times far apart do not wrap`, () => {
    const late = new ArrayBranch([...entries(5, HARD, START), { time: 0xffffffff, bits: HARD }]);
    assert.equal(requiredBits(late, START + 100_000, network), HARD);
    const early = new ArrayBranch([...entries(5, HARD, START), { time: 0, bits: HARD }]);
    assert.equal(requiredBits(early, START, network), EASIEST);
  });

  test(`${network.name} never gives the easiest target to the first header of a period by its time`, () => {
    const branch = period({ bits: HARD, firstTime: START, lastTime: START + 1_209_600 });
    for (const gap of [0, 1201, 1_000_000]) {
      assert.equal(requiredBits(branch, START + 1_209_600 + gap, network), HARD, String(gap));
    }
  });

  test(`${network.name} walks back over easy headers to the last that was not`, () => {
    const branch = new ArrayBranch([
      ...entries(2016, HARDER, START),
      ...entries(3, HARD, START, 0),
      ...entries(7, EASIEST, START, 0),
    ]);
    assert.equal(requiredBits(branch, START, network), HARD);
    assert.equal(requiredBits(branch, START + 1201, network), EASIEST);
    branch.push({ time: START, bits: HARD });
    assert.equal(requiredBits(branch, START, network), HARD);
  });

  test(`${network.name}'s walk back ends at the period's first header, whatever came before it`, () => {
    const before = entries(2016, HARD, START, 0);
    const branch = new ArrayBranch([...before, ...entries(9, EASIEST, START, 0)]);
    assert.equal(requiredBits(branch, START, network), EASIEST);
    const afterHardFirst = new ArrayBranch([
      ...before,
      { time: START, bits: HARDER },
      ...entries(2014, EASIEST, START, 0),
    ]);
    assert.equal(requiredBits(afterHardFirst, START, network), HARDER);
    const atGenesis = new ArrayBranch(entries(9, EASIEST, START, 0));
    assert.equal(requiredBits(atGenesis, START, network), EASIEST);
  });

  test(`${network.name}'s walk back stays on the header's own branch`, () => {
    const shared = entries(3, HARD, START, 0);
    const one = new ArrayBranch([...shared, { time: START, bits: HARDER }, { time: START, bits: EASIEST }]);
    const other = new ArrayBranch([
      ...shared,
      { time: START, bits: EASIEST },
      { time: START, bits: EASIEST },
    ]);
    assert.equal(requiredBits(one, START, network), HARDER);
    assert.equal(requiredBits(other, START, network), HARD);
  });
}

test('testnet3 retargets from the last header even when it is an easy one, testnet4 from the first (BIP 94)', () => {
  const headers = [...entries(2015, HARD, START), { time: START + 600 * 2015, bits: EASIEST }];
  const branch = new ArrayBranch(headers);
  const timespan = 600 * 2015;
  assert.equal(requiredBits(branch, START, testnet3), nextBits(EASIEST, timespan, testnet3.powLimit));
  assert.equal(requiredBits(branch, START, testnet4), nextBits(HARD, timespan, testnet4.powLimit));
  // The other way about: a first header that differs is what testnet4 goes by and mainnet does not see.
  const [, ...rest] = entries(2016, HARD, START);
  const oddFirst = new ArrayBranch([{ time: START, bits: HARDER }, ...rest]);
  assert.equal(requiredBits(oddFirst, START, testnet4), nextBits(HARDER, timespan, testnet4.powLimit));
  assert.equal(requiredBits(oddFirst, START, mainnet), nextBits(HARD, timespan, mainnet.powLimit));
});

test('regtest never retargets, however fast its blocks come', () => {
  const branch = period({ bits: regtest.powLimitBits, firstTime: START, lastTime: START + 10 });
  assert.equal(requiredBits(branch, START + 11, regtest), regtest.powLimitBits);
  const custom: Network = { ...regtest, minDifficultyBlocks: false };
  const hard = period({ bits: HARD, firstTime: START, lastTime: START + 10 });
  assert.equal(requiredBits(hard, START + 11, custom), HARD);
  assert.equal(requiredBits(hard, START + 100_000, regtest), HARD);
});

test('a branch may say itself what its last regular bits are, and is then not walked back', () => {
  const branch = {
    height: 5000,
    baseHeight: 0,
    lastRegularBits: HARD,
    timeAt: () => START,
    bitsAt(height: number): number {
      assert.equal(height, 5000);
      return EASIEST;
    },
  };
  assert.equal(requiredBits(branch, START, testnet3), HARD);
  assert.equal(requiredBits(branch, START + 1201, testnet3), EASIEST);
});

/** Headers of the same bits, evenly spaced. */
function entries(count: number, bits: number, firstTime: number, spacing: number = 600): BranchEntry[] {
  return Array.from({ length: count }, (_, i) => ({ time: firstTime + i * spacing, bits }));
}

/** A whole period of the same bits, whose first and last times are given. */
function period(options: {
  readonly bits: number;
  readonly firstTime: number;
  readonly lastTime: number;
  readonly firstHeight?: number;
}): ArrayBranch {
  const { bits, firstTime, lastTime, firstHeight = 0 } = options;
  const branch = new ArrayBranch(entries(2015, bits, firstTime, 0), firstHeight);
  branch.push({ time: lastTime, bits });
  return branch;
}
