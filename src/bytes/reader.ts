/** Reads numbers and byte strings from the front of a buffer; little-endian unless the name says otherwise. */

import { DecodeError } from './decode-error.ts';

/** A cursor over bytes. Every method throws {@link DecodeError} `unexpected-end` when the bytes give out. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes consumed so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes not consumed yet. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16be(): number {
    return this.#view.getUint16(this.#take(2), false);
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }

  /** The next `length` bytes: a view of the buffer, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** The next byte, or one further on, left where it is; undefined beyond the end. */
  peek(ahead: number = 0): number | undefined {
    return this.#bytes[this.#offset + ahead];
  }

  #take(length: number): number {
    const start = this.#offset;
    if (length > this.#bytes.length - start) {
      throw new DecodeError('unexpected-end', `${length} bytes wanted, ${this.remaining} left`, start);
    }
    this.#offset = start + length;
    return start;
  }
}
