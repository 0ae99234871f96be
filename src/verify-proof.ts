/** Checks a proof that a block holds transactions against our own best chain (BIP 37; Core: src/rpc/txoutproof.cpp). */

import { DecodeError, type DecodeErrorCode } from './bytes/decode-error.ts';
import { hashKey } from './bytes/hash-key.ts';
import { equalBytes } from './bytes/hash.ts';
import { toDisplayHex } from './bytes/hex.ts';
import { isCoinbase } from './chain/check-transaction.ts';
import {
  parsePartialMerkleTree,
  type PartialTreeRule,
  type SoundPartialTree,
} from './chain/partial-merkle-tree.ts';
import { isAsLongAsNode } from './chain/proof-depth.ts';
import type { HeaderChain } from './header-chain.ts';
import { type BlockRefusal, findProvenBlock, type ProvenBlock } from './merkle-proof-block.ts';
import { MAX_BLOCK_TRANSACTIONS } from './wire/block.ts';
import { decode } from './wire/codec.ts';
import { headerHash } from './wire/header.ts';
import { type IdentifiedTx, identifyRaw } from './wire/identified-tx.ts';
import { merkleBlock, type MerkleBlockPayload } from './wire/messages/merkleblock.ts';
import type { Tx } from './wire/tx.ts';

export interface VerifyProofOptions {
  /** Transactions in full that the proof must prove. Witnesses are not looked at: a txid says nothing of them. */
  readonly transactions?: readonly Uint8Array[];
  /** The block's first transaction in full, which the proof must show; it settles how deep the tree is. */
  readonly coinbase?: Uint8Array;
}

/**
 * Why a proof is refused: it does not parse, its tree is unsound, its block is not on the best chain, or
 *
 * - `proof-empty`: it marks no transaction.
 * - `tx-not-proven`: it does not prove a transaction that was given.
 * - `tx-64-bytes`: a transaction that was given may be two hashes of the tree, and nothing shows that it is not.
 * - `tree-ambiguous`: two hashes of the tree may be a transaction, and what is below them made up.
 * - `bad-cb-missing`: the transaction in the first place is no coinbase.
 * - `bad-cb-multiple`: one in another place is.
 */
export type ProofRefusal =
  | DecodeErrorCode
  | PartialTreeRule
  | BlockRefusal
  | 'proof-empty'
  | 'tx-not-proven'
  | 'tx-64-bytes'
  | 'tree-ambiguous'
  | 'bad-cb-missing'
  | 'bad-cb-multiple';

/** A transaction that a proof proves. */
export interface ProvenTx {
  /** Display order. */
  readonly txid: string;
  /** Place in the block; 0 is the coinbase. */
  readonly index: number;
}

export interface ValidProof extends ProvenBlock {
  readonly valid: true;
  /** At least one, in the order of the block. */
  readonly txids: readonly ProvenTx[];
  /** How many the block has, as the proof claims: only the depth of the tree, which follows from it, is ever checked. */
  readonly transactionCount: number;
  /**
   * `proven`: these are transactions of that block, each in its place. `claimed`: each may also be a hash between the
   * transactions and the root, which is no transaction; whoever knows one with that txid which has not 64 bytes without
   * its witnesses can be sure. See docs/decisions/0015-merkle-proofs.md.
   */
  readonly depth: 'proven' | 'claimed';
}

export interface RefusedProof {
  readonly valid: false;
  readonly code: ProofRefusal;
  readonly message: string;
  /** Of the block, display order; undefined when the proof does not parse. */
  readonly hash: string | undefined;
}

export type ProofResult = ValidProof | RefusedProof;

interface Fault {
  readonly code: ProofRefusal;
  readonly message: string;
}

/**
 * Checks a proof that a block of our best chain holds transactions.
 *
 * That the block itself is valid is for the work on top of it to show, as ever with headers alone.
 *
 * @param proof a header and a partial merkle tree: the bytes that bitcoind's `gettxoutproof` shows.
 * @throws {StoreError} when the headers cannot be read.
 */
