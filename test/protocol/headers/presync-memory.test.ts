/** What a chain of unknown work may cost us at most, in bytes, on each network and for the longest chains. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderRun } from '../../../src/chain/header-run.ts';
import { workOfBits } from '../../../src/chain/work.ts';
import { NETWORKS } from '../../../src/networks/by-name.ts';
import type { NetworkName } from '../../../src/networks/network.ts';
import { MAX_COMMITMENTS } from '../../../src/protocol/headers/commitments.ts';
import { RedownloadBuffer } from '../../../src/protocol/headers/redownload-buffer.ts';
import { HEADER_OFFSETS, HEADER_SIZE_BYTES } from '../../../src/wire/header.ts';
import { ChainPeer, genesisFork, linked, MUCH_LATER, play, presyncOf } from '../../support/presync-chains.ts';

const FULL = 2000;
const MEGABYTE = 1_000_000;
const MILLION = 1_000_000;

test('the parameters of every network are those of Bitcoin Core', () => {
  const cases: [name: NetworkName, period: number, bufferSize: number, bits: number][] = [
    // The last column: how many bits lie above a header at least when it is let go.
    ['mainnet', 641, 15_218, 23],
    ['testnet3', 673, 14_460, 21],
    ['testnet4', 606, 16_092, 26],
    ['signet', 620, 15_724, 25],
    ['regtest', 275, 7017, 25],
  ];
  assert.deepEqual(
    cases.map(([name]) => name),
    Object.keys(NETWORKS),
  );
  for (const [name, commitmentPeriod, bufferSize, bits] of cases) {
    assert.deepEqual(NETWORKS[name].presync, { commitmentPeriod, bufferSize });
    assert.equal(Math.floor(bufferSize / commitmentPeriod), bits);
  }
});

test('on every network the bits and the buffer together stay under a megabyte, however long the chain', () => {
  const cases: [name: NetworkName, memoryBytes: number][] = [
    ['mainnet', 880_640],
    ['testnet3', 843_776],
    ['testnet4', 917_504],
    ['signet', 905_216],
    ['regtest', 487_424],
  ];
  for (const [name, expected] of cases) {
    const { bufferSize } = NETWORKS[name].presync;
    const memoryBytes = MAX_COMMITMENTS / 8 + mostOfBuffer(bufferSize);
    assert.equal(memoryBytes, expected, name);
    assert.ok(memoryBytes < MEGABYTE);
  }
});

test('a buffer that is full holds no more than that, wherever its oldest header lies', () => {
  const bufferSize = 1000;
  const chain = linked(3000);
  const buffer = new RedownloadBuffer(chain.prevAt(0));
  let most = 0;
  for (let i = 0; i < chain.count; i++) {
    buffer.push(chain.bytesAt(i));
    if (buffer.size > bufferSize) buffer.shift(1);
    most = Math.max(most, buffer.memoryBytes);
  }
  assert.ok(most <= mostOfBuffer(bufferSize + 1) + 32, `${most}`);
  assert.ok(most > 48 * bufferSize);
});

test('a million headers of little work take less than a kilobyte', () => {
  const presync = presyncOf({});
  for (const run of runs(MILLION)) {
    assert.equal(presync.take(run, true).kind, 'more');
    assert.ok(presync.memoryBytes <= 1024, `${presync.memoryBytes} bytes at ${presync.height}`);
  }
  assert.equal(presync.height, MILLION);
});

test('the longest chain there can be, sent a second time, takes less than a megabyte', () => {
  // Every header is remembered, so that the bits run full with a chain that a test can make.
  const { regtest, testnet4 } = NETWORKS;
  const { bufferSize } = testnet4.presync;
  const network = { ...regtest, presync: { commitmentPeriod: 1, bufferSize } };
  const work = workOfBits(regtest.powLimitBits);
  const threshold = work * BigInt(MAX_COMMITMENTS);
  const presync = presyncOf({ network, threshold });
  for (const run of runs(MAX_COMMITMENTS)) assert.equal(presync.take(run, true).kind, 'more');
  assert.equal(presync.phase, 'fetching-again');

  let most = 0;
  for (const run of runs(2 * bufferSize)) {
    const step = presync.take(run, true);
    assert.ok(step.kind === 'more');
    most = Math.max(most, presync.memoryBytes);
  }
  assert.ok(most > MAX_COMMITMENTS / 8 + 48 * bufferSize, `${most} bytes`);
  assert.ok(most < MEGABYTE, `${most} bytes`);
});

test('what waits at the end leaves the buffer piece by piece', () => {
  const chain = linked(7000);
  const work = workOfBits(NETWORKS.regtest.powLimitBits);
  const presync = presyncOf({ threshold: work * 7001n });
  const peer = new ChainPeer(chain);
  for (;;) {
    const { run, isFull } = peer.answer(presync);
    const step = presync.take(run, isFull);
    if (step.kind === 'more') continue;
    assert.ok(step.kind === 'done');
    const left: number[] = [];
    for (const { count } of step.ready) left.push(count, presync.memoryBytes);
    const counts = left.filter((_, i) => i % 2 === 0);
    const bytes = left.filter((_, i) => i % 2 === 1);
    assert.deepEqual(counts, [2000, 2000, 2000, 999, 1]);
    assert.deepEqual(
      bytes,
      bytes.toSorted((a, b) => b - a),
    );
    assert.ok((bytes.at(-1) as number) < 20_000);
    break;
  }
});

test('the real chain of each network needs far fewer bits than there is room for', () => {
  // Headers above genesis in 2026, rounded up.
  const lengths: [NetworkName, number][] = [
    ['mainnet', 1_000_000],
    ['testnet3', 5_000_000],
    ['testnet4', 200_000],
    ['signet', 400_000],
  ];
  for (const [name, headers] of lengths) {
    const network = NETWORKS[name];
    const { commitmentPeriod } = network.presync;
    assert.ok(headers / commitmentPeriod < MAX_COMMITMENTS / 100);
    // The bound by time is far above it too.
    const seconds = MUCH_LATER - genesisFork(network).medianTime;
    assert.ok(headers < (6 * seconds) / 100);
  }
});

test('a short chain takes a small buffer', () => {
  const work = workOfBits(NETWORKS.regtest.powLimitBits);
  const { memoryBytes } = play(presyncOf({ threshold: work * 2301n }), new ChainPeer(linked(2300)));
  assert.ok(memoryBytes < 2300 * 48 + 12_288 + 200, `${memoryBytes}`);
});

/** Blocks of 256 headers of 48 bytes; one more for those that are begun at both ends. */
function mostOfBuffer(headers: number): number {
  return (Math.ceil(headers / 256) + 1) * 256 * 48;
}

/**
 * Full answers without end. Each goes on where the one before it ended, for they are one and the same: nobody looks
 * whether what a header is said to hash to is its hash, and to hash millions takes long.
 */
function* runs(headers: number): Generator<HeaderRun> {
  const { hash } = genesisFork(NETWORKS.regtest);
  const { bytes } = linked(FULL);
  for (let at = HEADER_OFFSETS.prev; at < bytes.length; at += HEADER_SIZE_BYTES) bytes.set(hash, at);
  const run = HeaderRun.linked(bytes, hash);
  for (let sent = 0; sent < headers; sent += FULL) yield run;
}
