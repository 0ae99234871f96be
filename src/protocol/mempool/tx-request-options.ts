/** How long requests for transactions wait, and how many there may be (Core: src/node/txdownloadman.h). */

export interface TxRequestOptions {
  /** Time that a peer has for an answer (Core: GETDATA_TX_INTERVAL). */
  readonly timeoutMs: number;
  /** Time for which peers that are not preferred wait for one that is (Core: NONPREF_PEER_TX_DELAY). */
  readonly otherDelayMs: number;
  /** Time for which an announcement by txid waits for one by wtxid, if anybody speaks that (Core: TXID_RELAY_DELAY). */
  readonly txidDelayMs: number;
  /** Time for which a busy peer waits for others (Core: OVERLOADED_PEER_TX_DELAY). */
  readonly overloadDelayMs: number;
  /** Requests on their way to a peer from which on it is busy (Core: MAX_PEER_TX_REQUEST_IN_FLIGHT). */
  readonly overloadCount: number;
  /** Announcements kept of a peer (Core: MAX_PEER_TX_ANNOUNCEMENTS); one whole inv of those that we chose. */
  readonly maxAnnouncements: { readonly preferred: number; readonly other: number };
  /** Requests on their way to one peer. A peer with no more announcements than that is heard when there is no room. */
  readonly maxInFlight: number;
  /** Announcements kept of all peers together, but for those of peers with few. */
  readonly maxTotal: number;
}

export const TX_REQUEST_DEFAULTS: TxRequestOptions = {
  timeoutMs: 60_000,
  otherDelayMs: 2_000,
  txidDelayMs: 2_000,
  overloadDelayMs: 2_000,
  overloadCount: 100,
  maxAnnouncements: { preferred: 50_000, other: 5_000 },
  maxInFlight: 1_000,
  maxTotal: 200_000,
};

/** The most transactions that one getdata asks for (Core: MAX_GETDATA_SZ). */
export const MAX_KEYS_PER_REQUEST = 1_000;
