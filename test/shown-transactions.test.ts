import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256d } from '../src/bytes/hash.ts';
import { toHex } from '../src/bytes/hex.ts';
import { type ReportedEvent, toClientEvent } from '../src/client-events.ts';
import { regtest } from '../src/networks/regtest.ts';
import type { TxNews } from '../src/protocol/mempool/mempool-news.ts';
import { ShownTransactions } from '../src/shown-transactions.ts';
import { TxFilter, type TxFilterOptions } from '../src/tx-filter.ts';
import { KeptPool, PEERS } from './support/keeper-fixture.ts';
import { mineBlock, outputOf, payment, somewhere, stray } from './support/transactions.ts';

const script = Uint8Array.of(0x51, 0x51, 0x51);

/** What of some events is shown. */
function admitted(shown: ShownTransactions, news: readonly ReportedEvent[]): string[] {
  return news.filter((one) => shown.admits(toClientEvent(one, regtest), one)).map(({ event }) => event);
}

function filtered(options: TxFilterOptions): ShownTransactions {
  return new ShownTransactions(new TxFilter(options, regtest));
}

test('without a filter everything is shown', () => {
  const kept = new KeptPool();
  const tx = stray(1);
  const news: TxNews[] = [...kept.take(tx)];
  kept.announce(tx, PEERS[1]);
  news.push(...kept.keeper.takeUpdates(10), ...kept.connect(mineBlock([tx])));
  assert.deepEqual(admitted(filtered({}), news), ['tx', 'tx-updated', 'tx-removed']);
});

test('all that becomes of a transaction is shown if it was, and nothing if it was not', () => {
  const [small, large] = [stray(1, [10]), stray(2, [100_000])];
  const kept = new KeptPool();
  const shown = filtered({ minValueSats: 1_000 });
  assert.deepEqual(admitted(shown, [...kept.take(small), ...kept.take(large)]), ['tx']);
  for (const tx of [small, large]) kept.announce(tx, PEERS[1]);
  assert.deepEqual(admitted(shown, kept.keeper.takeUpdates(10)), ['tx-updated']);
  const block = mineBlock([small, large]);
  const removed = kept.connect(block);
  assert.deepEqual(admitted(shown, removed), ['tx-removed']);
  assert.deepEqual(admitted(shown, removed), [], 'it is gone');
  assert.deepEqual(
    admitted(shown, kept.keeper.disconnect(block.hash)),
    ['tx'],
    'and shown again when it returns',
  );
});

test('a spent output is looked at where its script is known from its parent, or shown by what spends it', () => {
  const parent = payment({ spends: [somewhere(1)], script });
  const child = payment({ spends: [outputOf(parent)], pays: [10] });
  const options = { scripts: [toHex(script)] };
  const kept = new KeptPool({ tellsSpentScripts: true });
  assert.deepEqual(admitted(filtered(options), kept.take(parent)), ['tx']);
  assert.deepEqual(admitted(filtered(options), kept.take(child)), ['tx']);
  assert.deepEqual(admitted(filtered(options), kept.take(stray(2))), []);
});

test('what is not of transactions is shown whatever the filter', () => {
  const shown = filtered({ minValueSats: 1_000_000 });
  const { txid } = stray(1);
  assert.deepEqual(
    admitted(shown, [
      { event: 'block', height: 1, hash: sha256d(txid), previous: txid, blockTime: 0, bits: 0x207fffff },
      { event: 'send', txid, state: 'announced', peerCount: 1 },
    ]),
    ['block', 'send'],
  );
});
