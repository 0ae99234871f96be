/** Our own transactions: announced until they are confirmed, and what the peers let us see of how they fare (BIP 133, 339). */

import { type HashKey, hashKey } from '../../bytes/hash-key.ts';
import { MAX_MONEY_SATS } from '../../chain/check-transaction.ts';
import type { ChainPoint } from '../../chain/tree-change.ts';
import type { IdentifiedTx } from '../../wire/identified-tx.ts';
import { INVENTORY, type InventoryItem } from '../../wire/inventory.ts';
import { earliest, type Now, type Random } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import { shuffled } from '../peers/shuffled.ts';
import { PeerTally } from './peer-tally.ts';

/** Transactions of our own; one more takes the place of the oldest, of a confirmed one if there is any. */
const MAX_OWN = 100;

/** Time to wait for a second peer where there will be more than one: of two, one can be listened to. */
const GATHER_MS = 5_000;

/** Time for those who were not told to hear of it from others. With Core an announcement waits for five seconds in the mean. */
const LISTEN_MS = 30_000;

export interface BroadcastPeer {
  /** Whether it is told of transactions by wtxid (BIP 339). */
  readonly usesWtxid: boolean;
  /** Whether it wants to hear of any. */
  readonly wantsTxs: boolean;
}

/** How a transaction fares; see `SendEvent` of the library. */
export interface BroadcastEvent {
  readonly txid: Uint8Array;
  readonly state: 'announced' | 'requested' | 'relayed' | 'confirmed' | 'returned';
  /** Where a single one is meant. */
  readonly peer?: PeerId;
  /** How many in all were told, have asked for it, or else have announced it. */
  readonly peerCount: number;
  /** The one that confirms it, or did. */
  readonly block?: ChainPoint;
}

/** What is to be put into an inv. */
export interface OwnAnnouncement {
  readonly peer: PeerId;
  readonly item: InventoryItem;
}

interface Listener extends BroadcastPeer {
  /** Satoshis for 1,000 virtual bytes below which it wants to hear of nothing. */
  feeFilterSatsPerKvb: bigint;
}

interface Own {
  readonly tx: IdentifiedTx;
  readonly feeSats: number | undefined;
  readonly announcedTo: PeerTally;
  readonly requestedBy: PeerTally;
  readonly relayedBy: PeerTally;
  /** Peers that need no word for now: told since the last block, or they have it from others. */
  readonly knowing: Set<PeerId>;
  /** Peers that are not told while we listen. */
  readonly witnesses: Set<PeerId>;
  stage:
    /** Nobody was told; with one peer alone, more are waited for until then. */
    | { readonly is: 'new'; readonly untilMs: number | undefined }
    | { readonly is: 'listening'; readonly untilMs: number }
    | { readonly is: 'open' }
    | { readonly is: 'confirmed'; readonly block: ChainPoint };
}

/**
 * Peers say nothing about what they do with a transaction: a refusal is silent. What can be seen is that one asks for it,
 * and that others announce it, who can have it only from the first. So half of the peers are told, and the others listened
 * to; if none of those has announced it after a while they are told as well. After each block all are told again.
 */
export class Broadcasts {
  readonly #random: Random;
  readonly #expectsMany: boolean;
  readonly #peers = new Map<PeerId, Listener>();
  /** By txid, oldest first. */
  readonly #own = new Map<HashKey, Own>();
  readonly #byWtxid = new Map<HashKey, Own>();
  /** Whether somebody may have to be told something at once. */
  #isDue = false;

  /** @param expectsMany whether there will be more than one peer. */
  constructor(random: Random, expectsMany: boolean) {
    this.#random = random;
    this.#expectsMany = expectsMany;
  }

