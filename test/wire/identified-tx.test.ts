import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { DecodeError } from '../../src/bytes/decode-error.ts';
import { fromHex, toDisplayHex, toHex } from '../../src/bytes/hex.ts';
import { decode, encode } from '../../src/wire/codec.ts';
import { identify, type IdentifiedTx, identifyRaw } from '../../src/wire/identified-tx.ts';
import { type Tx, tx, txid, txSize, wtxid } from '../../src/wire/tx.ts';
import { aCoinbase, aTx, aTxOfSize } from '../support/made-blocks.ts';
import { readFixture, sharedData, skipWithoutSharedData } from '../support/repository.ts';
import { arbitraryPayloads } from './arbitraries.ts';

/** The signed example of BIP 143 for P2WPKH: its second input has a witness. */
const SEGWIT_HEX =
  '01000000000102fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f000000004948304502' +
  '21008b9d1dc26ba6a9cb62127b02742fa9d754cd3bebf337f7a55d114c8e5cdd30be022040529b194ba3f9281a99f2b1' +
  'c0a19c0489bc22ede944ccf4ecbab4cc618ef3ed01eeffffffef51e1b804cc89d182d279655c3aa89e815b1b309fe287' +
  'd9b2b55d57b90ec68a0100000000ffffffff02202cb206000000001976a9148280b37df378db99f66f85c95a783a76ac' +
  '7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac000247304402203609' +
  'e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a0220573a954c4518331561406f90300e8f33' +
  '58f51928d43c212a8caed02de67eebee0121025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07ae' +
  'ee635711000000';

/** Checks an identified transaction against the functions that say each thing by itself. */
function checkIdentified(found: IdentifiedTx, value: Tx): void {
  assert.deepEqual(found.tx, value);
  assert.equal(toHex(found.raw), toHex(encode(tx, value)));
  assert.equal(toHex(found.txid), toHex(txid(value)));
  assert.equal(toHex(found.wtxid), toHex(wtxid(value)));
  assert.deepEqual(found.size, txSize(value));
}

test('a transaction with a witness has two names and three sizes', () => {
  const { txid: id, wtxid: witnessId, size, raw } = identifyRaw(fromHex(SEGWIT_HEX));
  assert.equal(toDisplayHex(id), 'e8151a2af31c368a35053ddd4bdb285a8595c769a3ad83e0fa02314a602d4609');
  assert.equal(toDisplayHex(witnessId), 'c36c38370907df2324d9ce9d149d191192f338b37665a82e78e76a12c909b762');
  assert.deepEqual(size, { sizeBytes: 343, weight: 1042, vsize: 261 });
  assert.equal(toHex(raw), SEGWIT_HEX);
});

test('a transaction without a witness has one name', () => {
  const found = identify(aTx(1));
  assert.equal(found.wtxid, found.txid);
  checkIdentified(found, aTx(1));
});

test('any transaction is named as its parts say, from its value and from its bytes', () => {
  fc.assert(
    fc.property(arbitraryPayloads.tx, (value) => {
      checkIdentified(identify(value), value);
      checkIdentified(identifyRaw(encode(tx, value)), value);
    }),
  );
});

test('sizes are right on both sides of where a count grows', () => {
  const sizes = [0xfc, 0xfd, 0xffff, 0x10000];
  for (const size of sizes) {
    const item = new Uint8Array(size);
    const [input] = aTx(1).inputs;
    for (const value of [
      aTx(1, { inputs: [{ ...input!, script: item }] }),
      aTx(1, { inputs: [{ ...input!, witness: [item] }] }),
      aTx(1, { outputs: [{ valueSats: 0n, script: item }] }),
      aTx(1, { inputs: [{ ...input!, witness: Array.from(item, () => new Uint8Array(0)) }] }),
      aTx(1, { outputs: Array.from(item, () => ({ valueSats: 0n, script: new Uint8Array(0) })) }),
    ]) {
      const { raw, size: found } = identify(value);
      assert.equal(found.sizeBytes, encode(tx, value).length);
      assert.equal(raw.length, found.sizeBytes);
    }
  }
  for (const size of [62, 64, 313, 316, 70_000]) assert.equal(identify(aTxOfSize(size)).raw.length, size);
});

test('nothing of the message that a transaction came in is kept or shared', () => {
  const message = new Uint8Array(100_000);
  const encoded = fromHex(SEGWIT_HEX);
  message.set(encoded, 500);
  const part = message.subarray(500, 500 + encoded.length);
  for (const found of [identify(decode(tx, part)), identifyRaw(part)]) {
    message.fill(0xaa, 0, 500);
    const parts = found.tx.inputs.flatMap((input) => [input.previous.txid, ...input.witness]);
    assert.equal(parts.length, 4);
    for (const bytes of [found.raw, ...parts]) assert.equal(bytes.buffer, found.raw.buffer);
    assert.equal(found.raw.buffer.byteLength, encoded.length);
  }
  const found = identifyRaw(part);
  part.fill(0);
  assert.equal(toHex(found.raw), SEGWIT_HEX);
});

test('bytes that are not exactly one transaction are refused', () => {
  const encoded = encode(tx, aCoinbase());
  for (const [wrong, code] of [
    [encoded.subarray(1), undefined],
    [encoded.subarray(0, -1), 'unexpected-end'],
    [Uint8Array.of(...encoded, 0), 'trailing-bytes'],
    [new Uint8Array(0), 'unexpected-end'],
  ] as const) {
    assert.throws(
      () => identifyRaw(wrong),
      (error) => error instanceof DecodeError && (code === undefined || error.code === code),
    );
  }
});

interface FixtureEntry {
  readonly file: string;
  readonly txid: string;
  /** The wtxid, as bitcoind calls it. */
  readonly hash: string;
  readonly size: number;
  readonly vsize: number;
  readonly weight: number;
}

test('the transactions that bitcoind made have the names and sizes that it gave them', () => {
  const index = new TextDecoder().decode(readFixture('transactions', 'index.json'));
  for (const { file, txid: id, hash, size, vsize, weight } of JSON.parse(index) as FixtureEntry[]) {
    const hex = new TextDecoder().decode(readFixture('transactions', file)).trim();
    const found = identifyRaw(fromHex(hex));
    assert.deepEqual([toDisplayHex(found.txid), toDisplayHex(found.wtxid)], [id, hash], file);
    assert.deepEqual(found.size, { sizeBytes: size, weight, vsize }, file);
  }
});

interface TransactionEntry {
  readonly file: string;
  readonly txid: string;
  readonly wtxid: string;
  readonly size: number;
  readonly segwit: boolean;
}

test('real transactions have the names and sizes of their index', { skip: skipWithoutSharedData }, () => {
  const entries = JSON.parse(readFileSync(sharedData('tx', 'index.json'), 'utf8')) as TransactionEntry[];
  assert.equal(entries.length, 33);
  for (const entry of entries) {
    const found = identifyRaw(new Uint8Array(readFileSync(sharedData('tx', entry.file))));
    assert.equal(toDisplayHex(found.txid), entry.txid);
    assert.equal(toDisplayHex(found.wtxid), entry.wtxid);
    assert.equal(found.size.sizeBytes, entry.size, entry.file);
    assert.equal(found.txid === found.wtxid, !entry.segwit, entry.file);
    checkIdentified(found, found.tx);
  }
});
