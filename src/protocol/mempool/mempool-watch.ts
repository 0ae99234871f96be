/** Watches unconfirmed transactions with all peers at once: hears of them, fetches each once, follows it to its end. */

import { append } from '../../bytes/append.ts';
import { hashKey, type HashKey } from '../../bytes/hash-key.ts';
import type { TreeChange } from '../../chain/tree-change.ts';
import { type IdentifiedTx, identify } from '../../wire/identified-tx.ts';
import { INVENTORY, type InventoryItem } from '../../wire/inventory.ts';
import type { Block } from '../../wire/block.ts';
import { earliest, type Machine, type Now, type Random } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import { BlockFetch } from './block-fetch.ts';
import { ListenerTable } from './listener-table.ts';
import type {
  MempoolInput,
  MempoolMessage,
  MempoolOptions,
  MempoolOutput,
  MempoolSurroundings,
} from './mempool-contract.ts';
import { MempoolKeeper } from './mempool-keeper.ts';
import type { RemovalReason, TxNews } from './mempool-news.ts';
import { OwnTransactions } from './own-transactions.ts';
import { TxFetch } from './tx-fetch.ts';

/** Time over which changes of one transaction are gathered, and how many are told in one go. */
const UPDATE_INTERVAL_MS = 5_000;
const UPDATES_AT_ONCE = 1_000;
const NEXT_UPDATES_MS = 50;
/** Time between two looks for transactions that are too old. */
const EXPIRY_INTERVAL_MS = 600_000;

/** Ends after which a transaction has no future. */
const LOST: ReadonlySet<RemovalReason> = new Set<RemovalReason>(['replaced', 'conflict', 'expired']);

export class MempoolWatch implements Machine<MempoolInput, MempoolOutput> {
  readonly #options: MempoolOptions;
  readonly #listeners = new ListenerTable();
  readonly #transactions: TxFetch;
  readonly #keeper: MempoolKeeper;
  readonly #blocks: BlockFetch;
  readonly #own: OwnTransactions;
  /** Whether the chain is there: nothing is fetched before. */
  #isOpen = false;
  /** Height of the best chain then. */
  #openedHeight = 0;
  #updatesDueMs: number | undefined;
  #expiryDueMs: number | undefined;

  constructor(options: MempoolOptions, { holdersOf, expectsMany }: MempoolSurroundings, random: Random) {
    this.#options = options;
    this.#transactions = new TxFetch(this.#listeners, options, random);
    this.#keeper = new MempoolKeeper(options, () => this.#listeners.chosenCount);
    // Who was hung up on is still known to others for a moment.
    this.#blocks = new BlockFetch((height) => holdersOf(height).filter((peer) => this.#listeners.has(peer)));
    this.#own = new OwnTransactions(random, expectsMany);
  }

  /** What is held: read it, and leave it as it is. */
  get keeper(): Pick<MempoolKeeper, 'pool'> {
    return this.#keeper;
  }

  handle(input: MempoolInput, now: Now): MempoolOutput[] {
    const outputs = this.#take(input, now);
    // Most inputs are transactions that came: then there is one more to ask for, and often nothing else.
    this.#ask(outputs, now);
    this.#noteUpdates(now);
    return outputs;
  }

  deadline(): number | undefined {
    return earliest(
      this.#isOpen ? this.#transactions.deadline() : undefined,
      this.#blocks.deadline(),
      this.#own.deadline(),
      this.#updatesDueMs,
      this.#expiryDueMs,
    );
  }

  /**
   * A peer asks for things.
   *
   * @returns our own transactions among them, ready to be sent, and what we do not have.
   */
  answerGetData(
    peer: PeerId,
    items: readonly InventoryItem[],
  ): { readonly outputs: MempoolOutput[]; readonly missing: readonly InventoryItem[] } {
    const asked = new Set<IdentifiedTx>();
    const missing = items.filter((item) => {
      const own = this.#own.find(item, peer);
      // Once, however often it asks in one breath.
      if (own !== undefined) asked.add(own);
      return own === undefined;
    });
    const outputs = Array.from(asked).flatMap((own) => this.#own.give(peer, own));
    return { outputs, missing };
  }

  #take(input: MempoolInput, now: Now): MempoolOutput[] {
    switch (input.type) {
      case 'peer-ready':
        return this.#addPeer(input);
      case 'peer-lost':
        this.#removePeer(input.peer, now);
        return [];
      case 'message':
        return this.#listeners.has(input.peer) ? this.#receive(input.peer, input.message, now) : [];
      case 'synced':
        return this.#open(input.tip, now);
      case 'chain-changed':
        return this.#follow(input.change, now);
      case 'submitted':
        return this.#submit(input.tx, now);
      case 'tick':
        return this.#tick(now);
    }
  }

