import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balanceLine, summaryLines, unknownWarning } from '../../../src/cli/scan/scan-summary.ts';
import { scannedEvent } from '../../support/scan-events.ts';

const WHOLE = { firstHeight: 0, allBlocks: false };

test('a summary says what there is, what was done and what peers saw, and fits 80 columns', () => {
  const event = scannedEvent({
    fromHeight: 800_000,
    height: 812_345,
    balanceSats: 123_456_789,
    immatureSats: 50_000_000,
    receivedSats: 200_000_000,
    spentSats: 76_543_211,
    payments: 1_234,
    unspent: 3,
    fetchedBlocks: 1_015,
    seconds: 185,
  });
  const lines = summaryLines(event, { firstHeight: 800_000, allBlocks: false });
  assert.deepEqual(lines, [
    'Scanned regtest from height 800,000 to 812,345',
    '  balance    1.23456789 BTC in 3 unspent outputs',
    '  immature   0.50000000 BTC of it: new coins, to be spent later',
    '  received   2.00000000 BTC',
    '  spent      0.76543211 BTC',
    '  payments   1,234',
    '  blocks     12,346 looked at, 1,015 of them fetched, in 3 min 05 s',
    '  peers saw  which 1,015 blocks were fetched; no address, no script, no txid',
  ]);
  for (const line of lines) assert.ok(line.length <= 80, line);
});

test('what is not immature is not spoken of, and one output is one', () => {
  const lines = summaryLines(scannedEvent(), WHOLE);
  assert.equal(lines[1], '  balance    1.50000000 BTC in 1 unspent output');
  assert.ok(!lines.join('\n').includes('immature'));
});

test('what an earlier run looked at is not counted again', () => {
  const resumed = summaryLines(scannedEvent(), { firstHeight: 991, allBlocks: false });
  assert.ok(resumed.includes('  blocks     10 looked at, 7 of them fetched, in 12.3 s'), resumed.join('\n'));
  const nothing = summaryLines(scannedEvent({ fetchedBlocks: 0 }), { firstHeight: 1_001, allBlocks: false });
  assert.ok(nothing.includes('  blocks     0 looked at, 0 of them fetched, in 12.3 s'));
  assert.equal(nothing.at(-1), '  peers saw  nothing: all was looked at before');
});

test('of a scan that begins above the tip it is said that there was nothing to look at', () => {
  assert.deepEqual(summaryLines(scannedEvent({ fromHeight: 2_000 }), { ...WHOLE, firstHeight: 2_000 }), [
    'Scanned nothing: regtest ends at height 1,000, and the scan begins at 2,000',
  ]);
});

/** The last line of the summary. */
function seen(fetchedBlocks: number, allBlocks = false): string | undefined {
  return summaryLines(scannedEvent({ fetchedBlocks }), { ...WHOLE, allBlocks }).at(-1);
}

test('what peers saw is said for one block, for none and for all', () => {
  assert.equal(seen(1), '  peers saw  which block was fetched; no address, no script, no txid');
  assert.equal(seen(0), '  peers saw  that filters were asked for, and nothing of the addresses');
  assert.equal(seen(1_001, true), '  peers saw  that all blocks were fetched, and nothing of the addresses');
});

test('later only the balance is said, with what of it cannot be spent yet', () => {
  assert.equal(balanceLine(scannedEvent()), 'Balance 1.50000000 BTC at height 1,000');
  assert.equal(
    balanceLine(scannedEvent({ immatureSats: 5_000 })),
    'Balance 1.50000000 BTC at height 1,000, 0.00005000 of it immature',
  );
});

test('where something from before was spent, a warning says what the balance lacks and what to do', () => {
  assert.equal(unknownWarning(scannedEvent()), undefined);
  assert.equal(
    unknownWarning(scannedEvent({ fromHeight: 800_000, unknownSpends: 1 })),
    'Warning: 1 input spends what was paid before height 800,000: amounts and balance leave out all that is from before; begin lower with --from',
  );
  assert.match(
    unknownWarning(scannedEvent({ unknownSpends: 2_000 })) ?? '',
    /^Warning: 2,000 inputs spend what /,
  );
});
