/**
 * The rules that a block must keep given its header, without scripts and without the outputs that it spends (Core:
 * src/validation.cpp, CheckBlock, IsBlockMutated, ContextualCheckBlock).
 */

import { equalBytes } from '../bytes/hash.ts';
import { toDisplayHex } from '../bytes/hex.ts';
import { countSize } from '../wire/compact-size.ts';
import { HEADER_SIZE_BYTES, type Header } from '../wire/header.ts';
import type { IdentifiedTx } from '../wire/identified-tx.ts';
import { strippedSize } from '../wire/tx.ts';
import {
  checkTransaction,
  isCoinbase,
  MAX_BLOCK_WEIGHT,
  STRIPPED_BYTE_WEIGHT,
  type TxRule,
} from './check-transaction.ts';
import { merkleRoot } from './merkle.ts';
import { checkWitnesses, type WitnessRule } from './witness-commitment.ts';

/** As long as an inner node of the merkle tree: two hashes. */
const MERKLE_NODE_SIZE_BYTES = 64;

/**
 * The rules by the names that Core gives them, where it has one; {@link WitnessRule} and {@link TxRule} have their own.
 *
 * - `bad-txnmrklroot`: the transactions are not those that the header names, or there are none.
 * - `bad-txns-duplicate`: transactions were repeated in a way that the root does not show (CVE-2012-2459).
 * - `bad-txns-64-bytes`: what looks like transactions may be inner nodes of the merkle tree (CVE-2017-12842).
 * - `bad-blk-length`: the block weighs too much even without witnesses.
 * - `bad-cb-missing`: the first transaction is no coinbase.
 * - `bad-cb-multiple`: another one is.
 * - `bad-blk-weight`: the block weighs over 4,000,000.
 */
export type BlockRule =
  | 'bad-txnmrklroot'
  | 'bad-txns-duplicate'
  | 'bad-txns-64-bytes'
  | 'bad-blk-length'
  | 'bad-cb-missing'
  | 'bad-cb-multiple'
  | 'bad-blk-weight'
  | WitnessRule
  | TxRule;

/** A rule that a block breaks, and the numbers that show it. */
export interface BrokenBlockRule {
  readonly rule: BlockRule;
  readonly detail: string;
}

/** Faults of what was delivered, not of what the header names: the true block may be had elsewhere. */
const MUTATIONS: ReadonlySet<BlockRule> = new Set<BlockRule>([
  'bad-txnmrklroot',
  'bad-txns-duplicate',
  'bad-txns-64-bytes',
  'bad-witness-nonce-size',
  'bad-witness-merkle-match',
  'unexpected-witness',
]);

/** Whether another peer may have the block without this fault; else no block with that header is valid. */
export function isMutation(rule: BlockRule): boolean {
  return MUTATIONS.has(rule);
}

/**
 * Returns the first rule that a block breaks, in Core's order. The header's own rules were checked before.
 *
 * What the header does not settle comes first: only when the list of transactions is beyond doubt the one that the header
 * names can a rule that they break be held against the block itself.
 */
export function checkBlock(
  header: Header,
  transactions: readonly IdentifiedTx[],
): BrokenBlockRule | undefined {
  return (
    checkMerkleRoot(header, transactions) ??
    checkNoInnerNodes(transactions) ??
    checkLength(transactions) ??
    checkCoinbases(transactions) ??
    checkTransactions(transactions) ??
    checkWitnesses(transactions) ??
    checkWeight(transactions)
  );
}

function checkMerkleRoot(header: Header, transactions: readonly IdentifiedTx[]): BrokenBlockRule | undefined {
  if (transactions.length === 0) return { rule: 'bad-txnmrklroot', detail: 'no transactions' };
  const { root, mutated } = merkleRoot(transactions.map(({ txid }) => txid));
  if (!equalBytes(root, header.merkleRoot)) {
    const detail = `root ${toDisplayHex(root)}, the header says ${toDisplayHex(header.merkleRoot)}`;
    return { rule: 'bad-txnmrklroot', detail };
  }
  if (mutated) return { rule: 'bad-txns-duplicate', detail: 'transactions at the end are repeated' };
  return undefined;
}

