/** Headers that came one after another in a message or a file: their raw bytes and their hashes, hashed once. */

import { HASH_SIZE_BYTES } from '../bytes/hash.ts';
import { PieceHasher } from '../bytes/piece-hasher.ts';
import { HEADER_OFFSETS, HEADER_SIZE_BYTES, type Header, prevOf } from '../wire/header.ts';

/** What the rules look at, apart from the hash. */
export type HeaderFields = Pick<Header, 'version' | 'time' | 'bits'>;

/** Hashes are copied and compared by four bytes: that takes a fourth of the time that single bytes or views of them take. */
const WORD = 4;

const hasher = new PieceHasher(HEADER_SIZE_BYTES);

export class HeaderRun {
  /** The headers, 80 bytes each. */
  readonly bytes: Uint8Array;
  /** Their hashes, 32 bytes each in wire order. */
  readonly hashes: Uint8Array;
  /** How many there are. */
  readonly count: number;
  readonly #view: DataView;
  readonly #hashView: DataView;

  private constructor(bytes: Uint8Array, hashes: Uint8Array) {
    this.bytes = bytes;
    this.count = bytes.length / HEADER_SIZE_BYTES;
    this.hashes = hashes;
    this.#view = viewOf(bytes);
    this.#hashView = viewOf(hashes);
  }

  /**
   * A run of raw headers.
   *
   * @param bytes whole headers, one after another; kept, not copied.
   */
  static fromBytes(bytes: Uint8Array): HeaderRun {
    return new HeaderRun(bytes, hasher.hash(bytes));
  }

  /**
   * A run of headers known to be linked. Nothing is hashed: each header's hash stands in the next one.
   *
   * @param lastHash the last header's hash, 32 bytes in wire order.
   */
  static linked(bytes: Uint8Array, lastHash: Uint8Array): HeaderRun {
    const count = countOf(bytes);
    const hashes = new Uint8Array(count * HASH_SIZE_BYTES);
    const [from, to] = [viewOf(bytes), viewOf(hashes)];
    for (let i = 1; i < count; i++) {
      const prev = i * HEADER_SIZE_BYTES + HEADER_OFFSETS.prev;
      const hash = (i - 1) * HASH_SIZE_BYTES;
      for (let at = 0; at < HASH_SIZE_BYTES; at += WORD) to.setInt32(hash + at, from.getInt32(prev + at));
    }
    if (count > 0) hashes.set(lastHash, (count - 1) * HASH_SIZE_BYTES);
    return new HeaderRun(bytes, hashes);
  }

  /** The header's 80 bytes; a view. */
  bytesAt(index: number): Uint8Array {
    const start = index * HEADER_SIZE_BYTES;
    return this.bytes.subarray(start, start + HEADER_SIZE_BYTES);
  }

  /** Headers from an index up to but without another, 80 bytes each; a view. */
  slice(first: number, end: number): Uint8Array {
    return this.bytes.subarray(first * HEADER_SIZE_BYTES, end * HEADER_SIZE_BYTES);
  }

  /** The same as {@link slice}, with the hashes. */
  part(first: number, end: number): HeaderRun {
    return new HeaderRun(
      this.slice(first, end),
      this.hashes.subarray(first * HASH_SIZE_BYTES, end * HASH_SIZE_BYTES),
    );
  }

  /** The header's hash, 32 bytes in wire order; a view. */
  hashAt(index: number): Uint8Array {
    return this.hashes.subarray(index * HASH_SIZE_BYTES, (index + 1) * HASH_SIZE_BYTES);
  }

  /** The hash of the parent that the header names; a view. */
  prevAt(index: number): Uint8Array {
    return prevOf(this.bytes, index * HEADER_SIZE_BYTES);
  }

  /**
   * Whether the header names the one before it as its parent.
   *
   * @param index from 1 on.
   */
  links(index: number): boolean {
    const prev = index * HEADER_SIZE_BYTES + HEADER_OFFSETS.prev;
    const hash = (index - 1) * HASH_SIZE_BYTES;
    for (let at = 0; at < HASH_SIZE_BYTES; at += WORD) {
      if (this.#view.getInt32(prev + at) !== this.#hashView.getInt32(hash + at)) return false;
    }
    return true;
  }

  timeAt(index: number): number {
    return this.#view.getUint32(index * HEADER_SIZE_BYTES + HEADER_OFFSETS.time, true);
  }

  bitsAt(index: number): number {
    return this.#view.getUint32(index * HEADER_SIZE_BYTES + HEADER_OFFSETS.bits, true);
  }

  fieldsAt(index: number): HeaderFields {
    const version = this.#view.getInt32(index * HEADER_SIZE_BYTES, true);
    return { version, time: this.timeAt(index), bits: this.bitsAt(index) };
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function countOf(bytes: Uint8Array): number {
  const count = bytes.length / HEADER_SIZE_BYTES;
  if (!Number.isInteger(count)) throw new RangeError(`${bytes.length} bytes are no whole headers`);
  return count;
}
