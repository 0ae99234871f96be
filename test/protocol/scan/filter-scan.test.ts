import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256d } from '../../../src/bytes/hash.ts';
import { INVENTORY } from '../../../src/wire/inventory.ts';
import { ancestorAt, BlockDraft } from '../../support/scan-blocks.ts';
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

test('filters that two peers agree on are matched, and only the blocks that match are fetched', () => {
  const bench = new ScanBench(tip).open();
  assert.deepEqual(bench.asked(), ['1: hashes 0 to 9', '2: hashes 0 to 9']);
  bench.sendHashes(1, 0, 9).sendHashes(2, 0, 9);
  assert.deepEqual(bench.asked(), ['1: filters 0 to 9']);
  bench.sendFilters(1, 0, 9);
  assert.deepEqual(bench.asked(), ['1: blocks 3', '2: blocks 7']);
  bench.sendBlock(1, 3).sendBlock(2, 7);
  const outputs = bench.taken();
  const told = outputs.flatMap((output) => (output.do === 'report' ? [output.event] : []));
  assert.deepEqual(paymentsIn(told), ['+3', '+7']);
  const scanned = scannedIn(told);
  assert.deepEqual(
    [scanned?.tip.height, scanned?.balanceSats, scanned?.payments, scanned?.fetchedBlocks],
    [9, BigInt(2 * PAID), 2, 2],
  );
  assert.deepEqual(outputs.at(-1), { do: 'finish' });
});

test('nothing is asked before the headers are synced, or after the end', () => {
  const bench = new ScanBench(tip).handle({ type: 'tick' });
  assert.deepEqual(bench.asked(), []);
  assert.equal(bench.scan.deadline(), undefined);
  bench.open().serve();
  assert.deepEqual(bench.lose(1).asked(), []);
  assert.equal(bench.scan.deadline(), undefined);
});

test('blocks are looked at in the order of the chain, whatever order they come in', () => {
  const bench = new ScanBench(tip).open().sendHashes(1, 0, 9).sendHashes(2, 0, 9).sendFilters(1, 0, 9);
  bench.sendBlock(2, 7);
  assert.deepEqual(paymentsIn(bench.told()), []);
  bench.sendBlock(1, 3);
  assert.deepEqual(paymentsIn(bench.told()), ['+3', '+7']);
});

test('the scan begins at its first height, and one above the tip is over at once', () => {
  const bench = new ScanBench(tip, { fromHeight: 5 }).open();
  assert.deepEqual(bench.asked(), ['1: hashes 5 to 9', '2: hashes 5 to 9']);
  bench.serve();
  bench.sendHashes(1, 5, 9).sendHashes(2, 5, 9).serve();
  assert.deepEqual(paymentsIn(bench.told()), ['+7']);
  assert.equal(scannedIn(new ScanBench(tip, { fromHeight: 12 }).open().told())?.payments, 0);
});

test('over a thousand blocks the checkpoints are asked for first, and one of those who agree tells the hashes', () => {
  const long = chainTo(1_010, [500]);
  const bench = new ScanBench(long).open();
  assert.deepEqual(bench.asked(), [
    '1: checkpoints to 1010',
    '2: checkpoints to 1010',
    '1: hashes 1001 to 1010',
    '2: hashes 1001 to 1010',
  ]);
  bench.sendCheckpoints(1, 1_010);
  assert.deepEqual(bench.asked(), ['1: hashes 0 to 1000'], 'one of them may tell before the other');
  bench.sendCheckpoints(2, 1_010).sendHashes(1, 0, 1_000);
  assert.ok(bench.asked().includes('1: filters 0 to 199'));
  assert.deepEqual(bench.told(), []);
});

