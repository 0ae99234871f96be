/** Transactions, with and without witnesses (BIP 141, BIP 144; Core: src/primitives/transaction.h). */

import { DecodeError } from '../bytes/decode-error.ts';
import { sha256d } from '../bytes/hash.ts';
import type { Reader } from '../bytes/reader.ts';
import { Writer } from '../bytes/writer.ts';
import { countSize } from './compact-size.ts';
import { type Codec, field, hash, list, varBytes } from './codec.ts';

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
  /** Unsigned, as Core shows it since 28.0. */
  readonly version: number;
  readonly inputs: readonly TxInput[];
  readonly outputs: readonly TxOutput[];
  /** Height below 500,000,000, else Unix seconds. */
  readonly lockTime: number;
}

/** Version and lock time. */
const FIXED_SIZE_BYTES = 8;
/** Marker and flag of the extended form. */
const EXTENSION_SIZE_BYTES = 2;
/** An input's outpoint and sequence. */
const INPUT_SIZE_BYTES = 40;
/** An output's amount. */
const OUTPUT_SIZE_BYTES = 8;

/** An input as it stands before the outputs: its witness comes after them. */
type BareInput = Omit<TxInput, 'witness'>;

const byteString = varBytes();
// Written out, for these are most of what a busy client reads: struct() takes twice as long.
const inputs = list<BareInput>({
  minSize: INPUT_SIZE_BYTES + byteString.minSize,
  read: (reader) => ({
    previous: field('previous', () => readOutPoint(reader)),
    script: field('script', () => byteString.read(reader)),
    sequence: field('sequence', () => reader.u32()),
  }),
  write(writer, value) {
    hash.write(writer, value.previous.txid);
    writer.u32(value.previous.vout);
    byteString.write(writer, value.script);
    writer.u32(value.sequence);
  },
});
const outputs = list<TxOutput>({
  minSize: OUTPUT_SIZE_BYTES + byteString.minSize,
  read: (reader) => ({
    valueSats: field('valueSats', () => reader.i64()),
    script: field('script', () => byteString.read(reader)),
  }),
  write(writer, value) {
    writer.i64(value.valueSats);
    byteString.write(writer, value.script);
  },
});
const witness = list(byteString);

function readOutPoint(reader: Reader): OutPoint {
  return {
    txid: field('txid', () => hash.read(reader)),
    vout: field('vout', () => reader.u32()),
  };
}

/** The second byte of the extended form: a witness follows the outputs. No other bit has a meaning. */
const WITNESS_FLAG = 1;
const NO_WITNESS: readonly Uint8Array[] = [];

export const tx: Codec<Tx> = {
  minSize: FIXED_SIZE_BYTES + inputs.minSize + outputs.minSize,
  read(reader) {
    const version = field('version', () => reader.u32());
    const spent = field('inputs', () => inputs.read(reader));
    // No inputs and then a byte that is not zero: what looked like an empty list was the marker of the extended form.
    if (spent.length === 0 && reader.peek() !== 0) return readExtended(reader, version);
    const made = field('outputs', () => outputs.read(reader));
    const lockTime = field('lockTime', () => reader.u32());
    return { version, inputs: spent.map((input) => withWitness(input, NO_WITNESS)), outputs: made, lockTime };
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
  const full = field('inputs', () => spent.map((input, i) => readWitness(reader, input, i)));
  if (full.every((input) => input.witness.length === 0)) {
    throw new DecodeError('bad-value', 'witness flag on a transaction without a witness', start, 'flag');
  }
  const lockTime = field('lockTime', () => reader.u32());
  return { version, inputs: full, outputs: made, lockTime };
}

function readWitness(reader: Reader, input: BareInput, i: number): TxInput {
  try {
    return withWitness(input, witness.read(reader));
  } catch (error) {
    throw error instanceof DecodeError ? error.within('witness').within(i) : error;
  }
}

function withWitness({ previous, script, sequence }: BareInput, stack: TxInput['witness']): TxInput {
  return { previous, script, sequence, witness: stack };
}

function writeTx(writer: Writer, value: Tx, extended: boolean): void {
  writer.u32(value.version);
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
  const stripped = strippedSize(value);
  const sizeBytes = stripped + witnessSize(value);
  const weight = 3 * stripped + sizeBytes;
  return { sizeBytes, weight, vsize: Math.ceil(weight / 4) };
}

/** Bytes of the transaction without its witnesses, counted and not written: a CompactSize has but one length. */
export function strippedSize(value: Tx): number {
  let size = FIXED_SIZE_BYTES + countSize(value.inputs.length) + countSize(value.outputs.length);
  for (const { script } of value.inputs) size += INPUT_SIZE_BYTES + bytesSize(script);
  for (const { script } of value.outputs) size += OUTPUT_SIZE_BYTES + bytesSize(script);
  return size;
}

/** What the extended form adds: marker, flag and the stacks; 0 when there is no witness. */
function witnessSize(value: Tx): number {
  if (!hasWitness(value)) return 0;
  let size = EXTENSION_SIZE_BYTES;
  for (const { witness: stack } of value.inputs) {
    size += countSize(stack.length);
    for (const item of stack) size += bytesSize(item);
  }
  return size;
}

function bytesSize(value: Uint8Array): number {
  return countSize(value.length) + value.length;
}

function serialize(value: Tx, extended: boolean): Uint8Array {
  const writer = new Writer();
  writeTx(writer, value, extended);
  return writer.finish();
}
