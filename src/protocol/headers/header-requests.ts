/** Asking peers for headers: one getheaders at a time for each. */

import type { HeaderTree } from '../../chain/header-tree.ts';
import { NO_STOP } from '../../wire/messages/locator-request.ts';
import { PROTOCOL_VERSION } from '../../wire/protocol-version.ts';
import type { Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import type { HeaderSyncOutput } from './sync-contract.ts';
import type { SyncPeers } from './sync-peers.ts';

export class HeaderRequests {
  readonly #tree: HeaderTree;
  readonly #peers: SyncPeers;

  constructor(tree: HeaderTree, peers: SyncPeers) {
    this.#tree = tree;
    this.#peers = peers;
  }

  /**
   * Asks for the headers after one of ours, unless an answer of the peer is awaited.
   *
   * @param from hash of that header, which the tree may not have yet; by default the one below our tip, so that a peer
   * with the same tip has one header to answer with and shows that it is there.
   */
  ask(peer: PeerId, now: Now, from?: Uint8Array): HeaderSyncOutput[] {
    const state = this.#peers.get(peer);
    if (state === undefined || state.askedMs !== undefined) return [];
    state.askedMs = now.ms;
    state.refreshMs = undefined;
    const { tip, baseHeight } = this.#tree;
    const start = from ?? this.#tree.hashAt(Math.max(baseHeight, tip.height - 1));
    state.askedFrom = start;
    const known = this.#tree.has(start)
      ? this.#tree.locator(start)
      : [start, ...this.#tree.locator(tip.hash)];
    const payload = { version: PROTOCOL_VERSION, locator: known, stop: NO_STOP };
    return [{ do: 'send', peer, message: { command: 'getheaders', payload } }];
  }

  /**
   * Asks those who have not given their chain.
   *
   * @param restedMs by when they must have rested.
   */
  askOthers(now: Now, restedMs: number = now.ms): HeaderSyncOutput[] {
    const outputs: HeaderSyncOutput[] = [];
    for (const [peer, { hasEnded, isInbound, info, restsUntilMs }] of this.#peers) {
      const isPromising = !isInbound || info.startHeight > this.#tree.tip.height;
      if (!hasEnded && isPromising && restsUntilMs <= restedMs) outputs.push(...this.ask(peer, now));
    }
    return outputs;
  }
}
