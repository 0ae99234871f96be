/** An honest node that relays transactions and serves blocks. The hostile ones are made from it by changing one thing each. */
import { toHex } from '../../../src/bytes/hex.ts';
import { INVENTORY, type InventoryItem } from '../../../src/wire/inventory.ts';
import type { Message, MessageOf } from '../../../src/wire/message.ts';
import { SERVICES } from '../../../src/wire/services.ts';
import { FULL_NODE, versionOf } from '../../support/messages.ts';
import type { Chain } from '../chains.ts';
import { type Caller, HonestPeer, type PeerOptions } from '../honest-peer.ts';
import type { LineEnd } from '../line.ts';
import type { Ledger, RealTx } from './ledger.ts';
import { NodePool } from './node-pool.ts';

export interface RelayOptions extends PeerOptions {
  readonly ledger: Ledger;
  readonly usesWtxid: boolean;
  /** Whether it tells all that it has when asked (BIP 35). */
  readonly tellsAll: boolean;
}

/** Core: INBOUND_INVENTORY_BROADCAST_INTERVAL. */
const TRICKLE_MS = 5_000;

/** What is told of a transaction: both its names. */
export interface Named {
  readonly txid: Uint8Array;
  readonly wtxid: Uint8Array;
}

export class RelayPeer extends HonestPeer {
  readonly pool: NodePool;
  protected readonly ledger: Ledger;
  readonly #usesWtxid: boolean;
  readonly #tellsAll: boolean;
  /** What is yet to be announced on each line. */
  readonly #untold = new Map<LineEnd, Set<RealTx>>();

  constructor({ ledger, usesWtxid, tellsAll, ...options }: RelayOptions) {
    super(options);
    this.ledger = ledger;
    this.pool = new NodePool(ledger, options.chain);
    this.#usesWtxid = usesWtxid;
    this.#tellsAll = tellsAll;
  }

  override get usesWtxid(): boolean {
    return this.#usesWtxid;
  }

  /** A transaction has reached this node, by other ways than the client. */
  hear(tx: RealTx): void {
    this.#spread(this.pool.offer(tx));
  }

  override adopt(chain: Chain): void {
    if (chain.tip.work <= this.chain.tip.work) return;
    const adopted = this.pool.follow(chain);
    super.adopt(chain);
    this.#spread(adopted);
  }

  protected override version(caller: Caller): MessageOf<'version'> {
    const services = this.#tellsAll ? FULL_NODE | SERVICES.BLOOM : FULL_NODE;
    return versionOf({ ...super.version(caller).payload, services });
  }

  protected override answerMempool(caller: Caller): void {
    if (this.#tellsAll) this.announceTxs(caller, this.named());
  }

  protected override answerGetData(caller: Caller, items: readonly InventoryItem[]): void {
    const missing: InventoryItem[] = [];
    for (const item of items) {
      const isBlock = item.type === INVENTORY.WITNESS_BLOCK || item.type === INVENTORY.BLOCK;
      const answer = isBlock ? this.answerBlock(caller, item) : this.answerTx(caller, item);
      if (answer === 'notfound') missing.push(item);
      else if (answer !== 'silence') caller.line.send(answer);
    }
    if (missing.length > 0) caller.line.send({ command: 'notfound', payload: { items: missing } });
  }

  protected answerTx(_caller: Caller, item: InventoryItem): Message | 'notfound' | 'silence' {
    const tx = this.find(item);
    return tx === undefined ? 'notfound' : { command: 'tx', payload: tx.tx.tx };
  }

  protected answerBlock(_caller: Caller, { hash }: InventoryItem): Message | 'notfound' | 'silence' {
    return this.ledger.bodyOf(hash)?.message ?? 'notfound';
  }

  /** Says at once that it has some transactions. */
  protected announceTxs({ line, version }: Caller, txs: readonly Named[]): void {
    if (version?.relay === false || txs.length === 0) return;
    const items = txs.map(({ txid, wtxid }) =>
      this.usesWtxid ? { type: INVENTORY.WTX, hash: wtxid } : { type: INVENTORY.TX, hash: txid },
    );
    line.send({ command: 'inv', payload: { items } });
  }

  /** Whoever is there and listens. */
  protected ready(): Caller[] {
    return [...this.callers.values()].filter(({ isReady, version }) => isReady && version?.relay !== false);
  }

  protected named(): Named[] {
    return this.pool.entries().map(({ tx }) => tx);
  }

  protected find({ type, hash }: InventoryItem): RealTx | undefined {
    const text = toHex(hash);
    return type === INVENTORY.WTX
      ? this.pool.entries().find(({ tx }) => toHex(tx.wtxid) === text)
      : this.pool.entries().find(({ key }) => key === text);
  }

  #spread(txs: readonly RealTx[]): void {
    if (txs.length === 0) return;
    for (const caller of this.ready()) {
      const untold = this.#untold.get(caller.line);
      for (const tx of txs) untold?.add(tx);
      if (untold !== undefined) continue;
      this.#untold.set(caller.line, new Set(txs));
      this.world.after(this.chance.pause(TRICKLE_MS), () => this.#trickle(caller));
    }
  }

  #trickle(caller: Caller): void {
    const untold = this.#untold.get(caller.line) ?? [];
    this.#untold.delete(caller.line);
    if (!caller.line.isOpen) return;
    const present = [...untold].filter(({ key }) => this.pool.has(key));
    this.announceTxs(
      caller,
      present.map(({ tx }) => tx),
    );
  }
}
