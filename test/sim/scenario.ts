/** A whole network and a client in it, drawn from one seed: who is there, who is hostile, and how they are known. */
import type { LightNodeOptions } from '../../src/protocol/light-node.ts';
import type { Endpoint } from '../../src/protocol/peer.ts';
import { Addresses } from './addresses.ts';
import { type AnchorPlan, type AnchorsKind, drawAnchors, planAnchors } from './anchor-plan.ts';
import { savedBook } from './saved-book.ts';
import { BusyPeer } from './busy-peer.ts';
import { type Chain, HILLY, PLAIN, type Terrain } from './chains.ts';
import { Chance } from './chance.ts';
import { type ClientOptions, SimClient } from './client.ts';
import { HOSTILE_KINDS, type HostileKind } from './hostile/catalogue.ts';
import { HonestPeer, type PeerOptions } from './honest-peer.ts';
import type { Route } from './line.ts';
import { Miners } from './miners.ts';
import { OldPeer } from './old-peer.ts';
import { rivalOf } from './rival.ts';
import { RivalPeer } from './rival-peer.ts';
import { World } from './world.ts';

/** How the client can know of a peer. */
export type Way = 'named' | 'added' | 'seeds' | 'book' | 'gossip';

export type Mode = 'sync' | 'follow';

/** What a test has an opinion on; the seed decides the rest. */
export interface Wishes {
  readonly mode?: Mode;
  readonly honestCount?: number;
  /** Honest nodes that are no help with the best chain. */
  readonly busyCount?: number;
  /** Kinds of hostile peers, and how many there are of them all. */
  readonly kinds?: readonly HostileKind[];
  readonly hostileCount?: number;
  readonly ways?: readonly Way[];
  /** Whether a chain with less work than the honest one is known to be none. */
  readonly hasMinimum?: boolean;
  readonly height?: number;
  readonly anchors?: AnchorsKind;
  /** Blocks from one anchor to the next; drawn when nothing is said. */
  readonly spacing?: number;
  readonly newNode?: ClientOptions['newNode'];
  readonly isTraced?: boolean;
}

/** A peer and how it came to be known. */
interface Member {
  readonly peer: HonestPeer;
  readonly way: Way;
}

const MINUTE_MS = 60_000;
const DNS_SEEDS = ['one.seed', 'two.seed', 'three.seed'];
/** What one seed answers with at most, so that none of it is passed over (Core takes 32 of each). */
const MAX_SEED_ANSWER = 32;

export class Scenario {
  readonly seed: number;
  readonly mode: Mode;
  readonly chance: Chance;
  readonly terrain: Terrain;
  readonly world: World;
  readonly miners: Miners;
  readonly client: SimClient;
  readonly honest: readonly Member[];
  readonly hostile: readonly (Member & { readonly kind: HostileKind })[];
  readonly busy: readonly Member[];
  readonly anchors: AnchorPlan;
  /** Height that the client has when it starts. */
  readonly storedHeight: number;
  readonly #addresses: Addresses;
  readonly #ways: readonly Way[];
  /** Whether the client takes the work of the honest chain for granted, as it does on networks that have some. */
  readonly hasMinimum: boolean;

