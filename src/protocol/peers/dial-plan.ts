/**
 * Whom to call: the peers that the user named, those we were connected to last time, those of the address book, and
 * when it has none, those that the network's DNS seeds know (Core: src/net.cpp, ThreadOpenConnections).
 */

import { hostText, type HostNetwork, parseHost } from '../../wire/host.ts';
import { SERVICES } from '../../wire/services.ts';
import { earliest, type Machine, type Now, type Random } from '../machine.ts';
import type { Disconnect, Endpoint } from '../peer.ts';
import { type Attempt, type Candidate, Candidates } from './candidates.ts';
import { Calls, type DialledKind } from './calls.ts';
import { below, randomPauseMs } from './chance.ts';
import type { FoundAddress, KnownAddress } from './known-address.ts';
import { DrawPace } from './draw-pace.ts';
import { isPeersFault } from './misbehaviour.ts';
import { isRoutable, networkGroup } from './network-group.ts';
import type { PeerMemory } from './peer-memory.ts';
import { SeedPlan, WITH_FILTERS } from './seed-plan.ts';
import { shuffled } from './shuffled.ts';
import { offersBlocks, WANTED_SERVICES } from './wanted-services.ts';

export interface DialPlanOptions {
  /** Peers to call and no others, when there are any. */
  readonly connect: readonly Endpoint[];
  /** Peers to call before the ones that are discovered. */
  readonly addPeers: readonly Endpoint[];
  /** Names to ask for addresses. */
  readonly dnsSeeds: readonly string[];
  /** Port of the addresses that seeds answer with. */
  readonly port: number;
  /** Connections to keep. */
  readonly outboundCount: number;
  /** Whether to go on for ever; else it ends when everybody was tried in vain. */
  readonly isPersistent: boolean;
  /** Kinds of network in which addresses that nobody named are called. */
  readonly reachable: ReadonlySet<HostNetwork>;
  /** Whether connections go through a proxy: then seeds are called, for a look-up would tell the name service. */
  readonly usesProxy: boolean;
  /** Whether nodes of this network are at private addresses. */
  readonly separatesPrivate: boolean;
  /** Services that are better to have than not, at the moment; none by default. */
  readonly preferredServices?: () => bigint;
}

export type DialPlanInput =
  | { readonly type: 'started' }
  | { readonly type: 'looked-up'; readonly name: string; readonly addresses: readonly string[] }
  /** Somebody told addresses, which are in the book now. */
  | { readonly type: 'addresses-told' }
  /** The handshake with a peer is over. */
  | { readonly type: 'established'; readonly endpoint: Endpoint; readonly services: bigint }
  /** A connection ended, or never came to be. */
  | {
      readonly type: 'lost';
      readonly endpoint: Endpoint;
      readonly disconnect: Disconnect;
      /** Whether it had served us. */
      readonly wasUseful: boolean;
    }
  /** Others may call us: then there is hope without anybody to call. */
  | { readonly type: 'listening' }
  /** Nothing new comes from those that we have: one more is wanted for a while. */
  | { readonly type: 'one-more-wanted'; readonly isWanted: boolean }
  | { readonly type: 'tick' };

export type DialPlanOutput =
  | { readonly do: 'look-up'; readonly name: string }
  | { readonly do: 'dial'; readonly endpoint: Endpoint; readonly kind: DialledKind }
  /** Nobody is left to call. */
  | { readonly do: 'give-up'; readonly tried: readonly Attempt[] };

/** Addresses taken from one seed (Core: src/net.cpp, ThreadDNSAddressSeed). */
const MAX_ADDRESSES_PER_SEED = 32;
/** Addresses that come without a time count as seen three to seven days ago (Core: ThreadDNSAddressSeed). */
const UNKNOWN_AGE_SECONDS = { least: 3 * 86_400, span: 4 * 86_400 } as const;
/** Time after which the book is looked through again when nobody in it could be called. */
const REDRAW_MS = 60_000;
/** Connections with which we need no help of the seeds (Core waits for two as well). */
const ENOUGH_CONNECTIONS = 2;
/** Mean time between two feelers (Core: FEELER_INTERVAL). */
const FEELER_INTERVAL_MS = 120_000;

export class DialPlan implements Machine<DialPlanInput, DialPlanOutput> {
  readonly #options: DialPlanOptions;
  readonly #memory: PeerMemory;
  readonly #random: Random;
  readonly #candidates: Candidates;
  readonly #seeds: SeedPlan;
  readonly #calls = new Calls();
  readonly #pace = new DrawPace();
  /** When to look into the book again; undefined when that waits for something else to happen. */
  #redrawMs: number | undefined;
  #feelerMs: number | undefined;
  /** The last call to a seed that brought no address. */
  #lastFetch: Attempt | undefined;
  #isOneMoreWanted = false;
  #isListening = false;
  #isStarted = false;
  #hasGivenUp = false;

