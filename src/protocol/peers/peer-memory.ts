/** What is remembered of peers from one run to the next. */

import { parseHost } from '../../wire/host.ts';
import type { Now, Random } from '../machine.ts';
import { type Endpoint, endpointText, type PeerKind } from '../peer.ts';
import { AddressBook, type SavedAddress } from './address-book.ts';
import { canonicalHost, isDialable } from './book-entry.ts';
import { Discouraged } from './discouraged.ts';
import { isLoopback } from './network-group.ts';
import {
  anchorKey,
  decodeRecord,
  discouragedHost,
  discouragedKey,
  encodeAddress,
  encodeAnchor,
  encodeDiscouraged,
  encodeKey,
  KEY_RECORD,
  KEY_SIZE_BYTES,
  MAX_ANCHORS,
} from './peer-records.ts';
import { type RecordChange, RecordChanges } from './record-changes.ts';

export type { RecordChange } from './record-changes.ts';

export interface PeerMemoryOptions {
  /** Whether nodes of this network live at private addresses; else such addresses are passed over. */
  readonly separatesPrivate: boolean;
}

export class PeerMemory {
  readonly book: AddressBook;
  readonly discouraged: Discouraged;
  /** Records that could not be read; the next change removes them. */
  readonly skipped: number;
  readonly #key: Uint8Array;
  readonly #changes: RecordChanges = new RecordChanges((key) => this.#valueOf(key));
  #anchors: readonly Endpoint[] = [];

  private constructor(saved: SavedRecords, options: PeerMemoryOptions, random: Random, now: Now) {
    this.#key = saved.key ?? newKey(random);
    for (const key of saved.keys) this.#changes.noteWritten(key);
    if (saved.key === undefined) this.#changes.note(KEY_RECORD);
    for (const key of saved.unreadable) this.#changes.note(key);
    this.skipped = saved.unreadable.length;

    this.discouraged = new Discouraged((host) => this.#changes.note(discouragedKey(host)));
    this.discouraged.restore(saved.discouraged, now);
    this.#anchors = saved.anchors.filter((anchor) => anchor !== undefined);
    // The second one may have been there without the first, whose place it takes.
    if (this.#anchors.length < saved.anchors.length) this.#noteAnchors();

    const noteChange = (key: string): void => this.#changes.note(key);
    this.book = new AddressBook({ ...options, key: this.#key, noteChange }, random);
    for (const address of saved.addresses) {
      // Without the key that placed them all are placed anew.
      const isRestored = this.book.restore(address, saved.key !== undefined, now);
      if (!isRestored || saved.key === undefined) this.#changes.note(address.key);
    }
  }

  /**
   * Everything that records of an earlier run tell; nothing, when there are none.
   *
   * @param records in any order, holding whatever they hold.
   */
  static restore(
    records: Iterable<readonly [string, Uint8Array]>,
    options: PeerMemoryOptions,
    random: Random,
    now: Now,
  ): PeerMemory {
    return new PeerMemory(readRecords(records, options), options, random, now);
  }

  /** Peers that served us when the last run ended, up to two: to be called first. */
  get anchors(): readonly Endpoint[] {
    return this.#anchors;
  }

  /** Keeps a host from being called. Never one that the user named; nor this machine, from where all kinds of callers come. */
  discourage(hostText: string, kind: PeerKind, now: Now): void {
    const host = parseHost(hostText);
    if (kind === 'manual' || host === undefined || isLoopback(host)) return;
    this.discouraged.add(hostText, now);
  }

  /** Replaces the anchors; names, which are no addresses, are passed over, and so is what is more than two. */
  setAnchors(endpoints: readonly Endpoint[]): void {
    const before = this.#anchors;
    this.#anchors = endpoints
      .filter(({ host }) => canonicalHost(host) !== undefined)
      .slice(0, MAX_ANCHORS)
      .map(({ host, port }) => ({ host, port }));
    for (let i = 0; i < MAX_ANCHORS; i++)
      if (textOf(before[i]) !== textOf(this.#anchors[i])) this.#changes.note(anchorKey(i));
  }

  /** What changed since the last call, or since the start; undefined when nothing did. */
  takeChanges(): RecordChange | undefined {
    return this.#changes.take();
  }

  #noteAnchors(): void {
    for (let i = 0; i < MAX_ANCHORS; i++) this.#changes.note(anchorKey(i));
  }

  /** What a record is to hold now. */
  #valueOf(key: string): Uint8Array | undefined {
    if (key === KEY_RECORD) return encodeKey(this.#key);
    const entry = this.book.entry(key);
    if (entry !== undefined) return encodeAddress(entry);
    const host = discouragedHost(key);
    const untilSeconds = host === undefined ? undefined : this.discouraged.untilSeconds(host);
    if (untilSeconds !== undefined) return encodeDiscouraged(untilSeconds);
    const anchor = this.#anchors.find((_, index) => anchorKey(index) === key);
    return anchor && encodeAnchor(anchor);
  }
}

function textOf(anchor: Endpoint | undefined): string | undefined {
  return anchor && endpointText(anchor);
}

/** Records sorted by what they are. */
interface SavedRecords {
  readonly key: Uint8Array | undefined;
  readonly anchors: readonly (Endpoint | undefined)[];
  readonly discouraged: readonly (readonly [host: string, untilSeconds: number])[];
  readonly addresses: readonly SavedAddress[];
  readonly keys: readonly string[];
  readonly unreadable: readonly string[];
}

function readRecords(
  records: Iterable<readonly [string, Uint8Array]>,
  { separatesPrivate }: PeerMemoryOptions,
): SavedRecords {
  let key: Uint8Array | undefined;
  const anchors: (Endpoint | undefined)[] = [];
  const discouraged: [string, number][] = [];
  const addresses: SavedAddress[] = [];
  const keys: string[] = [];
  const unreadable: string[] = [];
  for (const [name, value] of records) {
    keys.push(name);
    const record = decodeRecord(name, value);
    switch (record?.type) {
      case undefined:
        unreadable.push(name);
        break;
      case 'key':
        key = record.key;
        break;
      case 'anchor':
        anchors[record.index] = record.endpoint;
        break;
      case 'discouraged':
        discouraged.push([record.host, record.untilSeconds]);
        break;
      case 'address': {
        const { address, host } = record;
        if (isDialable(host, address.endpoint.port, separatesPrivate)) addresses.push(address);
        else unreadable.push(name);
        break;
      }
    }
  }
  return { key, anchors, discouraged, addresses, keys, unreadable };
}

function newKey(random: Random): Uint8Array {
  const key = new Uint8Array(KEY_SIZE_BYTES);
  const view = new DataView(key.buffer);
  for (let i = 0; i < KEY_SIZE_BYTES; i += 8) view.setBigUint64(i, random(), true);
  return key;
}
