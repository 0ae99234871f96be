/** What we tell and are told of other nodes: `getaddr`, `addr` and `addrv2` (Core: src/net_processing.cpp; BIP 155). */

import { addressV2Of, hostOfIp, hostText, ipOf, parseHost } from '../../wire/host.ts';
import type { Message, MessageOf } from '../../wire/message.ts';
import { MAX_ADDRESSES_PER_MESSAGE } from '../../wire/messages/addr.ts';
import { earliest, type Machine, type Now, type Random } from '../machine.ts';
import { type Disconnect, type Endpoint, endpointText, type PeerId, type PeerKind } from '../peer.ts';
import { AddressIntake } from './address-intake.ts';
import { randomPauseMs } from './chance.ts';
import type { FoundAddress } from './known-address.ts';
import { isRoutable, networkGroup } from './network-group.ts';
import type { PeerMemory } from './peer-memory.ts';
import { shuffled } from './shuffled.ts';

export interface AddressGossipOptions {
  /** Whether to ask for addresses, and to believe those that are told. */
  readonly usesGossip: boolean;
  /** Whether nodes of this network are at private addresses. */
  readonly separatesPrivate: boolean;
}

export type AddressGossipInput =
  | {
      readonly type: 'peer-ready';
      readonly peer: PeerId;
      readonly endpoint: Endpoint;
      readonly kind: PeerKind;
      readonly wantsAddrV2: boolean;
      /** Where it sees us, 16 bytes. */
      readonly seesUsAt: Uint8Array;
    }
  | { readonly type: 'peer-lost'; readonly peer: PeerId }
  | {
      readonly type: 'told';
      readonly peer: PeerId;
      readonly message: MessageOf<'addr'> | MessageOf<'addrv2'>;
    }
  | { readonly type: 'asked'; readonly peer: PeerId }
  /** Others can call us there. */
  | { readonly type: 'listening'; readonly endpoint: Endpoint }
  | { readonly type: 'tick' };

export type AddressGossipOutput =
  | { readonly do: 'send'; readonly peer: PeerId; readonly message: Message }
  | { readonly do: 'hang-up'; readonly peer: PeerId; readonly disconnect: Disconnect }
  /** A peer told this many addresses that the book did not know. */
  | { readonly do: 'learnt'; readonly peer: PeerId; readonly count: number };

/** Messages with more than these are answers to getaddr, not news to pass on (Core: ProcessAddrs). */
const MAX_NEWS = 10;
/** News is not older than this. */
const NEWS_AGE_SECONDS = 600;
/** Peers to which each piece of news is passed on. */
const RELAY_COUNT = 2;
/** Mean time between two messages of news to a peer (Core: AVG_ADDRESS_BROADCAST_INTERVAL). */
const RELAY_INTERVAL_MS = 30_000;
/** News that may wait for a peer. */
const MAX_QUEUE = 100;
/** Mean time between telling a peer our own address (Core: AVG_LOCAL_ADDRESS_BROADCAST_INTERVAL). */
const OWN_ADDRESS_INTERVAL_MS = 24 * 3_600_000;
/** Addresses told by others count as seen this much earlier than they say. */
const TOLD_PENALTY_SECONDS = 2 * 3_600;
/** Part of the book that an answer to getaddr holds, so that asking again and again does not show all of it at once. */
const MAX_ANSWER_PART = 0.23;
/** All who ask within this time get the same answer, so that many connections learn no more than one. */
const ANSWER_KEPT_MS = 24 * 3_600_000;

interface GossipPeer {
  readonly kind: PeerKind;
  readonly group: string;
  readonly wantsAddrV2: boolean;
  readonly ownAddress: Endpoint | undefined;
  readonly intake: AddressIntake;
  /** Whether it has shown that it cares for addresses. */
  isInterested: boolean;
  hasBeenAnswered: boolean;
  queue: FoundAddress[];
  /** When to send what is in the queue; undefined when it is empty. */
  sendMs: number | undefined;
  /** When to tell it our own address again; undefined when we have none. */
  ownAddressMs: number | undefined;
}

