/** One peer that sends 50,000 transactions as fast as it can. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashKey, type HashKey } from '../../../src/bytes/hash-key.ts';
import type { MempoolOutput } from '../../../src/protocol/mempool/mempool-contract.ts';
import { MempoolWatch } from '../../../src/protocol/mempool/mempool-watch.ts';
import { SERVICES } from '../../../src/wire/services.ts';
import type { IdentifiedTx } from '../../../src/wire/identified-tx.ts';
import { INVENTORY } from '../../../src/wire/inventory.ts';
import { FalseClock, seededRandom } from '../../support/false-time.ts';
import { stray } from '../../support/transactions.ts';

const COUNT = 50_000;
const INV_COUNT = 10_000;
const PEER = 1;
const OPTIONS = {
  fetchesTransactions: true,
  fetchesBlocks: true,
  maxAgeMs: 336 * 3_600_000,
  tellsSpentScripts: false,
};

interface Load {
  readonly told: ReadonlySet<HashKey>;
  readonly evictedCount: number;
  readonly mostBytes: number;
  readonly watch: MempoolWatch;
}

/** Announces them all at once, and delivers what is asked for until nothing more is. */
function pour(maxBytes: number): Load {
  const clock = new FalseClock();
  const watch = new MempoolWatch(
    { ...OPTIONS, maxBytes },
    { holdersOf: () => [], expectsMany: false },
    seededRandom(),
  );
  const transactions = new Map<HashKey, IdentifiedTx>();
  for (let n = 0; n < COUNT; n++) {
    const made = stray(n);
    transactions.set(hashKey(made.wtxid), made);
  }
  const told = new Set<HashKey>();
  let evictedCount = 0;
  let mostBytes = 0;
  let wanted: HashKey[] = [];
  const take = (outputs: readonly MempoolOutput[]): void => {
    for (const output of outputs) {
      assert.notEqual(output.do, 'hang-up');
      if (output.do === 'report' && output.event.event === 'tx') told.add(hashKey(output.event.tx.txid));
      if (output.do === 'report' && output.event.event === 'tx-removed') evictedCount++;
      if (output.do === 'send' && output.message.command === 'getdata')
        for (const { hash } of output.message.payload.items) wanted.push(hashKey(hash));
    }
    mostBytes = Math.max(mostBytes, watch.keeper.pool.bytes);
  };
  const endpoint = { host: '127.0.0.1', port: 1 };
  const traits = { services: SERVICES.WITNESS, usesWtxid: true, wantsTxs: true, isInbound: false };
  take(watch.handle({ type: 'peer-ready', peer: PEER, endpoint, ...traits }, clock.now));
  take(watch.handle({ type: 'synced', tip: { height: 0, hash: new Uint8Array(32) } }, clock.now));
  const items = Array.from(transactions.values(), ({ wtxid }) => ({ type: INVENTORY.WTX, hash: wtxid }));
  for (let i = 0; i < COUNT; i += INV_COUNT) {
    const payload = { items: items.slice(i, i + INV_COUNT) };
    take(watch.handle({ type: 'message', peer: PEER, message: { command: 'inv', payload } }, clock.now));
  }
  while (told.size < COUNT) {
    const asked = wanted;
    wanted = [];
    for (const key of asked) {
      const payload = (transactions.get(key) as IdentifiedTx).tx;
      take(watch.handle({ type: 'message', peer: PEER, message: { command: 'tx', payload } }, clock.now));
    }
    if (asked.length > 0) continue;
    // A peer that is busy is asked for what it announces a little later.
    clock.advance(1_000);
    assert.ok(clock.now.ms < 60_000, `${told.size} of ${COUNT} came`);
    take(watch.handle({ type: 'tick' }, clock.now));
  }
  return { told, evictedCount, mostBytes, watch };
}

test('of 50,000 transactions that come as fast as they can none is lost', () => {
  const { told, evictedCount, watch } = pour(100_000_000);
  assert.equal(told.size, COUNT);
  assert.equal(evictedCount, 0);
  assert.equal(watch.keeper.pool.count, COUNT);
});

test('where there is no room for them all, each is told and the list stays within its bounds', () => {
  const { told, evictedCount, mostBytes, watch } = pour(5_000_000);
  assert.equal(told.size, COUNT);
  assert.ok(mostBytes <= 5_000_000, `${mostBytes} bytes`);
  assert.equal(watch.keeper.pool.count, COUNT - evictedCount);
  assert.ok(watch.keeper.pool.count > 2_000, `${watch.keeper.pool.count} are held`);
});
