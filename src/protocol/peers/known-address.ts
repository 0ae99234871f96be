/** What is known of an address, and what that says about calling it. */

import type { HostNetwork } from '../../wire/host.ts';
import type { Endpoint } from '../peer.ts';

/** An address as somebody tells it. */
export interface FoundAddress {
  /** The host is canonical text. */
  readonly endpoint: Endpoint;
  /** Service bits; a hint. */
  readonly services: bigint;
  /** When it was last seen, Unix seconds, as claimed. */
  readonly seenSeconds: number;
}

/** An address of the book. */
export interface KnownAddress extends FoundAddress {
  readonly network: HostNetwork;
  /** Unix seconds; 0 for never. */
  readonly lastTrySeconds: number;
  /** When a connection last came to a handshake, Unix seconds; 0 for never. */
  readonly lastSuccessSeconds: number;
  /** Tries in vain since the last success, or since the address was last told anew. */
  readonly failures: number;
  /** Whether it once worked: it is in the tried table, and not in the new one. */
  readonly isTried: boolean;
}

/** An address that nobody has seen for so long is of no use (Core: src/addrman.cpp, ADDRMAN_HORIZON). */
const HORIZON_SECONDS = 30 * 86_400;
/** How far a time may be ahead of our clock. */
export const MAX_AHEAD_SECONDS = 600;
/** Tries in vain after which an address that never worked is taken for dead (Core: ADDRMAN_RETRIES). */
const MAX_FIRST_FAILURES = 3;
/** Tries in vain after which one that worked is, if they took at least a week (Core: ADDRMAN_MAX_FAILURES). */
const MAX_FAILURES = 10;
const MIN_FAILING_SECONDS = 7 * 86_400;
/** One that was called just now is most unlikely to be called again. */
const JUST_TRIED_SECONDS = 600;
const JUST_TRIED_CHANCE = 0.01;
/** Each failure makes another call less likely, down to what eight of them leave. */
const FAILURE_CHANCE = 0.66;
const MAX_COUNTED_FAILURES = 8;

/** Whether it is worth a call; others are neither called nor told to anybody (Core: AddrInfo::IsTerrible). */
export function isActiveAt(known: Omit<KnownAddress, 'endpoint'>, nowSeconds: number): boolean {
  const { seenSeconds, lastSuccessSeconds, failures } = known;
  if (seenSeconds > nowSeconds + MAX_AHEAD_SECONDS || isExpiredAt(known, nowSeconds)) return false;
  if (lastSuccessSeconds === 0) return failures < MAX_FIRST_FAILURES;
  return failures < MAX_FAILURES || nowSeconds - lastSuccessSeconds < MIN_FAILING_SECONDS;
}

/** Whether nobody has seen it for so long, ourselves included, that it may be forgotten. */
export function isExpiredAt(known: Omit<KnownAddress, 'endpoint'>, nowSeconds: number): boolean {
  return Math.max(known.seenSeconds, known.lastSuccessSeconds) < nowSeconds - HORIZON_SECONDS;
}

/** Its part of the chance that an address without tries has, up to 1 (Core: AddrInfo::GetChance). */
export function chanceAt({ lastTrySeconds, failures }: KnownAddress, nowSeconds: number): number {
  const fresh = FAILURE_CHANCE ** Math.min(failures, MAX_COUNTED_FAILURES);
  const isJustTried = Math.abs(nowSeconds - lastTrySeconds) < JUST_TRIED_SECONDS;
  return isJustTried ? JUST_TRIED_CHANCE * fresh : fresh;
}
