/** Transactions that spend and pay what a test says, and blocks that hold them, as nodes make them. */
import { sha256d } from '../../src/bytes/hash.ts';
import { merkleRoot } from '../../src/chain/merkle.ts';
import type { FetchedBlock } from '../../src/protocol/blocks/fetched-block.ts';
import { decode, encode } from '../../src/wire/codec.ts';
import { header as headerCodec, type Header } from '../../src/wire/header.ts';
import { identify, type IdentifiedTx } from '../../src/wire/identified-tx.ts';
import type { MessageOf } from '../../src/wire/message.ts';
import { hasWitness, type OutPoint, type Tx } from '../../src/wire/tx.ts';
import { aCoinbase, anOutput, commitmentScript, commitmentTo, RESERVED } from './made-blocks.ts';
import { REGTEST_GENESIS } from './mine.ts';

/** An output of a transaction. */
export function outputOf({ txid }: IdentifiedTx, vout: number = 0): OutPoint {
  return { txid, vout };
}

/** An output that no transaction of the test has made; another one for each number. */
export function somewhere(n: number): OutPoint {
  return { txid: sha256d(Uint8Array.of(0x73, n & 0xff, (n >> 8) & 0xff, (n >> 16) & 0xff)), vout: n % 3 };
}

export interface PaymentParts {
  readonly spends: readonly OutPoint[];
  /** Amounts of its outputs, satoshis. */
  readonly pays?: readonly number[];
  /** Bytes of a witness for its first input. */
  readonly witness?: Uint8Array;
  /** The script of all its outputs. */
  readonly script?: Uint8Array;
  /** Another transaction, though all else be the same. */
  readonly lockTime?: number;
  readonly sequence?: number;
}

export function payment(parts: PaymentParts): IdentifiedTx {
  const { spends, pays = [1_000], witness, script, lockTime = 0, sequence = 0xffff_ffff } = parts;
  const inputs = spends.map((previous, i) => ({
    previous,
    script: new Uint8Array(0),
    sequence,
    witness: i === 0 && witness !== undefined ? [witness] : [],
  }));
  const outputs = pays.map((value) => anOutput(BigInt(value), script));
  return identify({ version: 2, inputs, outputs, lockTime });
}

/** A transaction of unknown origin; another one for each number. */
export function stray(n: number, pays: readonly number[] = [1_000]): IdentifiedTx {
  return payment({ spends: [somewhere(n)], pays });
}

/** Two things that differ by their number, from 1. */
export function two<T>(make: (n: number) => T): [T, T] {
  return [make(1), make(2)];
}

export function three<T>(make: (n: number) => T): [T, T, T] {
  return [make(1), make(2), make(3)];
}

/** Transactions each of which spends the first output of the one before, all amounts unknown to others. */
export function chainOf(count: number, first: IdentifiedTx, pays: number = 1_000): IdentifiedTx[] {
  const chain = [first];
  for (let last = first; chain.length < count; chain.push(last)) {
    last = payment({ spends: [outputOf(last)], pays: [pays] });
  }
  return chain;
}

/** The same transaction with another witness. */
export function withWitness({ tx }: IdentifiedTx, witness: Uint8Array): IdentifiedTx {
  const inputs = tx.inputs.map((input, i) => ({ ...input, witness: i === 0 ? [witness] : [] }));
  return identify({ ...tx, inputs });
}

export interface MinedBlock extends FetchedBlock {
  /** 80 bytes. */
  readonly bytes: Uint8Array;
  readonly header: Header;
  /** As peers send it. */
  readonly message: MessageOf<'block'>;
}

/** A block with the right merkle root, witness commitment and work on top of a header. */
export function mineBlock(
  transactions: readonly IdentifiedTx[],
  { parent = REGTEST_GENESIS, height = 1 }: { parent?: Uint8Array; height?: number } = {},
): MinedBlock {
  const others = transactions.map(({ tx }) => tx);
  const all = [coinbaseFor(others, height), ...others];
  const identified = all.map(identify);
  const bytes = mineHeader(parent, merkleRoot(identified.map(({ txid }) => txid)).root);
  const header = decode(headerCodec, bytes);
  return {
    height,
    hash: sha256d(bytes),
    transactions: identified,
    bytes,
    header,
    message: { command: 'block', payload: { header, transactions: all } },
  };
}

function coinbaseFor(others: readonly Tx[], height: number): Tx {
  const plain = aCoinbase(height);
  if (!others.some(hasWitness)) return plain;
  return {
    ...plain,
    inputs: plain.inputs.map((input) => ({ ...input, witness: [RESERVED] })),
    outputs: [...plain.outputs, anOutput(0n, commitmentScript(commitmentTo(others)))],
  };
}

function mineHeader(parent: Uint8Array, root: Uint8Array): Uint8Array {
  const { time, bits } = decode(headerCodec, parent);
  const bytes = encode(headerCodec, {
    version: 0x2000_0000,
    prev: sha256d(parent),
    merkleRoot: root,
    time: time + 600,
    bits,
    nonce: 0,
  });
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  // Every second hash or so meets regtest's target.
  while ((sha256d(bytes)[31] as number) >= 0x7f) view.setUint32(76, view.getUint32(76, true) + 1, true);
  return bytes;
}
