/** The peers that we listen to, and which of their connections belong to the same one. */

import { SERVICES } from '../../wire/services.ts';
import type { PeerId } from '../peer.ts';
import type { MempoolInput } from './mempool-contract.ts';
import { type EntryOrigin, isChosen, type Witness, witnessOf } from './pool-entry.ts';

export interface Listener {
  readonly witness: Witness;
  /** Whether transactions are announced and asked for by wtxid. */
  readonly usesWtxid: boolean;
  /** Whether it answers the request for all it has (BIP 35); others hang up on it. */
  readonly tellsAll: boolean;
}

export class ListenerTable {
  readonly #listeners = new Map<PeerId, Listener>();
  /** How many connections each has. */
  readonly #present = new Map<Witness, number>();

  /** Distinct peers that we chose, however many connections each has. */
  get chosenCount(): number {
    let count = 0;
    for (const witness of this.#present.keys()) if (isChosen(witness)) count++;
    return count;
  }

  get(peer: PeerId): Listener | undefined {
    return this.#listeners.get(peer);
  }

  has(peer: PeerId): boolean {
    return this.#listeners.has(peer);
  }

  entries(): IterableIterator<[PeerId, Listener]> {
    return this.#listeners.entries();
  }

  /** Who stands behind connections that announced something, each once, with its first announcement. */
  originOf(standing: Iterable<{ readonly peer: PeerId; readonly atMs: number }>): EntryOrigin {
    const announced = new Map<Witness, number>();
    for (const { peer, atMs } of standing) {
      const witness = this.#listeners.get(peer)?.witness;
      if (witness !== undefined && !announced.has(witness)) announced.set(witness, atMs);
    }
    return { announcers: [...announced.keys()], announcedMs: [...announced.values()] };
  }

  add({ peer, endpoint, services, usesWtxid, isInbound }: MempoolInput & { type: 'peer-ready' }): Listener {
    const witness = witnessOf(endpoint, isInbound);
    const listener = { witness, usesWtxid, tellsAll: (services & SERVICES.BLOOM) !== 0n };
    this.#listeners.set(peer, listener);
    this.#present.set(witness, (this.#present.get(witness) ?? 0) + 1);
    return listener;
  }

  /** Returns whether it was there. */
  delete(peer: PeerId): boolean {
    const witness = this.#listeners.get(peer)?.witness;
    if (witness === undefined) return false;
    this.#listeners.delete(peer);
    const connections = (this.#present.get(witness) ?? 1) - 1;
    if (connections === 0) this.#present.delete(witness);
    else this.#present.set(witness, connections);
    return true;
  }
}
