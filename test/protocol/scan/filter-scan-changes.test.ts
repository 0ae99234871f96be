/** Scans of a chain that changes meanwhile, and scans that go on where others ended. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../../src/bytes/hex.ts';
import type { FilterSegment } from '../../../src/filters/filter-segment.ts';
import { ancestorAt } from '../../support/scan-blocks.ts';
import {
  blockOn,
  chainTo,
  changesIn,
  failureIn,
  PAID,
  paymentsIn,
  ScanBench,
  scannedIn,
} from '../../support/scan-fixture.ts';

const genesis = chainTo(0);
/** Pays at heights 3 and 7. */
const tip = chainTo(9, [3, 7], genesis);

test('what blocks held that leave the chain is taken back, and what the new ones hold is told', () => {
  const bench = new ScanBench(tip, { follow: true }).open().serve();
  assert.deepEqual(paymentsIn(bench.told()), ['+3', '+7']);
  bench.moveTo(chainTo(10, [8], ancestorAt(tip, 5)));
  assert.deepEqual(paymentsIn(bench.told()), ['-7']);
  assert.deepEqual(bench.asked(), ['1: hashes 6 to 10', '2: hashes 6 to 10']);
  bench.sendHashes(1, 6, 10).sendHashes(2, 6, 10).serve();
  const told = bench.told();
  assert.deepEqual(paymentsIn(told), ['+8']);
  assert.deepEqual([scannedIn(told)?.tip.height, scannedIn(told)?.payments], [10, 2]);
});

test('what was told of a tip stays as it was when the chain is another', () => {
  const bench = new ScanBench(tip, { follow: true }).open().serve();
  const scanned = scannedIn(bench.told());
  bench.moveTo(chainTo(10, [], ancestorAt(tip, 8))).serve();
  assert.equal(toHex(scanned?.tip.hash ?? new Uint8Array()), toHex(tip.hash));
});

test('a new block is asked about alone, and the sums are told again', () => {
  const bench = new ScanBench(tip, { follow: true }).open().serve();
  bench.told();
  bench.moveTo(blockOn(tip, true));
  assert.deepEqual(bench.asked(), ['1: hashes 10 to 10', '2: hashes 10 to 10']);
  bench.sendHashes(1, 10, 10).sendHashes(2, 10, 10).serve();
  const told = bench.told();
  assert.deepEqual(paymentsIn(told), ['+10']);
  assert.equal(scannedIn(told)?.balanceSats, BigInt(3 * PAID));
});

test('what was found on a branch that was left before the headers were synced is not told, and is deleted', () => {
  const found = changesIn(new ScanBench(tip).open().serve().taken()).flatMap(({ added }) => added);
  const bench = new ScanBench(tip, { resumed: { scannedHeight: 9, blocks: found } });
  bench.moveTo(chainTo(10, [6], ancestorAt(tip, 5)));
  assert.deepEqual(bench.taken(), []);
  bench.open().serve();
  const outputs = bench.taken();
  const told = outputs.flatMap((output) => (output.do === 'report' ? [output.event] : []));
  assert.deepEqual(paymentsIn(told), ['+3 stored', '+6']);
  const [change] = changesIn(outputs);
  assert.equal(change?.keepUpTo, 5);
  assert.deepEqual(
    change?.added.map(({ height }) => height),
    [6],
  );
});

test('when it is stopped before the headers are synced, no place is written that was not looked at', () => {
  const bench = new ScanBench(tip, { resumed: { scannedHeight: 9, blocks: [] } });
  bench.moveTo(chainTo(12, [6], ancestorAt(tip, 5)));
  const [change] = changesIn(bench.scan.stop());
  assert.equal(change?.scanned?.height, 5);
  assert.equal(change?.keepUpTo, 5);
});

test('it goes on where an earlier run ended', () => {
  const found = changesIn(new ScanBench(tip).open().serve().taken()).flatMap(({ added }) => added);
  const resumed = { scannedHeight: 5, blocks: found.filter(({ height }) => height <= 5) };
  const bench = new ScanBench(tip, { resumed }).open();
  assert.deepEqual(bench.asked(), ['1: hashes 6 to 9', '2: hashes 6 to 9']);
  bench.sendHashes(1, 6, 9).sendHashes(2, 6, 9).serve();
  const told = bench.told();
  assert.deepEqual(paymentsIn(told), ['+3 stored', '+7']);
  assert.equal(scannedIn(told)?.balanceSats, BigInt(2 * PAID));
});

