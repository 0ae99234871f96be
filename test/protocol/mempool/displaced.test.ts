import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashKey } from '../../../src/bytes/hash-key.ts';
import { Displaced } from '../../../src/protocol/mempool/displaced.ts';
import { newEntry } from '../../../src/protocol/mempool/pool-entry.ts';
import { FalseClock } from '../../support/false-time.ts';
import { stray, withWitness } from '../../support/transactions.ts';

const TX = withWitness(stray(1), Uint8Array.of(1));
const [TXID, WTXID] = [hashKey(TX.txid), hashKey(TX.wtxid)];
const ENTRY = newEntry(TX, { announcers: ['a:1', 'b:1'] }, new FalseClock().now);

test('two that announce it after it was displaced bring it back, by whatever name, and are said', () => {
  const displaced = new Displaced();
  displaced.add(ENTRY);
  assert.ok(displaced.has(TXID) && displaced.has(WTXID));
  assert.equal(displaced.announce(WTXID, 'a:1', 5, 2), undefined);
  assert.equal(displaced.announce(WTXID, 'a:1', 6, 2), undefined, 'the same one again');
  const voices = displaced.announce(TXID, 'c:1', 7, 2);
  assert.deepEqual([voices?.key, voices?.announcers, voices?.announcedMs], [TXID, ['a:1', 'c:1'], [5, 7]]);
  assert.deepEqual([displaced.has(TXID), displaced.has(WTXID)], [false, false]);
});

test('where there is one peer its word is enough', () => {
  const displaced = new Displaced();
  displaced.add(ENTRY);
  assert.deepEqual(displaced.announce(TXID, 'a:1', 5, 1)?.announcers, ['a:1']);
});

test('those that called us are one voice at most', () => {
  const displaced = new Displaced();
  displaced.add(ENTRY);
  for (const name of ['caller 1', 'caller 2', 'a:1'])
    assert.equal(displaced.announce(TXID, name, 5, 2), undefined);
  assert.equal(displaced.announce(TXID, 'b:1', 5, 2)?.announcers.length, 4);
});

test('what was never displaced is not known, nor what was forgotten; very many are not kept', () => {
  const displaced = new Displaced();
  assert.equal(displaced.announce(TXID, 'a:1', 5, 1), undefined);
  displaced.add(ENTRY);
  displaced.clear();
  assert.equal(displaced.has(TXID), false);
  displaced.add(ENTRY);
  for (let n = 2; n < 20_010; n++) displaced.add({ ...ENTRY, key: `key ${n}`, wtxid: stray(n).wtxid });
  assert.equal(displaced.has(TXID), false);
  assert.equal(displaced.has('key 20009'), true);
});
