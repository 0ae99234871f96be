/** Writes numbers and byte strings into a buffer that grows; little-endian unless the name says otherwise. */

const FIRST_CAPACITY_BYTES = 256;

/** A growing buffer. A number that does not fit its field is the caller's mistake: RangeError. */
export class Writer {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  /** @param capacityBytes room to start with; a good guess saves copies. */
  constructor(capacityBytes: number = FIRST_CAPACITY_BYTES) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** What was written: a view of the buffer, valid until the next write. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  u8(value: number): void {
    checkInteger(value, 0, 0xff);
    const start = this.#grow(1);
    this.#view.setUint8(start, value);
  }

  u16(value: number): void {
    checkInteger(value, 0, 0xffff);
    const start = this.#grow(2);
    this.#view.setUint16(start, value, true);
  }

  u16be(value: number): void {
    checkInteger(value, 0, 0xffff);
    const start = this.#grow(2);
    this.#view.setUint16(start, value, false);
  }

  u32(value: number): void {
    checkInteger(value, 0, 0xffffffff);
    const start = this.#grow(4);
    this.#view.setUint32(start, value, true);
  }

  i32(value: number): void {
    checkInteger(value, -0x80000000, 0x7fffffff);
    const start = this.#grow(4);
    this.#view.setInt32(start, value, true);
  }

  u64(value: bigint): void {
    if (value !== BigInt.asUintN(64, value)) throw new RangeError(`${value} does not fit 64 unsigned bits`);
    const start = this.#grow(8);
    this.#view.setBigUint64(start, value, true);
  }

  i64(value: bigint): void {
    if (value !== BigInt.asIntN(64, value)) throw new RangeError(`${value} does not fit 64 signed bits`);
    const start = this.#grow(8);
    this.#view.setBigInt64(start, value, true);
  }

  bytes(value: Uint8Array): void {
    const start = this.#grow(value.length);
    this.#bytes.set(value, start);
  }

  /** Makes room and says where it starts. To be called first: it may replace the buffer and the view. */
  #grow(length: number): number {
    const start = this.#length;
    const end = start + length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = end;
    return start;
  }
}

function checkInteger(value: number, lowest: number, highest: number): void {
  if (!Number.isInteger(value) || value < lowest || value > highest) {
    throw new RangeError(`${value} is no integer from ${lowest} to ${highest}`);
  }
}
