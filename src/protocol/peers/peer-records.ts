/** What is remembered of peers as bytes: a record for each address, each host, each anchor, and one for the secret key. */

import { DecodeError } from '../../bytes/decode-error.ts';
import {
  bool,
  bytes,
  type Codec,
  decode,
  encode,
  list,
  struct,
  u16be,
  u32,
  u64,
  u8,
  varText,
} from '../../wire/codec.ts';
import type { Host } from '../../wire/host.ts';
import type { Endpoint } from '../peer.ts';
import { MAX_PLACES_PER_ADDRESS, type SavedAddress } from './address-book.ts';
import { type BookEntry, canonicalHost, endpointOf } from './book-entry.ts';
import { NEW_BUCKETS, PLACES_PER_BUCKET, TRIED_BUCKETS } from './book-places.ts';

/** First byte of every record: how the rest is written. */
const RECORD_VERSION = 1;
/** Longest name of a host (RFC 1035), and of a network group, which may be such a name. */
const MAX_TEXT_LENGTH = 300;
const LATEST_SECONDS = 0xffff_ffff;
const DISCOURAGED_PREFIX = 'discouraged-';

export const KEY_SIZE_BYTES = 32;
export const KEY_RECORD = 'key';

const version: Codec<number> = {
  ...u8,
  read(reader) {
    const start = reader.offset;
    const byte = reader.u8();
    if (byte === RECORD_VERSION) return byte;
    throw new DecodeError('bad-value', `version ${byte} of the record is not known`, start);
  },
};

/** Unix seconds; a clock that is far off is no reason to lose the rest. */
const seconds: Codec<number> = {
  ...u32,
  write: (writer, value) => writer.u32(Math.min(Math.max(0, Math.floor(value)), LATEST_SECONDS)),
};

type AddressFields = Omit<SavedAddress, 'key' | 'endpoint' | 'network'> & { readonly version: number };

const addressFields: Codec<AddressFields> = struct<AddressFields>({
  version,
  services: u64,
  seenSeconds: seconds,
  lastTrySeconds: seconds,
  lastSuccessSeconds: seconds,
  failures: u32,
  isTried: bool,
  source: varText(MAX_TEXT_LENGTH),
  places: list(u16be, MAX_PLACES_PER_ADDRESS),
});

interface KeyFields {
  readonly version: number;
  readonly key: Uint8Array;
}
const keyFields: Codec<KeyFields> = struct<KeyFields>({ version, key: bytes(KEY_SIZE_BYTES) });

interface AnchorFields extends Endpoint {
  readonly version: number;
}
const anchorFields: Codec<AnchorFields> = struct<AnchorFields>({
  version,
  host: varText(MAX_TEXT_LENGTH),
  port: u16be,
});

interface DiscouragedFields {
  readonly version: number;
  readonly untilSeconds: number;
}
const discouragedFields: Codec<DiscouragedFields> = struct<DiscouragedFields>({
  version,
  untilSeconds: seconds,
});

export function anchorKey(index: number): string {
  return `anchor-${index}`;
}

export function discouragedKey(host: string): string {
  return DISCOURAGED_PREFIX + host;
}

/** The host whose record has a key; undefined for records of other kinds. */
export function discouragedHost(key: string): string | undefined {
  const host = key.slice(DISCOURAGED_PREFIX.length);
  return key.startsWith(DISCOURAGED_PREFIX) && host.length <= MAX_TEXT_LENGTH ? host : undefined;
}

export function encodeAddress(entry: BookEntry): Uint8Array {
  return encode(addressFields, { version: RECORD_VERSION, ...entry }).slice();
}

export function encodeKey(key: Uint8Array): Uint8Array {
  return encode(keyFields, { version: RECORD_VERSION, key }).slice();
}

export function encodeAnchor(endpoint: Endpoint): Uint8Array {
  return encode(anchorFields, { version: RECORD_VERSION, ...endpoint }).slice();
}

export function encodeDiscouraged(untilSeconds: number): Uint8Array {
  return encode(discouragedFields, { version: RECORD_VERSION, untilSeconds }).slice();
}

/** Any record of ours, told by its key. */
export type PeerRecord =
  | { readonly type: 'key'; readonly key: Uint8Array }
  | { readonly type: 'address'; readonly address: SavedAddress; readonly host: Host }
  | { readonly type: 'anchor'; readonly index: number; readonly endpoint: Endpoint }
  | { readonly type: 'discouraged'; readonly host: string; readonly untilSeconds: number };

/** Most anchors that are remembered. */
export const MAX_ANCHORS = 2;

/** Undefined for what is no such record, whatever it is. */
export function decodeRecord(key: string, value: Uint8Array): PeerRecord | undefined {
  try {
    return read(key, value);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function read(key: string, value: Uint8Array): PeerRecord | undefined {
  if (key === KEY_RECORD) return { type: 'key', key: decode(keyFields, value).key.slice() };
  const index = Array.from({ length: MAX_ANCHORS }, (_, i) => anchorKey(i)).indexOf(key);
  if (index !== -1) return readAnchor(index, value);
  const host = discouragedHost(key);
  if (host !== undefined) return { type: 'discouraged', host, ...decode(discouragedFields, value) };
  return readAddress(key, value);
}

function readAnchor(index: number, value: Uint8Array): PeerRecord | undefined {
  const { host, port } = decode(anchorFields, value);
  return canonicalHost(host) && { type: 'anchor', index, endpoint: { host, port } };
}

function readAddress(key: string, value: Uint8Array): PeerRecord | undefined {
  const named = endpointOf(key);
  if (named === undefined) return undefined;
  const fields = decode(addressFields, value);
  const { isTried, places } = fields;
  const placeCount = PLACES_PER_BUCKET * (isTried ? TRIED_BUCKETS : NEW_BUCKETS);
  const isRightCount = isTried ? places.length === 1 : places.length > 0;
  if (!isRightCount || places.some((place, i) => place >= placeCount || places.indexOf(place) < i))
    return undefined;
  // Each field by name, which is much faster than all at once, and a start waits for many records.
  const address: SavedAddress = {
    key,
    endpoint: named.endpoint,
    network: named.host.network,
    services: fields.services,
    seenSeconds: fields.seenSeconds,
    lastTrySeconds: fields.lastTrySeconds,
    lastSuccessSeconds: fields.lastSuccessSeconds,
    failures: fields.failures,
    isTried,
    source: fields.source,
    places,
  };
  return { type: 'address', address, host: named.host };
}
