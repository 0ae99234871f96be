import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex, toDisplayHex } from '../../src/bytes/hex.ts';
import { type BlockRule, checkBlock, isMutation } from '../../src/chain/check-block.ts';
import { isCoinbase } from '../../src/chain/check-transaction.ts';
import { merkleRoot } from '../../src/chain/merkle.ts';
import { witnessCommitment } from '../../src/chain/witness-commitment.ts';
import { block } from '../../src/wire/block.ts';
import { decode } from '../../src/wire/codec.ts';
import { headerHash } from '../../src/wire/header.ts';
import { identify, type IdentifiedTx, identifyRaw } from '../../src/wire/identified-tx.ts';
import { hasWitness, type Tx } from '../../src/wire/tx.ts';
import {
  aBlock,
  aCoinbase,
  aCommittingCoinbase,
  anInput,
  anOutput,
  aTx,
  aTxOfSize,
  type MadeBlock,
} from '../support/made-blocks.ts';
import { readFixture, sharedData, skipWithoutSharedData } from '../support/repository.ts';
import { secondsOfWork } from '../support/seconds-of-work.ts';

const skip = skipWithoutSharedData;

function ruleBroken({ header, transactions }: MadeBlock): BlockRule | undefined {
  const broken = checkBlock(header, transactions);
  assert.notEqual(broken?.detail, '');
  return broken?.rule;
}

/** The same header over other transactions, as a peer might deliver them. */
function delivered({ header }: MadeBlock, transactions: readonly IdentifiedTx[]): MadeBlock {
  return { header, transactions };
}

function readBlock(encoded: Uint8Array): MadeBlock {
  const { header, transactions } = decode(block, encoded);
  return { header, transactions: transactions.map(identify) };
}

const withWitness = (n: number, size: number): Tx =>
  aTx(n, { inputs: [anInput(n, { witness: [new Uint8Array(size)] })] });

test('a coinbase alone, and one with others after it, make a block', () => {
  assert.equal(ruleBroken(aBlock([aCoinbase()])), undefined);
  assert.equal(ruleBroken(aBlock([aCoinbase(), aTx(1), aTx(2)])), undefined);
});

test('the transactions are those that the header names, in that order', () => {
  const made = aBlock([aCoinbase(), aTx(1), aTx(2), aTx(3)]);
  const [coinbase, a, b, c] = made.transactions as [IdentifiedTx, IdentifiedTx, IdentifiedTx, IdentifiedTx];
  for (const other of [
    [],
    [coinbase],
    [coinbase, a, b],
    [coinbase, a, c, b],
    [coinbase, a, b, c, identify(aTx(4))],
    [coinbase, a, b, identify(aTx(4))],
  ]) {
    assert.equal(ruleBroken(delivered(made, other)), 'bad-txnmrklroot');
  }
});

test('a list whose end is repeated is refused though the root is right (CVE-2012-2459)', () => {
  const made = aBlock([aCoinbase(), aTx(1), aTx(2)]);
  const [, , last] = made.transactions;
  assert.equal(ruleBroken(delivered(made, [...made.transactions, last!])), 'bad-txns-duplicate');
});

test('the first transaction is the coinbase, and no other one is', () => {
  assert.equal(ruleBroken(aBlock([aTx(1), aTx(2)])), 'bad-cb-missing');
  assert.equal(ruleBroken(aBlock([aTx(1), aCoinbase()])), 'bad-cb-missing');
  assert.equal(ruleBroken(aBlock([aCoinbase(0), aCoinbase(1)])), 'bad-cb-multiple');
  assert.equal(ruleBroken(aBlock([aCoinbase(0), aTx(1), aCoinbase(1)])), 'bad-cb-multiple');
});

test('inner nodes of the merkle tree do not pass for transactions (CVE-2017-12842)', () => {
  // Both leaves of this tree have 64 bytes, as the inner nodes of a larger one have.
  const pretenders = [aTxOfSize(64, 1), aTxOfSize(64, 2)];
  assert.equal(ruleBroken(aBlock(pretenders)), 'bad-txns-64-bytes');
  assert.equal(ruleBroken(aBlock([aTx(1), aTxOfSize(64, 2)])), 'bad-txns-64-bytes');
  assert.equal(ruleBroken(aBlock([aTxOfSize(63, 1), aTxOfSize(65, 2)])), 'bad-cb-missing');
  // A coinbase that is nearly all chosen cannot be two hashes, so the list is what it seems.
  assert.equal(ruleBroken(aBlock([aCoinbase(), ...pretenders])), undefined);
});

test('witnesses do not count when a transaction is as long as an inner node', () => {
  const [input] = aTxOfSize(64).inputs;
  const longer = { ...aTxOfSize(64), inputs: [{ ...input!, witness: [new Uint8Array(9)] }] };
  assert.equal(ruleBroken(aBlock([aTx(1), longer])), 'bad-txns-64-bytes');
  const whole = aTx(1, { inputs: [anInput(1, { script: new Uint8Array(0), witness: [new Uint8Array(0)] })] });
  assert.equal(identify(whole).size.sizeBytes, 65);
  assert.equal(ruleBroken(aBlock([aTx(2), whole])), 'bad-cb-missing');
});

