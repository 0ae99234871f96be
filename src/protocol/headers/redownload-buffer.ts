/**
 * Headers that wait, first in, first out, without the hashes of their parents: 48 bytes each instead of 80 (Core:
 * CompressedHeader). The memory grows and shrinks with what waits, by blocks.
 */

import { sha256d } from '../../bytes/hash.ts';
import { HeaderRun } from '../../chain/header-run.ts';
import { HEADER_OFFSETS, HEADER_SIZE_BYTES } from '../../wire/header.ts';

const { prev: PREV, merkleRoot: AFTER_PREV } = HEADER_OFFSETS;
const COMPRESSED_SIZE_BYTES = HEADER_SIZE_BYTES - (AFTER_PREV - PREV);

/** 12 KiB: what a chain with few headers costs, and what is lost at both ends of the queue. */
const BLOCK_HEADERS = 256;

export class RedownloadBuffer {
  /** Oldest first. Those in between are full. */
  readonly #blocks: Uint8Array[] = [];
  /** Where in the first block the oldest header is. */
  #first = 0;
  #size = 0;
  /** Hash of the parent of the oldest header. */
  #prev: Uint8Array;

  /** @param prev hash of the parent of the first header that will be pushed, 32 bytes; kept. */
  constructor(prev: Uint8Array) {
    this.#prev = prev;
  }

  /** How many headers wait. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of memory it holds. */
  get memoryBytes(): number {
    return this.#blocks.length * BLOCK_HEADERS * COMPRESSED_SIZE_BYTES + this.#prev.length;
  }

  /** @param header 80 bytes: the child of the one pushed before. Copied. */
  push(header: Uint8Array): void {
    const end = this.#first + this.#size;
    if (end === this.#blocks.length * BLOCK_HEADERS) {
      this.#blocks.push(new Uint8Array(BLOCK_HEADERS * COMPRESSED_SIZE_BYTES));
    }
    const block = this.#blocks.at(-1) as Uint8Array;
    const start = (end % BLOCK_HEADERS) * COMPRESSED_SIZE_BYTES;
    block.set(header.subarray(0, PREV), start);
    block.set(header.subarray(AFTER_PREV), start + PREV);
    this.#size++;
  }

  /** Takes out the oldest headers, whole again: each is hashed, for its hash is what its child was robbed of. */
  shift(count: number): HeaderRun {
    if (count > this.#size) throw new RangeError(`${count} headers of ${this.#size}`);
    const bytes = new Uint8Array(count * HEADER_SIZE_BYTES);
    for (let start = 0; start < bytes.length; start += HEADER_SIZE_BYTES) {
      const header = bytes.subarray(start, start + HEADER_SIZE_BYTES);
      this.#shiftInto(header);
      this.#prev = sha256d(header);
    }
    return HeaderRun.linked(bytes, this.#prev);
  }

  #shiftInto(header: Uint8Array): void {
    const start = this.#first * COMPRESSED_SIZE_BYTES;
    const compressed = (this.#blocks[0] as Uint8Array).subarray(start, start + COMPRESSED_SIZE_BYTES);
    header.set(compressed.subarray(0, PREV));
    header.set(this.#prev, PREV);
    header.set(compressed.subarray(PREV), AFTER_PREV);
    this.#size--;
    this.#first++;
    if (this.#first < BLOCK_HEADERS) return;
    this.#blocks.shift();
    this.#first = 0;
  }
}