test('a peer that has shown less of the chain is asked about that', () => {
  const long = chainTo(2_003);
  const bench = new ScanBench(long);
  bench.servers = [
    { peer: 1, provenHeight: 2_003 },
    { peer: 2, provenHeight: 1_500 },
  ];
  const asked = bench.open().asked();
  assert.ok(asked.includes('2: checkpoints to 1500'), asked.join());
  assert.ok(!asked.some((text) => text.startsWith('2: hashes')), asked.join());
});

test('a filter with another hash than the one agreed on is refused, and asked of another peer', () => {
  const bench = new ScanBench(tip).open().sendHashes(1, 0, 9).sendHashes(2, 0, 9);
  bench.asked();
  bench.sendFilter(1, 0, tip.filter);
  const [output] = bench.taken().filter(({ do: what }) => what === 'hang-up');
  assert.ok(output?.do === 'hang-up');
  assert.deepEqual([output.peer, output.disconnect.reason], [1, 'bad-filter']);
  bench.lose(1).serve();
  assert.deepEqual(paymentsIn(bench.told()), ['+3', '+7']);
});

test('too many hashes, or a false start, are a reason to hang up', () => {
  const bench = new ScanBench(tip).open();
  bench.asked();
  const filterHashes = Array.from({ length: 11 }, () => tip.filterHash);
  const payload = { filterType: 0, stopHash: tip.hash, previousHeader: new Uint8Array(32), filterHashes };
  bench.say(1, { command: 'cfheaders', payload });
  const [output] = bench.taken().filter(({ do: what }) => what === 'hang-up');
  assert.ok(output?.do === 'hang-up');
  assert.deepEqual([output.peer, output.disconnect.reason], [1, 'bad-filter-header']);
});

test('other kinds of filters are passed over', () => {
  const bench = new ScanBench(tip).open();
  bench.asked();
  const payload = { filterType: 1, stopHash: tip.hash };
  bench.say(1, { command: 'cfheaders', payload: { ...payload, previousHeader: tip.hash, filterHashes: [] } });
  bench.say(1, { command: 'cfcheckpt', payload: { ...payload, filterHeaders: [] } });
  bench.say(1, { command: 'cfilter', payload: { filterType: 1, blockHash: tip.hash, filter: tip.filter } });
  assert.deepEqual(
    bench.taken().filter(({ do: what }) => what === 'hang-up'),
    [],
  );
  bench.sendHashes(1, 0, 9).sendHashes(2, 0, 9).serve();
  assert.equal(scannedIn(bench.told())?.payments, 2);
});

test('with one server only the blocks are looked at, and that is said', () => {
  const bench = new ScanBench(tip, { servers: [1] }).open().serve();
  const told = bench.told();
  assert.deepEqual(paymentsIn(told), ['+3', '+7']);
  assert.equal(scannedIn(told)?.fetchedBlocks, 10);
  assert.ok(told.some((event) => event.event === 'warning' && event.code === 'filters-unbacked'));
});

test('more than so many blocks are not looked at for want of servers', () => {
  assert.equal(
    failureIn(new ScanBench(tip, { servers: [1], maxUnbacked: 9 }).open().taken()),
    'filter-peers-missing',
  );
  assert.equal(failureIn(new ScanBench(tip, { servers: [1], maxUnbacked: 10 }).open().taken()), undefined);
});

test('where more servers may come there is some patience', () => {
  const bench = new ScanBench(tip, { servers: [1], maxUnbacked: 0 });
  bench.areOthersComing = true;
  bench.open().serve().pass(14_999);
  assert.equal(failureIn(bench.taken()), undefined);
  bench.join(2).serve();
  assert.equal(scannedIn(bench.told())?.payments, 2);
});

test('one opinion is enough where the user says so', () => {
  const bench = new ScanBench(tip, { servers: [1], opinionsNeeded: 1 }).open().serve();
  assert.equal(scannedIn(bench.told())?.fetchedBlocks, 2);
});

