import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderRun } from '../../../src/chain/header-run.ts';
import { HeaderTree } from '../../../src/chain/header-tree.ts';
import { workOfBits } from '../../../src/chain/work.ts';
import { NETWORKS } from '../../../src/networks/by-name.ts';
import type { Network } from '../../../src/networks/network.ts';
import type { Presync, PresyncStep } from '../../../src/protocol/headers/presync.ts';
import { HEADER_SIZE_BYTES } from '../../../src/wire/header.ts';
import { NOW_SECONDS } from '../../support/chains.ts';
import { concatenated } from '../../support/concatenated.ts';
import { mine } from '../../support/mine.ts';
import {
  ChainPeer,
  changedFrom,
  genesisFork,
  linked,
  play,
  presyncOf,
} from '../../support/presync-chains.ts';
import { readFixture } from '../../support/repository.ts';

const { mainnet, regtest } = NETWORKS;
/** Of regtest: with 25 or 26 bits in the buffer, one try in 33 million of all that are made here would pass. */
const { commitmentPeriod: PERIOD, bufferSize: BUFFER } = regtest.presync;
const FULL = 2000;
/** Work of a header of regtest, and of its genesis. */
const WORK = 2n;

/** A chain for most tests, and the height at which it has enough work. */
const chain = linked(20_500);
const ENOUGH = 19_000;
const threshold = workTo(ENOUGH);

test('a chain with enough work comes out whole, in order and as it was', () => {
  const { steps, bytes, ready } = play(presyncOf({ threshold }), new ChainPeer(chain));
  // Ten answers to count 19,000, as many to fetch them again.
  assert.deepEqual(steps, [...repeat('more', 19), 'done']);
  assertHolds(bytes, chain, 20_000);
  assert.ok(ready.every((run) => run.count <= FULL));
});

test('what is ready can be stored under all the rules, and costs no hash of its own', () => {
  const mined = mine(20_500);
  const tree = new HeaderTree(regtest);
  const presync = presyncOf({ threshold });
  const peer = new ChainPeer(HeaderRun.fromBytes(mined));
  for (let step = answered(presync, peer); step.kind !== 'ended'; step = answered(presync, peer)) {
    assert.ok(step.kind === 'more' || step.kind === 'done');
    for (const run of step.ready) {
      const hashes = HeaderRun.fromBytes(run.bytes);
      assert.deepEqual(run.hashAt(0), hashes.hashAt(0));
      assert.deepEqual(run.hashAt(run.count - 1), hashes.hashAt(run.count - 1));
      const verdict = tree.check(run, NOW_SECONDS);
      assert.equal(verdict?.fault, undefined);
      assert.ok(verdict !== undefined && tree.connect(verdict) !== undefined);
    }
    if (step.kind === 'done') break;
  }
  assert.equal(tree.tip.height, 20_000);
  assert.deepEqual(tree.tip.hash, HeaderRun.fromBytes(mined).hashAt(19_999));
});

test('real headers of mainnet pass with the parameters of mainnet', () => {
  const real = HeaderRun.fromBytes(readFixture('headers', 'mainnet-0-32261.headers'));
  const above = real.part(1, real.count);
  const work = workTo(31_500, mainnet);
  const { bytes } = play(presyncOf({ network: mainnet, threshold: work }), new ChainPeer(above));
  assertHolds(bytes, above, 32_000);
});

test('a chain comes out whole however many headers its answers have', () => {
  const network = withPresync({ commitmentPeriod: 7, bufferSize: 40 });
  const short = chain.part(0, 300);
  for (const size of [1, 2, 7, 39, 40, 41, 99, 100, 101, 299, 300]) {
    const presync = presyncOf({ network, threshold: workTo(280) });
    const { end, bytes } = play(presync, new ChainPeer(short, size));
    assert.equal(end.kind, 'done', `${size} headers each`);
    const sent = Math.min(Math.ceil(280 / size) * size, 300);
    assertHolds(bytes, short, sent);
  }
});

test('a chain is enough when its work is the threshold, and too little when it is one less', () => {
  const peer = new ChainPeer(chain.part(0, 2500));
  assert.equal(play(presyncOf({ threshold: workTo(2500) }), peer).end.kind, 'done');
  const { end, ready } = play(presyncOf({ threshold: workTo(2500) + 1n }), peer);
  assert.deepEqual(end, { kind: 'ended', height: 2500, chainwork: workTo(2500) });
  assert.deepEqual(ready, []);
});

