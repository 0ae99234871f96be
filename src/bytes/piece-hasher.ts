/** SHA-256 twice over each of many pieces of one size, above all headers: four at a time where the platform can. */

import { HASH_SIZE_BYTES, sha256d } from './hash.ts';
import { type LaneHasher, laneHasher } from './simd/lane-hasher.ts';

/** Fewer are hashed one by one: to make what hashes four at a time takes as long as some thousands of them. */
const FEW_PIECES = 256;
/** Pieces at a time: with their hashes they take less than a page of WebAssembly, 64 KiB, for headers. */
const CHUNK_PIECES = 512;

export class PieceHasher {
  readonly #sizeBytes: number;
  #isPrepared = false;
  #lanes: LaneHasher | undefined;

  /**
   * Costs nothing until many pieces are to be hashed.
   *
   * @param sizeBytes of each piece: a multiple of 16.
   */
  constructor(sizeBytes: number) {
    if (sizeBytes <= 0 || sizeBytes % 16 !== 0) {
      throw new RangeError(`sizeBytes ${sizeBytes} is not a multiple of 16`);
    }
    this.#sizeBytes = sizeBytes;
  }

  /** The hashes of whole pieces that lie one after another: 32 bytes each, in their order. */
  hash(pieces: Uint8Array): Uint8Array {
    const count = pieces.length / this.#sizeBytes;
    if (!Number.isInteger(count)) {
      throw new RangeError(`${pieces.length} bytes are no whole pieces of ${this.#sizeBytes}`);
    }
    const hashes = new Uint8Array(count * HASH_SIZE_BYTES);
    const lanes = count < FEW_PIECES ? undefined : this.#prepare();
    const [hash, step] = lanes === undefined ? [sha256d, 1] : [lanes, CHUNK_PIECES];
    for (let first = 0; first < count; first += step) {
      const some = pieces.subarray(first * this.#sizeBytes, (first + step) * this.#sizeBytes);
      hashes.set(hash(some), first * HASH_SIZE_BYTES);
    }
    return hashes;
  }

  #prepare(): LaneHasher | undefined {
    if (!this.#isPrepared) this.#lanes = laneHasher(this.#sizeBytes, CHUNK_PIECES);
    this.#isPrepared = true;
    return this.#lanes;
  }
}
