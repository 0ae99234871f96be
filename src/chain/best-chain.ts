/** The chain with the most work, from its root to its tip: 40 bytes a header, in columns that grow by segments. */

import { HASH_SIZE_BYTES } from '../bytes/hash.ts';
import type { ChainRoot } from './chain-root.ts';
import { HashIndex } from './hash-index.ts';
import type { HeaderRun } from './header-run.ts';
import { WorkMeter } from './work.ts';
import { WorkSum } from './work-sum.ts';

/** Headers a segment. */
const SEGMENT = 1 << 16;
/** Headers between two places whose chainwork is remembered; the others' is added up from there. */
const CHAINWORK_INTERVAL = 1024;

interface Segment {
  readonly hashes: Uint8Array;
  readonly times: Uint32Array;
  readonly bits: Uint32Array;
}

/** Within, headers are counted by their place above the root, which has place 0. */
export class BestChain {
  readonly rootHeight: number;
  /** Lowest height whose header is known. */
  readonly firstHeight: number;
  readonly #segments: Segment[] = [];
  readonly #index: HashIndex;
  readonly #meter = new WorkMeter();
  /** Chainwork at place 0, 1024, 2048 and so on. */
  readonly #chainworks: bigint[] = [];
  #length = 0;
  #work: WorkSum = new WorkSum(0n);

  constructor(root: ChainRoot) {
    this.rootHeight = root.height;
    this.firstHeight = root.isKnown ? root.height : root.height + 1;
    this.#index = new HashIndex({
      wordAt: (place) => this.#wordAt(place),
      hasAt: (place, hash) => this.#hasAt(place, hash),
    });
    this.push(root.hash, root.time, root.bits);
    this.#work = new WorkSum(root.chainwork);
    this.#chainworks[0] = root.chainwork;
  }

  /** Height of the tip. */
  get height(): number {
    return this.rootHeight + this.#length - 1;
  }

  /** Chainwork of the tip: expected hashes from genesis on, the tip's own included. */
  get chainwork(): bigint {
    return this.#work.total;
  }

  /** Adds a header on top of the tip. The hash is copied. */
  push(hash: Uint8Array, time: number, bits: number): void {
    const segment = this.#segmentWithRoom();
    segment.hashes.set(hash, (this.#length % SEGMENT) * HASH_SIZE_BYTES);
    this.#fill(segment, time, bits);
  }

  /** Adds headers of a run, up to but without `end`. */
  pushRun(run: HeaderRun, first: number, end: number): void {
    let i = first;
    while (i < end) {
      const at = this.#length % SEGMENT;
      const segment = this.#segmentWithRoom();
      const stop = Math.min(end, i + SEGMENT - at);
      const hashes = run.hashes.subarray(i * HASH_SIZE_BYTES, stop * HASH_SIZE_BYTES);
      segment.hashes.set(hashes, at * HASH_SIZE_BYTES);
      for (; i < stop; i++) this.#fill(segment, run.timeAt(i), run.bitsAt(i));
    }
  }

  /** Cuts off everything above a height. */
  truncate(height: number): void {
    this.#work = new WorkSum(this.chainworkAt(height));
    this.#length = height - this.rootHeight + 1;
    this.#segments.length = Math.ceil(this.#length / SEGMENT);
  }

  /** The hash at a height: a view, good until the chain is cut below it. */
  hashAt(height: number): Uint8Array {
    const place = this.#placeOf(height);
    const at = (place % SEGMENT) * HASH_SIZE_BYTES;
    return this.#segmentOf(place).hashes.subarray(at, at + HASH_SIZE_BYTES);
  }

  timeAt(height: number): number {
    const place = this.#placeOf(height);
    return this.#segmentOf(place).times[place % SEGMENT] as number;
  }

  bitsAt(height: number): number {
    const place = this.#placeOf(height);
    return this.#segmentOf(place).bits[place % SEGMENT] as number;
  }

  /** Expected hashes from genesis to a height, both included. */
  chainworkAt(height: number): bigint {
    if (height === this.height) return this.chainwork;
    const place = this.#placeOf(height);
    const interval = Math.floor(place / CHAINWORK_INTERVAL);
    let chainwork = this.#chainworks[interval] as bigint;
    for (let above = interval * CHAINWORK_INTERVAL + 1; above <= place; above++) {
      chainwork += this.#meter.of(this.bitsAt(this.rootHeight + above));
    }
    return chainwork;
  }

  /** The height of the header with this hash, when the chain has it. */
  heightOf(hash: Uint8Array): number | undefined {
    const place = this.#index.find(hash);
    return place === undefined ? undefined : this.rootHeight + place;
  }

  /** The segment that the next header goes into. */
  #segmentWithRoom(): Segment {
    const index = Math.floor(this.#length / SEGMENT);
    return (this.#segments[index] ??= newSegment());
  }

  /** Takes in a header whose hash is in its place already. */
  #fill(segment: Segment, time: number, bits: number): void {
    const place = this.#length;
    segment.times[place % SEGMENT] = time;
    segment.bits[place % SEGMENT] = bits;
    this.#length++;
    this.#work.add(bits);
    if (place % CHAINWORK_INTERVAL === 0) this.#chainworks[place / CHAINWORK_INTERVAL] = this.chainwork;
    this.#index.add(place);
  }

  /** The lowest four bytes of a hash. */
  #wordAt(place: number): number {
    const { hashes } = this.#segmentOf(place);
    const at = (place % SEGMENT) * HASH_SIZE_BYTES;
    return (
      (hashes[at] as number) |
      ((hashes[at + 1] as number) << 8) |
      ((hashes[at + 2] as number) << 16) |
      ((hashes[at + 3] as number) << 24)
    );
  }

  #hasAt(place: number, hash: Uint8Array): boolean {
    if (place >= this.#length) return false;
    const { hashes } = this.#segmentOf(place);
    const at = (place % SEGMENT) * HASH_SIZE_BYTES;
    for (let i = 0; i < HASH_SIZE_BYTES; i++) if (hashes[at + i] !== hash[i]) return false;
    return true;
  }

  #segmentOf(place: number): Segment {
    return this.#segments[Math.floor(place / SEGMENT)] as Segment;
  }

  #placeOf(height: number): number {
    const place = height - this.rootHeight;
    if (place >= 0 && place < this.#length) return place;
    throw new RangeError(`height ${height} is not from ${this.rootHeight} to ${this.height}`);
  }
}

function newSegment(): Segment {
  return {
    hashes: new Uint8Array(SEGMENT * HASH_SIZE_BYTES),
    times: new Uint32Array(SEGMENT),
    bits: new Uint32Array(SEGMENT),
  };
}
