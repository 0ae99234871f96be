/** Runs of real headers, from the repository and from the larger collection: not one may be refused. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex, toDisplayHex } from '../../src/bytes/hex.ts';
import { medianTimePast } from '../../src/chain/branch.ts';
import { checkInBranch } from '../../src/chain/check-header.ts';
import { ProofOfWork } from '../../src/chain/proof-of-work.ts';
import { requiredBits, RETARGET_INTERVAL, startsPeriod } from '../../src/chain/required-bits.ts';
import { NETWORKS, networkByName } from '../../src/networks/by-name.ts';
import type { Network } from '../../src/networks/network.ts';
import { decode } from '../../src/wire/codec.ts';
import { HEADER_SIZE_BYTES, header, headerHash } from '../../src/wire/header.ts';
import { ArrayBranch } from '../support/array-branch.ts';
import { concatenated } from '../support/concatenated.ts';
import { alternativeMainnet } from '../support/published-headers.ts';
import { fixture, sharedData, skipWithoutSharedData } from '../support/repository.ts';

/** How many headers each rule could be asked about: below a run's start its rules see nothing. */
interface Checked {
  readonly headers: number;
  readonly retargets: number;
  readonly wholly: number;
  readonly tip: string;
}

/** The collection's runs, and for each its retargets and, where published, the hash of its last header. */
const RUNS: readonly [name: string, retargets: number, tip?: string][] = [
  ['mainnet-0-32261', 16, '0000000007bfbe7ec5510ccf80c5a291bf8fc603dd79f5d6a69fae6039f8a35e'],
  ['mainnet-150000-190001', 93, '00000000000000000d9b2508615d569e18f00c034d71474fc44a43af8d4a5003'],
  ['mainnet-822527-8066', 4, '00000000000000000000506183a8b30fa3224b85e82a70416e1d594bdb632fdb'],
  ['mainnet-576575-2118', 1],
  ['mainnet-859303-3548', 1],
  ['testnet3-0-4001', 1],
  ['testnet3-917280-2001', 0],
  ['testnet4-0-101', 0],
  ['signet-0-2016', 0],
];

// Without the folder the first test fails, and the others can still tell what they know.
const committed = existsSync(fixture('headers'))
  ? readdirSync(fixture('headers')).filter((name) => name.endsWith('.headers'))
  : [];

test('headers of all five networks are committed', () => {
  assert.ok(committed.length >= 5, `${committed.length} runs`);
  const names = new Set(committed.map((name) => name.split('-')[0]));
  for (const name of Object.keys(NETWORKS)) assert.ok(names.has(name), name);
});

for (const name of committed) {
  test(`every header of the committed ${name} keeps the rules`, () => {
    const checked = checkRun(name, new Uint8Array(readFileSync(fixture('headers', name))));
    if (name.includes('-0-')) assert.equal(checked.wholly, checked.headers - 1);
  });
}

for (const [name, retargets, tip] of RUNS) {
  test(`every header of the collection's ${name} keeps the rules`, { skip: skipWithoutSharedData }, () => {
    const file = `${name}.headers`;
    const checked = checkRun(file, new Uint8Array(readFileSync(sharedData(file))));
    assert.equal(checked.retargets, retargets);
    if (tip !== undefined) assert.equal(checked.tip, tip);
    const fromGenesis = name.includes('-0-');
    if (fromGenesis) assert.equal(checked.wholly, checked.headers - 1);
    else assert.ok(checked.wholly > checked.headers - 15, `${checked.wholly} checked wholly`);
  });
}

test('no run of the collection goes unchecked', { skip: skipWithoutSharedData }, () => {
  const files = readdirSync(sharedData()).filter((name) => name.endsWith('.headers'));
  assert.deepEqual(files.toSorted(), RUNS.map(([name]) => `${name}.headers`).toSorted());
});

test(
  '2,016 alternative mainnet headers with real work keep every rule',
  { skip: skipWithoutSharedData },
  () => {
    const genesis = fromHex(NETWORKS.mainnet.genesisHeaderHex);
    const run = concatenated(genesis, alternativeMainnet());
    const checked = checkRun('mainnet-0-2017.headers', run);
    assert.deepEqual([checked.headers, checked.wholly, checked.retargets], [2017, 2016, 1]);
  },
);

/** Checks all that the run's own headers allow to be checked. */
function checkRun(file: string, bytes: Uint8Array): Checked {
  const [, networkName, first, count] = /^(\w+)-(\d+)-(\d+)\.headers$/.exec(file) ?? [];
  const network = networkByName(networkName ?? '');
  assert.ok(network !== undefined, `${file} is not named network-height-count.headers`);
  const firstHeight = Number(first);
  const headers = bytes.length / HEADER_SIZE_BYTES;
  assert.equal(headers, Number(count), file);

  const proof = new ProofOfWork(network.powLimit);
  const branch = new ArrayBranch([], firstHeight);
  let prev: string | undefined;
  let retargets = 0;
  let wholly = 0;
  for (let i = 0; i < headers; i++) {
    const height = firstHeight + i;
    const value = decode(header, bytes.subarray(i * HEADER_SIZE_BYTES, (i + 1) * HEADER_SIZE_BYTES));
    const hash = headerHash(value);
    if (prev !== undefined) assert.equal(toDisplayHex(value.prev), prev, `parent of ${height}`);
    prev = toDisplayHex(hash);
    assert.equal(proof.fault(hash, value.bits), undefined, `proof of work at ${height}`);
    if (height === 0) {
      assert.equal(prev, network.genesisHash);
    } else if (i > 0) {
      const timeKnown = firstHeight === 0 || i >= 11;
      const bitsKnown = areBitsKnown(height, firstHeight, network);
      if (bitsKnown && startsPeriod(height)) retargets++;
      if (bitsKnown) assert.equal(value.bits, requiredBits(branch, value.time, network), `bits at ${height}`);
      if (timeKnown) assert.ok(value.time > medianTimePast(branch), `time at ${height}`);
      if (timeKnown && bitsKnown) {
        assert.equal(checkInBranch(value, branch, network, value.time), undefined, `height ${height}`);
        wholly++;
      }
    }
    branch.push(value);
  }
  assert.ok(prev !== undefined);
  return { headers, retargets, wholly, tip: prev };
}

/** Whether the bits of a header follow from those of its run alone. */
function areBitsKnown(height: number, firstHeight: number, network: Network): boolean {
  if (startsPeriod(height)) return height - RETARGET_INTERVAL >= firstHeight;
  // Where the 20-minute rule holds, the walk back may go down to the period's start.
  return !network.minDifficultyBlocks || height - (height % RETARGET_INTERVAL) >= firstHeight;
}
