import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat } from '../../src/bytes/concat.ts';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { checkWitnesses, type WitnessRule, witnessCommitment } from '../../src/chain/witness-commitment.ts';
import { identify } from '../../src/wire/identified-tx.ts';
import type { Tx } from '../../src/wire/tx.ts';
import {
  aCoinbase,
  aCommittingCoinbase,
  anInput,
  anOutput,
  aTx,
  commitmentScript,
  commitmentTo,
} from '../support/made-blocks.ts';

const HASH = new Uint8Array(32).fill(7);
const OTHER_HASH = new Uint8Array(32).fill(8);

/** A transaction with a witness; another one for each number. */
const withWitness = (n: number): Tx =>
  aTx(n, { inputs: [anInput(n, { witness: [fromHex('aa'), fromHex('bb')] })] });
const OTHERS = [aTx(1), withWitness(2), withWitness(3)];
const COINBASE = aCommittingCoinbase(OTHERS);

function ruleBroken(transactions: readonly Tx[]): WitnessRule | undefined {
  const broken = checkWitnesses(transactions.map(identify));
  assert.notEqual(broken?.detail, '');
  return broken?.rule;
}

function coinbaseWith(...scripts: Uint8Array[]): Tx {
  return aCoinbase(0, { outputs: scripts.map((script) => anOutput(0n, script)) });
}

function withReserved(coinbase: Tx, witness: readonly Uint8Array[]): Tx {
  return { ...coinbase, inputs: coinbase.inputs.map((input) => ({ ...input, witness })) };
}

function commitmentOf(coinbase: Tx): string | undefined {
  const hash = witnessCommitment(coinbase);
  return hash === undefined ? undefined : toHex(hash);
}

test('a commitment is told by how its script begins and by its length', () => {
  const script = commitmentScript(HASH);
  assert.equal(commitmentOf(coinbaseWith(script)), toHex(HASH));
  assert.equal(commitmentOf(coinbaseWith(script.subarray(0, 37))), undefined);
  assert.equal(commitmentOf(coinbaseWith(concat([script, fromHex('00')]))), toHex(HASH));
  for (let i = 0; i < 6; i++) {
    const other = Uint8Array.from(script);
    other[i]! ^= 1;
    assert.equal(commitmentOf(coinbaseWith(other)), undefined, `byte ${i} changed`);
  }
  assert.equal(commitmentOf(aCoinbase()), undefined);
});

test('of several commitments the last one counts', () => {
  const [a, b] = [commitmentScript(HASH), commitmentScript(OTHER_HASH)];
  assert.equal(commitmentOf(coinbaseWith(a, b)), toHex(OTHER_HASH));
  assert.equal(commitmentOf(coinbaseWith(b, a, fromHex('51'))), toHex(HASH));
});

test('witnesses that the coinbase commits to are right', () => {
  assert.equal(ruleBroken([COINBASE, ...OTHERS]), undefined);
  assert.equal(ruleBroken([aCommittingCoinbase([])]), undefined);
  const reserved = new Uint8Array(32).fill(9);
  assert.equal(ruleBroken([aCommittingCoinbase(OTHERS, reserved), ...OTHERS]), undefined);
});

test('the commitment of the coinbase of BIP 141 is made as the BIP says, its own hash counted as zeros', () => {
  // With the coinbase alone the witness root is 32 zeros, and so is the reserved value.
  assert.equal(toHex(commitmentTo([])), 'e2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd836974e8cf9');
});

test('a witness that was changed, added or left out does not match', () => {
  const changed = aTx(2, { inputs: [anInput(2, { witness: [fromHex('aa'), fromHex('bc')] })] });
  const added = aTx(1, { inputs: [anInput(1, { witness: [fromHex('00')] })] });
  for (const others of [
    [aTx(1), changed, withWitness(3)],
    [added, withWitness(2), withWitness(3)],
    [aTx(1), aTx(2), withWitness(3)],
    [aTx(1), withWitness(3), withWitness(2)],
  ]) {
    assert.equal(ruleBroken([COINBASE, ...others]), 'bad-witness-merkle-match');
  }
});

test('the reserved value is one item of 32 bytes, and committed to', () => {
  const zeros = new Uint8Array(32);
  for (const [witness, rule] of [
    [[], 'bad-witness-nonce-size'],
    [[new Uint8Array(31)], 'bad-witness-nonce-size'],
    [[new Uint8Array(33)], 'bad-witness-nonce-size'],
    [[zeros, zeros], 'bad-witness-nonce-size'],
    [[zeros, new Uint8Array(0)], 'bad-witness-nonce-size'],
    [[HASH], 'bad-witness-merkle-match'],
    [[zeros], undefined],
  ] as const) {
    assert.equal(ruleBroken([withReserved(COINBASE, witness), ...OTHERS]), rule);
  }
});

test('without a commitment no transaction has a witness, the coinbase neither', () => {
  assert.equal(ruleBroken([aCoinbase(), aTx(1), aTx(2)]), undefined);
  assert.equal(ruleBroken([aCoinbase(), aTx(1), withWitness(2)]), 'unexpected-witness');
  assert.equal(ruleBroken([withReserved(aCoinbase(), [HASH]), aTx(1)]), 'unexpected-witness');
});

test('a commitment outside the coinbase is none', () => {
  const pretender = aTx(1, { outputs: [anOutput(0n, commitmentScript(commitmentTo([])))] });
  assert.equal(ruleBroken([aCoinbase(), pretender]), undefined);
  assert.equal(ruleBroken([aCoinbase(), pretender, withWitness(2)]), 'unexpected-witness');
});
