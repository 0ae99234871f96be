/** A table of places in buckets, most of which may be empty: only buckets in use take memory. */

import type { Random } from '../machine.ts';
import { PLACES_PER_BUCKET } from './book-places.ts';
import { below } from './chance.ts';

interface Bucket<T> {
  readonly places: (T | undefined)[];
  taken: number;
}

export class BucketTable<T> {
  readonly #buckets = new Map<number, Bucket<T>>();
  /** Numbers of the buckets in use, in no order, so that one can be drawn. */
  readonly #inUse: number[] = [];

  get isEmpty(): boolean {
    return this.#inUse.length === 0;
  }

  at(place: number): T | undefined {
    return this.#buckets.get(bucketOf(place))?.places[place % PLACES_PER_BUCKET];
  }

  /** Puts an item into a place that is free. */
  put(place: number, item: T): void {
    const bucket = this.#buckets.get(bucketOf(place)) ?? this.#addBucket(bucketOf(place));
    bucket.places[place % PLACES_PER_BUCKET] = item;
    bucket.taken++;
  }

  /** Frees a place that is taken. */
  clear(place: number): void {
    const number = bucketOf(place);
    const bucket = this.#buckets.get(number);
    if (bucket === undefined) return;
    bucket.places[place % PLACES_PER_BUCKET] = undefined;
    if (--bucket.taken > 0) return;
    this.#buckets.delete(number);
    this.#inUse.splice(this.#inUse.indexOf(number), 1);
  }

  /**
   * An item at random. Each bucket in use is as likely as the others however full it is, so that who crowds a few of
   * them gains nothing; undefined only when the table is empty.
   */
  draw(random: Random): T | undefined {
    if (this.isEmpty) return undefined;
    const number = this.#inUse[below(this.#inUse.length, random)] as number;
    const { places } = this.#buckets.get(number) as Bucket<T>;
    const start = below(PLACES_PER_BUCKET, random);
    for (let i = 0; i < PLACES_PER_BUCKET; i++) {
      const item = places[(start + i) % PLACES_PER_BUCKET];
      if (item !== undefined) return item;
    }
    return undefined;
  }

  #addBucket(number: number): Bucket<T> {
    const bucket = { places: Array.from({ length: PLACES_PER_BUCKET }, () => undefined), taken: 0 };
    this.#buckets.set(number, bucket);
    this.#inUse.push(number);
    return bucket;
  }
}

function bucketOf(place: number): number {
  return Math.floor(place / PLACES_PER_BUCKET);
}