test('every transaction keeps its own rules', () => {
  const wrong = aTx(2, { outputs: [anOutput(-1n)] });
  const { header, transactions } = aBlock([aCoinbase(), aTx(1), wrong]);
  assert.deepEqual(checkBlock(header, transactions), {
    rule: 'bad-txns-vout-negative',
    detail: `transaction ${toDisplayHex(identify(wrong).txid)}: output 0 is worth -1 satoshis`,
  });
  const [input] = aCoinbase().inputs;
  const short = aCoinbase(0, { inputs: [{ ...input!, script: fromHex('00') }] });
  assert.equal(ruleBroken(aBlock([short])), 'bad-cb-length');
});

test('a block has at most a million bytes, witnesses not counted', () => {
  const coinbase = aCoinbase();
  const rest = 1_000_000 - 80 - 1 - identify(coinbase).raw.length;
  assert.equal(ruleBroken(aBlock([coinbase, aTxOfSize(rest)])), undefined);
  assert.equal(ruleBroken(aBlock([coinbase, aTxOfSize(rest + 1)])), 'bad-blk-length');
});

/** The weight of a block of fewer than 253 transactions. */
function weightOf(transactions: readonly Tx[]): number {
  return transactions.reduce((sum, tx) => sum + identify(tx).size.weight, 4 * 81);
}

/** A coinbase, and a transaction with a witness of so many bytes. */
function heavy(size: number): Tx[] {
  const others = [withWitness(1, size)];
  return [aCommittingCoinbase(others), ...others];
}

test('a block weighs at most four million, and a byte of a witness weighs one', () => {
  const size = 3_990_000 + 4_000_000 - weightOf(heavy(3_990_000));
  assert.equal(weightOf(heavy(size)), 4_000_000);
  assert.equal(ruleBroken(aBlock(heavy(size))), undefined);
  assert.equal(ruleBroken(aBlock(heavy(size + 1))), 'bad-blk-weight');
});

test('witnesses are those that the coinbase commits to', () => {
  const others = [withWitness(1, 5)];
  const coinbase = aCommittingCoinbase(others);
  const made = aBlock([coinbase, ...others]);
  assert.equal(ruleBroken(made), undefined);
  const other = [coinbase, withWitness(1, 6)].map(identify);
  assert.equal(ruleBroken(delivered(made, other)), 'bad-witness-merkle-match');
  assert.equal(ruleBroken(aBlock([aCoinbase(), ...others])), 'unexpected-witness');
});

test('what a peer may have changed is told from what the header itself names', () => {
  const mutations = [
    'bad-txnmrklroot',
    'bad-txns-duplicate',
    'bad-txns-64-bytes',
    'bad-witness-nonce-size',
    'bad-witness-merkle-match',
    'unexpected-witness',
  ] as const;
  for (const rule of mutations) assert.equal(isMutation(rule), true, rule);
  const faults = ['bad-blk-length', 'bad-cb-missing', 'bad-cb-multiple', 'bad-blk-weight'] as const;
  for (const rule of [...faults, 'bad-txns-vout-negative'] as const)
    assert.equal(isMutation(rule), false, rule);
});

test('a merkle root over ten thousand transactions costs ten thousand hashes', () => {
  const txids = Array.from({ length: 10_000 }, (_, n) => identify(aTx(n)).txid);
  assert.ok(secondsOfWork(() => merkleRoot(txids)) < 1);
});

interface FixtureEntry {
  readonly file: string;
}

test('the blocks that bitcoind made keep every rule', () => {
  const index = new TextDecoder().decode(readFixture('blocks', 'index.json'));
  for (const { file } of JSON.parse(index) as FixtureEntry[]) {
    const made = readBlock(fromHex(new TextDecoder().decode(readFixture('blocks', file)).trim()));
    assert.equal(ruleBroken(made), undefined, file);
  }
});

interface BlockEntry {
  readonly file: string;
  readonly hash: string;
  readonly txs: number;
  readonly segwit_txs: number;
  /** Null where the block has no witness. */
  readonly witness_commitment_ok: boolean | null;
}

const entries = skip
  ? []
  : (JSON.parse(readFileSync(sharedData('blocks', 'index.json'), 'utf8')) as readonly BlockEntry[]);
const realBlock = (entry: BlockEntry): MadeBlock =>
  readBlock(new Uint8Array(readFileSync(sharedData('blocks', entry.file))));

/** The list with one transaction in another's place. */
function replaced(list: readonly IdentifiedTx[], index: number, tx: Tx): IdentifiedTx[] {
  return list.with(index, identify(tx));
}

