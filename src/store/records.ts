/** The records of the header store as bytes. Each carries a checksum. */

import { fromHex, toHex } from '../bytes/hex.ts';
import type { ChainBase } from '../chain/chain-base.ts';
import { HEADER_SIZE_BYTES } from '../wire/header.ts';
import { sealed, unsealed, viewOf } from './sealed.ts';

/** Number of the highest layout that is known; a store with a higher one is not touched. */
export const LAYOUT_VERSION = 2;
/** Layout of a store that begins at genesis, as it always was: older versions can read it. */
const GENESIS_LAYOUT = 1;
/** Layout of a store that begins at a base: its chunks are counted from the header above that. */
const BASE_LAYOUT = 2;
/** Headers a chunk. A new block rewrites its chunk, so small; a start reads all chunks, so not too small. */
export const HEADERS_PER_CHUNK = 500;

const NO_BYTES = new Uint8Array(0);

export const META_KEY = 'meta';
export const TIP_KEY = 'tip';
export const CHUNK_RANGE = { gte: 'chunk-', lt: 'chunk.' } as const;
export const SIDE_RANGE = { gte: 'side-', lt: 'side.' } as const;

/** Key of a chunk, by its place from the first header on. Digits of equal number, so that the order of keys is that of heights. */
export function chunkKey(index: number): string {
  return `chunk-${index.toString().padStart(8, '0')}`;
}

export function sideKey(hashHex: string): string {
  return `side-${hashHex}`;
}

/** What the store is. */
export interface Meta {
  readonly layout: number;
  readonly network: string;
  /** Where the chain begins; undefined when at genesis. */
  readonly base?: ChainBase | undefined;
}

/** The record of a store with the lowest layout that it can have. */
export function metaOf(network: string, base: ChainBase | undefined): Meta {
  return { layout: base === undefined ? GENESIS_LAYOUT : BASE_LAYOUT, network, base };
}

export function encodeMeta({ layout, network, base }: Meta): Uint8Array {
  const text = JSON.stringify({ layout, network, ...(base && { base: writeBase(base) }) });
  return sealed(NO_BYTES, new TextEncoder().encode(text));
}

/** Undefined when the bytes are damaged. */
export function decodeMeta(bytes: Uint8Array): Meta | undefined {
  const body = unsealed(bytes);
  if (body === undefined) return undefined;
  try {
    const { layout, network, base } = JSON.parse(new TextDecoder().decode(body)) as Readonly<
      Record<string, unknown>
    >;
    if (typeof layout !== 'number' || typeof network !== 'string') return undefined;
    // What a newer version means by it is not for us to say.
    if (base === undefined || layout > LAYOUT_VERSION) return { layout, network };
    const known = readBase(base as WrittenBase);
    return known && { layout, network, base: known };
  } catch {
    return undefined;
  }
}

/** Numbers of any length and bytes as hexadecimal digits, for JSON has neither. */
interface WrittenBase {
  readonly height: number;
  readonly hash: string;
  readonly chainwork: string;
  readonly nextBits: number;
}

function writeBase({ height, hash, chainwork, nextBits }: ChainBase): WrittenBase {
  return { height, hash: toHex(hash), chainwork: chainwork.toString(16), nextBits };
}

/** @throws for most of what is no base. */
function readBase({ height, hash, chainwork, nextBits }: WrittenBase): ChainBase | undefined {
  const base = { height, hash: fromHex(hash), chainwork: BigInt(`0x${chainwork}`), nextBits };
  const isWhole = Number.isSafeInteger(height) && height >= 0 && Number.isSafeInteger(nextBits);
  return isWhole && base.hash.length === 32 ? base : undefined;
}

/** A stretch of the best chain. */
export interface Chunk {
  /** 80 bytes each. */
  readonly headers: Uint8Array;
  /** Hash of the last one; those of the others stand in the headers after them. */
  readonly lastHash: Uint8Array;
}

export function encodeChunk({ headers, lastHash }: Chunk): Uint8Array {
  return sealed(lastHash, headers);
}

/** Undefined when the bytes are damaged. */
export function decodeChunk(bytes: Uint8Array): Chunk | undefined {
  const body = unsealed(bytes);
  if (body === undefined) return undefined;
  const headers = body.subarray(32);
  const isWhole = headers.length > 0 && headers.length % HEADER_SIZE_BYTES === 0;
  return isWhole && headers.length <= HEADERS_PER_CHUNK * HEADER_SIZE_BYTES
    ? { headers, lastHash: body.subarray(0, 32) }
    : undefined;
}

/** Whole headers of a record that is damaged somewhere. */
export function salvageHeaders(bytes: Uint8Array): Uint8Array {
  const headers = bytes.subarray(4 + 32, 4 + 32 + HEADERS_PER_CHUNK * HEADER_SIZE_BYTES);
  return headers.subarray(0, headers.length - (headers.length % HEADER_SIZE_BYTES));
}

/** A header off the best chain. */
export interface SideRecord {
  readonly height: number;
  /** 80 bytes. */
  readonly header: Uint8Array;
}

export function encodeSide({ height, header }: SideRecord): Uint8Array {
  const heightBytes = new Uint8Array(4);
  new DataView(heightBytes.buffer).setUint32(0, height, true);
  return sealed(heightBytes, header);
}

/** Undefined when the bytes are damaged. */
export function decodeSide(bytes: Uint8Array): SideRecord | undefined {
  const body = unsealed(bytes);
  if (body?.length !== 4 + HEADER_SIZE_BYTES) return undefined;
  return { height: viewOf(body).getUint32(0, true), header: body.subarray(4) };
}

/** The last header of the best chain, so that asking for it reads nothing else. */
export interface TipRecord {
  readonly height: number;
  readonly hash: Uint8Array;
  readonly chainwork: bigint;
  /** Unix seconds. */
  readonly time: number;
  readonly bits: number;
}

export function encodeTip({ height, hash, chainwork, time, bits }: TipRecord): Uint8Array {
  const fields = new Uint8Array(4 + 4 + 4 + 32);
  const view = viewOf(fields);
  view.setUint32(0, height, true);
  view.setUint32(4, time, true);
  view.setUint32(8, bits, true);
  for (let i = 0; i < 4; i++)
    view.setBigUint64(12 + 8 * i, BigInt.asUintN(64, chainwork >> BigInt(64 * i)), true);
  return sealed(fields, hash);
}

/** Undefined when the bytes are damaged. */
export function decodeTip(bytes: Uint8Array): TipRecord | undefined {
  const body = unsealed(bytes);
  if (body?.length !== 4 + 4 + 4 + 32 + 32) return undefined;
  const view = viewOf(body);
  let chainwork = 0n;
  for (let i = 3; i >= 0; i--) chainwork = (chainwork << 64n) | view.getBigUint64(12 + 8 * i, true);
  return {
    height: view.getUint32(0, true),
    time: view.getUint32(4, true),
    bits: view.getUint32(8, true),
    chainwork,
    hash: body.subarray(44),
  };
}
