/** The chain with the most work, from genesis to its tip: 40 bytes a header, in columns that grow by segments. */

import { HASH_SIZE_BYTES } from '../bytes/hash.ts';
import { HashIndex } from './hash-index.ts';
import { WorkMeter } from './work.ts';

/** Headers a segment. */
const SEGMENT = 1 << 16;
/** Headers between two heights whose chainwork is remembered; the others' is added up from there. */
const CHAINWORK_INTERVAL = 1024;

interface Segment {
  readonly hashes: Uint8Array;
  readonly times: Uint32Array;
  readonly bits: Uint32Array;
}

export class BestChain {
  readonly #segments: Segment[] = [];
  readonly #index: HashIndex;
  readonly #work = new WorkMeter();
  /** Chainwork at height 0, 1024, 2048 and so on. */
  readonly #chainworks: bigint[] = [];
  #length = 0;
  #tipChainwork = 0n;

  constructor() {
    this.#index = new HashIndex((height) => (height < this.#length ? this.hashAt(height) : undefined));
  }

  /** Height of the tip; -1 before the first header. */
  get height(): number {
    return this.#length - 1;
  }

  /** Chainwork of the tip: expected hashes from genesis on, the tip's own included. */
  get chainwork(): bigint {
    return this.#tipChainwork;
  }

  /** Adds a header on top of the tip. The hash is copied. */
  push(hash: Uint8Array, time: number, bits: number): void {
    const height = this.#length;
    const at = height % SEGMENT;
    if (at === 0) this.#segments[height / SEGMENT] = newSegment();
    const segment = this.#segments[Math.floor(height / SEGMENT)] as Segment;
    segment.hashes.set(hash, at * HASH_SIZE_BYTES);
    segment.times[at] = time;
    segment.bits[at] = bits;
    this.#length++;
    this.#tipChainwork += this.#work.of(bits);
    if (height % CHAINWORK_INTERVAL === 0) this.#chainworks[height / CHAINWORK_INTERVAL] = this.#tipChainwork;
    this.#index.add(hash, height);
  }

  /** Cuts off everything above a height. */
  truncate(height: number): void {
    this.#tipChainwork = this.chainworkAt(height);
    this.#length = height + 1;
    this.#segments.length = Math.ceil(this.#length / SEGMENT);
  }

  /** The hash at a height: a view, good until the chain is cut below it. */
  hashAt(height: number): Uint8Array {
    const at = (height % SEGMENT) * HASH_SIZE_BYTES;
    return this.#segmentOf(height).hashes.subarray(at, at + HASH_SIZE_BYTES);
  }

  timeAt(height: number): number {
    return this.#segmentOf(height).times[height % SEGMENT] as number;
  }

  bitsAt(height: number): number {
    return this.#segmentOf(height).bits[height % SEGMENT] as number;
  }

  /** Expected hashes from genesis to a height, both included. */
  chainworkAt(height: number): bigint {
    if (height === this.height) return this.#tipChainwork;
    this.#checkHeight(height);
    const interval = Math.floor(height / CHAINWORK_INTERVAL);
    let chainwork = this.#chainworks[interval] as bigint;
    for (let above = interval * CHAINWORK_INTERVAL + 1; above <= height; above++) {
      chainwork += this.#work.of(this.bitsAt(above));
    }
    return chainwork;
  }

  /** The height of the header with this hash, when the chain has it. */
  heightOf(hash: Uint8Array): number | undefined {
    return this.#index.find(hash);
  }

  #segmentOf(height: number): Segment {
    this.#checkHeight(height);
    return this.#segments[Math.floor(height / SEGMENT)] as Segment;
  }

  #checkHeight(height: number): void {
    if (height >= 0 && height < this.#length) return;
    throw new RangeError(`height ${height} is not from 0 to ${this.height}`);
  }
}

function newSegment(): Segment {
  return {
    hashes: new Uint8Array(SEGMENT * HASH_SIZE_BYTES),
    times: new Uint32Array(SEGMENT),
    bits: new Uint32Array(SEGMENT),
  };
}