test('what an earlier run relied on is an opinion, where the checkpoints of a peer agree with it', () => {
  const long = chainTo(1_000, [400]);
  const first = new ScanBench(long).open().serve();
  const segments = changesIn(first.taken()).flatMap((change) => change.segments);
  assert.deepEqual(
    segments.map(({ firstHeight, headers }) => [firstHeight, headers.length / 32]),
    [[0, 1_001]],
  );
  const savedSegments = new Map(segments.map((one: FilterSegment) => [one.firstHeight, one]));
  const second = new ScanBench(long, { servers: [1], savedSegments, maxUnbacked: 0 }).open();
  assert.deepEqual(second.asked(), ['1: checkpoints to 1000']);
  second.sendCheckpoints(1, 1_000);
  assert.deepEqual(second.asked(), ['1: filters 0 to 199', '1: filters 200 to 399', '1: filters 400 to 599']);
  second.sendFilters(1, 0, 599).serve();
  assert.equal(scannedIn(second.told())?.payments, 1);
});

test('what an earlier run relied on is one opinion and no more', () => {
  const long = chainTo(1_000);
  const segments = changesIn(new ScanBench(long).open().serve().taken()).flatMap((change) => change.segments);
  const savedSegments = new Map(segments.map((one) => [one.firstHeight, one]));
  const options = { servers: [1], savedSegments, opinionsNeeded: 3, maxUnbacked: 0 };
  const bench = new ScanBench(long, options).open().sendCheckpoints(1, 1_000);
  assert.deepEqual(bench.asked().slice(1), ['1: hashes 0 to 1000']);
  assert.equal(failureIn(bench.taken()), 'filter-peers-missing');
});

test('an answer to what was asked before the chain changed is not held against a peer', () => {
  const bench = new ScanBench(tip, { servers: [1, 2, 3], follow: true }).open();
  bench.sendHashes(1, 0, 9).sendHashes(2, 0, 9).pass(12_000).sendFilters(1, 0, 2);
  bench.moveTo(chainTo(8, [], ancestorAt(tip, 5))).moveTo(tip);
  const asked = bench.asked();
  assert.ok(asked.includes('3: hashes 0 to 9') && asked.includes('3: hashes 3 to 9'), asked.join());
  bench.taken();
  bench.sendHashes(3, 0, 9).sendHashes(3, 3, 9);
  assert.deepEqual(
    bench.taken().filter(({ do: what }) => what === 'hang-up'),
    [],
  );
});

test('checkpoints of a branch that was left are asked for anew', () => {
  const long = chainTo(1_002);
  const bench = new ScanBench(long, { follow: true }).open().sendCheckpoints(1, 1_002);
  bench.asked();
  bench.moveTo(chainTo(1_003, [], ancestorAt(long, 998)));
  const asked = bench.asked();
  assert.ok(
    asked.includes('1: checkpoints to 1003') && asked.includes('2: checkpoints to 1003'),
    asked.join(),
  );
});

test('filter headers of a branch that was left are cut off', () => {
  const bench = new ScanBench(tip, { follow: true }).open().serve();
  bench.taken();
  bench.moveTo(chainTo(10, [], ancestorAt(tip, 5))).serve();
  const segments = changesIn(bench.taken()).flatMap((change) => change.segments);
  assert.deepEqual(
    segments.map(({ headers, lastBlockHash }) => [headers.length / 32, bench.chain.heightOf(lastBlockHash)]),
    [[11, 10]],
  );
  assert.deepEqual(segments[0]?.headers.subarray(-32), bench.chain.last.filterHeader);
});

test('blocks that come while too few serve filters are looked at too', () => {
  const bench = new ScanBench(tip, { servers: [1], maxUnbacked: 10, follow: true }).open();
  bench.moveTo(blockOn(tip, true)).serve();
  bench.moveTo(blockOn(bench.chain.last, true)).serve();
  assert.equal(scannedIn(bench.told().toReversed())?.payments, 4);
});

test('blocks that were to be looked at before the chain changed do not count twice', () => {
  const bench = new ScanBench(tip, { servers: [1], maxUnbacked: 10 }).open();
  bench.moveTo(chainTo(10, [10], ancestorAt(tip, 8)));
  bench.moveTo(chainTo(11, [11], ancestorAt(tip, 8)));
  bench.serve();
  assert.equal(scannedIn(bench.told())?.payments, 3);
});

test('when all servers are lost after the vote, the blocks are looked at if they are few', () => {
  const bench = new ScanBench(tip, { holders: [5] }).open().sendHashes(1, 0, 9).sendHashes(2, 0, 9);
  bench.asked();
  bench.lose(1).lose(2).serve();
  assert.equal(scannedIn(bench.told())?.payments, 2);
});
