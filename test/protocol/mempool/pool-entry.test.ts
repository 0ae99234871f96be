import assert from 'node:assert/strict';
import { test } from 'node:test';
import { feeRateOf, newEntry, outPointKey } from '../../../src/protocol/mempool/pool-entry.ts';
import { FalseClock } from '../../support/false-time.ts';
import { outputOf, payment, somewhere, stray } from '../../support/transactions.ts';

test('an entry knows what it spends, pays and weighs, and no fee', () => {
  const { now } = new FalseClock();
  const tx = payment({ spends: [outputOf(stray(1)), somewhere(2)], pays: [7, 2_100_000_000_000_000 - 7] });
  const entry = newEntry(tx, { announcers: ['a:1'] }, now);
  assert.deepEqual(
    entry.spends,
    tx.tx.inputs.map(({ previous }) => outPointKey(previous)),
  );
  assert.equal(entry.outputTotalSats, 2_100_000_000_000_000);
  assert.deepEqual([entry.firstSeenMs, entry.firstSeenSeconds], [now.ms, now.unixSeconds]);
  assert.deepEqual([entry.feeSats, entry.isOwn, entry.isReturned], [undefined, false, false]);
  assert.equal(feeRateOf(entry), undefined);
  assert.equal(feeRateOf({ feeSats: 300, size: { ...tx.size, vsize: 200 } }), 1.5);
});
