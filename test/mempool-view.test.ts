import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toDisplayHex } from '../src/bytes/hex.ts';
import { MempoolView } from '../src/mempool-view.ts';
import { regtest } from '../src/networks/regtest.ts';
import { KeptPool, PEERS } from './support/keeper-fixture.ts';
import { stray, withWitness } from './support/transactions.ts';

test('it shows how many there are, the room that they take, and their names in order', () => {
  const kept = new KeptPool();
  const view = new MempoolView(kept.keeper.pool, regtest, 5_000_000);
  assert.deepEqual([view.count, view.bytes, view.maxBytes, [...view.txids()]], [0, 0, 5_000_000, []]);
  const [one, other] = [stray(1), stray(2)];
  kept.take(one);
  kept.take(other);
  assert.equal(view.count, 2);
  assert.ok(view.bytes > one.raw.length + other.raw.length);
  assert.deepEqual([...view.txids()], [toDisplayHex(one.txid), toDisplayHex(other.txid)]);
});

test('a transaction is found by either name, in capitals too, and shown as it is now', () => {
  const kept = new KeptPool();
  const view = new MempoolView(kept.keeper.pool, regtest, 5_000_000);
  const tx = withWitness(stray(1), Uint8Array.of(1));
  kept.take(tx, [PEERS[0]]);
  kept.announce(tx, PEERS[1]);
  for (const name of [tx.txid, tx.wtxid].map(toDisplayHex)) {
    for (const written of [name, name.toUpperCase()]) {
      const shown = view.transaction(written);
      assert.deepEqual([shown?.txid, shown?.peers], [toDisplayHex(tx.txid), 2]);
      assert.deepEqual([shown?.raw, shown?.network], [tx.raw, 'regtest']);
    }
  }
  assert.equal(view.transaction('00'.repeat(32)), undefined);
});

test('what is no name of a transaction is refused', () => {
  const view = new MempoolView(new KeptPool().keeper.pool, regtest, 5_000_000);
  for (const wrong of [
    '',
    'ab',
    'g'.repeat(64),
    '0'.repeat(66),
    `${'0'.repeat(64)}\n`,
    7 as never,
    undefined as never,
  ])
    assert.throws(() => view.transaction(wrong), TypeError);
});
