/** The connections that a node has, and what it knows of each. */

import { SERVICES } from '../wire/services.ts';
import type { Now, Random } from './machine.ts';
import type { ConnectionInfo, Disconnect, Endpoint, PeerId, PeerKind } from './peer.ts';
import { admit, type Admission, type InboundLimits } from './peers/inbound.ts';
import { networkGroup } from './peers/network-group.ts';
import { offersBlocks } from './peers/wanted-services.ts';
import type { FilterServer } from './scan/scan-contract.ts';
import { Session, type SessionOptions } from './session/session.ts';

/** Blocks that a pruned node serves; the last two of 288 are left to those who count otherwise (BIP 159). */
const PRUNED_DEPTH = 286;

export interface PeerTableOptions {
  readonly userAgent: string;
  readonly times: SessionOptions;
  readonly limits: InboundLimits;
  /** Whether we want to hear of transactions. */
  readonly wantsTxs: boolean;
  /** Whether nodes of this network are at private addresses. */
  readonly separatesPrivate: boolean;
}

export interface Peer {
  readonly endpoint: Endpoint;
  readonly kind: PeerKind;
  /** Network group of its address. */
  readonly group: string;
  readonly session: Session;
  /** The nonce in our `version`. */
  readonly nonce: bigint;
  readonly startedMs: number;
  isEstablished: boolean;
  /** Whether it has served us at least one header that we lacked, or its whole chain. */
  wasUseful: boolean;
  /** When it last brought a header that we lacked. */
  lastUsefulMs: number | undefined;
  /** When a short call must be over; undefined for one that may stay. */
  endsMs: number | undefined;
}

export class PeerTable extends Map<PeerId, Peer> {
  readonly #options: PeerTableOptions;
  readonly #random: Random;
  /** Secret, so that nobody can choose an address whose place is kept. */
  readonly #salt: Uint8Array;
  #callToOurselves: PeerId | undefined;

  constructor(options: PeerTableOptions, random: Random) {
    super();
    this.#options = options;
    this.#random = random;
    this.#salt = new Uint8Array(BigUint64Array.of(random(), random()).buffer);
  }

  /** Adds a connection that is about to be made, or was accepted. */
  open(
    id: PeerId,
    endpoint: Endpoint,
    kind: PeerKind,
    { startHeight, now }: { startHeight: number; now: Now },
  ): void {
    const { userAgent, times, separatesPrivate, wantsTxs } = this.#options;
    const nonce = this.#random();
    const handshake = {
      isOutbound: kind !== 'inbound',
      needsServices: kind === 'outbound' || kind === 'feeler',
      userAgent,
      startHeight,
      // Short calls are over before there could be any.
      wantsTxs: wantsTxs && isNews(kind),
      nonce,
      isOwnNonce: (other: bigint): boolean => {
        this.#callToOurselves = this.#withNonce(other);
        return this.#callToOurselves !== undefined;
      },
    };
    const session = new Session(times, handshake, this.#random);
    const group = networkGroup(endpoint.host, separatesPrivate);
    const fresh = { isEstablished: false, wasUseful: false, lastUsefulMs: undefined, endsMs: undefined };
    this.set(id, { endpoint, kind, group, session, nonce, startedMs: now.ms, ...fresh });
  }

  update(id: PeerId, change: Partial<Pick<Peer, 'endsMs' | 'wasUseful' | 'lastUsefulMs'>>): void {
    const peer = this.get(id);
    if (peer !== undefined) Object.assign(peer, change);
  }

  /** The call of ours that reached ourselves, when a peer's `version` has just shown one; asked for once. */
  takeCallToOurselves(): PeerId | undefined {
    const caller = this.#callToOurselves;
    this.#callToOurselves = undefined;
    return caller;
  }

  #withNonce(nonce: bigint): PeerId | undefined {
    for (const [id, peer] of this) if (peer.nonce === nonce) return id;
    return undefined;
  }

  /** Whether somebody who calls us may come in, and who has to go for it. */
  admit(host: string, isDiscouraged: (host: string) => boolean): Admission {
    const present = this.#of('inbound').map(
      ([peer, { endpoint, group, session, startedMs, lastUsefulMs }]) => ({
        peer,
        host: endpoint.host,
        group,
        connectedMs: startedMs,
        latencyMs: session.latencyMs,
        lastUsefulMs,
        isDiscouraged: isDiscouraged(endpoint.host),
      }),
    );
    return admit({ host, isDiscouraged: isDiscouraged(host) }, present, this.#options.limits, this.#salt);
  }

  /** The peers of our own choice that have been with us longest. */
  longestOutbound(count: number): Endpoint[] {
    return this.#established('outbound')
      .slice(0, count)
      .map(([, { endpoint }]) => endpoint);
  }

