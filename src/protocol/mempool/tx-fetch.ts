/** Fetches transactions that were announced: the requests as messages, and what answers them (BIP 144, BIP 339). */

import { type HashKey, hashKey, hashOfKey } from '../../bytes/hash-key.ts';
import type { IdentifiedTx } from '../../wire/identified-tx.ts';
import { INVENTORY } from '../../wire/inventory.ts';
import type { Message } from '../../wire/message.ts';
import type { Now, Random } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import type { ListenerTable } from './listener-table.ts';
import type { EntryOrigin } from './pool-entry.ts';
import { TX_REQUEST_DEFAULTS, type TxRequestPeer, TxRequests } from './tx-requests.ts';

export interface TxFetchOptions {
  /** Time that a peer has to deliver a transaction before the next is asked. */
  readonly requestTimeoutMs?: number;
}

export class TxFetch {
  readonly #listeners: ListenerTable;
  readonly #requests: TxRequests;

  constructor(listeners: ListenerTable, { requestTimeoutMs }: TxFetchOptions, random: Random) {
    this.#listeners = listeners;
    const timeoutMs = requestTimeoutMs ?? TX_REQUEST_DEFAULTS.timeoutMs;
    this.#requests = new TxRequests({ ...TX_REQUEST_DEFAULTS, timeoutMs }, random);
  }

  addPeer(peer: PeerId, traits: TxRequestPeer): void {
    this.#requests.addPeer(peer, traits);
  }

  /** What it was asked for is asked of others. */
  removePeer(peer: PeerId): void {
    this.#requests.removePeer(peer);
  }

  /** @param key of the name that the peer uses. */
  announce(peer: PeerId, key: HashKey, now: Now): void {
    this.#requests.announce(peer, key, now);
  }

  /** Whether anything may be expected of a peer. */
  hasAnnounced(peer: PeerId): boolean {
    return this.#requests.hasAnnounced(peer);
  }

  /** The peer does not have it. */
  notFound(peer: PeerId, key: HashKey): void {
    this.#requests.failed(peer, key);
  }

  /**
   * Settles the requests that a transaction answers; returns who stands by it, undefined when the peer never announced it.
   * Peers that speak of wtxids mean one witness, and by a txid none at all; to the others any witness will do.
   */
  takeAnswer(peer: PeerId, identified: IdentifiedTx): EntryOrigin | undefined {
    const [wtxid, txid] = [hashKey(identified.wtxid), hashKey(identified.txid)];
    const named = this.#speaksOfWtxids(peer) ? wtxid : txid;
    if (!this.#requests.announcersOf(named).includes(peer)) {
      this.#requests.failed(peer, txid);
      return undefined;
    }
    const standing = this.#requests.standingBy(wtxid, peer);
    if (wtxid !== txid) {
      const byTxid = this.#requests.standingBy(txid, peer);
      standing.push(...byTxid.filter(({ peer: id }) => !this.#speaksOfWtxids(id)));
    }
    this.#requests.forget(wtxid, peer);
    const isMeantOtherwise = this.#requests.announcersOf(txid).some((id) => this.#speaksOfWtxids(id));
    if (isMeantOtherwise) this.#requests.failed(peer, txid);
    else this.#requests.forget(txid, peer);
    return this.#listeners.originOf(standing);
  }

  /** They are known by other ways. */
  forget(transactions: readonly IdentifiedTx[]): void {
    for (const { txid, wtxid } of transactions) {
      this.#requests.forget(hashKey(txid));
      this.#requests.forget(hashKey(wtxid));
    }
  }

  /** What is to be asked now. */
  take(now: Now): { readonly do: 'send'; readonly peer: PeerId; readonly message: Message }[] {
    return this.#requests.take(now).map(({ peer, keys }) => {
      const type = this.#speaksOfWtxids(peer) ? INVENTORY.WTX : INVENTORY.WITNESS_TX;
      const items = keys.map((key) => ({ type, hash: hashOfKey(key) }));
      return { do: 'send', peer, message: { command: 'getdata', payload: { items } } };
    });
  }

  deadline(): number | undefined {
    return this.#requests.deadline();
  }

  #speaksOfWtxids(peer: PeerId): boolean {
    return this.#listeners.get(peer)?.usesWtxid === true;
  }
}
