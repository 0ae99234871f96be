/** Who announced which transaction, and how far it has come: what tx-requests.ts keeps. */

import type { HashKey } from '../../bytes/hash-key.ts';
import type { PeerId } from '../peer.ts';
import type { LinkedItem, LinkedList } from './linked-list.ts';

export interface TxRequestPeer {
  /** Whether we chose it: others are asked when no such peer has announced the same for a while. */
  readonly isPreferred: boolean;
  /** Whether it announces by wtxid (BIP 339). */
  readonly usesWtxid: boolean;
}

/** What is kept of a peer. */
export interface Announcer {
  readonly id: PeerId;
  readonly traits: TxRequestPeer;
  readonly announcements: Map<HashKey, Announcement>;
  /** Those that may be asked for as soon as fewer are on their way: ready, and nobody else is being asked. By turn. */
  readonly askable: LinkedList<Announcement>;
  inFlight: number;
  /** Whether it left a request unanswered, and has answered none since. */
  isSlow: boolean;
}

/** A hash that somebody announced. */
export interface Wanted {
  readonly key: HashKey;
  /** By whom, in order; those that failed stay, so that they are not asked again. */
  readonly announcements: Announcement[];
  /** The one outstanding request. */
  asked: Announcement | undefined;
}

/** That one peer announced one hash. */
export interface Announcement extends LinkedItem<Announcement> {
  readonly peer: Announcer;
  readonly wanted: Wanted;
  /** Monotonic, milliseconds. */
  readonly announcedMs: number;
  /** Rises with each announcement. */
  readonly sequence: number;
  state: 'delayed' | 'ready' | 'asked' | 'failed';
  /** When it is ready or, once asked for, when the time is over; monotonic milliseconds. */
  dueMs: number;
  /** Among those that may be asked for, of all peers, lower ones come first. */
  turn: number;
  /** The list that it stands in: of those delayed, of those asked for, or of those that may be asked for. */
  list: LinkedList<Announcement> | undefined;
}

export function isPreferred({ traits, isSlow }: Announcer): boolean {
  return traits.isPreferred && !isSlow;
}

/** Moves it to the end of a list. */
export function moveTo(list: LinkedList<Announcement> | undefined, announcement: Announcement): void {
  announcement.list?.remove(announcement);
  announcement.list = list;
  list?.addLast(announcement);
}
