/** Transactions and blocks made by hand, with whatever is wrong in them. */
import { concat } from '../../src/bytes/concat.ts';
import { sha256d } from '../../src/bytes/hash.ts';
import { fromHex } from '../../src/bytes/hex.ts';
import { merkleRoot } from '../../src/chain/merkle.ts';
import type { Header } from '../../src/wire/header.ts';
import { identify, type IdentifiedTx } from '../../src/wire/identified-tx.ts';
import type { Tx, TxInput, TxOutput } from '../../src/wire/tx.ts';

/** What a coinbase's witness holds in nearly every block. */
export const RESERVED: Uint8Array = new Uint8Array(32);

/** An input of its own for each number. */
export function anInput(n: number, fields: Partial<TxInput> = {}): TxInput {
  const previous = { txid: sha256d(Uint8Array.of(n & 0xff, n >> 8)), vout: 0 };
  return { previous, script: fromHex('51'), sequence: 0xffffffff, witness: [], ...fields };
}

export function anOutput(valueSats: bigint, script: Uint8Array = fromHex('51')): TxOutput {
  return { valueSats, script };
}

/** A small transaction; another one for each number. */
export function aTx(n: number, fields: Partial<Tx> = {}): Tx {
  return { version: 2, inputs: [anInput(n)], outputs: [anOutput(1000n)], lockTime: 0, ...fields };
}

/** A transaction of `size` bytes without its witness; at least 62, and never 314 or 315. */
export function aTxOfSize(size: number, n: number = 0): Tx {
  const rest = size - 61;
  const script = new Uint8Array(rest < 0xfd ? rest : rest - (rest < 0x10002 ? 2 : 4));
  return aTx(n, { outputs: [anOutput(1000n, script)] });
}

/** A coinbase; another one for each number. Its script is so long that it does not happen to have 64 bytes. */
export function aCoinbase(n: number = 0, fields: Partial<Tx> = {}): Tx {
  const input = {
    previous: { txid: new Uint8Array(32), vout: 0xffffffff },
    script: Uint8Array.of(3, n & 0xff, n >> 8, 0),
    sequence: 0xffffffff,
    witness: [],
  };
  return { version: 2, inputs: [input], outputs: [anOutput(50_0000_0000n)], lockTime: 0, ...fields };
}

/** The script of a commitment to a hash. */
export function commitmentScript(hash: Uint8Array): Uint8Array {
  return concat([fromHex('6a24aa21a9ed'), hash]);
}

/** The hash that commits to the witnesses of the transactions that follow a coinbase. */
export function commitmentTo(others: readonly Tx[], reserved: Uint8Array = RESERVED): Uint8Array {
  const wtxids = [new Uint8Array(32), ...others.map((tx) => identify(tx).wtxid)];
  return sha256d(concat([merkleRoot(wtxids).root, reserved]));
}

/** A coinbase that commits to the witnesses of the transactions that follow it. */
export function aCommittingCoinbase(others: readonly Tx[], reserved: Uint8Array = RESERVED): Tx {
  const plain = aCoinbase();
  return {
    ...plain,
    inputs: plain.inputs.map((input) => ({ ...input, witness: [reserved] })),
    outputs: [...plain.outputs, anOutput(0n, commitmentScript(commitmentTo(others, reserved)))],
  };
}

export interface MadeBlock {
  readonly header: Header;
  readonly transactions: readonly IdentifiedTx[];
}

/** A block whose header names the transactions as they are, whatever they are. */
export function aBlock(transactions: readonly Tx[]): MadeBlock {
  const identified = transactions.map(identify);
  const { root } = merkleRoot(identified.map(({ txid }) => txid));
  const header = {
    version: 4,
    prev: new Uint8Array(32),
    merkleRoot: root,
    time: 0,
    bits: 0x207fffff,
    nonce: 0,
  };
  return { header, transactions: identified };
}