export async function verifyProof(
  chain: HeaderChain,
  proof: Uint8Array,
  options: VerifyProofOptions = {},
): Promise<ProofResult> {
  const read = readAll(proof, options);
  if ('code' in read) return { valid: false, ...read, hash: undefined };
  const { payload, given } = read;
  const { header, transactionCount } = payload;
  const refused = ({ code, message }: Fault): RefusedProof => {
    return { valid: false, code, message, hash: toDisplayHex(headerHash(header)) };
  };
  const tree = parsePartialMerkleTree(payload, header.merkleRoot);
  if (tree.kind === 'broken')
    return refused({ code: tree.rule, message: `the tree of the proof is unsound: ${tree.detail}` });
  if (tree.matches.length === 0)
    return refused({ code: 'proof-empty', message: 'the proof marks no transaction' });
  const block = await findProvenBlock(chain, header);
  if ('code' in block) return refused(block);
  const fault = checkGiven(tree, given) ?? checkDepth(tree, given);
  if (fault !== undefined) return refused(fault);
  const txids = tree.matches.map(({ txid, index }) => ({ txid: toDisplayHex(txid), index }));
  // Whatever was given has settled it, or it would not have passed.
  const isProven = given.coinbase !== undefined || given.transactions.length > 0;
  return { valid: true, ...block, txids, transactionCount, depth: isProven ? 'proven' : 'claimed' };
}

/** More than the proof of a whole block takes: a hash and a few bits for each transaction, and what stands before them. */
const MAX_PROOF_SIZE_BYTES = 33 * MAX_BLOCK_TRANSACTIONS + 200;

/** What came beside the proof. */
interface Given {
  readonly transactions: readonly IdentifiedTx[];
  readonly coinbase: IdentifiedTx | undefined;
}

function readAll(
  proof: Uint8Array,
  { transactions = [], coinbase }: VerifyProofOptions,
): { readonly payload: MerkleBlockPayload; readonly given: Given } | Fault {
  let what = 'this is no proof';
  if (proof.length > MAX_PROOF_SIZE_BYTES)
    return { code: 'over-limit', message: `${what}: ${proof.length} bytes, more than any has (over-limit)` };
  try {
    const payload = decode(merkleBlock, proof);
    what = 'what was given as a transaction is none';
    const identified = transactions.map((raw) => identifyRaw(raw));
    what = 'what was given as the coinbase is no transaction';
    const given = { transactions: identified, coinbase: coinbase && identifyRaw(coinbase) };
    return { payload, given };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { code: error.code, message: `${what}: ${error.message}` };
  }
}

/** Every transaction that was given is in the tree, where its kind belongs. */
function checkGiven(tree: SoundPartialTree, { transactions, coinbase }: Given): Fault | undefined {
  const indexes = new Map(tree.matches.map(({ txid, index }) => [hashKey(txid), index]));
  for (const { tx, txid } of transactions) {
    const index = indexes.get(hashKey(txid));
    if (index === undefined) {
      const message = `the proof does not prove transaction ${toDisplayHex(txid)}, which was given`;
      return { code: 'tx-not-proven', message };
    }
    const fault = checkKind(tx, txid, index);
    if (fault !== undefined) return fault;
  }
  if (coinbase === undefined) return undefined;
  if (tree.firstTxid === undefined) {
    const message =
      "the proof does not show the block's first transaction, so the coinbase given settles nothing";
    return { code: 'tx-not-proven', message };
  }
  if (!equalBytes(coinbase.txid, tree.firstTxid)) {
    const first = toDisplayHex(tree.firstTxid);
    const message = `the block's first transaction is ${first}, not the coinbase given, ${toDisplayHex(coinbase.txid)}`;
    return { code: 'tx-not-proven', message };
  }
  return checkKind(coinbase.tx, coinbase.txid, 0);
}

function checkKind(tx: Tx, txid: Uint8Array, index: number): Fault | undefined {
  if (isCoinbase(tx) === (index === 0)) return undefined;
  const name = toDisplayHex(txid);
  if (index === 0)
    return { code: 'bad-cb-missing', message: `transaction ${name} is no coinbase, and has the first place` };
  return { code: 'bad-cb-multiple', message: `transaction ${name} is a coinbase, and has place ${index}` };
}

/** What speaks against the depth that the proof claims. */
function checkDepth(tree: SoundPartialTree, given: Given): Fault | undefined {
  if (knowsFirst(given)) return undefined;
  if (tree.isAmbiguous) {
    const message =
      'two hashes of the tree, one after the other, are also a valid transaction of 64 bytes: if that is what the ' +
      'block holds, all below is made up (CVE-2017-12842)';
    return { code: 'tree-ambiguous', message };
  }
  const [first, ...others] = given.transactions;
  if (first === undefined || [first, ...others].some(({ tx }) => !isAsLongAsNode(tx))) return undefined;
  const message =
    `transaction ${toDisplayHex(first.txid)} has 64 bytes without witnesses, as two hashes of the tree have: it may be ` +
    'those, and no transaction (CVE-2017-12842)';
  return { code: 'tx-64-bytes', message };
}

/** Whether the transaction in the first place was given in full: a coinbase has passed there only. */
function knowsFirst({ transactions, coinbase }: Given): boolean {
  return coinbase !== undefined || transactions.some(({ tx }) => isCoinbase(tx));
}