/** One byte of the first witness changed. */
function spoilt(tx: Tx): Tx {
  const at = tx.inputs.findIndex((input) => input.witness.some((item) => item.length > 0));
  const input = tx.inputs[at]!;
  const item = input.witness.findIndex((one) => one.length > 0);
  const bytes = Uint8Array.from(input.witness[item]!);
  bytes[0]! ^= 1;
  return { ...tx, inputs: tx.inputs.with(at, { ...input, witness: input.witness.with(item, bytes) }) };
}

function withCoinbaseWitness(tx: Tx, witness: readonly Uint8Array[]): Tx {
  return { ...tx, inputs: tx.inputs.map((input) => ({ ...input, witness })) };
}

test('real blocks keep every rule', { skip }, () => {
  assert.equal(entries.length, 22);
  for (const entry of entries) {
    const made = realBlock(entry);
    assert.equal(ruleBroken(made), undefined, entry.file);
    assert.equal(toDisplayHex(headerHash(made.header)), entry.hash);
    assert.equal(made.transactions.length, entry.txs);
    const segwitCount = made.transactions.filter(({ tx }) => hasWitness(tx)).length;
    assert.equal(segwitCount, entry.segwit_txs, entry.file);
    const commits = witnessCommitment(made.transactions[0]!.tx) !== undefined;
    assert.equal(commits, entry.witness_commitment_ok !== null, entry.file);
  }
});

/** The list padded so that the root stays the same (CVE-2012-2459); undefined for a power of two, which cannot be. */
function padded(list: readonly IdentifiedTx[]): IdentifiedTx[] | undefined {
  let nodes = 1;
  while (list.length % (2 * nodes) === 0) nodes *= 2;
  return nodes === list.length ? undefined : [...list, ...list.slice(-nodes)];
}

test('real blocks with one thing changed break the rule that is about it', { skip }, () => {
  for (const entry of entries) {
    const made = realBlock(entry);
    const list = made.transactions;
    const [coinbase, second] = list as [IdentifiedTx, IdentifiedTx];
    const check = (transactions: readonly IdentifiedTx[], rule: BlockRule): void =>
      assert.equal(ruleBroken(delivered(made, transactions)), rule, entry.file);
    const checkOwn = (transactions: readonly Tx[], rule: BlockRule): void =>
      assert.equal(ruleBroken(aBlock(transactions)), rule, entry.file);

    check(list.slice(0, -1), 'bad-txnmrklroot');
    check(list.slice(1), 'bad-txnmrklroot');
    check([], 'bad-txnmrklroot');
    check([second, coinbase, ...list.slice(2)], 'bad-txnmrklroot');
    check([...list, identify(aTx(1))], 'bad-txnmrklroot');
    const repeated = padded(list);
    if (repeated !== undefined) check(repeated, 'bad-txns-duplicate');

    const txs = list.map(({ tx }) => tx);
    checkOwn(txs.slice(1), 'bad-cb-missing');
    checkOwn([...txs, aCoinbase()], 'bad-cb-multiple');
    if (entry.witness_commitment_ok === null) {
      check(replaced(list, 0, withCoinbaseWitness(coinbase.tx, [new Uint8Array(32)])), 'unexpected-witness');
      continue;
    }
    const segwit = list.findLastIndex(({ tx }) => hasWitness(tx) && !isCoinbase(tx));
    if (segwit !== -1) check(replaced(list, segwit, spoilt(list[segwit]!.tx)), 'bad-witness-merkle-match');
    check(replaced(list, 0, spoilt(coinbase.tx)), 'bad-witness-merkle-match');
    check(replaced(list, 0, withCoinbaseWitness(coinbase.tx, [])), 'bad-witness-nonce-size');
    const outputs = coinbase.tx.outputs.filter(
      ({ script }) => witnessCommitment({ ...coinbase.tx, outputs: [anOutput(0n, script)] }) === undefined,
    );
    checkOwn([{ ...coinbase.tx, outputs }, ...txs.slice(1)], 'unexpected-witness');
  }
});

interface SizeVector {
  readonly comment: string;
  readonly tx: string;
  readonly valid: boolean;
}

test('the transactions of 64 bytes that BIP 54 lists are known as such', { skip }, () => {
  const rows = JSON.parse(
    readFileSync(sharedData('vectors', 'bip-0054_txsize.json'), 'utf8'),
  ) as SizeVector[];
  assert.equal(rows.length, 13);
  for (const { comment, tx: hex, valid } of rows) {
    const { tx } = identifyRaw(fromHex(hex));
    assert.equal(ruleBroken(aBlock([aTx(1), tx])), valid ? 'bad-cb-missing' : 'bad-txns-64-bytes', comment);
    // BIP 54 is not in force: behind a coinbase they stand.
    const others = [tx];
    const coinbase = hasWitness(tx) ? aCommittingCoinbase(others) : aCoinbase();
    assert.equal(ruleBroken(aBlock([coinbase, ...others])), undefined, comment);
  }
});
