/** The rules of src/chain against the slow and obvious ones of test/support/reference-rules.ts, on random chains. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Branch } from '../../src/chain/branch.ts';
import { checkInBranch, type HeaderRule } from '../../src/chain/check-header.ts';
import { isRegular, requiredBits } from '../../src/chain/required-bits.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import type { Network } from '../../src/networks/network.ts';
import { ArrayBranch, type BranchEntry } from '../support/array-branch.ts';
import {
  type ReferenceChain,
  type ReferenceHeader,
  referenceBrokenRule,
  referenceMedian,
  referenceRequiredBits,
} from '../support/reference-rules.ts';

const PERIOD = 2016;
const HARD_BITS = [0x1c05a3f4, 0x1b04864c, 0x170240c3];
const START = 1_400_000_000;

/** The five networks, and the rules that none of them has switched on. */
const SUBJECTS: readonly [name: string, network: Network][] = [
  ...Object.entries(NETWORKS),
  ['mainnet under BIP 54', { ...NETWORKS.mainnet, bip54Height: 1 }],
  ['testnet4 under BIP 54', { ...NETWORKS.testnet4, bip54Height: 1 }],
  ['regtest under BIP 94', { ...NETWORKS.regtest, bip94: true }],
];

/** What comes before the headers that are checked: long, cheap, and made from a few numbers. */
interface History {
  readonly count: number;
  /** Seconds from header to header. */
  readonly spacing: number;
  /** How far times stray from their place, to either side. */
  readonly jitterSeconds: number;
  /** Part of the headers that take the easiest target, 0 to 1. */
  readonly easyShare: number;
  readonly bits: number;
  readonly seed: number;
}

const history: fc.Arbitrary<History> = fc.record({
  count: fc.oneof(
    fc.integer({ min: 1, max: 14 }),
    fc.integer({ min: PERIOD - 12, max: PERIOD }),
    fc.integer({ min: 2 * PERIOD - 12, max: 2 * PERIOD }),
    fc.integer({ min: 1, max: 2 * PERIOD }),
  ),
  spacing: fc.constantFrom(-60, 0, 1, 100, 150, 600, 601, 1199, 2401, 5000),
  jitterSeconds: fc.constantFrom(0, 10, 3000, 20_000),
  easyShare: fc.constantFrom(0, 0.3, 0.97, 1),
  bits: fc.constantFrom(...HARD_BITS),
  seed: fc.integer({ min: 1, max: 0x7fffffff }),
});

/** How the next header's time is chosen, and what else is wrong with it. */
const step = fc.record({
  from: fc.constantFrom('parent', 'median', 'periodStart'),
  offset: fc.oneof(
    fc.constantFrom(0, 1, -1, 600, -600, -601, 1200, 1201, -7200, -7201, 100_000),
    fc.integer({ min: -10_000, max: 10_000 }),
  ),
  /** Moves a time that would be too old to the first that is not, so that other rules get their turn. */
  lifted: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
  clock: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.constantFrom(-7199, -7200, -7201)),
  version: fc.oneof({ weight: 8, arbitrary: fc.constant(4) }, fc.constantFrom(-1, 0, 1, 2, 3, 0x20000000)),
  bits: fc.oneof(
    { weight: 8, arbitrary: fc.constant('required' as const) },
    fc.constantFrom('parent', 'easiest', 'harder'),
  ),
});

for (const [name, network] of SUBJECTS) {
  test(`on random chains of ${name} the rules and a second implementation of them agree`, () => {
    const start = fc.constantFrom(...firstHeights(network));
    const reached = new Map<HeaderRule | 'none', number>();
    fc.assert(
      fc.property(
        start,
        history,
        fc.array(step, { minLength: 15, maxLength: 30 }),
        (firstHeight, past, steps) => {
          const headers = makeHistory(past, network);
          const chain: ReferenceChain = { firstHeight, headers };
          const branch = new ArrayBranch(headers, firstHeight);
          const remembering = new RememberingBranch(headers, firstHeight, network);
          for (const { from, offset, lifted, clock, version, bits } of steps) {
            const height = branch.height + 1;
            const median = referenceMedian(headers);
            const base = {
              parent: branch.timeAt(branch.height),
              median,
              periodStart: branch.timeAt(periodStart(branch.height)),
            }[from];
            const lowest = lifted ? median + 1 : 0;
            const time = Math.min(Math.max(base + offset, lowest), 0xffffffff);
            const required = referenceRequiredBits(chain, time, network);
            assert.equal(requiredBits(branch, time, network), required, `bits at ${height}`);
            assert.equal(requiredBits(remembering, time, network), required, `remembered bits at ${height}`);
            const parentBits = branch.bitsAt(branch.height);
            const easiest = network.powLimitBits;
            const chosen = { required, parent: parentBits, easiest, harder: required - 1 }[bits];
            const header: ReferenceHeader = { time, bits: chosen, version };
            const now = time + clock;
            const expected = referenceBrokenRule(chain, header, network, now);
            assert.equal(checkInBranch(header, branch, network, now)?.rule, expected, `height ${height}`);
            reached.set(expected ?? 'none', (reached.get(expected ?? 'none') ?? 0) + 1);
            // Kept whatever is wrong with it: the rules for the next one do not care.
            headers.push(header);
            branch.push(header);
            remembering.push(header);
          }
        },
      ),
      { numRuns: 400 },
    );
    // A property that never reaches a rule says nothing of it.
    assert.deepEqual(new Set(reached.keys()), reachableRules(network), JSON.stringify([...reached]));
  });
}

