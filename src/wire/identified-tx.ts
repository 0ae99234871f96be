/** A transaction with all that its bytes say of it: its two names (BIP 141) and its sizes. */

import { sha256d } from '../bytes/hash.ts';
import { Writer } from '../bytes/writer.ts';
import { decode } from './codec.ts';
import { type Tx, tx, type TxSize, txSize } from './tx.ts';

/** A transaction with its bytes, its two names and its sizes. It shares no memory with what it was made from. */
export interface IdentifiedTx {
  /** Byte strings in it are views of `raw`. */
  readonly tx: Tx;
  /** The whole transaction, witnesses included. */
  readonly raw: Uint8Array;
  /** Hash without the witnesses, 32 bytes in wire order. */
  readonly txid: Uint8Array;
  /** Hash of `raw`; the same array as `txid` when there is no witness. */
  readonly wtxid: Uint8Array;
  readonly size: TxSize;
}

const VERSION_SIZE_BYTES = 4;
const LOCK_TIME_SIZE_BYTES = 4;
/** Where the inputs begin behind a version, marker and flag. */
const EXTENDED_START = 6;

/**
 * Names a transaction. A decoded message holds views of what came from the socket, valid for a moment and many times as
 * large, so the transaction is decoded again from bytes of its own.
 */
export function identify(value: Tx): IdentifiedTx {
  const size = txSize(value);
  const writer = new Writer(size.sizeBytes);
  tx.write(writer, value);
  const raw = writer.finish();
  return named(decode(tx, raw), raw, size);
}

/**
 * Names the transaction that bytes hold.
 *
 * @throws {DecodeError} when the bytes are not exactly one transaction.
 */
export function identifyRaw(raw: Uint8Array): IdentifiedTx {
  const own = Uint8Array.from(raw);
  const value = decode(tx, own);
  return named(value, own, txSize(value));
}

function named(value: Tx, raw: Uint8Array, size: TxSize): IdentifiedTx {
  const wtxid = sha256d(raw);
  const strippedSize = (size.weight - size.sizeBytes) / 3;
  const txid = strippedSize === raw.length ? wtxid : sha256d(strip(raw, strippedSize));
  return { tx: value, raw, txid, wtxid, size };
}

/** Leaves out what the extended form adds: marker and flag behind the version, stacks in front of the lock time. */
function strip(raw: Uint8Array, strippedSize: number): Uint8Array {
  const stripped = new Uint8Array(strippedSize);
  const lockTimeStart = strippedSize - LOCK_TIME_SIZE_BYTES;
  stripped.set(raw.subarray(0, VERSION_SIZE_BYTES));
  stripped.set(
    raw.subarray(EXTENDED_START, EXTENDED_START + lockTimeStart - VERSION_SIZE_BYTES),
    VERSION_SIZE_BYTES,
  );
  stripped.set(raw.subarray(raw.length - LOCK_TIME_SIZE_BYTES), lockTimeStart);
  return stripped;
}