test('without filters every block is fetched, and nobody is asked for filters', () => {
  const bench = new ScanBench(tip, { usesFilters: false }).open();
  for (const { message } of bench.requests()) assert.equal(message.command, 'getdata');
  const fresh = new ScanBench(tip, { usesFilters: false, servers: [], holders: [5] }).open().serve();
  assert.equal(scannedIn(fresh.told())?.fetchedBlocks, 10);
});

test('one who tells another hash is found out by the block, and the rest goes on without it', () => {
  const bench = new ScanBench(tip, { servers: [1, 2, 3] }).open();
  bench.asked();
  const lie = ancestorAt(tip, 3).filter.slice(0, -1);
  bench
    .sendHashes(1, 0, 9)
    .sendHashes(2, 0, 9, { 3: sha256d(lie) })
    .sendHashes(3, 0, 9);
  const asked = bench.asked();
  assert.ok(asked.includes('1: filters 3 to 3') && asked.includes('2: filters 3 to 3'), asked.join());
  bench.sendFilter(1, 3).sendFilter(2, 3, lie).sendBlock(1, 3);
  const hungUp = bench.taken().filter((output) => output.do === 'hang-up');
  assert.deepEqual(
    hungUp.map(({ peer, disconnect }) => [peer, disconnect.reason]),
    [[2, 'bad-filter']],
  );
});

test('a lie about the last block is found out though that block was looked at already', () => {
  const bench = new ScanBench(tip, { servers: [1, 2, 3], follow: true }).open();
  bench.asked();
  const lie = tip.filter.slice(0, -1);
  bench
    .sendHashes(1, 0, 9)
    .sendHashes(2, 0, 9, { 9: sha256d(lie) })
    .sendHashes(3, 0, 9);
  bench.sendFilters(1, 0, 8).sendFilters(2, 0, 8).sendFilters(3, 0, 8);
  for (const height of [3, 7, 9]) for (const peer of [1, 2, 3]) bench.sendBlock(peer, height);
  assert.equal(scannedIn(bench.told())?.payments, 2);
  bench.sendFilter(1, 9).sendFilter(2, 9, lie);
  const hungUp = bench.taken().filter((output) => output.do === 'hang-up');
  assert.deepEqual(
    hungUp.map(({ peer }) => peer),
    [2],
  );
});

test('a peer that does not answer is left alone for a while, and hung up on after the third time', () => {
  const bench = new ScanBench(tip, { follow: true, maxUnbacked: 0 }).open();
  bench.sendHashes(1, 0, 9);
  bench.asked();
  const hangUps = (): number[] =>
    bench.taken().flatMap((output) => (output.do === 'hang-up' ? [output.peer] : []));
  bench.pass(5_000);
  assert.deepEqual(hangUps(), []);
  bench.pass(3_000);
  assert.deepEqual(bench.asked(), ['2: hashes 0 to 9']);
  bench.pass(5_000).pass(3_000);
  assert.deepEqual(bench.asked(), ['2: hashes 0 to 9']);
  bench.pass(5_000);
  assert.deepEqual(hangUps(), [2]);
});

test('one that is busy with what it was asked for before has more time', () => {
  const bench = new ScanBench(tip, { follow: true }).open().sendHashes(1, 0, 9).sendHashes(2, 0, 9);
  bench.asked();
  bench.moveTo(blockOn(tip));
  assert.deepEqual(bench.asked(), ['1: hashes 10 to 10', '2: hashes 10 to 10']);
  bench.sendHashes(2, 10, 10);
  for (let height = 0; height < 9; height++) bench.pass(1_500).sendFilter(1, height);
  assert.deepEqual(
    bench.taken().filter(({ do: what }) => what === 'hang-up'),
    [],
  );
  assert.ok(!bench.asked().includes('1: hashes 10 to 10'), 'it is still waited for');
});

