import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientError } from '../src/client-error.ts';
import { readOwnTransaction } from '../src/own-transaction.ts';
import { encode } from '../src/wire/codec.ts';
import { tx as txCodec } from '../src/wire/tx.ts';
import { aCoinbase } from './support/made-blocks.ts';
import { payment, somewhere, stray, withWitness } from './support/transactions.ts';

function codeOf(raw: Uint8Array): string {
  try {
    readOwnTransaction(raw);
  } catch (error) {
    assert.ok(error instanceof ClientError && error.message.length > 10);
    return error.code;
  }
  return 'taken';
}

test('a transaction is read from its bytes, which stay the caller’s own', () => {
  const expected = withWitness(stray(1), Uint8Array.of(1));
  const raw = Uint8Array.from(expected.raw);
  const own = readOwnTransaction(raw);
  raw.fill(0);
  assert.deepEqual([own.raw, own.txid, own.wtxid], [expected.raw, expected.txid, expected.wtxid]);
});

test('what is no transaction, or can never be valid, is refused with its code', () => {
  const { raw } = stray(1);
  assert.equal(codeOf(raw), 'taken');
  assert.equal(codeOf(new Uint8Array(0)), 'unexpected-end');
  assert.equal(codeOf(raw.subarray(0, -1)), 'unexpected-end');
  assert.equal(codeOf(Uint8Array.from([...raw, 0])), 'trailing-bytes');
  assert.equal(codeOf(encode(txCodec, aCoinbase())), 'coinbase');
  assert.equal(codeOf(payment({ spends: [somewhere(1)], pays: [] }).raw), 'bad-txns-vout-empty');
  assert.equal(codeOf(payment({ spends: [somewhere(1)], pays: [-1] }).raw), 'bad-txns-vout-negative');
  assert.equal(codeOf(payment({ spends: [somewhere(1), somewhere(1)] }).raw), 'bad-txns-inputs-duplicate');
});
