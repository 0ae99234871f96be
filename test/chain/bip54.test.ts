import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../src/bytes/hex.ts';
import { checkInBranch, type HeaderRule } from '../../src/chain/check-header.ts';
import { ProofOfWork } from '../../src/chain/proof-of-work.ts';
import { requiredBits } from '../../src/chain/required-bits.ts';
import { NETWORKS } from '../../src/networks/by-name.ts';
import type { Network } from '../../src/networks/network.ts';
import { decode } from '../../src/wire/codec.ts';
import { type Header, header, headerHash } from '../../src/wire/header.ts';
import { ArrayBranch } from '../support/array-branch.ts';
import { bip54Timestamps, type HeaderVectorTree } from '../support/published-headers.ts';
import { skipWithoutSharedData } from '../support/repository.ts';

const { mainnet, testnet4 } = NETWORKS;
const HARD = 0x1c05a3f4;
const START = 1_300_000_000;
const withBip54: Network = { ...mainnet, bip54Height: 1 };

test('BIP 54 lets a period start 7,200 seconds before its parent and not more', () => {
  const branch = periodEnding(START + 10_000);
  for (const [behind, rule] of [
    [0, undefined],
    [601, undefined],
    [7200, undefined],
    [7201, 'time-timewarp-attack'],
  ] as const) {
    assert.equal(ruleBroken(START + 10_000 - behind, branch, withBip54), rule, `${behind} s`);
    assert.equal(ruleBroken(START + 10_000 - behind, branch, mainnet), undefined, `${behind} s`);
  }
});

test('BIP 54 refuses a period whose last time is before its first, and accepts one of no length', () => {
  const branch = new ArrayBranch([{ time: START + 5000, bits: HARD }]);
  for (let height = 1; height < 2015; height++) branch.push({ time: START + height, bits: HARD });
  assert.equal(ruleBroken(START + 4999, branch, withBip54), 'time-negative-interval');
  assert.equal(ruleBroken(START + 5000, branch, withBip54), undefined);
  assert.equal(ruleBroken(START + 4999, branch, mainnet), undefined);
});

test('BIP 54 says nothing of a header that neither starts nor ends a period', () => {
  for (const height of [2014, 2017, 4030]) {
    // The period's first header and the parent are both far ahead of the rest.
    const branch = new ArrayBranch();
    const ahead = new Set([0, 2016, height - 1]);
    while (branch.height < height - 1) {
      const time = ahead.has(branch.height + 1) ? START + 20_000 : START;
      branch.push({ time, bits: HARD });
    }
    assert.equal(ruleBroken(START + 5000, branch, withBip54), undefined, `${height}`);
  }
});

test('BIP 54 holds from its height on', () => {
  const branch = periodEnding(START + 10_000);
  const time = START + 10_000 - 7201;
  assert.equal(ruleBroken(time, branch, { ...mainnet, bip54Height: 2016 }), 'time-timewarp-attack');
  assert.equal(ruleBroken(time, branch, { ...mainnet, bip54Height: 2017 }), undefined);
  assert.equal(ruleBroken(time, branch, { ...mainnet, bip54Height: 0 }), 'time-timewarp-attack');
});

test('where BIP 94 and BIP 54 both hold, the narrower 600 seconds decide', () => {
  const branch = periodEnding(START + 10_000);
  const both: Network = { ...testnet4, bip54Height: 1 };
  assert.equal(ruleBroken(START + 10_000 - 601, branch, both), 'time-timewarp-attack');
  assert.equal(ruleBroken(START + 10_000 - 600, branch, both), undefined);
});

test('BIP 54 comes after the median and before the limit to the future', () => {
  const branch = periodEnding(START + 10_000);
  const time = START + 10_000 - 7201;
  assert.equal(ruleBroken(START - 1, branch, withBip54), 'time-too-old');
  assert.equal(ruleBroken(time, branch, withBip54, time - 7201), 'time-timewarp-attack');
  assert.equal(ruleBroken(time + 1, branch, withBip54, time - 7201), 'time-too-new');
});

test(
  'the chains that BIP 54 publishes are judged as it says, and all are valid without it',
  { skip: skipWithoutSharedData },
  () => {
    const counts = { valid: 0, invalid: 0 };
    visit(bip54Timestamps(), [], counts);
    assert.deepEqual(counts, { valid: 7, invalid: 2 });
  },
);

/** Follows every path of the tree. `ancestors` are the headers from genesis to the tree's root. */
function visit(
  tree: HeaderVectorTree,
  ancestors: readonly Header[],
  counts: { valid: number; invalid: number },
): void {
  const headers = [...ancestors, ...tree.block_headers.map((hex) => decode(header, fromHex(hex)))];
  if (tree.valid !== undefined) {
    assert.deepEqual(rulesBroken(headers, mainnet), [], tree.comment);
    const broken = rulesBroken(headers, withBip54);
    if (tree.valid) {
      assert.deepEqual(broken, [], tree.comment);
      counts.valid++;
    } else {
      const expected = tree.comment?.includes('2 hours') ? 'time-timewarp-attack' : 'time-negative-interval';
      assert.deepEqual(broken, [{ height: headers.length - 1, rule: expected }], tree.comment);
      counts.invalid++;
    }
  }
  for (const extension of tree.extensions ?? []) visit(extension, headers, counts);
}

/** The rules that a chain from genesis breaks, header by header. */
function rulesBroken(headers: readonly Header[], network: Network): { height: number; rule: HeaderRule }[] {
  const proof = new ProofOfWork(network.powLimit);
  const branch = new ArrayBranch(headers.slice(0, 1));
  const broken: { height: number; rule: HeaderRule }[] = [];
  for (const [height, value] of headers.entries()) {
    if (height === 0) continue;
    const parent = headers[height - 1] as Header;
    assert.deepEqual(value.prev, headerHash(parent));
    const rule =
      proof.fault(headerHash(value), value.bits) ?? checkInBranch(value, branch, network, value.time)?.rule;
    if (rule !== undefined) broken.push({ height, rule });
    branch.push(value);
  }
  return broken;
}

/** A whole period within which the times stand almost still, but for the last. */
function periodEnding(lastTime: number): ArrayBranch {
  const branch = new ArrayBranch();
  while (branch.height < 2014) branch.push({ time: START, bits: HARD });
  branch.push({ time: lastTime, bits: HARD });
  return branch;
}

/** The rule broken by a header whose bits and version are right; where nothing is said our clock shows its own time. */
function ruleBroken(
  time: number,
  branch: ArrayBranch,
  network: Network,
  now: number = time,
): HeaderRule | undefined {
  const bits = requiredBits(branch, time, network);
  return checkInBranch({ time, bits, version: 4 }, branch, network, now)?.rule;
}