test('work and heights are counted from the fork, which need not be genesis', () => {
  const fork = { ...genesisFork(regtest), height: 5000, hash: chain.hashAt(4999), chainwork: workTo(5000) };
  const presync = presyncOf({ fork, threshold });
  assert.deepEqual([presync.from, presync.height], [chain.hashAt(4999), 5000]);
  const { bytes } = play(presync, new ChainPeer(chain.part(5000, chain.count)));
  assertHolds(bytes, chain.part(5000, chain.count), 14_000);
});

test('a chain whose end is no full answer may still be enough', () => {
  const peer = new ChainPeer(chain.part(0, ENOUGH + 1));
  const { end, bytes } = play(presyncOf({ threshold }), peer);
  assert.equal(end.kind, 'done');
  assertHolds(bytes, chain, ENOUGH + 1);
});

test('a chain that ends with a full answer ends when the next one is empty', () => {
  const { steps, end } = play(presyncOf({ threshold }), new ChainPeer(chain.part(0, 4000)));
  assert.deepEqual(steps, ['more', 'more', 'ended']);
  assert.deepEqual(end, { kind: 'ended', height: 4000, chainwork: workTo(4000) });
});

test('while it counts, the next request follows the last header; then all is asked for again from the fork', () => {
  const presync = presyncOf({ threshold: workTo(3000) });
  const fork = genesisFork(regtest).hash;
  assert.deepEqual([presync.phase, presync.from], ['counting', fork]);
  assert.equal(presync.take(chain.part(0, 2000), true).kind, 'more');
  assert.deepEqual([presync.phase, presync.from], ['counting', chain.hashAt(1999)]);
  assert.equal(presync.take(chain.part(2000, 4000), true).kind, 'more');
  assert.deepEqual([presync.phase, presync.from, presync.height], ['fetching-again', fork, 0]);
  assert.equal(presync.take(chain.part(0, 2000), true).kind, 'more');
  assert.deepEqual([presync.phase, presync.from], ['fetching-again', chain.hashAt(1999)]);
});

test('an answer that is not full but brings enough work begins the second phase', () => {
  const presync = presyncOf({ threshold: workTo(100) });
  assert.equal(presync.take(chain.part(0, 120), false).kind, 'more');
  assert.equal(presync.phase, 'fetching-again');
  const step = presync.take(chain.part(0, 120), false);
  assert.ok(step.kind === 'done');
  assertHolds(concatenated(...Array.from(step.ready, ({ bytes }) => bytes)), chain, 120);
});

test('a header waits until as many lie above it as the buffer holds', () => {
  const presync = presyncOf({ threshold });
  countAll(presync, chain);
  const released: number[] = [];
  for (let first = 0; first < 18_000; first += FULL) {
    const step = presync.take(chain.part(first, first + FULL), true);
    assert.ok(step.kind === 'more');
    released.push([...step.ready].reduce((sum, run) => sum + run.count, 0));
  }
  assert.deepEqual(released, [0, 0, 0, 8000 - BUFFER, 2000, 2000, 2000, 2000, 2000]);
});

test('who sends another chain the second time is caught before anything of it is let go', () => {
  const places = [0, 1, PERIOD - 1, PERIOD, 1999, 2000, BUFFER - 1, BUFFER, BUFFER + 1, 12_000];
  for (const [seed, place] of places.entries()) {
    const other = new ChainPeer(changedFrom(chain, place));
    const { end, bytes } = play(presyncOf({ threshold, seed }), new ChainPeer(chain), other);
    assert.ok(end.kind === 'refused' && end.reason === 'chain-changed', `from header ${place} on`);
    assertHolds(bytes, chain, bytes.length / HEADER_SIZE_BYTES);
    assert.ok(bytes.length <= place * HEADER_SIZE_BYTES);
  }
});

test('who sends a chain without end the second time, of the least work, is caught too', () => {
  const hard = linked(ENOUGH, { bits: 0x201fffff });
  const work = WORK + 8n * BigInt(ENOUGH);
  const easy = new ChainPeer(changedFrom(hard, 3000, { count: 40_000, bits: regtest.powLimitBits }));
  const { end, bytes } = play(presyncOf({ threshold: work }), new ChainPeer(hard), easy);
  assert.ok(end.kind === 'refused' && end.reason === 'chain-changed');
  assert.ok(bytes.length <= 3000 * HEADER_SIZE_BYTES);
});

