import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkInBranch, type HeaderRule, MAX_FUTURE_SECONDS } from '../../src/chain/check-header.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import type { Network } from '../../src/networks/network.ts';
import { ArrayBranch, type BranchEntry } from '../support/array-branch.ts';

const { mainnet, testnet3, testnet4, signet, regtest } = NETWORKS;
const HARD = 0x1c05a3f4;
/** {@link HARD} after a period with a header every ten minutes: 2,015 intervals in place of 2,016 make it harder. */
const EVEN_RETARGET = 0x1c05a33c;
const START = 1_300_000_000;
const SPACING = 600;
/** Seconds a whole period of headers spaced evenly measures: almost two weeks. */
const PERIOD_SECONDS = 2015 * SPACING;

interface Fields {
  readonly time: number;
  readonly bits?: number;
  readonly version?: number;
}

test('a header that keeps every rule breaks none', () => {
  for (const network of Object.values(NETWORKS)) {
    const branch = evenBranch(20);
    assert.equal(ruleBroken({ time: START + 20 * SPACING }, branch, network), undefined, network.name);
  }
});

test('the bits must be exactly those required: a harder target is refused as an easier one is', () => {
  const branch = evenBranch(20);
  const time = START + 20 * SPACING;
  for (const bits of [HARD - 1, HARD + 1, 0x1d00ffff, 0, HARD | 0x800000]) {
    assert.equal(ruleBroken({ time, bits }, branch, mainnet), 'bad-diffbits', bits.toString(16));
  }
  // The same target written in another way.
  const short = new ArrayBranch(entries(20, 0x1d001234));
  assert.equal(ruleBroken({ time, bits: 0x1c123400 }, short, mainnet), 'bad-diffbits');
  assert.equal(ruleBroken({ time, bits: 0x1d001234 }, short, mainnet), undefined);
});

test('an easy header is refused 20 minutes after its parent and accepted a second later, on testnets', () => {
  const branch = evenBranch(20);
  const parentTime = START + 19 * SPACING;
  for (const network of [testnet3, testnet4]) {
    const easy = { bits: network.powLimitBits };
    assert.equal(ruleBroken({ ...easy, time: parentTime + 1200 }, branch, network), 'bad-diffbits');
    assert.equal(ruleBroken({ ...easy, time: parentTime + 1201 }, branch, network), undefined);
    assert.equal(ruleBroken({ bits: HARD, time: parentTime + 1201 }, branch, network), 'bad-diffbits');
  }
  assert.equal(
    ruleBroken({ bits: mainnet.powLimitBits, time: parentTime + 9999 }, branch, mainnet),
    'bad-diffbits',
  );
});

test('a time at the median of the last eleven is too old, a second after it is not', () => {
  // Median of the heights 9 to 19: the time at 14, which is before the parent's.
  const branch = evenBranch(20);
  const median = START + 14 * SPACING;
  for (const network of [mainnet, signet]) {
    assert.equal(ruleBroken({ time: median - 1 }, branch, network), 'time-too-old');
    assert.equal(ruleBroken({ time: median }, branch, network), 'time-too-old');
    assert.equal(ruleBroken({ time: median + 1 }, branch, network), undefined);
  }
});

test('the second header of a chain need only be later than the first', () => {
  const branch = evenBranch(1);
  assert.equal(ruleBroken({ time: START }, branch, mainnet), 'time-too-old');
  assert.equal(ruleBroken({ time: START + 1 }, branch, mainnet), undefined);
});

test('a time two hours ahead of our clock is accepted, a second more is not', () => {
  assert.equal(MAX_FUTURE_SECONDS, 7200);
  const branch = evenBranch(20);
  const now = START + 30 * SPACING;
  for (const network of [mainnet, signet, regtest]) {
    const bits = network.noRetarget ? network.powLimitBits : HARD;
    assert.equal(ruleBroken({ time: now + 7200, bits }, branch, network, now), undefined);
    assert.equal(ruleBroken({ time: now + 7201, bits }, branch, network, now), 'time-too-new');
  }
});

test('BIP 94 lets a period start 600 seconds before its parent and not more, on testnet4 alone', () => {
  // The median is 3,000 s behind the parent, which leaves room for a time warp above it.
  const branch = evenBranch(2016);
  const bits = EVEN_RETARGET;
  const parentTime = START + PERIOD_SECONDS;
  for (const [behind, rule] of [
    [0, undefined],
    [600, undefined],
    [601, 'time-timewarp-attack'],
    [2000, 'time-timewarp-attack'],
  ] as const) {
    const fields = { time: parentTime - behind, bits };
    assert.equal(ruleBroken(fields, branch, testnet4), rule, `${behind} s`);
    assert.equal(ruleBroken(fields, branch, testnet3), undefined);
    assert.equal(ruleBroken(fields, branch, mainnet), undefined);
    assert.equal(ruleBroken(fields, branch, { ...mainnet, bip94: true }), rule);
  }
});