  /**
   * The one to part with when we have more peers than wanted: the one that brought us nothing new for longest, and among
   * those that never did one that nobody named, and the youngest (Core: EvictExtraOutboundPeers).
   */
  surplus(wantedCount: number): PeerId | undefined {
    const dialled = [...this.#established('outbound'), ...this.#established('manual')];
    if (dialled.length <= wantedCount) return undefined;
    const worstFirst = dialled.toSorted(
      ([, a], [, b]) => useOf(a) - useOf(b) || isNamed(a) - isNamed(b) || b.startedMs - a.startedMs,
    );
    return worstFirst[0]?.[0];
  }

  /** @param about what the synchronisation knows of a peer. */
  list(
    about: (peer: PeerId) => Pick<ConnectionInfo, 'provenHeight' | 'isSyncPeer'>,
    now: Now,
  ): ConnectionInfo[] {
    return Array.from(this, ([peer, { endpoint, kind, session, startedMs }]) => ({
      peer,
      endpoint,
      kind,
      info: session.info,
      ageMs: now.ms - startedMs,
      latencyMs: session.latencyMs,
      ...about(peer),
    }));
  }

  /**
   * The peers that have a block of the best chain, as far as they have shown it, and serve it: those that we chose first,
   * then by round trip.
   *
   * @param sharedHeightOf height up to which a peer has shown that it has the best chain.
   */
  holdersOf(
    height: number,
    tipHeight: number,
    sharedHeightOf: (peer: PeerId) => number | undefined,
  ): PeerId[] {
    return Array.from(this)
      .filter(([id, { kind, isEstablished, session }]) => {
        const services = session.info?.services ?? 0n;
        const isServed = offersBlocks(services) && (isArchive(services) || tipHeight - height < PRUNED_DEPTH);
        return isNews(kind) && isEstablished && isServed && (sharedHeightOf(id) ?? -1) >= height;
      })
      .toSorted(
        ([, a], [, b]) =>
          Number(a.kind === 'inbound') - Number(b.kind === 'inbound') || latencyOf(a) - latencyOf(b),
      )
      .map(([id]) => id);
  }

  /**
   * The peers of our choice that serve compact filters and have shown a header: those with the shortest round trip first.
   *
   * @param sharedHeightOf height up to which a peer has shown that it has the best chain.
   */
  filterServers(sharedHeightOf: (peer: PeerId) => number | undefined): FilterServer[] {
    return Array.from(this)
      .filter(([, peer]) => servesFilters(peer))
      .toSorted(([, a], [, b]) => latencyOf(a) - latencyOf(b))
      .flatMap(([peer]) => {
        const sharedHeight = sharedHeightOf(peer);
        return sharedHeight === undefined ? [] : [{ peer, provenHeight: sharedHeight }];
      });
  }

  get filterServerCount(): number {
    return Array.from(this.values()).filter(servesFilters).length;
  }

  /** The youngest of the peers that nobody named and that serve no filters, when there is room for no more peers. */
  oneWithoutFilters(wantedCount: number): PeerId | undefined {
    const outbound = this.#of('outbound');
    if (outbound.length + this.#of('manual').length < wantedCount) return undefined;
    return this.#established('outbound').findLast(([, peer]) => !servesFilters(peer))?.[0];
  }

  /** The longest connected first. */
  #established(kind: PeerKind): (readonly [PeerId, Peer])[] {
    return this.#of(kind)
      .filter(([, { isEstablished }]) => isEstablished)
      .toSorted(([, a], [, b]) => a.startedMs - b.startedMs);
  }

  #of(kind: PeerKind): (readonly [PeerId, Peer])[] {
    return Array.from(this).filter(([, peer]) => peer.kind === kind);
  }
}

function isArchive(services: bigint): boolean {
  return (services & SERVICES.NETWORK) !== 0n;
}

function useOf({ lastUsefulMs }: Peer): number {
  return lastUsefulMs ?? -1;
}

/** Who calls us could do so under any number of names: only those that we called count. */
function servesFilters({ kind, isEstablished, session }: Peer): boolean {
  const services = session.info?.services ?? 0n;
  const isChosen = kind === 'manual' || kind === 'outbound';
  return isChosen && isEstablished && (services & SERVICES.COMPACT_FILTERS) !== 0n;
}

function latencyOf({ session }: Peer): number {
  return session.latencyMs ?? Number.MAX_VALUE;
}

function isNamed({ kind }: Peer): number {
  return Number(kind === 'manual');
}

/** Whether a connection is one that users are told of: short calls of our own are nobody's news. */
export function isNews(kind: PeerKind): boolean {
  return kind !== 'feeler' && kind !== 'address-fetch';
}

/** The end of a call that was meant to be short. */
export const CALL_DONE: Disconnect = { reason: 'surplus', detail: 'the call was meant to be short' };
