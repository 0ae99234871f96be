import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { BestChain } from '../../src/chain/best-chain.ts';
import { GrowingBranch } from '../../src/chain/growing-branch.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { lastRegularBits } from '../../src/chain/required-bits.ts';
import type { SideHeader } from '../../src/chain/side-headers.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import { encodeHeaders, type Header } from '../../src/wire/header.ts';
import { ArrayBranch, type BranchEntry } from '../support/array-branch.ts';

const { mainnet, testnet3, regtest } = NETWORKS;
const EASY = testnet3.powLimitBits;
const HARD = [0x1c05a3f4, 0x1b0404cb, 0x1c7fffff];

/** A header that nobody checks, with the bits and time given. */
function headerOf({ time, bits }: BranchEntry): Header {
  const nothing = new Uint8Array(32);
  return { version: 4, prev: nothing, merkleRoot: nothing, time, bits, nonce: 0 };
}

/** The best chain up to the fork, and two headers above it that are not the branch's. */
function bestChainOf(entries: readonly BranchEntry[]): BestChain {
  const [root, ...above] = entries;
  assert.ok(root !== undefined);
  const best = new BestChain({ height: 0, isKnown: true, hash: new Uint8Array(32), chainwork: 0n, ...root });
  const others = [
    { time: 1, bits: 1 },
    { time: 2, bits: 2 },
  ];
  for (const { time, bits } of [...above, ...others]) {
    const hash = new Uint8Array(32);
    new DataView(hash.buffer).setUint32(0, Math.imul(best.height + 2, 0x9e3779b1), true);
    best.push(hash, time, bits);
  }
  return best;
}

function sideHeadersOf(entries: readonly BranchEntry[], lowHeight: number): SideHeader[] {
  const nothing = new Uint8Array(32);
  return entries.map((entry, i) => {
    return { ...entry, hash: nothing, prev: nothing, height: lowHeight + 1 + i, chainwork: 0n };
  });
}

const entry: fc.Arbitrary<BranchEntry> = fc.record({
  time: fc.integer({ min: 0, max: 0xffffffff }),
  bits: fc.oneof(fc.constant(EASY), fc.constantFrom(...HARD)),
});
/** Long stretches of the easiest target too, over which the last regular header is far away. */
const stretch = (maxLength: number): fc.Arbitrary<BranchEntry[]> =>
  fc.oneof(
    fc.array(entry, { maxLength }),
    fc.nat(maxLength).map((count) => Array.from({ length: count }, (_, i) => ({ time: i, bits: EASY }))),
  );
/** Forks around the start of a period, where a walk back ends. */
const bestLength = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 2000, max: 2030 }));

for (const [name, network] of Object.entries({ mainnet, testnet3, regtest })) {
  test(`a branch of ${name} that grows is at every height what the same headers in an array are`, () => {
    const parts = fc.record({
      best: bestLength,
      end: stretch(20),
      side: stretch(20),
      known: fc.nat(5),
      run: stretch(30),
    });
    fc.assert(
      fc.property(parts, ({ best: length, end, side, known, run }) => {
        const fillers = Array.from({ length }, (_, i) => ({ time: 600 * i, bits: HARD[i % 3] as number }));
        const onBest = [...fillers, ...end];
        const lowHeight = onBest.length - 1;
        const below = [...onBest, ...side];
        // The run's first headers may be ones that the branch ends with already.
        const first = Math.min(known, below.length);
        const entries = [...below.slice(below.length - first), ...run];
        const place = { lowHeight, side: sideHeadersOf(side, lowHeight) };
        const headers = HeaderRun.fromBytes(encodeHeaders(entries.map(headerOf)));
        const branch = new GrowingBranch(bestChainOf(onBest), place, headers, first, network);
        const plain = new ArrayBranch(below);
        for (let i = 0; ; i++) {
          assert.equal(branch.height, plain.height);
          for (let height = Math.max(0, plain.height - 60); height <= plain.height; height++) {
            assert.equal(branch.timeAt(height), plain.timeAt(height), `time at ${height}`);
            assert.equal(branch.bitsAt(height), plain.bitsAt(height), `bits at ${height}`);
          }
          if (network.minDifficultyBlocks) {
            assert.equal(branch.lastRegularBits, lastRegularBits(plain, network), `at ${plain.height}`);
          }
          const next = run[i];
          if (next === undefined) break;
          branch.extend();
          plain.push(next);
        }
      }),
    );
  });
}