  constructor(seed: number, wishes: Wishes = {}) {
    this.seed = seed;
    const chance = new Chance(seed);
    this.chance = chance;
    this.mode = wishes.mode ?? (chance.maybe(0.75) ? 'sync' : 'follow');
    this.terrain = chance.maybe(0.7) ? PLAIN : HILLY;
    const chain = this.terrain.trunk(wishes.height ?? this.#drawHeight());
    // Long after any of the headers that feeders of forks mine.
    const unixSeconds = chain.tip.header.time + 30 * 3600;
    this.world = new World(chance.fork(), { unixSeconds, isTraced: wishes.isTraced ?? false });
    this.miners = new Miners(this.world, this.terrain, chain);
    this.#addresses = new Addresses(chance, this.terrain.network.port);
    this.hasMinimum = wishes.hasMinimum ?? (this.mode === 'sync' && chance.maybe(0.7));
    this.#ways = wishes.ways ?? this.#drawWays();
    const outboundCount = chance.weighted([
      [1, 1],
      [2, 4],
      [6, 8],
    ] as const);

    this.anchors =
      wishes.anchors === undefined
        ? drawAnchors(chain, this.terrain, chance)
        : planAnchors(chain, this.terrain, chance, wishes.anchors, wishes.spacing);
    this.hostile = this.#drawHostile(outboundCount, wishes);
    this.busy = this.#drawBusy(outboundCount, wishes.busyCount ?? chance.int(0, 2));
    const honestCount =
      wishes.honestCount ??
      chance.weighted([
        [4, 1],
        [1, 2],
        [1, 4],
      ] as const);
    this.honest = Array.from({ length: honestCount }, () => this.#honestMember());
    if (this.honest.some(({ way }) => way === 'gossip')) this.busy = [...this.busy, this.#gossiper()];
    for (const { peer } of this.honest) this.miners.peers.push(peer);
    this.#spreadTheWord();

    // Without a minimum all must be heard before a client that does not stay can know which chain is best.
    const isConnectedToAll = this.mode === 'sync' && !this.hasMinimum;
    const base = { network: { ...this.terrain.network, hasPrivateNodes: false, dnsSeeds: DNS_SEEDS } };
    const options: Partial<LightNodeOptions> = {
      ...base,
      outboundCount: isConnectedToAll ? Math.max(outboundCount, this.#members().length) : outboundCount,
      connect: this.#known('named'),
      addPeers: this.#known('added'),
      follow: this.mode === 'follow',
      minChainwork: this.hasMinimum ? chain.tip.work : this.#drawMinimum(),
      anchors: this.anchors.table,
      progressTimeoutMs: 24 * 60 * MINUTE_MS,
      maxInbound: 6,
      maxInboundPerAddress: 2,
    };
    this.#answerForSeeds();
    const stored = wishes.height === undefined ? this.#drawStored() : undefined;
    this.storedHeight = stored?.height ?? 0;
    this.client = new SimClient(this.world, chance.fork(), {
      endpoint: { host: '91.10.20.30', port: this.terrain.network.port },
      options,
      records: savedBook(this.#known('book'), this.#deadAddresses(), { chance, now: this.world.now }),
      stored,
      mayStore: (hash) => this.#mayStore(hash),
      isListening: this.mode === 'follow' && chance.maybe(0.5),
      ...(wishes.newNode === undefined ? {} : { newNode: wishes.newNode }),
    });
  }

  /** The chain that the client is to end on. */
  get best(): Chain {
    return this.miners.best;
  }

  get isAtTheTip(): boolean {
    return Buffer.from(this.client.tree.tip.hash).equals(this.best.tip.hash);
  }

  /** In a few words, for whoever reads of a failure. */
  get description(): string {
    const { options } = this.client;
    const kinds = this.hostile.map(({ kind, way }) => `${kind.name} (${way})`).join(', ');
    const honest = this.honest.map(({ way }) => way).join(', ');
    return (
      `${this.mode}, height ${this.best.height}${this.terrain === HILLY ? ' of unlike work' : ''}, ` +
      `${options.outboundCount} outbound, minimum ${options.minChainwork} of ${this.best.tip.work}, ` +
      `${options.anchors?.count ?? 0} anchors, ${this.anchors.kind}, honest: ${honest}, ` +
      `busy: ${this.busy.map(({ way }) => way).join(', ')}, hostile: ${kinds}`
    );
  }

  #drawHeight(): number {
    if (this.terrain === HILLY) return this.chance.int(10, 150);
    return this.chance.weighted([
      [55, () => this.chance.int(0, 60)],
      [30, () => this.chance.int(60, 400)],
      [4, () => this.chance.int(400, 1999)],
      [3, () => this.chance.pick([2000, 4000, 6000])],
      [8, () => this.chance.int(2001, 8000)],
    ])();
  }

  /** Where all are heard before anything is believed, any part of the work may be known. */
  #drawMinimum(): bigint {
    if (this.chance.maybe(0.5)) return 0n;
    return (this.best.tip.work * BigInt(this.chance.int(30, 99))) / 100n;
  }

  /** What an earlier run has left: nothing, mostly. */
  #drawStored(): Chain | undefined {
    if (this.chance.maybe(0.85)) return undefined;
    const chain = this.chance.maybe(0.5) ? this.best : rivalOf(this.best, this.terrain, this.chance);
    return chain.upTo(this.chance.int(0, chain.height));
  }

  /** Headers of a chain that has the work, or that were asked for by anchors, right or wrong. */
  #mayStore(hash: Uint8Array): boolean {
    const block = this.terrain.find(hash);
    if (block === undefined) return false;
    const { minChainwork } = this.client.options;
    return (
      this.best.has(block) ||
      this.anchors.chain?.has(block) === true ||
      this.#members().some(({ peer: { chain } }) => chain.tip.work >= minChainwork && chain.has(block))
    );
  }

  #drawWays(): readonly Way[] {
    // Without a minimum a client that does not stay can only know better when it is connected to one that does.
    if (this.mode === 'sync' && !this.hasMinimum) return ['named'];
    if (this.chance.maybe(0.25)) return ['named'];
    return this.chance.sample<Way>(['added', 'seeds', 'book', 'gossip'], this.chance.int(1, 4));
  }

