/** Block hashes that a network is known to have, one for each period of 2,016 blocks: where to ask, and where to begin. */

import { base64 } from '@scure/base';

const HASH_SIZE_BYTES = 32;

/** A block of a network's best chain. */
export interface Anchor {
  readonly height: number;
  /** 32 bytes, wire order. */
  readonly hash: Uint8Array;
}

/** A table as the package carries it; scripts/make-anchors.mjs writes these. */
export interface PackedAnchors {
  readonly count: number;
  /** Height of the first anchor, and from each to the next. */
  readonly firstHeight: number;
  readonly spacing: number;
  /** Base64: of each hash its length without trailing zero bytes (one byte), then these bytes in wire order. */
  readonly hashes: readonly string[];
  /** Base64: of each anchor the compact target of the header after it, 4 bytes, lowest first; where they are known. */
  readonly targets?: readonly string[];
}

interface Columns {
  /** Ascending. */
  readonly heights: readonly number[];
  /** 32 bytes each. */
  readonly hashes: Uint8Array;
  readonly targets: readonly number[] | undefined;
}

/** Anchors in order of height. A packed table is unpacked when it is first asked. */
export class AnchorTable {
  readonly count: number;
  /** Whether the targets after the anchors are known, and so the chainwork at each. */
  readonly hasTargets: boolean;
  readonly #load: () => Columns;
  #columns: Columns | undefined;

  private constructor(count: number, hasTargets: boolean, load: () => Columns) {
    this.count = count;
    this.hasTargets = hasTargets;
    this.#load = load;
  }

  /**
   * @param anchors in ascending order of height, hashes of 32 bytes.
   * @param targets for each anchor the compact target of the header after it.
   * @throws {RangeError} when they are out of order, of another length, or not as many as the anchors.
   */
  static of(anchors: readonly Anchor[], targets?: readonly number[]): AnchorTable {
    const hashes = new Uint8Array(anchors.length * HASH_SIZE_BYTES);
    for (const [index, { height, hash }] of anchors.entries()) {
      if (hash.length !== HASH_SIZE_BYTES) throw new RangeError(`anchors: a hash of ${hash.length} bytes`);
      if (height <= (anchors[index - 1]?.height ?? -1))
        throw new RangeError(`anchors: height ${height} is out of order`);
      hashes.set(hash, index * HASH_SIZE_BYTES);
    }
    if (targets !== undefined && targets.length !== anchors.length)
      throw new RangeError(`anchors: ${targets.length} targets for ${anchors.length} anchors`);
    const columns = { heights: anchors.map(({ height }) => height), hashes, targets: targets?.slice() };
    return new AnchorTable(anchors.length, targets !== undefined, () => columns);
  }

  static packed(anchors: PackedAnchors): AnchorTable {
    return new AnchorTable(anchors.count, anchors.targets !== undefined, () => unpack(anchors));
  }

  /**
   * The anchor with an index, from 0.
   *
   * @throws {RangeError} when there is none.
   */
  at(index: number): Anchor {
    const { heights, hashes } = this.#unpacked();
    const height = heights[index];
    if (height === undefined) throw new RangeError(`anchors: no index ${index} among ${this.count}`);
    return { height, hash: hashes.slice(index * HASH_SIZE_BYTES, (index + 1) * HASH_SIZE_BYTES) };
  }

  /** Index of the highest anchor at or below a height; -1 where there is none. */
  indexBelow(height: number): number {
    const { heights } = this.#unpacked();
    let [low, end] = [0, heights.length];
    while (low < end) {
      const middle = (low + end) >>> 1;
      if ((heights[middle] as number) <= height) low = middle + 1;
      else end = middle;
    }
    return low - 1;
  }

  /** Compact target of the header after an anchor; undefined where it is not known. */
  nextBits(index: number): number | undefined {
    return this.#unpacked().targets?.[index];
  }

  #unpacked(): Columns {
    return (this.#columns ??= this.#load());
  }
}

function unpack({ count, firstHeight, spacing, hashes: packed, targets }: PackedAnchors): Columns {
  const heights = Array.from({ length: count }, (_, index) => firstHeight + spacing * index);
  const bytes = base64.decode(packed.join(''));
  const hashes = new Uint8Array(count * HASH_SIZE_BYTES);
  let at = 0;
  for (let index = 0; index < count; index++) {
    const end = at + 1 + (bytes[at] as number);
    hashes.set(bytes.subarray(at + 1, end), index * HASH_SIZE_BYTES);
    at = end;
  }
  return { heights, hashes, targets: targets && unpackTargets(base64.decode(targets.join('')), count) };
}

function unpackTargets(bytes: Uint8Array, count: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, index) => view.getUint32(4 * index, true));
}