test('who sends more headers the second time comes to where nothing was remembered, and is refused there', () => {
  // One bit or two, which are right by chance often enough.
  const network = withPresync({ commitmentPeriod: 1000, bufferSize: 10_000 });
  const hard = linked(1500, { bits: 0x201fffff });
  const work = WORK + 8n * 1500n;
  const easy = new ChainPeer(linked(40_000, { salt: 3 }));
  for (let seed = 0; seed < 20; seed++) {
    const presync = presyncOf({ network, threshold: work, seed });
    const { end, bytes } = play(presync, new ChainPeer(hard), easy);
    assert.ok(end.kind === 'refused' && end.reason === 'chain-changed');
    assert.equal(bytes.length, 0);
  }
});

test('each bit lets an unlike header pass every second time', () => {
  // A header is let go with four above it: five bits, of which each is right by chance in half of the tries.
  const network = withPresync({ commitmentPeriod: 1, bufferSize: 4 });
  const short = chain.part(0, 60);
  const other = new ChainPeer(changedFrom(short, 20), 1);
  const TRIES = 1600;
  let passed = 0;
  for (let seed = 1; seed <= TRIES; seed++) {
    const presync = presyncOf({ network, threshold: workTo(60), seed });
    const { bytes } = play(presync, new ChainPeer(short, 1), other);
    if (bytes.length > 20 * HEADER_SIZE_BYTES) passed++;
  }
  // 50 are expected, and 7 is the standard deviation; without a fifth bit it would be 100.
  assert.ok(Math.abs(passed - TRIES / 32) < 28, `${passed} of ${TRIES}`);
});

test('the last headers may be others, if there is work enough in them: a peer may have reorganised meanwhile', () => {
  const other = changedFrom(chain, ENOUGH - 3, { count: 10 });
  // With one seed in a hundred, one of them would be remembered.
  const { bytes } = play(presyncOf({ threshold }), new ChainPeer(chain), new ChainPeer(other));
  assertHolds(bytes, other, other.count);
});

test('a chain that has grown meanwhile is taken with what it has grown by', () => {
  const before = new ChainPeer(chain.part(0, ENOUGH + 10));
  const { end, bytes } = play(presyncOf({ threshold }), before, new ChainPeer(chain));
  assert.equal(end.kind, 'done');
  assertHolds(bytes, chain, 20_000);
});

test('a peer that does not serve again what it showed has ended', () => {
  for (const left of [0, 1, 1999, 2000, 10_000, ENOUGH - 1]) {
    const less = new ChainPeer(chain.part(0, left));
    const { end } = play(presyncOf({ threshold }), new ChainPeer(chain), less);
    assert.deepEqual(end, { kind: 'ended', height: left, chainwork: workTo(left) });
  }
});

test('an answer that goes on elsewhere is no attack, and the end', () => {
  const counting = presyncOf({ threshold });
  assert.equal(counting.take(chain.part(0, 2000), true).kind, 'more');
  // A header left out, as when a block is announced; and the same answer once more.
  const announced = counting.take(chain.part(2001, 2002), false);
  assertRefused(announced, 'not-continuous', /height 2000/);
  const again = presyncOf({ threshold });
  assert.equal(again.take(chain.part(0, 2000), true).kind, 'more');
  assertRefused(again.take(chain.part(0, 2000), true), 'not-continuous', /height 2000/);
  const second = presyncOf({ threshold: workTo(1000) });
  assert.equal(second.take(chain.part(0, 2000), true).kind, 'more');
  assertRefused(second.take(chain.part(2000, 4000), true), 'not-continuous', /height 0/);
});

test('bits that no chain has there are refused in both phases', () => {
  const work = workOfBits(0x1c05a3f4);
  const fork = { ...genesisFork(mainnet), height: 2013, bits: 0x1c05a3f4, chainwork: 2013n * work };
  const options = { network: mainnet, fork, threshold: fork.chainwork + 5n * work };
  // The first header of the next period may be four times as hard, to the unit.
  const withRetargetTo = (bits: number): HeaderRun =>
    linked(2000, { prev: fork.hash, bits: (index) => (index < 2 ? fork.bits : bits) });
  const good = withRetargetTo(0x1c0168fd);
  const bad = withRetargetTo(0x1c0168fc);
  const early = linked(2000, { prev: fork.hash, bits: (index) => (index < 1 ? fork.bits : 0x1c05a3f3) });

  assert.equal(play(presyncOf(options), new ChainPeer(good)).end.kind, 'done');
  assertRefused(presyncOf(options).take(bad, true), 'bad-diffbits', /1c05a3f4 to 1c0168fc at height 2016/);
  assertRefused(presyncOf(options).take(early, true), 'bad-diffbits', /1c05a3f4 to 1c05a3f3 at height 2015/);
  const { end } = play(presyncOf(options), new ChainPeer(good), new ChainPeer(bad));
  assertRefused(end, 'bad-diffbits', /height 2016/);
});

