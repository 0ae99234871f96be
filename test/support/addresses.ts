/** Addresses by their number, and a disk for what a memory of peers changes. */
import assert from 'node:assert/strict';
import type { FoundAddress, KnownAddress } from '../../src/protocol/peers/address-book.ts';
import { keyOf } from '../../src/protocol/peers/book-entry.ts';
import { BookPlaces } from '../../src/protocol/peers/book-places.ts';
import { networkGroup } from '../../src/protocol/peers/network-group.ts';
import { PeerMemory, type RecordChange } from '../../src/protocol/peers/peer-memory.ts';
import { decodeRecord } from '../../src/protocol/peers/peer-records.ts';
import type { Now } from '../../src/protocol/machine.ts';
import { seededRandom } from './false-time.ts';

/** NETWORK and WITNESS. */
export const FULL_NODE = 9n;
export const PORT = 8333;

export const NOW: Now = { ms: 1_000_000, unixSeconds: 1_700_000_000 };

/** {@link NOW}, some seconds later by both clocks. */
export function later(seconds: number, from: Now = NOW): Now {
  return { ms: from.ms + 1000 * seconds, unixSeconds: from.unixSeconds + seconds };
}

/** An address seen so long before {@link NOW}. */
export function foundAt(host: string, ageSeconds = 3_600, port = PORT): FoundAddress {
  return { endpoint: { host, port }, services: FULL_NODE, seenSeconds: NOW.unixSeconds - ageSeconds };
}

/** One of many IPv6 addresses, each in a /32 and so in a group of its own. */
export function ownGroupHost(index: number): string {
  const high = 0x2400 + Math.floor(index / 0xffff);
  return `${high.toString(16)}:${(1 + (index % 0xffff)).toString(16)}::1`;
}

/** One of 65,536 IPv4 addresses in a /16. */
export function sameGroupHost(index: number, group = '12.34'): string {
  return `${group}.${(index >> 8) & 0xff}.${index & 0xff}`;
}

/** Text that names an address in assertions. */
export function nameOf({ endpoint }: FoundAddress): string {
  return `${endpoint.host} ${endpoint.port}`;
}

export function namesOf(found: Iterable<FoundAddress>): string[] {
  return Array.from(found, nameOf).toSorted();
}

/** Records as a disk would hold them. */
export class RecordDisk {
  readonly records = new Map<string, Uint8Array>();

  apply(change: RecordChange | undefined): void {
    for (const key of change?.remove ?? []) {
      assert.ok(this.records.delete(key), `${key} is removed and was never written`);
    }
    for (const [key, value] of change?.put ?? []) this.records.set(key, value);
  }

  restore(now: Now, options = { separatesPrivate: false }, seed = 7): PeerMemory {
    return PeerMemory.restore(this.records, options, seededRandom(seed), now);
  }
}

/**
 * Checks that a book agrees with itself and with what was written of it: counts, look-ups, what is drawn, and that no
 * two addresses share a place.
 */
export function checkMemory(memory: PeerMemory, disk: RecordDisk, now: Now): void {
  const { book } = memory;
  disk.apply(memory.takeChanges());
  const entries = Array.from(book.entries());
  const tried = entries.filter(({ isTried }) => isTried);
  assert.deepEqual(book.counts, { new: entries.length - tried.length, tried: tried.length });
  for (const entry of entries) assert.deepEqual(book.get(entry.endpoint), entry);

  const active = entries.filter((entry) => book.isActive(entry, now));
  assert.deepEqual(namesOf(book.sample(now, entries.length + 1)), namesOf(active));
  for (const wanted of active.slice(0, 5)) {
    const chosen = book.select(now, ({ endpoint }) => endpoint === wanted.endpoint);
    assert.deepEqual(chosen, book.get(wanted.endpoint));
  }
  assert.equal(
    book.select(now, (known) => !book.isActive(known, now)),
    undefined,
  );
  checkRecords(entries, disk);
}

function checkRecords(entries: readonly KnownAddress[], disk: RecordDisk): void {
  const written: KnownAddress[] = [];
  const taken = new Set<string>();
  for (const [name, bytes] of disk.records) {
    const record = decodeRecord(name, bytes);
    assert.ok(record !== undefined, name);
    if (record.type !== 'address') continue;
    const { key, source, places, ...known } = record.address;
    assert.equal(key, name);
    assert.ok(source.length > 0);
    for (const place of places) {
      const text = `${known.isTried ? 'tried' : 'new'} ${place}`;
      assert.ok(!taken.has(text), `${text} is taken twice`);
      taken.add(text);
    }
    written.push(known);
  }
  assert.deepEqual(written.toSorted(byName), entries.toSorted(byName));
}

function byName(one: FoundAddress, other: FoundAddress): number {
  return nameOf(one) < nameOf(other) ? -1 : 1;
}

/** So many addresses of one group that have the same place in the tried table of a book with a key. */
export function sharingTriedPlace(key: Uint8Array, count: number, group = '12.34'): FoundAddress[] {
  const places = new BookPlaces(key);
  const byPlace = new Map<number, FoundAddress[]>();
  for (let i = 0; ; i++) {
    const found = foundAt(sameGroupHost(i, group));
    const place = places.inTried(keyOf(found.endpoint), networkGroup(found.endpoint.host, false));
    const sharing = [...(byPlace.get(place) ?? []), found];
    if (sharing.length === count) return sharing;
    byPlace.set(place, sharing);
  }
}