  #addPeer(input: MempoolInput & { type: 'peer-ready' }): MempoolOutput[] {
    const { peer, usesWtxid, isInbound } = input;
    const { tellsAll } = this.#listeners.add(input);
    this.#transactions.addPeer(peer, { isPreferred: !isInbound, usesWtxid });
    this.#own.addPeer(input);
    return this.#isOpen && tellsAll ? this.#askForAll(peer) : [];
  }

  #removePeer(peer: PeerId, now: Now): void {
    if (!this.#listeners.delete(peer)) return;
    this.#transactions.removePeer(peer);
    this.#own.removePeer(peer);
    this.#blocks.peerLost(peer, now);
  }

  #askForAll(peer: PeerId): MempoolOutput[] {
    if (!this.#options.fetchesTransactions) return [];
    return [{ do: 'send', peer, message: { command: 'mempool', payload: {} } }];
  }

  #open(tip: { height: number; hash: Uint8Array }, now: Now): MempoolOutput[] {
    if (this.#isOpen) return [];
    this.#isOpen = true;
    this.#openedHeight = tip.height;
    this.#expiryDueMs = now.ms + EXPIRY_INTERVAL_MS;
    // Peers go on giving out what the last block holds: it is not unconfirmed.
    if (this.#options.fetchesBlocks && tip.height > 0) this.#blocks.want(tip, now);
    return Array.from(this.#listeners.entries()).flatMap(([peer, { tellsAll }]) =>
      tellsAll ? this.#askForAll(peer) : [],
    );
  }

  #receive(peer: PeerId, { command, payload }: MempoolMessage, now: Now): MempoolOutput[] {
    switch (command) {
      case 'inv':
        return this.#hear(peer, payload.items, now);
      case 'tx':
        // What nobody asked for is not even hashed.
        return this.#transactions.hasAnnounced(peer) ? this.#receiveTx(peer, identify(payload), now) : [];
      case 'notfound':
        this.#receiveNotFound(peer, payload.items, now);
        return [];
      case 'block':
        return this.#receiveBlock(peer, payload, now);
      case 'feefilter':
        this.#own.setFeeFilter(peer, payload.feeRateSatsPerKvb);
        return [];
    }
  }

  /** Of one that speaks of wtxids no other name is believed, and the other way round (BIP 339). */
  #hear(peer: PeerId, items: readonly InventoryItem[], now: Now): MempoolOutput[] {
    const listener = this.#listeners.get(peer);
    if (listener === undefined) return [];
    const isByWtxid = listener.usesWtxid;
    const type = isByWtxid ? INVENTORY.WTX : INVENTORY.TX;
    const outputs: MempoolOutput[] = [];
    for (const item of items) {
      if (item.type !== type) continue;
      const key = hashKey(item.hash);
      append(outputs, this.#own.heard(peer, key));
      append(
        outputs,
        this.#tell(this.#keeper.noteAnnouncer({ key, isByWtxid, atMs: now.ms }, listener.witness)),
      );
      if (this.#options.fetchesTransactions && !this.#keeper.knows(key, isByWtxid))
        this.#transactions.announce(peer, key, now);
    }
    return outputs;
  }

  #receiveTx(peer: PeerId, identified: IdentifiedTx, now: Now): MempoolOutput[] {
    const origin = this.#transactions.takeAnswer(peer, identified);
    // What was not asked for is nothing to us: it would cost a stranger less than it costs us.
    if (origin === undefined) return [];
    const outcome = this.#keeper.accept(identified, origin, now);
    if (!('rule' in outcome)) return this.#tell(outcome);
    return this.#hangUp(peer, 'bad-transaction', outcome, now);
  }

  #receiveNotFound(peer: PeerId, items: readonly InventoryItem[], now: Now): void {
    for (const { type, hash } of items) {
      const key: HashKey = hashKey(hash);
      if (type === INVENTORY.WITNESS_BLOCK || type === INVENTORY.BLOCK) this.#blocks.notFound(peer, key, now);
      else this.#transactions.notFound(peer, key);
    }
  }

  #receiveBlock(peer: PeerId, block: Block, now: Now): MempoolOutput[] {
    const outcome = this.#blocks.receive(peer, block, now);
    switch (outcome.kind) {
      case 'unwanted':
        return [];
      case 'refused':
      case 'invalid':
        return this.#hangUp(peer, 'bad-block', outcome, now);
      case 'fetched': {
        const news = this.#tell(this.#keeper.connect(outcome.block));
        this.#transactions.forget(outcome.block.transactions);
        return news.concat(this.#own.takeBlock(outcome.block, outcome.block.height > this.#openedHeight));
      }
    }
  }

  /** The peer is asked nothing more. */
  #hangUp(
    peer: PeerId,
    reason: 'bad-transaction' | 'bad-block',
    fault: { readonly rule: string; readonly detail: string },
    now: Now,
  ): MempoolOutput[] {
    this.#removePeer(peer, now);
    return [{ do: 'hang-up', peer, disconnect: { reason, detail: `${fault.rule}: ${fault.detail}` } }];
  }

  #follow({ removed, added, fork }: TreeChange, now: Now): MempoolOutput[] {
    if (!this.#isOpen || !this.#options.fetchesBlocks) return [];
    const outputs: MempoolOutput[] = [];
    for (const hash of removed) {
      if (this.#blocks.drop(hash, now)) continue;
      append(outputs, this.#own.takeBack(hash));
      append(outputs, reported(this.#keeper.disconnect(hash)));
    }
    added.forEach((hash, i) => this.#blocks.want({ height: fork.height + 1 + i, hash }, now));
    return outputs;
  }

  #submit(tx: IdentifiedTx, now: Now): MempoolOutput[] {
    const outcome = this.#keeper.accept(tx, { announcers: [], isOwn: true }, now);
    // What is wrong with it was told to whoever submitted it; what only its family shows is for the peers to say.
    const news = 'rule' in outcome ? [] : reported(outcome);
    const key = hashKey(tx.txid);
    const entry = this.#keeper.pool.get(key);
    this.#own.add(tx, entry?.feeSats);
    // Those who have it already will not say so again.
    for (const [peer, { witness }] of this.#listeners.entries())
      if (entry?.announcers.includes(witness) === true) append(news, this.#own.heard(peer, key));
    return news;
  }

  #tick(now: Now): MempoolOutput[] {
    const outputs: MempoolOutput[] = [];
    if (this.#expiryDueMs !== undefined && now.ms >= this.#expiryDueMs) {
      this.#expiryDueMs = now.ms + EXPIRY_INTERVAL_MS;
      append(outputs, this.#tell(this.#keeper.expire(now)));
    }
    if (this.#updatesDueMs !== undefined && now.ms >= this.#updatesDueMs) {
      append(outputs, reported(this.#keeper.takeUpdates(UPDATES_AT_ONCE)));
      this.#updatesDueMs = this.#keeper.hasUpdates ? now.ms + NEXT_UPDATES_MS : undefined;
    }
    return outputs;
  }

  /** What cannot be confirmed any more is not announced any more either. */
  #tell(news: readonly TxNews[]): MempoolOutput[] {
    for (const event of news) {
      if (event.event === 'tx-removed' && LOST.has(event.reason)) this.#own.drop(hashKey(event.txid));
    }
    return reported(news);
  }

  #noteUpdates(now: Now): void {
    if (this.#keeper.hasUpdates) this.#updatesDueMs ??= now.ms + UPDATE_INTERVAL_MS;
  }

  /** Adds what is to be asked and announced now. */
  #ask(outputs: MempoolOutput[], now: Now): void {
    if (this.#isOpen) append(outputs, this.#transactions.take(now));
    for (const request of this.#blocks.take(now)) outputs.push({ do: 'send', ...request });
    append(outputs, this.#own.take(now));
  }
}

function reported(news: readonly TxNews[]): MempoolOutput[] {
  return news.map((event) => ({ do: 'report', event }));
}
