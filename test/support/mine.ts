/** Regtest headers on demand: every second nonce or so meets regtest's target, so thousands take a moment. */
import { sha256d } from '../../src/bytes/hash.ts';
import { fromHex } from '../../src/bytes/hex.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { decode } from '../../src/wire/codec.ts';
import { HEADER_SIZE_BYTES, header, type Header } from '../../src/wire/header.ts';
import { findNonce } from './header-miner.ts';

/** Ten minutes, as on other networks. */
const SPACING_SECONDS = 600;

/** The largest number whose highest byte is below 7f: a little less than regtest's target, 7fffff and zeros. */
const TARGET: Uint8Array = new Uint8Array(32).fill(0xff).fill(0x7e, 31);

export const REGTEST_GENESIS: Uint8Array = fromHex(regtest.genesisHeaderHex);

export interface MineOptions {
  /** The 80 bytes of the header to build on; genesis by default. */
  readonly parent?: Uint8Array;
  /** Unlike salts make unlike branches on the same parent. */
  readonly salt?: number;
  /** Seconds between headers. */
  readonly spacingSeconds?: number;
}

/** A chain of valid regtest headers, 80 bytes each, without the parent. */
export function mine(count: number, options: MineOptions = {}): Uint8Array {
  const { parent = REGTEST_GENESIS, salt = 0, spacingSeconds = SPACING_SECONDS } = options;
  const headers = new Uint8Array(count * HEADER_SIZE_BYTES);
  // One is filled in again and again: to make a view for each takes as long as to find its nonce.
  const bytes = new Uint8Array(HEADER_SIZE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 0x20000000, true);
  view.setUint32(72, regtest.powLimitBits, true);
  let prev = sha256d(parent);
  let time = new DataView(parent.buffer, parent.byteOffset).getUint32(68, true);
  for (let i = 0; i < count; i++) {
    time += spacingSeconds;
    bytes.set(prev, 4);
    fillMerkleRoot(view, time + salt);
    view.setUint32(68, time, true);
    prev = findNonce(bytes, TARGET) as Uint8Array;
    headers.set(bytes, i * HEADER_SIZE_BYTES);
  }
  return headers;
}

/** Bytes as random as real roots, so that nothing can be won by compressing them (xorshift of George Marsaglia). */
function fillMerkleRoot(view: DataView, seed: number): void {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let offset = 36; offset < 68; offset += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    view.setUint32(offset, state >>> 0, true);
  }
}

/** The same as headers one by one. */
export function toHeaders(bytes: Uint8Array): Header[] {
  const run = HeaderRun.fromBytes(bytes);
  return Array.from({ length: run.count }, (_, i) => decode(header, run.bytesAt(i)));
}

/** The last 80 bytes: what another branch can be built on. */
export function lastOf(headers: Uint8Array): Uint8Array {
  return headers.subarray(-HEADER_SIZE_BYTES);
}

/** The header of a run at an index, counted from 0. */
export function headerAt(headers: Uint8Array, index: number): Uint8Array {
  return headers.subarray(index * HEADER_SIZE_BYTES, (index + 1) * HEADER_SIZE_BYTES);
}
