/** What honest peers have announced to the client: it must be told, in bounded time. */
import { toHex } from '../../../src/bytes/hex.ts';
import type { PeerId } from '../../../src/protocol/peer.ts';
import { INVENTORY, type InventoryItem } from '../../../src/wire/inventory.ts';
import { Violation } from '../client.ts';
import type { RealTx } from './ledger.ts';
import type { RelayPeer } from './relay-peer.ts';
import type { Connection, Truth } from './truth.ts';

/** An honest peer said that it has a transaction. */
interface Promised {
  readonly peer: PeerId;
  readonly from: RelayPeer;
  readonly tx: RealTx;
  readonly visit: number;
  readonly atMs: number;
}

export class Promises {
  /** The longest that any has waited. */
  slowestMs = 0;
  readonly #truth: Truth;
  readonly #connections: ReadonlyMap<PeerId, Connection>;
  /** Connections of the client's choice on which honest peers announced each real transaction. */
  readonly #announcers = new Map<string, Set<PeerId>>();
  /** What hostile peers brought when no honest node had it any more. */
  readonly #stale = new Set<string>();
  #promised: Promised[] = [];

  constructor(truth: Truth, connections: ReadonlyMap<PeerId, Connection>) {
    this.#truth = truth;
    this.#connections = connections;
  }

  hearInv(peer: PeerId, { host, isOurs }: Connection, items: readonly InventoryItem[], nowMs: number): void {
    const from = this.#truth.honest.get(host);
    if (from === undefined) return;
    for (const { type, hash } of items) {
      if (type !== INVENTORY.TX && type !== INVENTORY.WTX) continue;
      const text = toHex(hash);
      const tx =
        this.#truth.ledger.get(text) ?? from.pool.entries().find((entry) => toHex(entry.tx.wtxid) === text);
      if (tx === undefined) continue;
      const announcers = this.#announcers.get(tx.key) ?? new Set();
      if (isOurs) this.#announcers.set(tx.key, announcers.add(peer));
      this.#promised.push({ peer, from, tx, visit: from.pool.visitOf(tx.key), atMs: nowMs });
    }
  }

  hearTx(key: string, { host }: Connection): void {
    const { honest } = this.#truth;
    if (honest.has(host)) this.#stale.delete(key);
    else if (![...honest.values()].some(({ pool }) => pool.has(key))) this.#stale.add(key);
  }

  isStale(key: string): boolean {
    return this.#stale.has(key);
  }

  /** How many honest peers announced it and are there still. */
  standingBy(key: string): number {
    const peers = [...(this.#announcers.get(key) ?? [])];
    return peers.filter((peer) => this.#connections.has(peer)).length;
  }

  /** Looks at those that can still be kept: the peer has had it all the time, and is there. */
  check(isTold: (key: string) => boolean, openedMs: number, nowMs: number): void {
    this.#promised = this.#promised.filter(
      ({ tx, from, visit, peer }) =>
        this.#connections.has(peer) && from.pool.has(tx.key) && from.pool.visitOf(tx.key) === visit,
    );
    for (const { tx, atMs } of this.#promised) {
      if (isTold(tx.key)) continue;
      const waitedMs = nowMs - Math.max(atMs, openedMs);
      this.slowestMs = Math.max(this.slowestMs, waitedMs);
      if (waitedMs > this.#truth.boundMs)
        throw new Violation(`${tx.key} was announced ${waitedMs} ms ago and not told`);
    }
  }

  /** Keys of what must be in the list now. */
  due(): string[] {
    return this.#promised.map(({ tx }) => tx.key);
  }
}