test('a peer that sends no filters is hung up on, and others are asked', () => {
  const bench = new ScanBench(tip).open().sendHashes(1, 0, 9).sendHashes(2, 0, 9);
  assert.deepEqual(bench.asked().at(-1), '1: filters 0 to 9');
  bench.pass(15_000);
  const hungUp = bench.taken().filter((output) => output.do === 'hang-up');
  assert.deepEqual(
    hungUp.map(({ peer, disconnect }) => [peer, disconnect.reason]),
    [[1, 'filters-timeout']],
  );
  bench.lose(1).sendFilters(2, 0, 9).serve();
  assert.equal(scannedIn(bench.told())?.payments, 2);
});

test('when nothing of use comes it fails with what is missing', () => {
  const headless = new ScanBench(tip, { usesFilters: false, servers: [1] }).open().pass(60_000);
  assert.equal(failureIn(headless.taken()), 'blocks-unavailable');
});

test('what nobody asked for does not count as getting on', () => {
  const bench = new ScanBench(tip, { usesFilters: false, servers: [1] }).open();
  for (let i = 0; i < 12; i++) bench.pass(5_000).sendHashes(1, 0, 9).sendCheckpoints(1, 9).sendFilter(1, 4);
  assert.equal(failureIn(bench.taken()), 'blocks-unavailable');
});

test('one that follows only says that it waits', () => {
  const bench = new ScanBench(tip, { usesFilters: false, servers: [1], follow: true }).open().pass(130_000);
  const warnings = bench.told().filter((event) => event.event === 'warning');
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['scan-waiting', 'scan-waiting'],
  );
  bench.sendBlock(1, 0);
  assert.equal(bench.scan.deadline() !== undefined, true);
});

test('a block of the best chain that breaks a rule ends the scan', () => {
  const draft = new BlockDraft(tip);
  const coin = tip.coins[0] ?? assert.fail();
  draft.add({ spends: [coin], pays: [] });
  const broken = draft.finish(undefined, 999_999);
  const bench = new ScanBench(broken, { usesFilters: false, fromHeight: 10 }).open();
  bench.sendBlock(1, 10);
  assert.equal(failureIn(bench.taken()), 'invalid-block');
});

test('a changed block is refused, and fetched from another peer', () => {
  const bench = new ScanBench(tip, { usesFilters: false, fromHeight: 9 }).open();
  assert.deepEqual(bench.asked(), ['1: blocks 9']);
  const { header } = tip.block;
  bench.say(1, { command: 'block', payload: { header, transactions: [] } });
  const hungUp = bench.taken().filter((output) => output.do === 'hang-up');
  assert.deepEqual(
    hungUp.map(({ peer, disconnect }) => [peer, disconnect.reason]),
    [[1, 'bad-block']],
  );
  assert.deepEqual(bench.lose(1).asked(), ['2: blocks 9']);
  bench.sendBlock(2, 9);
  assert.equal(scannedIn(bench.told())?.fetchedBlocks, 1);
});

test('a peer that lacks a block is followed by another', () => {
  const bench = new ScanBench(tip, { usesFilters: false, fromHeight: 9 }).open();
  assert.deepEqual(bench.asked(), ['1: blocks 9']);
  const items = [{ type: INVENTORY.WITNESS_BLOCK, hash: tip.hash }];
  bench.say(1, { command: 'notfound', payload: { items } });
  assert.deepEqual(bench.asked(), ['2: blocks 9']);
});

test('what is found is written every two seconds, and at the end', () => {
  const bench = new ScanBench(tip, { usesFilters: false, servers: [1] }).open();
  for (let height = 0; height <= 4; height++) bench.sendBlock(1, height);
  assert.deepEqual(changesIn(bench.taken()), []);
  bench.pass(2_000);
  const [change] = changesIn(bench.taken());
  assert.deepEqual([change?.scanned?.height, change?.added.map(({ height }) => height)], [4, [3]]);
  bench.sendBlock(1, 5);
  const [last] = changesIn(bench.scan.stop());
  assert.deepEqual([last?.scanned?.height, last?.added], [5, []]);
  assert.deepEqual(bench.scan.stop(), []);
});
