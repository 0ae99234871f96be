/** Filter headers that were relied on, from earlier runs and from this one, in segments as they are kept. */

import { concat } from '../../bytes/concat.ts';
import { equalBytes, HASH_SIZE_BYTES } from '../../bytes/hash.ts';
import { type FilterSegment, segmentFirst, segmentLast } from '../../filters/filter-segment.ts';
import { filterHeader } from '../../filters/index.ts';
import type { Ends, FilterHashes } from './filter-vote.ts';
import type { FilterCheck, Stretch } from './stretch.ts';

/** What is relied on without a second opinion is not kept: later runs would take it for more than that. */
const MIN_OPINIONS = 2;

export class FilterLog {
  readonly #segments: Map<number, FilterSegment>;
  /** First heights of those that are new. */
  readonly #fresh = new Set<number>();

  /** @param saved by first height; all belong to the best chain. */
  constructor(saved: ReadonlyMap<number, FilterSegment>) {
    this.#segments = new Map(saved);
  }

  /** How to tell the right filters of a whole segment that is known, if it has these ends. */
  checkOf({ first, last }: Stretch, ends: Ends): FilterCheck | undefined {
    const segment = this.#segments.get(first);
    if (segment === undefined || lastOf(segment) !== last) return undefined;
    const { previous, headers } = segment;
    const headerOf = (height: number): Uint8Array => {
      const start = HASH_SIZE_BYTES * (height - first);
      return height < first ? previous : headers.subarray(start, start + HASH_SIZE_BYTES);
    };
    if (!equalBytes(previous, ends.previous) || !equalBytes(headerOf(last), ends.last)) return undefined;
    return (height, hash) => equalBytes(filterHeader(hash, headerOf(height - 1)), headerOf(height));
  }

  /** Keeps what peers agree on, where it goes on from what is kept already. */
  add(
    { first, last }: Stretch,
    common: FilterHashes | undefined,
    opinions: number,
    chain: { hashAt(height: number): Uint8Array },
  ): void {
    if (common === undefined || opinions < MIN_OPINIONS) return;
    const firstHeight = segmentFirst(first);
    const below = first === firstHeight ? undefined : this.#segments.get(firstHeight);
    const isContinued =
      below !== undefined &&
      lastOf(below) === first - 1 &&
      equalBytes(below.headers.subarray(-HASH_SIZE_BYTES), common.previous);
    if (first !== firstHeight && !isContinued) return;
    const headers = headersFrom(common);
    this.#put({
      firstHeight,
      previous: below?.previous ?? common.previous,
      headers: below === undefined ? headers : concat([below.headers, headers]),
      lastBlockHash: chain.hashAt(last).slice(),
    });
  }

  /** The blocks above a height are other ones now. */
  cutAbove(height: number, chain: { hashAt(height: number): Uint8Array }): void {
    for (const [firstHeight, segment] of this.#segments) {
      if (lastOf(segment) <= height) continue;
      this.#segments.delete(firstHeight);
      this.#fresh.delete(firstHeight);
      if (firstHeight > height) continue;
      const headers = segment.headers.slice(0, HASH_SIZE_BYTES * (height - firstHeight + 1));
      this.#put({ ...segment, headers, lastBlockHash: chain.hashAt(height).slice() });
    }
  }

  /** Those that are new since this was last asked. */
  take(): FilterSegment[] {
    const fresh = Array.from(this.#fresh, (firstHeight) => this.#segments.get(firstHeight) as FilterSegment);
    for (const segment of fresh) {
      // One that is whole and written is of no more use to this run: a scan goes up.
      if (lastOf(segment) === segmentLast(segment.firstHeight)) this.#segments.delete(segment.firstHeight);
    }
    this.#fresh.clear();
    return fresh;
  }

  #put(segment: FilterSegment): void {
    this.#segments.set(segment.firstHeight, segment);
    this.#fresh.add(segment.firstHeight);
  }
}

function lastOf({ firstHeight, headers }: FilterSegment): number {
  return firstHeight + headers.length / HASH_SIZE_BYTES - 1;
}

/** 32 bytes each. */
function headersFrom({ previous, hashes }: FilterHashes): Uint8Array {
  const headers = new Uint8Array(HASH_SIZE_BYTES * hashes.length);
  let header = previous;
  for (const [i, hash] of hashes.entries()) {
    header = filterHeader(hash, header);
    headers.set(header, HASH_SIZE_BYTES * i);
  }
  return headers;
}
