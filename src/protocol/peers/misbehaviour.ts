/** What the end of a connection costs the peer: the one place where that is judged. */

import type { DisconnectReason } from '../peer.ts';

/**
 * - `nothing`: it says something about the line or the moment, or honest nodes do so too.
 * - `avoid`: the peer is of no use to us, which is no crime: it is not called again soon.
 * - `discourage`: no honest node does that: its address is not called for a day, and not let in when room is short.
 */
export type Cost = 'nothing' | 'avoid' | 'discourage';

/** Every reason there is; the compiler asks for those that a change forgot. */
export const COST_OF: Readonly<Record<DisconnectReason, Cost>> = {
  // Headers that break a rule for good.
  'bad-target': 'discourage',
  'high-hash': 'discourage',
  'not-continuous': 'discourage',
  'bad-diffbits': 'discourage',
  'time-too-old': 'discourage',
  'time-timewarp-attack': 'discourage',
  'time-negative-interval': 'discourage',
  'bad-version': 'discourage',
  'bad-prevblk': 'discourage',
  // It may be our clock.
  'time-too-new': 'nothing',
  'chain-too-long': 'nothing',
  // Messages that no node of this network writes.
  'oversized-message': 'discourage',
  'malformed-message': 'discourage',
  'address-dribble': 'discourage',
  'bad-transaction': 'discourage',
  'bad-block': 'discourage',
  'bad-filter': 'discourage',
  'bad-filter-header': 'discourage',
  // A node of another network, of another time, without blocks, or ourselves.
  'wrong-magic': 'avoid',
  'self-connection': 'avoid',
  'obsolete-version': 'avoid',
  'missing-services': 'avoid',
  // A node that is at its own beginning, or on a branch that lost: it may know better later.
  'low-work': 'avoid',
  'branch-too-long': 'avoid',
  'chain-changed': 'avoid',
  behind: 'nothing',
  // Busy, slow or unwilling for now.
  'headers-refused': 'nothing',
  'headers-timeout': 'nothing',
  'filters-timeout': 'nothing',
  'too-slow': 'nothing',
  'handshake-timeout': 'nothing',
  silent: 'nothing',
  // The line.
  'connect-failed': 'nothing',
  'connect-timeout': 'nothing',
  'connection-lost': 'nothing',
  'proxy-failed': 'nothing',
  // Our own decisions.
  'inbound-full': 'nothing',
  evicted: 'nothing',
  discouraged: 'nothing',
  surplus: 'nothing',
};

/** Whether asking the peer again soon would end the same way. */
export function isPeersFault(reason: DisconnectReason): boolean {
  return COST_OF[reason] !== 'nothing';
}

/** Ends that tell of the way to the peer, or of nobody being there. */
const UNREACHED: ReadonlySet<DisconnectReason> = new Set<DisconnectReason>([
  'connect-failed',
  'connect-timeout',
  'proxy-failed',
]);

/** Whether the peer was never spoken to. */
export function wasUnreached(reason: DisconnectReason): boolean {
  return UNREACHED.has(reason);
}
