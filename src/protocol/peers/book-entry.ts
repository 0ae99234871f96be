/** An address as the book keeps it, and all of them by their keys. */

import { type Host, hostText, parseHost } from '../../wire/host.ts';
import type { Random } from '../machine.ts';
import type { Endpoint } from '../peer.ts';
import { below } from './chance.ts';
import type { KnownAddress } from './known-address.ts';
import { isRoutable } from './network-group.ts';

type Changeable<T> = { -readonly [Field in keyof T]: T[Field] };

/** Where an entry belongs. */
export interface Standing {
  /** {@link keyOf} of the endpoint. */
  readonly key: string;
  /** Network group of who told it first. */
  readonly source: string;
  /** Places in its table, counted over all buckets; one in the tried table, up to eight in the new one. */
  places: number[];
}

export interface BookEntry extends Changeable<KnownAddress>, Standing {
  /** Where it stands in the list of all entries. */
  index: number;
}

export function entryOf(known: KnownAddress, { key, source, places }: Standing): BookEntry {
  const { host, port } = known.endpoint;
  // Each field by name: entries are many, and all of one shape take least memory.
  return {
    key,
    endpoint: { host, port },
    network: known.network,
    services: known.services,
    seenSeconds: known.seenSeconds,
    lastTrySeconds: known.lastTrySeconds,
    lastSuccessSeconds: known.lastSuccessSeconds,
    failures: known.failures,
    isTried: known.isTried,
    source,
    places,
    index: -1,
  };
}

/** An entry as the world sees it: it stays what it was when the entry changes. */
export function describe(entry: BookEntry): KnownAddress {
  const { endpoint, network, services, seenSeconds } = entry;
  const { lastTrySeconds, lastSuccessSeconds, failures, isTried } = entry;
  return { endpoint, network, services, seenSeconds, lastTrySeconds, lastSuccessSeconds, failures, isTried };
}

/** Name of an address in the book, and of its record on disk. */
export function keyOf({ host, port }: Endpoint): string {
  return `address-${host} ${port}`;
}

/** The endpoint that {@link keyOf} names; undefined when the text is no such key, or its host not canonical. */
export function endpointOf(key: string): { readonly endpoint: Endpoint; readonly host: Host } | undefined {
  const { hostPart = '', portPart = '' } =
    /^address-(?<hostPart>[^ ]+) (?<portPart>0|[1-9]\d{0,4})$/.exec(key)?.groups ?? {};
  const endpoint = { host: hostPart, port: Number(portPart) };
  const host = canonicalHost(endpoint.host);
  return host === undefined || endpoint.port > 65_535 ? undefined : { endpoint, host };
}

/** The host of a text in its canonical spelling; undefined for other spellings, for names, and for anything else. */
export function canonicalHost(text: string): Host | undefined {
  const host = parseHost(text);
  return host !== undefined && hostText(host) === text ? host : undefined;
}

/**
 * Whether an address can be somebody's at all.
 *
 * @param separatesPrivate whether nodes of this network live at private addresses.
 */
export function isDialable(host: Host, port: number, separatesPrivate: boolean): boolean {
  // I2P has no ports, and writes 0 (BIP 155).
  if (port === 0 && host.network !== 'i2p') return false;
  // All zeros are no address: to call them is to call oneself.
  return separatesPrivate ? host.bytes.some((byte) => byte !== 0) : isRoutable(host);
}

/** All entries of both tables. */
export class EntryIndex {
  readonly #byKey = new Map<string, BookEntry>();
  /** The same in no order, so that they can be drawn. */
  readonly #list: BookEntry[] = [];

  get size(): number {
    return this.#list.length;
  }

  get(key: string): BookEntry | undefined {
    return this.#byKey.get(key);
  }

  add(entry: BookEntry): void {
    entry.index = this.#list.length;
    this.#list.push(entry);
    this.#byKey.set(entry.key, entry);
  }

  remove(entry: BookEntry): void {
    this.#byKey.delete(entry.key);
    const last = this.#list.pop();
    if (last !== undefined && last !== entry) this.#moveTo(entry.index, last);
  }

  [Symbol.iterator](): Iterator<BookEntry> {
    return this.#list.values();
  }

  /** Up to so many of those that are wanted, each as likely as the others. */
  sample(maxCount: number, isWanted: (entry: BookEntry) => boolean, random: Random): BookEntry[] {
    const drawn: BookEntry[] = [];
    // The list is shuffled only as far as that is needed (Fisher and Yates).
    for (let i = 0; i < this.#list.length && drawn.length < maxCount; i++) {
      const other = i + below(this.#list.length - i, random);
      const [here, entry] = [this.#list[i] as BookEntry, this.#list[other] as BookEntry];
      this.#moveTo(other, here);
      this.#moveTo(i, entry);
      if (isWanted(entry)) drawn.push(entry);
    }
    return drawn;
  }

  #moveTo(index: number, entry: BookEntry): void {
    this.#list[index] = entry;
    entry.index = index;
  }
}
