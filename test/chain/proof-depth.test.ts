import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concat } from '../../src/bytes/concat.ts';
import { MAX_MONEY_SATS } from '../../src/chain/check-transaction.ts';
import { isAsLongAsNode, isLikeTransaction } from '../../src/chain/proof-depth.ts';
import { encode } from '../../src/wire/codec.ts';
import { type Tx, tx } from '../../src/wire/tx.ts';
import { aCoinbase, anInput, anOutput, aTx, aTxOfSize } from '../support/made-blocks.ts';
import { ids } from '../support/merkle-trees.ts';

/** A transaction of 64 bytes with scripts of these sizes. */
function ofScripts(inputSize: number, outputSize: number, valueSats: bigint = 1000n): Tx {
  const inputs = [anInput(1, { script: new Uint8Array(inputSize) })];
  return aTx(1, { inputs, outputs: [anOutput(valueSats, new Uint8Array(outputSize))] });
}

test('every transaction of 64 bytes that a block may hold is told, however its scripts share the four bytes', () => {
  for (const inputSize of [0, 1, 2, 3, 4]) {
    const node = encode(tx, ofScripts(inputSize, 4 - inputSize));
    assert.equal(node.length, 64);
    assert.equal(isLikeTransaction(node), true);
  }
  assert.equal(isLikeTransaction(encode(tx, ofScripts(0, 4, MAX_MONEY_SATS))), true);
  const [input] = aCoinbase().inputs;
  const coinbase = aCoinbase(0, { inputs: [{ ...input!, script: new Uint8Array(3) }] });
  assert.equal(encode(tx, coinbase).length, 64);
  assert.equal(isLikeTransaction(encode(tx, coinbase)), true);
});

test('what no block may hold is not', () => {
  assert.equal(isLikeTransaction(encode(tx, ofScripts(0, 4, -1n))), false);
  assert.equal(isLikeTransaction(encode(tx, ofScripts(0, 4, MAX_MONEY_SATS + 1n))), false);
  assert.equal(isLikeTransaction(encode(tx, aTx(1, { outputs: [] })).slice(0, 64)), false);
  for (const size of [62, 63, 65, 66]) {
    const encoded = encode(tx, aTxOfSize(size));
    assert.equal(isLikeTransaction(encoded), false);
    const node = new Uint8Array(64);
    node.set(encoded.subarray(0, 64));
    assert.equal(isLikeTransaction(node), false);
  }
});

test('64 bytes with a witness among them are no 64 bytes of a tree', () => {
  const inputs = [anInput(1, { script: new Uint8Array(0), witness: [new Uint8Array(0)] })];
  const encoded = encode(tx, aTx(1, { inputs, outputs: [anOutput(1n, new Uint8Array(0))] }));
  assert.equal(encoded.length, 64);
  assert.equal(isLikeTransaction(encoded), false);
});

test('whether a transaction is as long as two hashes its witnesses do not decide', () => {
  assert.deepEqual(
    [63, 64, 65].map((size) => isAsLongAsNode(aTxOfSize(size))),
    [false, true, false],
  );
  const [input] = aTxOfSize(64).inputs;
  assert.equal(
    isAsLongAsNode({ ...aTxOfSize(64), inputs: [{ ...input!, witness: [new Uint8Array(9)] }] }),
    true,
  );
  assert.equal(isAsLongAsNode(aCoinbase()), false);
});

test('two hashes side by side are never taken for one by chance', () => {
  const hashes = ids(10_000);
  for (const [i, hash] of hashes.entries()) {
    assert.equal(isLikeTransaction(concat([hash, hashes[i - 1] ?? hash])), false);
  }
});

test('any 64 bytes are like a transaction only when they are the bytes of one', () => {
  const near = fc
    .tuple(
      fc.nat(4),
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
      fc.array(fc.tuple(fc.nat(63), fc.nat(255))),
    )
    .map(([inputSize, noise, changes]) => {
      const node = encode(tx, ofScripts(inputSize, 4 - inputSize)).slice();
      for (const [at, byte] of changes) node[at] = byte;
      return changes.length > 3 ? noise : node;
    });
  let count = 0;
  fc.assert(
    fc.property(near, (node) => {
      if (!isLikeTransaction(node)) return;
      count++;
      // Marks that no transaction of this length can lack, found without the decoder.
      const inputSize = node[41]!;
      assert.ok(node[4] === 1 && inputSize <= 4 && node[46 + inputSize] === 1);
      assert.equal(node[55 + inputSize], 4 - inputSize);
      assert.ok(new DataView(node.buffer).getBigInt64(47 + inputSize, true) <= MAX_MONEY_SATS);
    }),
    { numRuns: 3_000 },
  );
  assert.ok(count > 300, `${count} were like one`);
});
