/** A network on which headers of unlike work cost next to nothing, so that more work and more headers are two things. */
import { sha256d } from '../../src/bytes/hash.ts';
import { toDisplayHex, toHex } from '../../src/bytes/hex.ts';
import { ProofOfWork } from '../../src/chain/proof-of-work.ts';
import { regtest } from '../../src/networks/regtest.ts';
import type { Network } from '../../src/networks/network.ts';
import { HEADER_SIZE_BYTES } from '../../src/wire/header.ts';
import { concatenated } from './concatenated.ts';

/** The target that the network's difficulty asks for: one hash in eight meets it. Work 8. */
export const HARD_BITS: number = 0x201fffff;
/** The easiest target, allowed over 20 minutes after the parent: one hash in two meets it. Work 2. */
export const EASY_BITS: number = 0x207fffff;
export const HARD_WORK: bigint = 8n;
export const EASY_WORK: bigint = 2n;

/** Seconds between headers: the longest that must be hard, and the shortest that must be easy. */
const HARD_SPACING_SECONDS = 1200;
const EASY_SPACING_SECONDS = 1201;
const START = 1_600_000_000;

const PREV_OFFSET = 4;
const MERKLE_ROOT_OFFSET = 36;
const TIME_OFFSET = 68;
const BITS_OFFSET = 72;
const NONCE_OFFSET = 76;

const proof = new ProofOfWork(regtest.powLimit);

export const GENESIS: Uint8Array = mineFields(new Uint8Array(32), { time: START, bits: HARD_BITS });

/** As testnet3, but for its targets, and with the versions of a network that is new. */
export const TWO_TARGETS: Network = {
  ...regtest,
  genesisHeaderHex: toHex(GENESIS),
  genesisHash: toDisplayHex(sha256d(GENESIS)),
  noRetarget: false,
};

/** What a header is to be like; where nothing is said, it keeps the rules and is hard. */
export interface HeaderWishes {
  readonly easy?: boolean;
  /** Unlike salts make unlike headers on the same parent. */
  readonly salt?: number;
  /** Seconds after the parent. */
  readonly gapSeconds?: number;
  readonly bits?: number;
  readonly version?: number;
}

/** One header with proof of work, 80 bytes. */
export function mineHeader(parent: Uint8Array, wishes: HeaderWishes = {}): Uint8Array {
  const { easy = false, gapSeconds = easy ? EASY_SPACING_SECONDS : HARD_SPACING_SECONDS, ...rest } = wishes;
  const time = timeOf(parent) + gapSeconds;
  return mineFields(sha256d(parent), { bits: easy ? EASY_BITS : HARD_BITS, ...rest, time });
}

/** A chain of such headers without the parent, 80 bytes each. */
export function mineHeaders(count: number, parent: Uint8Array, wishes: HeaderWishes = {}): Uint8Array {
  const headers: Uint8Array[] = [];
  for (let i = 0; i < count; i++) headers.push(mineHeader(headers[i - 1] ?? parent, wishes));
  return concatenated(...headers);
}

/** The header with a nonce that makes its hash too high. */
export function withoutProof(header: Uint8Array): Uint8Array {
  const bytes = header.slice();
  const view = new DataView(bytes.buffer);
  for (let nonce = 0; ; nonce++) {
    view.setUint32(NONCE_OFFSET, nonce, true);
    if (proof.fault(sha256d(bytes), view.getUint32(BITS_OFFSET, true)) === 'high-hash') return bytes;
  }
}

export function timeOf(header: Uint8Array): number {
  return new DataView(header.buffer, header.byteOffset).getUint32(TIME_OFFSET, true);
}

interface MinedFields {
  readonly time: number;
  readonly bits: number;
  readonly salt?: number;
  readonly version?: number;
}

function mineFields(
  prev: Uint8Array,
  { time, bits, salt = 0, version = 0x20000000 }: MinedFields,
): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, version, true);
  bytes.set(prev, PREV_OFFSET);
  view.setUint32(MERKLE_ROOT_OFFSET, salt, true);
  view.setUint32(TIME_OFFSET, time, true);
  view.setUint32(BITS_OFFSET, bits, true);
  for (let nonce = 0; ; nonce++) {
    view.setUint32(NONCE_OFFSET, nonce, true);
    if (proof.fault(sha256d(bytes), bits) === undefined) return bytes;
  }
}