  constructor(options: DialPlanOptions, memory: PeerMemory, random: Random) {
    this.#options = options;
    this.#memory = memory;
    this.#random = random;
    this.#candidates = new Candidates(options.isPersistent, (host) => this.#groupOf(host));
    const seeds = options.connect.length > 0 ? [] : options.dnsSeeds;
    const prefersFilters = ((options.preferredServices?.() ?? 0n) & SERVICES.COMPACT_FILTERS) !== 0n;
    this.#seeds = new SeedPlan({ seeds, isPersistent: options.isPersistent, prefersFilters }, random);
  }

  /** Whether somebody could be called, or asked for addresses, if there were room. */
  canReplace(now: Now): boolean {
    const isCallable = ({ failures, nextCallMs }: Candidate): boolean =>
      failures === 0 || nextCallMs <= now.ms;
    if (this.#free().some(isCallable)) return true;
    return this.#seeds.hasUnasked || this.#draw(now) !== undefined;
  }

  /** Whether calls or look-ups are under way that may lead to a peer. */
  get isCalling(): boolean {
    return this.#calls.isCalling || this.#seeds.isWaiting;
  }

  handle(input: DialPlanInput, now: Now): DialPlanOutput[] {
    if (this.#hasGivenUp) return [];
    const outputs = this.#take(input, now);
    if (!this.#isStarted) return [];
    outputs.push(...this.#fill(now), ...this.#feel(now));
    return this.#isHopeless() ? [this.#giveUp()] : outputs;
  }

  #take(input: DialPlanInput, now: Now): DialPlanOutput[] {
    switch (input.type) {
      case 'started':
        this.#isStarted = true;
        return this.#start(now);
      case 'looked-up':
        this.#learn(input, now);
        return this.#askSeeds(this.#seeds.answered(input.name, input.addresses.length), now);
      case 'established':
        this.#noteEstablished(input.endpoint, input.services, now);
        return [];
      case 'lost':
        return this.#noteLost(input, now);
      case 'listening':
        this.#isListening = true;
        return [];
      case 'one-more-wanted':
        this.#isOneMoreWanted = input.isWanted;
        return [];
      case 'addresses-told':
        return [];
      case 'tick':
        return this.#tickSeeds(now);
    }
  }

  deadline(): number | undefined {
    if (this.#hasGivenUp) return undefined;
    if (!this.#hasRoom) return earliest(this.#feelerMs, this.#seeds.deadline());
    const calls = this.#free();
    return earliest(
      ...calls.map((candidate) => this.#callableMs(candidate)),
      this.#redrawMs,
      this.#seeds.deadline(),
    );
  }

  /** Whether others than those whom the user named may be called. */
  get #isDiscovering(): boolean {
    return this.#options.connect.length === 0;
  }

  get #hasRoom(): boolean {
    return this.#calls.regularCount < this.#options.outboundCount + (this.#isOneMoreWanted ? 1 : 0);
  }

  #start(now: Now): DialPlanOutput[] {
    const { connect, addPeers, isPersistent } = this.#options;
    for (const endpoint of connect) this.#candidates.add(endpoint, true, now);
    if (!this.#isDiscovering) return [];
    for (const endpoint of addPeers) this.#candidates.add(endpoint, true, now);
    // Those that served us last time, whom nobody can have put into our book since.
    for (const endpoint of this.#memory.anchors)
      if (this.#mayCall(endpoint, now)) this.#candidates.add(endpoint, false, now);
    if (isPersistent) this.#feelerMs = now.ms + this.#feelerPauseMs();
    const areAddressesKnown = this.#memory.anchors.length > 0 || this.#draw(now) !== undefined;
    return this.#askSeeds(this.#seeds.start(areAddressesKnown, now), now);
  }

  /** @returns calls to the seeds when there is a proxy, which looks their names up. */
  #askSeeds(names: readonly string[], now: Now): DialPlanOutput[] {
    if (!this.#options.usesProxy) return names.map((name) => ({ do: 'look-up', name }));
    return names.map((host) => this.#call({ host, port: this.#options.port }, 'address-fetch', now));
  }

  #tickSeeds(now: Now): DialPlanOutput[] {
    const established = this.#calls.establishedCount;
    const isEnough = established >= Math.min(ENOUGH_CONNECTIONS, this.#options.outboundCount);
    const areOthersWaiting = this.#free().some(({ isNamed }) => !isNamed);
    const isAnybodyLeft = areOthersWaiting || this.#draw(now) !== undefined;
    const need = {
      isInNeed: !isEnough || (this.#hasRoom && !isAnybodyLeft),
      isDeserted: this.#calls.regularCount === 0 && !isAnybodyLeft,
    };
    const { names, isNewRound } = this.#seeds.tick(need, now);
    if (isNewRound) this.#candidates.forgiveTheUnreachable();
    return this.#askSeeds(names, now);
  }

  #learn({ name, addresses }: DialPlanInput & { type: 'looked-up' }, now: Now): void {
    const services = name.startsWith(WITH_FILTERS)
      ? WANTED_SERVICES | SERVICES.COMPACT_FILTERS
      : WANTED_SERVICES;
    const found = shuffled(addresses, this.#random)
      .slice(0, MAX_ADDRESSES_PER_SEED)
      .flatMap((text) => {
        const host = parseHost(text);
        if (host === undefined || !(this.#options.separatesPrivate || isRoutable(host))) return [];
        const endpoint = { host: hostText(host), port: this.#options.port };
        return [this.#aged(endpoint, services, now)];
      });
    this.#memory.book.add(found, networkGroup(name, false), now);
  }

  #noteEstablished(endpoint: Endpoint, services: bigint, now: Now): void {
    const active = this.#calls.get(endpoint);
    if (active === undefined) return;
    active.isEstablished = true;
    this.#pace.noteSuccess();
    const host = parseHost(endpoint.host);
    if (host === undefined || active.kind === 'address-fetch') return;
    const known = { host: hostText(host), port: endpoint.port };
    const { book } = this.#memory;
    // One that the user named is worth remembering too. As old as if somebody had told it: whoever asks us for addresses
    // is not to see whom we have reached.
    if (book.get(known) === undefined) book.add([this.#aged(known, services, now)], active.group, now);
    book.noteSuccess(known, services, now);
  }

  #aged(endpoint: Endpoint, services: bigint, now: Now): FoundAddress {
    const age = UNKNOWN_AGE_SECONDS.least + below(UNKNOWN_AGE_SECONDS.span, this.#random);
    return { endpoint, services, seenSeconds: now.unixSeconds - age };
  }

  #noteLost(input: DialPlanInput & { type: 'lost' }, now: Now): DialPlanOutput[] {
    const { endpoint, disconnect, wasUseful } = input;
    const active = this.#calls.end(endpoint);
    if (active === undefined) return [];
    if (!active.isEstablished) this.#pace.noteFailure();
    if (active.kind === 'address-fetch') {
      if (!wasUseful) this.#lastFetch = { endpoint, last: disconnect };
      return this.#askSeeds(this.#seeds.answered(endpoint.host, wasUseful ? 1 : 0), now);
    }
    if (active.kind !== 'feeler') this.#candidates.note(endpoint, disconnect, wasUseful, now);
    const { book } = this.#memory;
    if (active.isEstablished && !isPeersFault(disconnect.reason)) book.noteSeen(endpoint, now);
    // When nobody at all can be reached it is our own line.
    else if (!active.isEstablished && this.#calls.establishedCount > 0) book.noteFailure(endpoint, now);
    return [];
  }

  /** Calls as many as there is room for: named ones, then some of the book, then those that failed before. */
  #fill(now: Now): DialPlanOutput[] {
    const outputs: DialPlanOutput[] = [];
    this.#candidates.forgetOld(now);
    while (this.#hasRoom) {
      const fresh = this.#nextUntried(now) ?? this.#nextOfBook(now);
      if (fresh === 'later') break;
      const candidate = fresh ?? this.#nextFailed(now);
      if (candidate === undefined) break;
      this.#candidates.noteCall(candidate, now);
      outputs.push(this.#call(candidate.endpoint, candidate.isNamed ? 'manual' : 'outbound', now));
    }
    return outputs;
  }

  #nextUntried(now: Now): Candidate | undefined {
    return this.#callable(now).find(({ failures, isNamed }) => failures === 0 || isNamed);
  }

  #nextFailed(now: Now): Candidate | undefined {
    return this.#callable(now)[0];
  }

  #callable(now: Now): Candidate[] {
    return this.#free().filter(({ nextCallMs }) => nextCallMs <= now.ms);
  }

  /** Those waiting that may be called: of those that nobody named one of a network group is enough. */
  #free(): Candidate[] {
    const groups = this.#calls.groupsInUse();
    return this.#candidates.waiting().filter(({ isNamed, group }) => isNamed || !groups.has(group));
  }

  /** Those that failed give way to fresh ones of the book, which are called one after another. */
  #callableMs({ isNamed, failures, nextCallMs }: Candidate): number {
    return isNamed || failures === 0 ? nextCallMs : Math.max(nextCallMs, this.#pace.nextMs);
  }

  /** @returns `later` when it is too early for another call to an address of the book. */
  #nextOfBook(now: Now): Candidate | 'later' | undefined {
    if (!this.#isDiscovering) return undefined;
    if (now.ms < this.#pace.nextMs) {
      this.#redrawMs = this.#pace.nextMs;
      return 'later';
    }
    const known = this.#draw(now);
    if (known === undefined) {
      const { counts } = this.#memory.book;
      const isWorthAnotherLook = this.#options.isPersistent && counts.new + counts.tried > 0;
      this.#redrawMs = isWorthAnotherLook ? now.ms + REDRAW_MS : undefined;
      if (this.#calls.regularCount === 0) this.#seeds.hurry(now);
      return undefined;
    }
    this.#pace.note(this.#calls.establishedCount > 0, now);
    this.#candidates.add(known.endpoint, false, now);
    return this.#candidates.waiting().find(({ endpoint }) => endpoint === known.endpoint);
  }

  /** An address of the book that was not called in this run, and whose network group is not in use. */
  #draw(now: Now): KnownAddress | undefined {
    if (!this.#isDiscovering) return undefined;
    const groups = this.#calls.groupsInUse();
    const isWanted = (known: KnownAddress): boolean =>
      this.#isWanted(known, now) && !groups.has(this.#groupOf(known.endpoint.host));
    const { book } = this.#memory;
    const preferred = this.#options.preferredServices?.() ?? 0n;
    const isPreferred = (known: KnownAddress): boolean =>
      (known.services & preferred) === preferred && isWanted(known);
    return (preferred === 0n ? undefined : book.select(now, isPreferred)) ?? book.select(now, isWanted);
  }

  #isWanted({ endpoint, services }: KnownAddress, now: Now): boolean {
    return (
      offersBlocks(services) &&
      this.#calls.get(endpoint) === undefined &&
      !this.#candidates.has(endpoint) &&
      this.#mayCall(endpoint, now)
    );
  }

  /** Whether an address that nobody named is one to call at all. */
  #mayCall({ host: text }: Endpoint, now: Now): boolean {
    const host = parseHost(text);
    const isReachable = host !== undefined && this.#options.reachable.has(host.network);
    return isReachable && !this.#memory.discouraged.has(text, now);
  }

  /** Now and then an address is called only to see whether somebody is there, so that the book stays good. */
  #feel(now: Now): DialPlanOutput[] {
    // While peers are wanted every call is one that may stay.
    if (this.#feelerMs === undefined || now.ms < this.#feelerMs || this.#hasRoom) return [];
    this.#feelerMs = now.ms + this.#feelerPauseMs();
    if (this.#calls.hasFeeler) return [];
    const { book } = this.#memory;
    const known = this.#collision(now) ?? book.select(now, (found) => this.#isWanted(found, now), 'new');
    return known === undefined ? [] : [this.#call(known.endpoint, 'feeler', now)];
  }

  /** A tried address that must show that it still works, or lose its place. */
  #collision(now: Now): KnownAddress | undefined {
    const { book } = this.#memory;
    const inTheWay = book.collision(now);
    if (inTheWay === undefined) return undefined;
    const { endpoint, services } = inTheWay;
    // No call is needed to see that it does.
    const isConnected = this.#calls.get(endpoint)?.isEstablished === true;
    if (isConnected) book.noteSuccess(endpoint, services, now);
    return this.#isWanted(inTheWay, now) ? inTheWay : undefined;
  }

  #feelerPauseMs(): number {
    return Math.max(1_000, randomPauseMs(FEELER_INTERVAL_MS, this.#random));
  }

  #call(endpoint: Endpoint, kind: DialledKind, now: Now): DialPlanOutput {
    this.#calls.begin(endpoint, kind, this.#groupOf(endpoint.host));
    this.#memory.book.noteTry(endpoint, now);
    return { do: 'dial', endpoint, kind };
  }

  #groupOf(host: string): string {
    return networkGroup(host, this.#options.separatesPrivate);
  }

  #isHopeless(): boolean {
    const isBusy = this.#calls.size > 0 || this.#seeds.isWaiting || this.#candidates.waiting().length > 0;
    if (isBusy || this.#redrawMs !== undefined) return false;
    if (!this.#options.isPersistent) return !this.#seeds.hasMore;
    // Even the most patient cannot call anybody when there is nobody to ask for addresses, and nobody calls.
    return !this.#seeds.hasMore && !this.#isListening;
  }

  #giveUp(): DialPlanOutput {
    this.#hasGivenUp = true;
    const tried = this.#candidates.attempts();
    // When not even a seed could be called, that is what to tell.
    return { do: 'give-up', tried: tried.length === 0 && this.#lastFetch ? [this.#lastFetch] : tried };
  }
}
