/** Our own transactions in the terms of the machine around them: what is sent to whom, and what is told of them. */

import { type HashKey, hashKey } from '../../bytes/hash-key.ts';
import type { IdentifiedTx } from '../../wire/identified-tx.ts';
import type { InventoryItem } from '../../wire/inventory.ts';
import type { FetchedBlock } from '../blocks/fetched-block.ts';
import type { Now, Random } from '../machine.ts';
import type { Endpoint, PeerId } from '../peer.ts';
import { type BroadcastEvent, Broadcasts } from './broadcast.ts';
import type { MempoolInput, MempoolOutput } from './mempool-contract.ts';

export class OwnTransactions {
  readonly #broadcasts: Broadcasts;
  readonly #endpoints = new Map<PeerId, Endpoint>();
  /** Peers of our own choice: that others announce something proves little, for anybody may call us. */
  readonly #chosen = new Set<PeerId>();
  /** What the blocks confirmed that confirmed any; as many as there are transactions at most. */
  readonly #confirmedBy = new Map<HashKey, readonly HashKey[]>();

  /** @param expectsMany whether there will be more than one peer. */
  constructor(random: Random, expectsMany: boolean) {
    this.#broadcasts = new Broadcasts(random, expectsMany);
  }

  addPeer({ peer, endpoint, usesWtxid, wantsTxs, isInbound }: MempoolInput & { type: 'peer-ready' }): void {
    this.#endpoints.set(peer, endpoint);
    if (!isInbound) this.#chosen.add(peer);
    this.#broadcasts.addPeer(peer, { usesWtxid, wantsTxs });
  }

  removePeer(peer: PeerId): void {
    this.#endpoints.delete(peer);
    this.#chosen.delete(peer);
    this.#broadcasts.removePeer(peer);
  }

  setFeeFilter(peer: PeerId, satsPerKvb: bigint): void {
    this.#broadcasts.setFeeFilter(peer, satsPerKvb);
  }

  /** @param feeSats where it is known. */
  add(tx: IdentifiedTx, feeSats: number | undefined): void {
    this.#broadcasts.add(tx, feeSats);
  }

  /** It cannot be confirmed any more. */
  drop(txid: HashKey): void {
    this.#broadcasts.drop(txid);
  }

  /** What a getdata of a peer asks for, if it is one of ours and the peer was told of it. */
  find(item: InventoryItem, peer: PeerId): IdentifiedTx | undefined {
    return this.#broadcasts.find(item, peer);
  }

  /** A peer asked for one, and gets it. */
  give(peer: PeerId, { tx, txid }: IdentifiedTx): MempoolOutput[] {
    const sent: MempoolOutput = { do: 'send', peer, message: { command: 'tx', payload: tx } };
    return [sent, ...this.#reported(this.#broadcasts.requested(peer, hashKey(txid)))];
  }

  /** A peer announced something. */
  heard(peer: PeerId, key: HashKey): MempoolOutput[] {
    return this.#chosen.has(peer) ? this.#reported(this.#broadcasts.heard(peer, key)) : [];
  }

  /** A block joined the best chain: if it is new, what it does not confirm is announced again. */
  takeBlock(block: FetchedBlock, isNew: boolean): MempoolOutput[] {
    const events: BroadcastEvent[] = [];
    const confirmed: HashKey[] = [];
    for (const { txid } of block.transactions) {
      const key = hashKey(txid);
      const told = this.#broadcasts.confirmed(key, block);
      if (told.length > 0) confirmed.push(key);
      events.push(...told);
    }
    if (confirmed.length > 0) this.#confirmedBy.set(hashKey(block.hash), confirmed);
    if (isNew) this.#broadcasts.blockCame();
    return this.#reported(events);
  }

  /** A block left the best chain. */
  takeBack(hash: Uint8Array): MempoolOutput[] {
    const key = hashKey(hash);
    const returned = this.#confirmedBy.get(key) ?? [];
    this.#confirmedBy.delete(key);
    return this.#reported(returned.flatMap((txid) => this.#broadcasts.returned(txid)));
  }

  /** What is to be announced now. */
  take(now: Now): MempoolOutput[] {
    const { announcements, events } = this.#broadcasts.take(now);
    const itemsOf = new Map<PeerId, InventoryItem[]>();
    for (const { peer, item } of announcements) {
      const items = itemsOf.get(peer);
      if (items === undefined) itemsOf.set(peer, [item]);
      else items.push(item);
    }
    const sent: MempoolOutput[] = Array.from(itemsOf, ([peer, items]) => ({
      do: 'send',
      peer,
      message: { command: 'inv', payload: { items } },
    }));
    return sent.concat(this.#reported(events));
  }

  deadline(): number | undefined {
    return this.#broadcasts.deadline();
  }

  #reported(events: readonly BroadcastEvent[]): MempoolOutput[] {
    return events.map(({ peer, ...event }) => {
      const endpoint = peer === undefined ? undefined : this.#endpoints.get(peer);
      return { do: 'report', event: { event: 'send', ...event, endpoint } };
    });
  }
}