  #drawHostile(
    outboundCount: number,
    { kinds = HOSTILE_KINDS, hostileCount }: Wishes,
  ): (Member & { readonly kind: HostileKind })[] {
    const few = this.chance.int(0, 6);
    const isConnectedToAll = this.mode === 'sync' && !this.hasMinimum;
    // Those who could be believed must not take all places.
    let believable = this.hasMinimum ? Number.POSITIVE_INFINITY : outboundCount - 1;
    const count = this.chance.maybe(0.08) ? this.chance.int(7, 40) : few;
    const length = hostileCount ?? (isConnectedToAll ? Math.min(few, outboundCount - 1) : count);
    const drawn = Array.from({ length }, () => {
      const kind = this.chance.pick(kinds.filter(({ isBelievable }) => !isBelievable || believable > 0));
      if (kind.isBelievable) believable--;
      return kind;
    });
    return drawn.map((kind) => ({
      kind,
      ...this.#member(this.chance.pick(this.#ways), kind.make, kind.route),
    }));
  }

  #drawBusy(outboundCount: number, length: number): Member[] {
    const believed = this.hostile.filter(({ kind }) => kind.isBelievable).length;
    const isHeardOut = this.hasMinimum || this.mode === 'sync';
    let believable = isHeardOut ? length : outboundCount - 1 - believed;
    return Array.from({ length }, () => {
      const Kind = this.chance.pick(believable > 0 ? [BusyPeer, OldPeer, RivalPeer] : [BusyPeer]);
      if (Kind !== BusyPeer) believable--;
      return this.#member(this.chance.pick(this.#ways), (options) => new Kind(options));
    });
  }

  #honestMember(): Member {
    return this.#member(this.chance.pick(this.#ways), (options) => new HonestPeer(options));
  }

  /** Somebody who is known by other means than gossip, and knows the honest ones. */
  #gossiper(): Member {
    const ways = this.#ways.filter((way) => way !== 'gossip');
    return this.#member(
      ways.length === 0 ? 'added' : this.chance.pick(ways),
      (options) => new BusyPeer(options),
    );
  }

  #member(way: Way, make: (options: PeerOptions) => HonestPeer, route: Partial<Route> = {}): Member {
    const { world, terrain } = this;
    const endpoint = this.#addresses.ofNewGroup();
    const peer = make({ world, terrain, endpoint, chain: this.best, anchored: this.anchors.chain });
    world.place(endpoint, peer, { route: { ...this.#route(), ...route } });
    return { peer, way };
  }

  #route(): Route {
    return {
      latencyMs: this.chance.int(1, this.mode === 'sync' && !this.hasMinimum ? 250 : 700),
      jitterMs: this.chance.pick([0, 5, 100]),
      bytesPerSecond: this.chance.pick([100_000, 1_000_000, 10_000_000]),
    };
  }

  #members(): readonly Member[] {
    return [...this.honest, ...this.busy, ...this.hostile];
  }

  #known(way: Way): Endpoint[] {
    const known = this.#members().filter((member) => member.way === way);
    return this.chance.shuffled(known.map(({ peer }) => peer.endpoint));
  }

  /** Honest and busy nodes know everybody; the others know each other, and many that are not there. */
  #spreadTheWord(): void {
    const all = this.#members().map(({ peer }) => peer.endpoint);
    const dead = this.#deadAddresses();
    for (const { peer } of [...this.honest, ...this.busy]) peer.known = [...all, ...dead.slice(0, 10)];
    const theirs = [...this.hostile.map(({ peer }) => peer.endpoint), ...dead];
    for (const { peer } of this.hostile) peer.known = theirs;
  }

  #deadAddresses(): Endpoint[] {
    return Array.from({ length: this.chance.pick([0, 0, 5, 30]) }, () => this.#addresses.any());
  }

  /** One seed knows the honest ones, the others what hostile ones tell them; the client does not know which. */
  #answerForSeeds(): void {
    const [good = '', ...others] = this.chance.shuffled(DNS_SEEDS);
    const hosts = this.#known('seeds').map(({ host }) => host);
    const honest = new Set(this.honest.map(({ peer }) => peer.endpoint.host));
    const first = [...hosts.filter((host) => honest.has(host)), ...hosts].slice(0, MAX_SEED_ANSWER);
    this.world.seed(good, () => ({ addresses: Array.from(new Set(first)) }));
    for (const name of others) {
      const addresses = hosts.filter((host) => !honest.has(host));
      if (this.chance.maybe(0.7)) this.world.seed(name, () => ({ addresses }));
    }
  }
}
