/** Who may call us, and who must go when there is no room (Core: src/node/eviction.cpp, SelectNodeToEvict). */

import { sha256d } from '../../bytes/hash.ts';
import { toHex } from '../../bytes/hex.ts';
import { parseHost } from '../../wire/host.ts';
import type { Disconnect, PeerId } from '../peer.ts';
import { isLoopback } from './network-group.ts';

/** A connection that somebody made to us. */
export interface InboundPeer {
  readonly peer: PeerId;
  readonly host: string;
  readonly group: string;
  readonly connectedMs: number;
  /** Shortest round trip; undefined before the first. */
  readonly latencyMs: number | undefined;
  /** When it last told us of a header that we lacked; undefined when it never did. */
  readonly lastUsefulMs: number | undefined;
  readonly isDiscouraged: boolean;
}

export interface InboundLimits {
  /** Connections to accept. */
  readonly maxInbound: number;
  /** Connections to accept from one address, unless that is this machine. */
  readonly maxInboundPerAddress: number;
}

export type Admission =
  | { readonly kind: 'let-in' }
  | { readonly kind: 'refuse'; readonly disconnect: Disconnect }
  | { readonly kind: 'evict'; readonly peer: PeerId; readonly disconnect: Disconnect };

/** Parts of all places that are kept for the best in some respect, which an attacker cannot be in all of at once. */
const KEPT_BY_GROUP = 1 / 16;
const KEPT_BY_LATENCY = 1 / 8;
const KEPT_BY_USE = 1 / 16;
const MIN_PLACES_WITH_KEPT = 8;

/**
 * Decides about a newcomer.
 *
 * @param salt secret and the same for as long as we run: nobody can choose addresses of a group that is kept.
 */
export function admit(
  newcomer: { readonly host: string; readonly isDiscouraged: boolean },
  present: readonly InboundPeer[],
  limits: InboundLimits,
  salt: Uint8Array,
): Admission {
  const host = parseHost(newcomer.host);
  // Whatever is forwarded to us, as by an onion service, comes from this machine.
  const isExempt = host !== undefined && isLoopback(host);
  const sameCount = present.filter((other) => other.host === newcomer.host).length;
  if (!isExempt && sameCount >= limits.maxInboundPerAddress)
    return refuse('inbound-full', `${sameCount} connections from that address already`);
  if (present.length < limits.maxInbound) return { kind: 'let-in' };
  if (newcomer.isDiscouraged) return refuse('discouraged', 'it misbehaved before, and room is short');
  const peer = leastUseful(present, limits.maxInbound, salt);
  if (peer === undefined) return refuse('inbound-full', `${present.length} connections are open`);
  return { kind: 'evict', peer, disconnect: { reason: 'evicted', detail: 'its place was needed' } };
}

function refuse(reason: 'inbound-full' | 'discouraged', detail: string): Admission {
  return { kind: 'refuse', disconnect: { reason, detail } };
}

/** Of those that nothing speaks for, the youngest of the group that has most; undefined when something does for all. */
function leastUseful(present: readonly InboundPeer[], places: number, salt: Uint8Array): PeerId | undefined {
  const discouraged = present.find(({ isDiscouraged }) => isDiscouraged);
  if (discouraged !== undefined) return discouraged.peer;
  const latencyOf = ({ latencyMs }: InboundPeer): number => latencyMs ?? Number.POSITIVE_INFINITY;
  const useOf = ({ lastUsefulMs }: InboundPeer): number => lastUsefulMs ?? Number.NEGATIVE_INFINITY;
  const hashes = new Map(present.map(({ group }) => [group, saltedHash(group, salt)]));
  const placeOf = ({ group }: InboundPeer): string => hashes.get(group) ?? '';
  // Of very few places none can be spared.
  const kept = (part: number): number => (places < MIN_PLACES_WITH_KEPT ? 0 : Math.ceil(places * part));
  let left = present.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  left = left.slice(kept(KEPT_BY_GROUP));
  left = left.toSorted((a, b) => compare(latencyOf(a), latencyOf(b))).slice(kept(KEPT_BY_LATENCY));
  left = left.toSorted((a, b) => compare(useOf(b), useOf(a))).slice(kept(KEPT_BY_USE));
  left = left.toSorted((a, b) => a.connectedMs - b.connectedMs).slice(Math.floor(left.length / 2));
  const sizes = new Map<string, number>();
  for (const { group } of left) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  // The youngest comes last, and wins a tie of sizes.
  let victim: InboundPeer | undefined;
  for (const candidate of left) {
    const isWorse =
      victim === undefined || (sizes.get(candidate.group) ?? 0) >= (sizes.get(victim.group) ?? 0);
    if (isWorse) victim = candidate;
  }
  return victim?.peer;
}

function saltedHash(group: string, salt: Uint8Array): string {
  return toHex(sha256d(new Uint8Array([...salt, ...new TextEncoder().encode(group)])));
}

/** Infinities are equal to each other. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