test('no single header of enormous work ends the counting where the rules do not allow it', () => {
  const hard = 0x1701b2c4;
  assert.ok(workOfBits(hard) > 2n ** 70n);
  const lucky = linked(2000, { bits: (index) => (index < 1000 ? mainnet.powLimitBits : hard) });
  const fork = { ...genesisFork(mainnet), hash: genesisFork(regtest).hash };
  const step = presyncOf({ network: mainnet, fork, threshold: 2n ** 70n }).take(lucky, true);
  assertRefused(step, 'bad-diffbits', /height 1001/);
});

test('six headers a second since the fork is all that the rules allow', () => {
  const network = withPresync({ commitmentPeriod: 5, bufferSize: 20 });
  const fork = genesisFork(network);
  // A hundred seconds to two hours after our clock: 600 headers, 120 of them remembered.
  const nowSeconds = fork.medianTime + 100 - 7200;
  for (let seed = 0; seed < 20; seed++) {
    const presync = presyncOf({ network, fork, nowSeconds, seed });
    assert.equal(presync.take(chain.part(0, 600), true).kind, 'more');
    const step = presync.take(chain.part(600, 605), true);
    assertRefused(step, 'chain-too-long', /height 60[1-5] by now/);
  }
});

test('with a clock that is behind the fork there is no room for headers, rather than for any number', () => {
  const fork = genesisFork(regtest);
  for (const nowSeconds of [0, fork.medianTime - 7200]) {
    const step = presyncOf({ fork, nowSeconds }).take(chain.part(0, 2000), true);
    assertRefused(step, 'chain-too-long', /now/);
  }
});

test('nothing is kept of the memory that an answer came in', () => {
  const message = Buffer.alloc(FULL * HEADER_SIZE_BYTES);
  const genesis = genesisFork(regtest);
  message.set(genesis.hash);
  const fork = { ...genesis, hash: message.subarray(0, genesis.hash.length) };
  const presync = presyncOf({ fork, threshold: workTo(9000) });
  const ready: Uint8Array[] = [];
  for (let step: PresyncStep = { kind: 'more', ready: [] }; step.kind !== 'done';) {
    const { run, isFull } = new ChainPeer(chain).answer(presync);
    message.set(run.bytes);
    step = presync.take(HeaderRun.fromBytes(message), isFull);
    assert.ok(step.kind === 'more' || step.kind === 'done');
    for (const part of step.ready) ready.push(new Uint8Array(part.bytes));
    message.fill(0);
    assert.equal(presync.from.buffer.byteLength, 32, 'a view keeps all of what it is a view of');
  }
  assertHolds(concatenated(...ready), chain, 10_000);
});

test('after its end it cannot be asked again', () => {
  const presync = presyncOf({ threshold });
  assert.equal(presync.take(chain.part(0, 10), false).kind, 'ended');
  assert.throws(() => presync.take(chain.part(10, 20), false), TypeError);
});

/** Chainwork of a chain of regtest, or of mainnet in its first year, up to a height. */
function workTo(height: number, network: Network = regtest): bigint {
  return workOfBits(network.powLimitBits) * BigInt(height + 1);
}

function withPresync(presync: Network['presync']): Network {
  return { ...regtest, presync };
}

function answered(presync: Presync, peer: ChainPeer): PresyncStep {
  const { run, isFull } = peer.answer(presync);
  return presync.take(run, isFull);
}

/** The whole first phase. */
function countAll(presync: Presync, all: HeaderRun): void {
  const peer = new ChainPeer(all);
  while (presync.phase === 'counting') assert.equal(answered(presync, peer).kind, 'more');
}

function assertHolds(bytes: Uint8Array, expected: HeaderRun, headers: number): void {
  assert.equal(bytes.length / HEADER_SIZE_BYTES, headers);
  assert.ok(Buffer.from(expected.slice(0, headers)).equals(bytes), 'not the same headers');
}

function assertRefused(step: PresyncStep, reason: string, detail: RegExp): void {
  assert.equal(step.kind, 'refused');
  if (step.kind !== 'refused') return;
  assert.equal(step.reason, reason);
  assert.match(step.detail, detail);
}

function repeat<T>(item: T, times: number): T[] {
  return Array.from({ length: times }, () => item);
}
