/** Enters into the address book what was learnt by calling its addresses. */

import { systemClock } from './io/clock.ts';
import type { Network } from './networks/network.ts';
import type { NodeEvent } from './protocol/events.ts';
import type { Endpoint } from './protocol/peer.ts';
import { networkGroup } from './protocol/peers/network-group.ts';
import type { SavedPeers } from './saved-peers.ts';
import { type HostNetwork, parseHost } from './wire/host.ts';

/** Calls after which what was learnt is written: a probe of thousands may be ended in the middle. */
const CALLS_PER_WRITE = 500;
/** By how much the times that a peer tells are taken for older (Core: src/net_processing.cpp, time penalty). */
const TOLD_PENALTY_SECONDS = 2 * 3_600;

export class ProbeRecord {
  readonly #saved: SavedPeers;
  readonly #separatesPrivate: boolean;
  /** Kinds of network in which somebody answered: only there it is not our own line that is at fault. */
  readonly #goodLines = new Set<HostNetwork>();
  /** Calls in vain, by the kind of network, while it is not known whether our line is any good. */
  readonly #inVain = new Map<HostNetwork, Endpoint[]>();
  #unwrittenCalls = 0;

  constructor(saved: SavedPeers, { hasPrivateNodes }: Network) {
    this.#saved = saved;
    this.#separatesPrivate = hasPrivateNodes;
  }

  /** @throws {StoreError} when the disk refuses. */
  async take(event: NodeEvent & { event: 'peer-probed' }): Promise<void> {
    const { endpoint, info, disconnect, found } = event;
    const network = parseHost(endpoint.host)?.network;
    if (network !== undefined) {
      if (info !== undefined) this.#noteAlive(endpoint, network, info.services);
      // That a proxy fails says nothing of those behind it.
      else if (disconnect?.reason !== 'proxy-failed') this.#noteInVain(endpoint, network);
    }
    const group = networkGroup(endpoint.host, this.#separatesPrivate);
    this.#saved.memory.book.add(found, group, systemClock(), TOLD_PENALTY_SECONDS);
    if (++this.#unwrittenCalls >= CALLS_PER_WRITE) await this.#write();
  }

  /** Writes the rest. */
  async close(): Promise<void> {
    try {
      await this.#write();
    } finally {
      await this.#saved.store.close();
    }
  }

  #noteAlive(endpoint: Endpoint, network: HostNetwork, services: bigint): void {
    const { book } = this.#saved.memory;
    const now = systemClock();
    const seen = { endpoint, services, seenSeconds: now.unixSeconds };
    book.add([seen], networkGroup(endpoint.host, this.#separatesPrivate), now);
    book.noteSuccess(endpoint, services, now);
    this.#goodLines.add(network);
    for (const other of this.#inVain.get(network) ?? []) book.noteFailure(other, now);
    this.#inVain.delete(network);
  }

  #noteInVain(endpoint: Endpoint, network: HostNetwork): void {
    if (this.#goodLines.has(network)) {
      this.#saved.memory.book.noteFailure(endpoint, systemClock());
      return;
    }
    const others = this.#inVain.get(network) ?? [];
    others.push(endpoint);
    this.#inVain.set(network, others);
  }

  async #write(): Promise<void> {
    this.#unwrittenCalls = 0;
    const change = this.#saved.memory.takeChanges();
    if (change !== undefined) await this.#saved.store.commit(change);
  }
}
