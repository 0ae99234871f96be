import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { sha256d } from '../../src/bytes/hash.ts';
import { fromDisplayHex, toDisplayHex } from '../../src/bytes/hex.ts';
import { merkleRoot } from '../../src/chain/merkle.ts';
import { block } from '../../src/wire/block.ts';
import { decode } from '../../src/wire/codec.ts';
import { txid } from '../../src/wire/tx.ts';
import { sharedData, skipWithoutSharedData } from '../support/repository.ts';

/** Made-up ids that differ. */
const ids = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => sha256d(Uint8Array.of(i & 0xff, i >> 8)));

const pair = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  sha256d(Uint8Array.from([...left, ...right]));

test('the root over one transaction is its id', () => {
  const [only] = ids(1);
  assert.deepEqual(merkleRoot([only!]), { root: only, mutated: false });
});

test('the root over the four transactions of mainnet block 100,000 is the one in its header', () => {
  const txids = [
    '8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87',
    'fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4',
    '6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4',
    'e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d',
  ];
  const { root, mutated } = merkleRoot(txids.map(fromDisplayHex));
  assert.equal(toDisplayHex(root), 'f3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766');
  assert.equal(mutated, false);
});

test('an odd level repeats its last node, on every level', () => {
  const [a, b, c, d, e] = ids(5) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  assert.deepEqual(merkleRoot([a, b, c]), { root: pair(pair(a, b), pair(c, c)), mutated: false });
  const right = pair(pair(e, e), pair(e, e));
  const left = pair(pair(a, b), pair(c, d));
  assert.deepEqual(merkleRoot([a, b, c, d, e]), { root: pair(left, right), mutated: false });
});

test('a list whose end is repeated has the honest root and is told apart (CVE-2012-2459)', () => {
  const three = ids(3);
  const six = ids(6);
  for (const [honest, padded] of [
    [three, [...three, three[2]!]],
    [six, [...six, six[4]!, six[5]!]],
  ] as const) {
    assert.deepEqual(merkleRoot(padded).root, merkleRoot(honest).root);
    assert.equal(merkleRoot(honest).mutated, false);
    assert.equal(merkleRoot(padded).mutated, true);
  }
});

test('every padding that keeps the root is told apart', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 0, max: 6 }), (count, level) => {
      const honest = ids(count);
      const nodes = 2 ** level;
      // Only a level with an odd number of nodes repeats its last, and only a whole one can be repeated in the list.
      if (count % nodes !== 0 || (count / nodes) % 2 !== 1 || count === nodes) return;
      const padded = [...honest, ...honest.slice(-nodes)];
      assert.deepEqual(merkleRoot(padded).root, merkleRoot(honest).root);
      assert.equal(merkleRoot(padded).mutated, true);
      assert.equal(merkleRoot(honest).mutated, false);
    }),
    { numRuns: 500 },
  );
});

test('equal nodes side by side anywhere count, equal nodes of different pairs do not', () => {
  const [a, b, c] = ids(3) as [Uint8Array, Uint8Array, Uint8Array];
  assert.equal(merkleRoot([a, a, b, c]).mutated, true);
  assert.equal(merkleRoot([a, a]).mutated, true);
  assert.equal(merkleRoot([a, b, b, c]).mutated, false);
  // The two pairs are equal one level up.
  assert.equal(merkleRoot([a, b, a, b]).mutated, true);
});

test('there is no root over no transactions', () => {
  assert.throws(() => merkleRoot([]), RangeError);
});

test('the ids are left as they were', () => {
  const list = ids(5);
  merkleRoot(list);
  assert.deepEqual(list, ids(5));
});

test('real blocks have the root in their header', { skip: skipWithoutSharedData }, () => {
  const names = readdirSync(sharedData('blocks')).filter((name) => name.endsWith('.block'));
  assert.ok(names.length >= 20);
  for (const name of names) {
    const { header, transactions } = decode(block, new Uint8Array(readFileSync(sharedData('blocks', name))));
    const { root, mutated } = merkleRoot(transactions.map(txid));
    assert.equal(toDisplayHex(root), toDisplayHex(header.merkleRoot), name);
    assert.equal(mutated, false, name);
  }
});
