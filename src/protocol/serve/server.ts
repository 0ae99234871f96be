/** What we do for our peers: headers of our best chain, and word of new ones (BIP 130). */

import type { HeaderTree } from '../../chain/header-tree.ts';
import type { TreeChange } from '../../chain/tree-change.ts';
import { INVENTORY, type InventoryItem } from '../../wire/inventory.ts';
import type { Message } from '../../wire/message.ts';
import { MAX_HEADERS_PER_MESSAGE } from '../../wire/messages/headers.ts';
import type { LocatorRequestPayload } from '../../wire/messages/locator-request.ts';
import type { PeerId } from '../peer.ts';
import { answerGetHeaders } from './header-server.ts';

export type ServerOutput =
  | { readonly do: 'send'; readonly peer: PeerId; readonly message: Message }
  /** Send headers of the best chain, as they are stored. */
  | {
      readonly do: 'send-headers';
      readonly peer: PeerId;
      readonly fromHeight: number;
      readonly count: number;
    };

interface Client {
  /** Whether it called us: then it may want to know our tip. */
  readonly isInbound: boolean;
  /** Whether it asked to be told of blocks by their headers. */
  wantsHeaders: boolean;
}

export class Server {
  readonly #tree: HeaderTree;
  readonly #clients = new Map<PeerId, Client>();
  /** Whether our tip is worth telling: one in the middle of a synchronisation is not. */
  #isReady: boolean;

  /** @param isReady whether the chain that is there already is as good as it gets; else {@link announceTip} says so. */
  constructor(tree: HeaderTree, isReady: boolean) {
    this.#tree = tree;
    this.#isReady = isReady;
  }

  /**
   * Those who called us are told our tip. We offer no blocks, so that bitcoind would never think of asking us for
   * headers; a block that it does not know makes it ask whoever told it, but only once.
   */
  join(peer: PeerId, isInbound: boolean): ServerOutput[] {
    this.#clients.set(peer, { isInbound, wantsHeaders: false });
    return isInbound && this.#isReady ? this.#tellTip(peer) : [];
  }

  leave(peer: PeerId): void {
    this.#clients.delete(peer);
  }

  takeSendHeaders(peer: PeerId): void {
    const client = this.#clients.get(peer);
    if (client !== undefined) client.wantsHeaders = true;
  }

  answerGetHeaders(peer: PeerId, request: LocatorRequestPayload): ServerOutput[] {
    return [{ do: 'send-headers', peer, ...answerGetHeaders(request, this.#tree) }];
  }

  /** We hold headers and nothing else: whoever waits for a block or a transaction is told to look elsewhere. */
  answerGetData(peer: PeerId, items: readonly InventoryItem[]): ServerOutput[] {
    return items.length === 0
      ? []
      : [{ do: 'send', peer, message: { command: 'notfound', payload: { items } } }];
  }

  /**
   * The best chain has changed: those who called us are told, and those who asked to be. Core announces eight headers at
   * most and names the last of more by inv; but a second inv of one that offers no blocks it passes over, and headers that
   * go on from what it knows it always takes.
   *
   * @param from the peer that brought it.
   */
  announce(change: TreeChange, from: PeerId | undefined): ServerOutput[] {
    // What was added is not looked at before: during a synchronisation that is a list of thousands, made for nobody.
    if (!this.#isReady || change.added.length === 0) return [];
    const { fork, added, tip } = change;
    const outputs: ServerOutput[] = [];
    for (const [peer, { isInbound, wantsHeaders }] of this.#clients) {
      if (peer === from) continue;
      if (wantsHeaders && added.length <= MAX_HEADERS_PER_MESSAGE) {
        const fromHeight = fork.height + 1;
        outputs.push({ do: 'send-headers', peer, fromHeight, count: tip.height - fork.height });
      } else if (isInbound || wantsHeaders) {
        outputs.push(...this.#tellTip(peer));
      }
    }
    return outputs;
  }

  /** We are at the tip: those who called us while we were not are told of it. */
  announceTip(): ServerOutput[] {
    if (this.#isReady) return [];
    this.#isReady = true;
    return Array.from(this.#clients).flatMap(([peer, { isInbound }]) =>
      isInbound ? this.#tellTip(peer) : [],
    );
  }

  /** Genesis, or the anchor that we begin at, is no news to anybody. */
  #tellTip(peer: PeerId): ServerOutput[] {
    if (this.#tree.tip.height === this.#tree.baseHeight) return [];
    const items = [{ type: INVENTORY.BLOCK, hash: this.#tree.tip.hash }];
    return [{ do: 'send', peer, message: { command: 'inv', payload: { items } } }];
  }
}
