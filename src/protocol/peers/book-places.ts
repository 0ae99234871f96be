/**
 * Where in the book an address may stand. Each table is cut into buckets of 64 places, and an address has no choice:
 * hashes under a secret key pick its bucket and its place in there. What goes into them is chosen such that nobody can
 * cover more than a small part of a table, and nobody without the key can know which one (Core: src/addrman.cpp; the
 * attack: Heilman and others, "Eclipse Attacks on Bitcoin's Peer-to-Peer Network").
 *
 * - A new address gets a bucket by who told it: those that one source group tells reach 64 buckets of 1,024, and those
 *   of them that are of one group all fall into the same one.
 * - A tried address gets its bucket by its own group: all of a group reach 8 buckets of 256.
 */

import { sha256d } from '../../bytes/hash.ts';

export const PLACES_PER_BUCKET = 64;
export const NEW_BUCKETS = 1024;
export const TRIED_BUCKETS = 256;
/** Buckets of the new table that the addresses told by one group can come into. */
export const NEW_BUCKETS_PER_SOURCE = 64;
/** Buckets of the tried table that the addresses of one group can come into. */
export const TRIED_BUCKETS_PER_GROUP = 8;

export class BookPlaces {
  readonly #key: Uint8Array;
  readonly #encoder = new TextEncoder();
  /** A source tells many addresses at once, and its buckets are few. */
  #source = '';
  #sourceBuckets: (number | undefined)[] = [];

  /** @param key 32 secret bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /**
   * The place in the new table, counted over all buckets, of an address told by a source.
   *
   * @param group network group of the address.
   * @param source network group of who told it.
   */
  inNew(address: string, group: string, source: string): number {
    const slot = this.#hash('slot of source', group, source) % NEW_BUCKETS_PER_SOURCE;
    return this.#placeIn('new', this.#bucketOfSource(source, slot), address);
  }

  /** The place in the tried table, counted over all buckets. */
  inTried(address: string, group: string): number {
    const slot = this.#hash('slot of group', address) % TRIED_BUCKETS_PER_GROUP;
    const bucket = this.#hash('bucket of group', group, String(slot)) % TRIED_BUCKETS;
    return this.#placeIn('tried', bucket, address);
  }

  #bucketOfSource(source: string, slot: number): number {
    if (source !== this.#source) {
      this.#source = source;
      this.#sourceBuckets = [];
    }
    return (this.#sourceBuckets[slot] ??= this.#hash('bucket of source', source, String(slot)) % NEW_BUCKETS);
  }

  #placeIn(table: 'new' | 'tried', bucket: number, address: string): number {
    const position = this.#hash(`place in ${table}`, String(bucket), address) % PLACES_PER_BUCKET;
    return bucket * PLACES_PER_BUCKET + position;
  }

  /** The first parts tell the uses apart; no part has a line feed in it. */
  #hash(...parts: readonly string[]): number {
    const text = this.#encoder.encode(parts.join('\n'));
    const bytes = new Uint8Array(this.#key.length + text.length);
    bytes.set(this.#key);
    bytes.set(text, this.#key.length);
    const [a, b, c, d] = sha256d(bytes) as unknown as [number, number, number, number];
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }
}