for (const [name, network] of SUBJECTS) {
  test(`a chain of ${name} grown by the second implementation keeps every rule for three periods`, () => {
    const headers: ReferenceHeader[] = [{ time: START, bits: network.powLimitBits, version: 4 }];
    const chain: ReferenceChain = { firstHeight: 0, headers };
    const branch = new RememberingBranch(headers, 0, network);
    const plain = new ArrayBranch(headers);
    const seen = new Set<number>();
    const random = randomFrom(7);
    while (branch.height < 3 * PERIOD + 20) {
      const parent = headers.at(-1) as ReferenceHeader;
      // Three times too fast at first, and every so often a gap that lets testnets take an easy block.
      const gap = random() < 0.1 ? 1201 + Math.floor(random() * 3000) : Math.floor(random() * 400);
      const time = Math.max(parent.time + gap - (random() < 0.2 ? 300 : 0), referenceMedian(headers) + 1);
      const bits = referenceRequiredBits(chain, time, network);
      const header: ReferenceHeader = { time, bits, version: 4 };
      assert.equal(checkInBranch(header, branch, network, time), undefined, `height ${headers.length}`);
      assert.equal(checkInBranch(header, plain, network, time), undefined, `height ${headers.length}`);
      headers.push(header);
      branch.push(header);
      plain.push(header);
      seen.add(bits);
    }
    // Genesis's bits and those of three retargets, or for ever the same.
    assert.ok(network.noRetarget ? seen.size === 1 : seen.size >= 4, `${seen.size} different bits`);
  });
}

/** A branch that keeps its last regular bits as it grows, as {@link Branch} allows. */
class RememberingBranch extends ArrayBranch implements Branch {
  lastRegularBits: number = -1;
  readonly #network: Network;

  constructor(entries: readonly BranchEntry[], baseHeight: number, network: Network) {
    super([], baseHeight);
    this.#network = network;
    for (const entry of entries) this.push(entry);
  }

  override push(entry: BranchEntry): void {
    super.push(entry);
    if (isRegular(this.height, entry.bits, this.#network)) this.lastRegularBits = entry.bits;
  }
}

function periodStart(height: number): number {
  return height - (height % PERIOD);
}

/** Starts of periods near which something changes. */
function firstHeights(network: Network): number[] {
  const { bip34, bip66, bip65 } = network.versionHeights;
  const starts = [0, PERIOD, ...[bip34, bip66, bip65].map(periodStart)];
  return [...new Set(starts)];
}

/** The rules that a header can break on its network, and `none` for those that break none. */
function reachableRules(network: Network): Set<HeaderRule | 'none'> {
  const rules = ['none', 'bad-diffbits', 'time-too-old', 'time-too-new', 'bad-version'] as const;
  const reachable = new Set<HeaderRule | 'none'>(rules);
  if (network.bip94 || network.bip54Height !== undefined) reachable.add('time-timewarp-attack');
  if (network.bip54Height !== undefined) reachable.add('time-negative-interval');
  return reachable;
}

function makeHistory(past: History, network: Network): ReferenceHeader[] {
  const random = randomFrom(past.seed);
  return Array.from({ length: past.count }, (_, i) => {
    const stray = Math.round((2 * random() - 1) * past.jitterSeconds);
    const bits = random() < past.easyShare ? network.powLimitBits : past.bits;
    return { time: START + i * past.spacing + stray, bits, version: 4 };
  });
}

/** Numbers from 0 to 1 that are the same for the same seed (Park and Miller's generator). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16_807) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}
