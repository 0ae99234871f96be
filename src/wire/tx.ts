/** Transactions, with and without witnesses (BIP 141, BIP 144; Core: src/primitives/transaction.h). */

import { DecodeError } from '../bytes/decode-error.ts';
import { sha256d } from '../bytes/hash.ts';
import type { Reader } from '../bytes/reader.ts';
import { Writer } from '../bytes/writer.ts';
import { type Codec, field, hash, i64, list, struct, u32, varBytes } from './codec.ts';

/** Which output an input spends. */
export interface OutPoint {
  /** 32 bytes in wire order; all zero in a coinbase. */
  readonly txid: Uint8Array;
  /** Position of the output; 0xffffffff in a coinbase. */
  readonly vout: number;
}

export interface TxInput {
  readonly previous: OutPoint;
  readonly script: Uint8Array;
  readonly sequence: number;
  /** Witness stack, bottom first; empty when the input has none. */
  readonly witness: readonly Uint8Array[];
}

export interface TxOutput {
  /** Amount as the bytes have it; signed, and not checked to be in the range of money. */
  readonly valueSats: bigint;
  readonly script: Uint8Array;
}

export interface Tx {
  readonly version: number;
  readonly inputs: readonly TxInput[];
  readonly outputs: readonly TxOutput[];
  /** Height below 500,000,000, else Unix seconds. */
  readonly lockTime: number;
}

const outPoint = struct<OutPoint>({ txid: hash, vout: u32 });
const inputs = list(
  struct<Omit<TxInput, 'witness'>>({ previous: outPoint, script: varBytes(), sequence: u32 }),
);
const outputs = list(struct<TxOutput>({ valueSats: i64, script: varBytes() }));
const witness = list(varBytes());

/** The second byte of the extended form: a witness follows the outputs. No other bit has a meaning. */
const WITNESS_FLAG = 1;
const NO_WITNESS: readonly Uint8Array[] = [];

export const tx: Codec<Tx> = {
  minSize: 4 + inputs.minSize + outputs.minSize + 4,
  read(reader) {
    const version = field('version', () => reader.i32());
    const spent = field('inputs', () => inputs.read(reader));
    // No inputs and then a byte that is not zero: what looked like an empty list was the marker of the extended form.
    if (spent.length === 0 && reader.peek() !== 0) return readExtended(reader, version);
    const made = field('outputs', () => outputs.read(reader));
    const lockTime = field('lockTime', () => reader.u32());
    const bare = spent.map((input) => ({ ...input, witness: NO_WITNESS }));
    return { version, inputs: bare, outputs: made, lockTime };
  },
  write(writer, value) {
    // The bytes would be read as the extended form, BIP 144.
    if (value.inputs.length === 0 && value.outputs.length > 0)
      throw new RangeError('outputs without an input');
    writeTx(writer, value, hasWitness(value));
  },
};

function readExtended(reader: Reader, version: number): Tx {
  const start = reader.offset;
  const flag = field('flag', () => reader.u8());
  if (flag !== WITNESS_FLAG) throw new DecodeError('bad-value', `unknown flag ${flag}`, start, 'flag');
  const spent = field('inputs', () => inputs.read(reader));
  const made = field('outputs', () => outputs.read(reader));
  const witnesses = spent.map((_, i) => field(`inputs/${i}/witness`, () => witness.read(reader)));
  if (witnesses.every((stack) => stack.length === 0)) {
    throw new DecodeError('bad-value', 'witness flag on a transaction without a witness', start, 'flag');
  }
  const lockTime = field('lockTime', () => reader.u32());
  const full = spent.map((input, i) => ({ ...input, witness: witnesses[i] ?? NO_WITNESS }));
  return { version, inputs: full, outputs: made, lockTime };
}

function writeTx(writer: Writer, value: Tx, extended: boolean): void {
  writer.i32(value.version);
  if (extended) {
    writer.u8(0);
    writer.u8(WITNESS_FLAG);
  }
  inputs.write(writer, value.inputs);
  outputs.write(writer, value.outputs);
  if (extended) for (const input of value.inputs) witness.write(writer, input.witness);
  writer.u32(value.lockTime);
}

/** Whether any input carries a witness. */
export function hasWitness(value: Tx): boolean {
  return value.inputs.some((input) => input.witness.length > 0);
}

/** Hash of the transaction without its witnesses: the name that inputs use. 32 bytes in wire order. */
export function txid(value: Tx): Uint8Array {
  return sha256d(serialize(value, false));
}

/** Hash of the whole transaction (BIP 141); the same as {@link txid} when there is no witness. */
export function wtxid(value: Tx): Uint8Array {
  return sha256d(serialize(value, hasWitness(value)));
}

/** The three measures of a transaction's size (BIP 141). */
export interface TxSize {
  /** Bytes on the wire, witnesses included. */
  readonly sizeBytes: number;
  /** Weight units: three times the size without witnesses, plus the whole size. */
  readonly weight: number;
  /** Virtual bytes: a quarter of the weight, rounded up. */
  readonly vsize: number;
}

export function txSize(value: Tx): TxSize {
  const stripped = serialize(value, false).length;
  const sizeBytes = hasWitness(value) ? serialize(value, true).length : stripped;
  const weight = 3 * stripped + sizeBytes;
  return { sizeBytes, weight, vsize: Math.ceil(weight / 4) };
}

function serialize(value: Tx, extended: boolean): Uint8Array {
  const writer = new Writer();
  writeTx(writer, value, extended);
  return writer.finish();
}
