/** Real blocks and transactions of the public chains, read in place; they are not part of the repository. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { equalBytes } from '../../src/bytes/hash.ts';
import { fromHex, toDisplayHex, toHex } from '../../src/bytes/hex.ts';
import { merkleRoot } from '../../src/chain/merkle.ts';
import { type Block, block } from '../../src/wire/block.ts';
import { decode, encode, list } from '../../src/wire/codec.ts';
import { decodeHeaders, headerHash } from '../../src/wire/header.ts';
import { merkleBlock } from '../../src/wire/messages/merkleblock.ts';
import { headers } from '../../src/wire/messages/headers.ts';
import { hasWitness, tx, txid, txSize, wtxid } from '../../src/wire/tx.ts';
import { refusal } from '../support/cases.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';

const skip = skipWithoutSharedData;

function bytesOf(...path: string[]): Uint8Array {
  return new Uint8Array(readFileSync(sharedData(...path)));
}

function jsonOf(...path: string[]): unknown {
  return JSON.parse(readFileSync(sharedData(...path), 'utf8'));
}

/** Decodes a block, checks that it is written as the same bytes, and that its header binds its transactions. */
function checkBlock(encoded: Uint8Array): Block {
  const value = decode(block, encoded);
  assert.ok(equalBytes(encode(block, value), encoded), 'the same bytes again');
  const { root, mutated } = merkleRoot(value.transactions.map(txid));
  assert.equal(toHex(root), toHex(value.header.merkleRoot));
  assert.equal(mutated, false);
  return value;
}

interface BlockEntry {
  readonly file: string;
  readonly hash: string;
  readonly size: number;
  readonly txs: number;
  readonly segwit_txs: number;
}

test('real blocks are read, written as they were, and agree with their merkle roots', { skip }, () => {
  const entries = jsonOf('blocks', 'index.json') as readonly BlockEntry[];
  assert.equal(entries.length, 22);
  for (const { file, hash, size, txs, segwit_txs: segwitTxs } of entries) {
    const encoded = bytesOf('blocks', file);
    assert.equal(encoded.length, size, file);
    const { header, transactions } = checkBlock(encoded);
    assert.equal(toDisplayHex(headerHash(header)), hash, file);
    assert.equal(transactions.length, txs, file);
    assert.equal(transactions.filter(hasWitness).length, segwitTxs, file);
    const sizes = transactions.map(txSize).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    // The rest is the header and the count of transactions.
    assert.equal(size - sizes, 80 + (txs < 0xfd ? 1 : 3), file);
  }
});

test('the first blocks of mainnet, as bitcoind keeps them, form a chain from genesis', { skip }, () => {
  const file = bytesOf('blocks', 'mainnet-0-256.blk');
  let previous = '0'.repeat(64);
  let count = 0;
  for (let start = 0; start < file.length; count++) {
    const view = new DataView(file.buffer, file.byteOffset + start, 8);
    assert.equal(view.getUint32(0, false), 0xf9beb4d9, 'magic');
    const length = view.getUint32(4, true);
    const { header } = checkBlock(file.subarray(start + 8, start + 8 + length));
    assert.equal(toDisplayHex(header.prev), previous);
    previous = toDisplayHex(headerHash(header));
    start += 8 + length;
  }
  assert.equal(count, 256);
});

interface TransactionEntry {
  readonly file: string;
  readonly txid: string;
  readonly wtxid: string;
  readonly size: number;
  readonly segwit: boolean;
  readonly inputs: number;
  readonly outputs: number;
}

test('real transactions have their ids and sizes', { skip }, () => {
  const entries = jsonOf('tx', 'index.json') as readonly TransactionEntry[];
  assert.equal(entries.length, 33);
  for (const entry of entries) {
    const encoded = bytesOf('tx', entry.file);
    const value = decode(tx, encoded);
    assert.ok(equalBytes(encode(tx, value), encoded), entry.file);
    assert.equal(toDisplayHex(txid(value)), entry.txid);
    assert.equal(toDisplayHex(wtxid(value)), entry.wtxid);
    assert.equal(hasWitness(value), entry.segwit, entry.file);
    assert.equal(value.inputs.length, entry.inputs, entry.file);
    assert.equal(value.outputs.length, entry.outputs, entry.file);
    const { sizeBytes, weight, vsize } = txSize(value);
    assert.equal(sizeBytes, entry.size, entry.file);
    assert.equal(vsize, Math.ceil(weight / 4));
    if (!entry.segwit) assert.equal(weight, 4 * entry.size, entry.file);
    else assert.ok(weight > entry.size && weight < 4 * entry.size, entry.file);
  }
});

for (const [file, count] of [
  ['core_tx_valid.json', 121],
  ['core_tx_invalid.json', 93],
] as const) {
  // The invalid ones break rules of consensus, which are none of the codec's business.
  test(`every transaction of ${file} is read and written as it was`, { skip }, () => {
    const rows = jsonOf('vectors', file) as readonly (readonly unknown[])[];
    const transactions = rows.filter((row) => row.length > 1).map((row) => row[1] as string);
    for (const hex of transactions) assert.equal(toHex(encode(tx, decode(tx, fromHex(hex)))), hex);
    assert.equal(transactions.length, count);
  });
}

test('a real merkleblock is read and written as it was', { skip }, () => {
  const encoded = bytesOf('p2p', 'bcoin-payload-merkle300025.raw');
  const value = decode(merkleBlock, encoded);
  assert.ok(equalBytes(encode(merkleBlock, value), encoded));
  assert.equal(
    toDisplayHex(headerHash(value.header)),
    '0000000000000000821c4e0acc40f88bedbce3b73ba2358b5ade58a9022cc78c',
  );
  assert.equal(value.transactionCount, 461);
  assert.deepEqual([value.hashes.length, value.flags.length], [10, 3]);

  // The same, and behind it the two transactions that were asked for: a node sends them as messages of their own.
  const extended = bytesOf('p2p', 'bcoin-payload-merkle300025-extended.raw');
  const error = refusal(merkleBlock, extended);
  assert.deepEqual([error.code, error.offset], ['trailing-bytes', encoded.length]);
  const matched = decode(list(tx), extended.subarray(encoded.length));
  assert.equal(matched.length, 2);
  for (const one of matched) {
    assert.ok(
      value.hashes.some((hash) => equalBytes(hash, txid(one))),
      'its id is a leaf of the tree',
    );
  }
});

test('a header followed by its zero is one entry of a headers payload', { skip }, () => {
  const entry = bytesOf('p2p', 'bcoin-payload-headers1.raw');
  const payload = Uint8Array.of(1, ...entry);
  const value = decode(headers, payload);
  assert.equal(
    decodeHeaders(value.headers)
      .map((header) => toDisplayHex(headerHash(header)))
      .join(),
    '00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048',
  );
  assert.equal(toHex(encode(headers, value)), toHex(payload));
});
