/** Which of our peers make room for others: those that bring nothing new, and those that lack what is needed. */

import { earliest, type Now } from './machine.ts';
import type { LightNodeOptions } from './node-contract.ts';
import type { Disconnect, PeerId } from './peer.ts';
import type { PeerTable } from './peer-table.ts';
import { FilterPeerSearch } from './scan/filter-peer-search.ts';
import { TipWatch } from './tip-watch.ts';

export interface Renewal {
  /** Whether one peer more than usual is wanted from now on; undefined when nothing changes. */
  readonly isOneMoreWanted?: boolean;
  readonly parting?: { readonly peer: PeerId; readonly disconnect: Disconnect };
}

const NONE: Renewal = {};

export class PeerRenewal {
  readonly #options: LightNodeOptions;
  readonly #peers: PeerTable;
  readonly #tipWatch = new TipWatch();
  /** Undefined where filters are of no use, or nobody else than those named may be called. */
  readonly #filterPeers: FilterPeerSearch | undefined;

  constructor(options: LightNodeOptions, peers: PeerTable) {
    const { scan, isDialling, connect } = options;
    this.#options = options;
    this.#peers = peers;
    if (scan?.usesFilters === true && isDialling && connect.length === 0)
      this.#filterPeers = new FilterPeerSearch(scan.opinionsNeeded);
  }

  /** Services that peers should offer beside blocks, if there is a choice. */
  get preferredServices(): bigint {
    return this.#filterPeers?.preferredServices ?? 0n;
  }

  /** Whether peers of a kind are wanted that are not there. */
  get isSearching(): boolean {
    return this.#filterPeers?.isSearching === true;
  }

  /** The tip is reached: from now on new blocks are expected. */
  start(now: Now): void {
    if (this.#options.isDialling) this.#tipWatch.start(now);
  }

  /** A peer was added. */
  welcome(now: Now): void {
    if (this.#peers.surplus(this.#options.outboundCount) !== undefined) this.#tipWatch.beginTrial(now);
  }

  /** What is to be done now; asked for until nothing is. @param grownMs when the best chain last grew. */
  tick(grownMs: number | undefined, now: Now): Renewal[] {
    return [this.#watchTip(grownMs, now), this.#seekFilterPeers(now)].filter((one) => one !== NONE);
  }

  deadline(): number | undefined {
    return earliest(this.#tipWatch.deadline(), this.#filterPeers?.deadline());
  }

  #watchTip(grownMs: number | undefined, now: Now): Renewal {
    const { outboundCount, isDialling } = this.#options;
    switch (isDialling ? this.#tipWatch.tick(grownMs, now) : undefined) {
      case 'call-one-more':
        return { isOneMoreWanted: true };
      case 'part-with-one': {
        const detail = 'more peers are connected than wanted, and this one brought nothing new';
        return { isOneMoreWanted: false, ...partingWith(this.#peers.surplus(outboundCount), detail) };
      }
      case undefined:
        return NONE;
    }
  }

  /** Parts with a peer that serves no filters, where some that do are missing and there is no room for them. */
  #seekFilterPeers(now: Now): Renewal {
    if (this.#filterPeers?.tick(this.#peers.filterServerCount, now) !== true) return NONE;
    const detail = 'it serves no compact filters, and room is made for a peer that does';
    return partingWith(this.#peers.oneWithoutFilters(this.#options.outboundCount), detail);
  }
}

function partingWith(peer: PeerId | undefined, detail: string): Renewal {
  return peer === undefined ? NONE : { parting: { peer, disconnect: { reason: 'surplus', detail } } };
}