/**
 * The hash of two hashes and the id of a transaction of 64 bytes are made in the same way, so a list of what are really
 * inner nodes of the tree has the right root too (CVE-2017-12842). All leaves are equally deep: in such a list an inner
 * node stands in the place of the coinbase. To look like one, its first hash would have to be 27 zeros but for five
 * bytes, which is beyond anyone's means; and so is the reverse, a block whose own transactions are taken for inner
 * nodes, for its coinbase would have to be one too. So a list that begins with a coinbase is beyond doubt, however long
 * the others are. One that does not is never valid; but when one of its transactions has 64 bytes without witnesses that
 * says nothing of the block that the header names (docs/decisions/0015-merkle-proofs.md).
 */
function checkNoInnerNodes(transactions: readonly IdentifiedTx[]): BrokenBlockRule | undefined {
  if (startsWithCoinbase(transactions)) return undefined;
  const n = transactions.findIndex(({ tx }) => strippedSize(tx) === MERKLE_NODE_SIZE_BYTES);
  if (n === -1) return undefined;
  const detail = `no coinbase, and transaction ${n} has ${MERKLE_NODE_SIZE_BYTES} bytes, as an inner node has`;
  return { rule: 'bad-txns-64-bytes', detail };
}

function checkLength(transactions: readonly IdentifiedTx[]): BrokenBlockRule | undefined {
  const size = sumOf(transactions, ({ tx }) => strippedSize(tx));
  const weight = STRIPPED_BYTE_WEIGHT * (size + overhead(transactions));
  if (weight <= MAX_BLOCK_WEIGHT) return undefined;
  const detail = `weight ${weight} without witnesses, at most ${MAX_BLOCK_WEIGHT} allowed`;
  return { rule: 'bad-blk-length', detail };
}

function checkCoinbases(transactions: readonly IdentifiedTx[]): BrokenBlockRule | undefined {
  if (!startsWithCoinbase(transactions)) {
    return { rule: 'bad-cb-missing', detail: 'the first transaction is no coinbase' };
  }
  const second = transactions.findIndex(({ tx }, n) => n > 0 && isCoinbase(tx));
  if (second === -1) return undefined;
  return { rule: 'bad-cb-multiple', detail: `transaction ${second} is another coinbase` };
}

function checkTransactions(transactions: readonly IdentifiedTx[]): BrokenBlockRule | undefined {
  for (const { tx, txid } of transactions) {
    const broken = checkTransaction(tx);
    if (broken === undefined) continue;
    return { rule: broken.rule, detail: `transaction ${toDisplayHex(txid)}: ${broken.detail}` };
  }
  return undefined;
}

function checkWeight(transactions: readonly IdentifiedTx[]): BrokenBlockRule | undefined {
  const sum = sumOf(transactions, ({ size }) => size.weight);
  const weight = sum + STRIPPED_BYTE_WEIGHT * overhead(transactions);
  if (weight <= MAX_BLOCK_WEIGHT) return undefined;
  return { rule: 'bad-blk-weight', detail: `weight ${weight}, at most ${MAX_BLOCK_WEIGHT} allowed` };
}

function startsWithCoinbase([first]: readonly IdentifiedTx[]): boolean {
  return first !== undefined && isCoinbase(first.tx);
}

/** Bytes of a block that are no transaction: its header and the count. */
function overhead(transactions: readonly IdentifiedTx[]): number {
  return HEADER_SIZE_BYTES + countSize(transactions.length);
}

function sumOf(transactions: readonly IdentifiedTx[], measure: (one: IdentifiedTx) => number): number {
  return transactions.reduce((sum, one) => sum + measure(one), 0);
}