  /**
   * Begins to announce a transaction; one with the same txid goes on as it is.
   *
   * @param feeSats where it is known: peers that want more are then not told.
   */
  add(tx: IdentifiedTx, feeSats?: number): void {
    const key = hashKey(tx.txid);
    if (this.#own.has(key)) return;
    if (this.#own.size >= MAX_OWN) this.#makeRoom();
    const own: Own = {
      tx,
      feeSats,
      announcedTo: new PeerTally(),
      requestedBy: new PeerTally(),
      relayedBy: new PeerTally(),
      knowing: new Set(),
      witnesses: new Set(),
      stage: { is: 'new', untilMs: undefined },
    };
    this.#own.set(key, own);
    this.#byWtxid.set(hashKey(tx.wtxid), own);
    this.#isDue = true;
  }

  addPeer(peer: PeerId, traits: BroadcastPeer): void {
    this.#peers.set(peer, { ...traits, feeFilterSatsPerKvb: 0n });
    this.#isDue = true;
  }

  removePeer(peer: PeerId): void {
    this.#peers.delete(peer);
    for (const { announcedTo, requestedBy, relayedBy, knowing, witnesses } of this.#own.values()) {
      for (const tally of [announcedTo, requestedBy, relayedBy]) tally.leave(peer);
      for (const group of [knowing, witnesses]) group.delete(peer);
    }
  }

  /** A peer says below which rate it wants to hear of nothing; what is not an amount of money is passed over. */
  setFeeFilter(peer: PeerId, satsPerKvb: bigint): void {
    const listener = this.#peers.get(peer);
    if (listener === undefined || satsPerKvb < 0n || satsPerKvb > MAX_MONEY_SATS) return;
    if (satsPerKvb < listener.feeFilterSatsPerKvb) this.#isDue = true;
    listener.feeFilterSatsPerKvb = satsPerKvb;
  }

  /**
   * The transaction that a getdata asks for.
   *
   * @param peer who asks: one that was never told gets nothing, or anybody could find out which ones are ours.
   */
  find({ type, hash }: InventoryItem, peer: PeerId): IdentifiedTx | undefined {
    const isByTxid = type === INVENTORY.TX || type === INVENTORY.WITNESS_TX;
    if (!isByTxid && type !== INVENTORY.WTX) return undefined;
    const own = (isByTxid ? this.#own : this.#byWtxid).get(hashKey(hash));
    return own?.announcedTo.has(peer) === true ? own.tx : undefined;
  }

  /** A peer asked for one, and gets it. */
  requested(peer: PeerId, txid: HashKey): BroadcastEvent[] {
    const own = this.#own.get(txid);
    if (own === undefined || !this.#peers.has(peer) || !own.requestedBy.add(peer)) return [];
    return [eventOf(own, { state: 'requested', peer, peerCount: own.requestedBy.count })];
  }

  /** A peer announced something, by txid or wtxid. If it did not get that from us, it was relayed to it. */
  heard(peer: PeerId, key: HashKey): BroadcastEvent[] {
    const own = this.#own.get(key) ?? this.#byWtxid.get(key);
    if (own === undefined || own.stage.is === 'confirmed' || !this.#peers.has(peer)) return [];
    own.knowing.add(peer);
    if (own.requestedBy.has(peer) || !own.relayedBy.add(peer)) return [];
    if (own.stage.is === 'listening') this.#stopListening(own);
    return [eventOf(own, { state: 'relayed', peer, peerCount: own.relayedBy.count })];
  }

  /** It is in a block of the best chain. */
  confirmed(txid: HashKey, { hash, height }: ChainPoint): BroadcastEvent[] {
    const own = this.#own.get(txid);
    if (own === undefined || own.stage.is === 'confirmed') return [];
    const block = { height, hash };
    own.stage = { is: 'confirmed', block };
    return [eventOf(own, { state: 'confirmed', peerCount: own.relayedBy.count, block })];
  }

  /** It cannot be confirmed any more: it is announced no more. */
  drop(txid: HashKey): void {
    const own = this.#own.get(txid);
    if (own !== undefined) this.#remove(own);
  }

  /** The block that confirmed it is on the best chain no more: all are told again. */
  returned(txid: HashKey): BroadcastEvent[] {
    const own = this.#own.get(txid);
    if (own?.stage.is !== 'confirmed') return [];
    const { block } = own.stage;
    this.#beginAgain(own);
    return [eventOf(own, { state: 'returned', peerCount: own.relayedBy.count, block })];
  }

  /** A new block is there, and it confirmed what it confirmed. What is being listened for was told a moment ago. */
  blockCame(): void {
    for (const own of this.#own.values()) if (own.stage.is === 'open') this.#beginAgain(own);
  }

  /** Who is to be told of what now; each counts as told from now on. */
  take(now: Now): { readonly announcements: OwnAnnouncement[]; readonly events: BroadcastEvent[] } {
    const announcements: OwnAnnouncement[] = [];
    const events: BroadcastEvent[] = [];
    const dueMs = this.deadline();
    if (dueMs === undefined || dueMs > now.ms) return { announcements, events };
    this.#isDue = false;
    for (const own of this.#own.values()) {
      const peers = this.#peersToTell(own, now.ms);
      if (peers.length === 0) continue;
      for (const peer of peers) announcements.push(this.#tell(peer, own));
      events.push(eventOf(own, { state: 'announced', peerCount: own.announcedTo.count }));
    }
    return { announcements, events };
  }

  /** When to call {@link take} at the latest; long ago when somebody may have to be told at once. */
  deadline(): number | undefined {
    if (this.#isDue) return Number.NEGATIVE_INFINITY;
    const stages = Array.from(this.#own.values(), ({ stage }) => stage);
    return earliest(...stages.map((stage) => ('untilMs' in stage ? stage.untilMs : undefined)));
  }

  #makeRoom(): void {
    const all = Array.from(this.#own.values());
    const oldest = all.find(({ stage }) => stage.is === 'confirmed') ?? all[0];
    if (oldest !== undefined) this.#remove(oldest);
  }

  #remove({ tx }: Own): void {
    this.#own.delete(hashKey(tx.txid));
    this.#byWtxid.delete(hashKey(tx.wtxid));
  }

  #peersToTell(own: Own, nowMs: number): readonly PeerId[] {
    const { stage } = own;
    if (stage.is === 'confirmed' || (stage.is === 'listening' && nowMs < stage.untilMs)) return [];
    const unknowing = Array.from(this.#peers).filter(
      ([peer, listener]) => !own.knowing.has(peer) && wants(listener, own),
    );
    const peers = unknowing.map(([peer]) => peer);
    if (stage.is === 'new' && this.#isTooFew(peers.length, stage.untilMs, nowMs)) {
      const untilMs = peers.length === 0 ? undefined : (stage.untilMs ?? nowMs + GATHER_MS);
      own.stage = { is: 'new', untilMs };
      return [];
    }
    own.stage = { is: 'open' };
    own.witnesses.clear();
    return stage.is === 'new' ? this.#chooseFirst(own, peers, nowMs) : peers;
  }

  #isTooFew(count: number, untilMs: number | undefined, nowMs: number): boolean {
    if (count !== 1) return count === 0;
    return this.#expectsMany && (untilMs === undefined || nowMs < untilMs);
  }

  /** Half of them, and the others are listened to. */
  #chooseFirst(own: Own, peers: readonly PeerId[], nowMs: number): readonly PeerId[] {
    const inRandomOrder = shuffled(peers, this.#random);
    const first = inRandomOrder.splice(0, Math.max(1, Math.floor(peers.length / 2)));
    if (inRandomOrder.length === 0) return first;
    own.stage = { is: 'listening', untilMs: nowMs + LISTEN_MS };
    for (const peer of inRandomOrder) own.witnesses.add(peer);
    return first;
  }

  /** It goes round. The witnesses will have it from others, and one of them counts for more than one who was told. */
  #stopListening(own: Own): void {
    for (const peer of own.witnesses) own.knowing.add(peer);
    own.witnesses.clear();
    own.stage = { is: 'open' };
    this.#isDue = true;
  }

  #beginAgain(own: Own): void {
    own.stage = { is: 'open' };
    own.knowing.clear();
    own.witnesses.clear();
    this.#isDue = true;
  }

  #tell(peer: PeerId, own: Own): OwnAnnouncement {
    own.knowing.add(peer);
    own.announcedTo.add(peer);
    const { txid, wtxid } = own.tx;
    const usesWtxid = this.#peers.get(peer)?.usesWtxid === true;
    return {
      peer,
      item: usesWtxid ? { type: INVENTORY.WTX, hash: wtxid } : { type: INVENTORY.TX, hash: txid },
    };
  }
}

function wants({ wantsTxs, feeFilterSatsPerKvb }: Listener, { tx, feeSats }: Own): boolean {
  if (!wantsTxs || feeSats === undefined) return wantsTxs;
  return BigInt(feeSats) * 1000n >= feeFilterSatsPerKvb * BigInt(tx.size.vsize);
}

function eventOf({ tx }: Own, event: Omit<BroadcastEvent, 'txid'>): BroadcastEvent {
  return { txid: tx.txid, ...event };
}
