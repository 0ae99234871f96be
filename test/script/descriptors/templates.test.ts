import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../../src/bytes/hex.ts';
import { outputType } from '../../../src/script/classify.ts';
import {
  countedMultisig,
  multisig,
  payToKey,
  payToKeyHash,
  payToScriptHash,
  payToTaproot,
  payToWitnessKeyHash,
  payToWitnessScriptHash,
  sortedKeys,
} from '../../../src/script/descriptors/templates.ts';

const KEY = new Uint8Array(33).fill(2);
const X = new Uint8Array(32).fill(3);

test('each template is of the kind that its name says', () => {
  assert.equal(outputType(payToKey(KEY)), 'p2pk');
  assert.equal(outputType(payToKeyHash(KEY)), 'p2pkh');
  assert.equal(outputType(payToScriptHash(X)), 'p2sh');
  assert.equal(outputType(payToWitnessKeyHash(KEY)), 'p2wpkh');
  assert.equal(outputType(payToWitnessScriptHash(X)), 'p2wsh');
  assert.equal(outputType(payToTaproot(X)), 'p2tr');
  for (let count = 1; count <= 20; count++)
    assert.equal(outputType(multisig(count, Array<Uint8Array>(count).fill(KEY))), 'multisig');
});

/** How many have to sign, and the push of that number: the shortest one that is no negative number. */
const PUSHES = [
  [1, '51'],
  [16, '60'],
  [17, '0111'],
  [127, '017f'],
  [128, '028000'],
  [255, '02ff00'],
  [256, '020001'],
  [999, '02e703'],
] as const;

test('a number of signatures is pushed in the shortest form', () => {
  const keys = Array<Uint8Array>(2).fill(X);
  for (const [needed, push] of PUSHES) {
    const counted = `20${toHex(X)}ac20${toHex(X)}ba${push}9c`;
    assert.equal(toHex(countedMultisig(needed, keys)), counted);
    assert.equal(toHex(multisig(needed, keys)), `${push}20${toHex(X)}20${toHex(X)}52ae`);
  }
});

test('keys are sorted by their bytes, in a list of their own', () => {
  const keys = ['0400', '03ff', '0300', '02ff', '03'].map(fromHex);
  assert.deepEqual(sortedKeys(keys).map(toHex), ['02ff', '03', '0300', '03ff', '0400']);
  assert.equal(toHex(keys[0] as Uint8Array), '0400');
});