test('BIP 94 says nothing of headers that do not start a period', () => {
  for (const count of [2014, 2017]) {
    const branch = evenBranch(count);
    const parentTime = START + (count - 1) * SPACING;
    assert.equal(ruleBroken({ time: parentTime - 2000 }, branch, testnet4), undefined, String(count));
  }
});

test('versions too low for the height are refused from the heights of BIP 34, 66 and 65 on', () => {
  for (const network of [mainnet, testnet3]) {
    const { bip34, bip66, bip65 } = network.versionHeights;
    for (const [height, lowest] of [
      [bip34, 2],
      [bip66, 3],
      [bip65, 4],
    ] as const) {
      assert.equal(ruleAt(height, { version: lowest - 1 }, network), 'bad-version', `${height}`);
      assert.equal(ruleAt(height, { version: lowest }, network), undefined, `${height}`);
      assert.equal(ruleAt(height - 1, { version: lowest - 1 }, network), undefined, `${height - 1}`);
      assert.equal(ruleAt(height + 1, { version: lowest - 1 }, network), 'bad-version', `${height + 1}`);
      assert.equal(ruleAt(height, { version: 0x2000_0000 }, network), undefined, `${height}`);
    }
  }
});

test('where all three are in force from height 1, no version below 4 is accepted', () => {
  for (const network of [testnet4, signet, regtest]) {
    for (const version of [-1, 0, 1, 2, 3]) assert.equal(ruleAt(1, { version }, network), 'bad-version');
    assert.equal(ruleAt(1, { version: 4 }, network), undefined);
  }
});

test('a version whose top bit is set is negative: refused where any version is asked for, else accepted', () => {
  const { bip34 } = mainnet.versionHeights;
  for (const version of [-1, -0x8000_0000, -0x7fff_fffc]) {
    assert.equal(ruleAt(bip34, { version }, mainnet), 'bad-version');
    assert.equal(ruleAt(bip34 - 1, { version }, mainnet), undefined);
  }
});

test('the rules are checked in the order of Bitcoin Core: bits, median, time warp, future, version', () => {
  const branch = evenBranch(2016);
  const network: Network = { ...testnet4, versionHeights: { bip34: 1, bip66: 1, bip65: 1 } };
  const bits = EVEN_RETARGET;
  const median = START + 2010 * SPACING;
  const now = START - 8000;
  // Each breaks its own rule and all that come after it, as far as two rules can be broken at once.
  const cases: [HeaderRule, Fields][] = [
    ['bad-diffbits', { bits: bits + 1, time: median, version: 1 }],
    ['time-too-old', { bits, time: median, version: 1 }],
    ['time-timewarp-attack', { bits, time: median + 1, version: 1 }],
    ['time-too-new', { bits, time: START + PERIOD_SECONDS, version: 1 }],
  ];
  for (const [rule, fields] of cases) assert.equal(ruleBroken(fields, branch, network, now), rule);
  const soon = START + PERIOD_SECONDS;
  assert.equal(ruleBroken({ bits, time: soon, version: 1 }, branch, network, soon), 'bad-version');
  assert.equal(ruleBroken({ bits, time: soon, version: 4 }, branch, network, soon), undefined);
});

test('a broken rule comes with the numbers that show it', () => {
  const broken = checkInBranch({ time: START, bits: HARD, version: 4 }, evenBranch(20), mainnet, START);
  assert.equal(broken?.rule, 'time-too-old');
  assert.match(broken.detail, new RegExp(`${START}.*${START + 14 * SPACING}`));
});

/** The rule broken by a header after the branch; where nothing is said our clock shows the header's own time. */
function ruleBroken(
  fields: Fields,
  branch: ArrayBranch,
  network: Network,
  now: number = fields.time,
): HeaderRule | undefined {
  const parentBits = branch.bitsAt(branch.height);
  return checkInBranch({ version: 4, bits: parentBits, ...fields }, branch, network, now)?.rule;
}

/** The rule broken by an otherwise good header at a height. */
function ruleAt(
  height: number,
  fields: { readonly version: number },
  network: Network,
): HeaderRule | undefined {
  const first = Math.max(0, height - 12);
  const branch = new ArrayBranch(entries(height - first, HARD), first);
  return ruleBroken(
    { time: START + 100 * SPACING, bits: requiredAt(branch, network), ...fields },
    branch,
    network,
  );
}

/** All the heights tested are within a period, and {@link ruleAt} leaves over 20 minutes. */
function requiredAt(branch: ArrayBranch, network: Network): number {
  return network.minDifficultyBlocks ? network.powLimitBits : branch.bitsAt(branch.height);
}

function entries(count: number, bits: number): BranchEntry[] {
  return Array.from({ length: count }, (_, i) => ({ time: START + i * SPACING, bits }));
}

/** A branch from height 0 with a header every ten minutes. */
function evenBranch(count: number): ArrayBranch {
  return new ArrayBranch(entries(count, HARD));
}