export class AddressGossip implements Machine<AddressGossipInput, AddressGossipOutput> {
  readonly #options: AddressGossipOptions;
  readonly #memory: PeerMemory;
  readonly #random: Random;
  readonly #peers = new Map<PeerId, GossipPeer>();
  #listening: Endpoint | undefined;
  #answer:
    | { readonly addresses: readonly FoundAddress[]; readonly bookSize: number; readonly untilMs: number }
    | undefined;

  constructor(options: AddressGossipOptions, memory: PeerMemory, random: Random) {
    this.#options = options;
    this.#memory = memory;
    this.#random = random;
  }

  handle(input: AddressGossipInput, now: Now): AddressGossipOutput[] {
    switch (input.type) {
      case 'peer-ready':
        return this.#greet(input, now);
      case 'peer-lost':
        this.#peers.delete(input.peer);
        return [];
      case 'told':
        return this.#take(input.peer, input.message, now);
      case 'asked':
        return this.#answerTo(input.peer, now);
      case 'listening':
        this.#listening = input.endpoint;
        return [];
      case 'tick':
        return Array.from(this.#peers).flatMap(([id, peer]) => this.#tick(id, peer, now));
    }
  }

  deadline(): number | undefined {
    const due = Array.from(this.#peers.values(), ({ sendMs, ownAddressMs }) =>
      earliest(sendMs, ownAddressMs),
    );
    return earliest(...due);
  }

  #greet(input: AddressGossipInput & { type: 'peer-ready' }, now: Now): AddressGossipOutput[] {
    const { peer, endpoint, kind, wantsAddrV2, seesUsAt } = input;
    const ownAddress = this.#ownAddress(seesUsAt);
    const added: GossipPeer = {
      kind,
      group: networkGroup(endpoint.host, this.#options.separatesPrivate),
      wantsAddrV2,
      ownAddress,
      intake: new AddressIntake({ separatesPrivate: this.#options.separatesPrivate }),
      isInterested: false,
      hasBeenAnswered: false,
      queue: [],
      sendMs: undefined,
      ownAddressMs: ownAddress === undefined || kind === 'address-fetch' ? undefined : now.ms,
    };
    this.#peers.set(peer, added);
    const outputs = this.#tick(peer, added, now);
    if (kind === 'inbound' || !this.#believes(kind)) return outputs;
    added.intake.askedForAddresses();
    return [...outputs, { do: 'send', peer, message: { command: 'getaddr', payload: {} } }];
  }

  /** Who was called for addresses alone is asked for them whether or not others are. */
  #believes(kind: PeerKind): boolean {
    return this.#options.usesGossip || kind === 'address-fetch';
  }

  /** Where a peer could call us: where we listen, or when that is everywhere, where it sees us. */
  #ownAddress(seesUsAt: Uint8Array): Endpoint | undefined {
    if (this.#listening === undefined) return undefined;
    const { port } = this.#listening;
    const listening = parseHost(this.#listening.host);
    const isAnywhere = listening === undefined || listening.bytes.every((byte) => byte === 0);
    const host = isAnywhere ? hostOfIp(seesUsAt) : listening;
    if (host === undefined || host.bytes.every((byte) => byte === 0)) return undefined;
    return this.#options.separatesPrivate || isRoutable(host) ? { host: hostText(host), port } : undefined;
  }

  #take(id: PeerId, message: MessageOf<'addr'> | MessageOf<'addrv2'>, now: Now): AddressGossipOutput[] {
    const peer = this.#peers.get(id);
    if (peer === undefined) return [];
    peer.isInterested = true;
    const { found, offence } = peer.intake.take(message, now, this.#random);
    if (offence !== undefined) return [{ do: 'hang-up', peer: id, disconnect: offence }];
    if (!this.#believes(peer.kind)) return [];
    const fresh = this.#memory.book.add(found, peer.group, now, TOLD_PENALTY_SECONDS);
    if (message.payload.addresses.length <= MAX_NEWS) this.#passOn(id, found, now);
    const learnt = { do: 'learnt', peer: id, count: fresh.length } as const;
    return fresh.length > 0 || peer.kind === 'address-fetch' ? [learnt] : [];
  }

  /** News goes to a few of those who called us and care: enough to spread it, too few to flood anybody. */
  #passOn(from: PeerId, found: readonly FoundAddress[], now: Now): void {
    const news = found.filter(({ seenSeconds }) => seenSeconds >= now.unixSeconds - NEWS_AGE_SECONDS);
    if (news.length === 0) return;
    const others = Array.from(this.#peers).filter(
      ([id, { kind, isInterested }]) => id !== from && kind === 'inbound' && isInterested,
    );
    for (const address of news) {
      for (const [, peer] of shuffled(others, this.#random).slice(0, RELAY_COUNT)) {
        const text = endpointText(address.endpoint);
        const isQueued = peer.queue.some(({ endpoint }) => endpointText(endpoint) === text);
        if (isQueued || peer.queue.length >= MAX_QUEUE) continue;
        peer.queue.push(address);
        peer.sendMs ??= now.ms + this.#pauseMs(RELAY_INTERVAL_MS);
      }
    }
  }

  /** Only those who called us are answered, once: what others have in their books is nobody's business but theirs. */
  #answerTo(id: PeerId, now: Now): AddressGossipOutput[] {
    const peer = this.#peers.get(id);
    if (peer === undefined || peer.kind !== 'inbound' || peer.hasBeenAnswered) return [];
    peer.hasBeenAnswered = true;
    peer.isInterested = true;
    return send(id, peer, this.#sample(now));
  }

  #sample(now: Now): readonly FoundAddress[] {
    const { book, discouraged } = this.#memory;
    const bookSize = book.counts.new + book.counts.tried;
    const kept = this.#answer;
    // A book that has grown much since has more to tell.
    if (kept !== undefined && now.ms < kept.untilMs && bookSize < 2 * kept.bookSize) return kept.addresses;
    const count = Math.min(MAX_ADDRESSES_PER_MESSAGE, Math.ceil(MAX_ANSWER_PART * bookSize));
    const addresses = book.sample(now, count, ({ endpoint }) => !discouraged.has(endpoint.host, now));
    this.#answer = { addresses, bookSize, untilMs: now.ms + ANSWER_KEPT_MS };
    return addresses;
  }

  #tick(id: PeerId, peer: GossipPeer, now: Now): AddressGossipOutput[] {
    const { ownAddress } = peer;
    if (ownAddress !== undefined && peer.ownAddressMs !== undefined && now.ms >= peer.ownAddressMs) {
      peer.ownAddressMs = now.ms + this.#pauseMs(OWN_ADDRESS_INTERVAL_MS);
      // We serve no blocks, so none of the bits is true of us.
      peer.queue.push({ endpoint: ownAddress, services: 0n, seenSeconds: now.unixSeconds });
      peer.sendMs = now.ms;
    }
    if (peer.sendMs === undefined || now.ms < peer.sendMs) return [];
    const { queue } = peer;
    peer.queue = [];
    peer.sendMs = undefined;
    return send(id, peer, queue);
  }

  /** Random, so that nobody can tell when we heard of an address. */
  #pauseMs(meanMs: number): number {
    return Math.max(1, randomPauseMs(meanMs, this.#random));
  }
}

function send(
  peer: PeerId,
  { wantsAddrV2 }: GossipPeer,
  found: readonly FoundAddress[],
): AddressGossipOutput[] {
  const message = wantsAddrV2 ? addrV2Of(found) : addrOf(found);
  return message.payload.addresses.length === 0 ? [] : [{ do: 'send', peer, message }];
}

/** Old nodes know IPv4 and IPv6 alone. */
function addrOf(found: readonly FoundAddress[]): MessageOf<'addr'> {
  const addresses = found.flatMap(({ endpoint, services, seenSeconds }) => {
    const host = parseHost(endpoint.host);
    const ip = host && ipOf(host);
    return ip === undefined ? [] : [{ time: seenSeconds, services, ip, port: endpoint.port }];
  });
  return { command: 'addr', payload: { addresses } };
}

function addrV2Of(found: readonly FoundAddress[]): MessageOf<'addrv2'> {
  const addresses = found.flatMap(({ endpoint, services, seenSeconds }) => {
    const host = parseHost(endpoint.host);
    return host === undefined
      ? []
      : [{ time: seenSeconds, services, ...addressV2Of(host), port: endpoint.port }];
  });
  return { command: 'addrv2', payload: { addresses } };
}
