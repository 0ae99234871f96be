/** A client among nodes that relay transactions, drawn from one seed: who is there, who is hostile, and what happens. */
import { LightNode } from '../../../src/protocol/light-node.ts';
import { Addresses } from '../addresses.ts';
import { PLAIN } from '../chains.ts';
import { Chance } from '../chance.ts';
import { SimClient } from '../client.ts';
import { World } from '../world.ts';
import { HOSTILE_KINDS, type HostileKind } from './hostile/catalogue.ts';
import { Ledger } from './ledger.ts';
import { Market } from './market.ts';
import { Overseer } from './overseer.ts';
import { type RelayOptions, RelayPeer } from './relay-peer.ts';

export interface Wishes {
  readonly kinds?: readonly HostileKind[];
  readonly isTraced?: boolean;
  /** What stands in the client's place. */
  readonly newNode?: (...all: ConstructorParameters<typeof LightNode>) => LightNode;
}

/** Blocks at the beginning that can be left for others. */
const FIRST_BLOCKS = 4;
const TRUNK_HEIGHT = 5;
const ROOM_BYTES = 50_000_000;
const LITTLE_ROOM_BYTES = 150_000;
/** Time that a peer has for what it is asked for, and how often one that comes and goes may be asked in vain. */
const REQUEST_TIMEOUT_MS = 60_000;
const ROUNDS = 2;
/** Time that a transaction needs where nobody holds it up: delays that let better peers be asked first, and slow lines. */
const SOON_MS = 30_000;
/** Lines that hang without a word, of which nobody can know. */
export const MAX_HUNG_LINES = 1;

export class MempoolScenario {
  readonly chance: Chance;
  readonly world: World;
  readonly ledger: Ledger;
  readonly market: Market;
  readonly client: SimClient;
  readonly overseer: Overseer;
  readonly honest: readonly RelayPeer[];
  readonly hostile: readonly RelayPeer[];
  readonly description: string;
  /** Time in which whatever an honest peer announces is told. */
  readonly boundMs: number;
  readonly #addresses: Addresses;

  constructor(seed: number, { kinds = HOSTILE_KINDS, isTraced = false, newNode }: Wishes = {}) {
    const chance = new Chance(seed);
    this.chance = chance;
    this.ledger = new Ledger(PLAIN);
    let chain = PLAIN.trunk(TRUNK_HEIGHT);
    for (let i = 0; i < FIRST_BLOCKS; i++) chain = chain.with(this.ledger.mine(chain.tip, []));
    this.world = new World(chance.fork(), { unixSeconds: chain.tip.header.time + 24 * 3600, isTraced });
    this.market = new Market(this.world, this.ledger, chain);
    this.#addresses = new Addresses(chance, PLAIN.network.port);

    this.honest = Array.from({ length: chance.int(2, 4) }, () =>
      this.#place((options) => new RelayPeer(options)),
    );
    const count = kinds.length === 0 ? 0 : chance.int(0, 4);
    const picked = Array.from({ length: count }, () => chance.pick(kinds));
    const drawn = picked.filter((kind, i) => kind.agreesWithItsLike !== true || picked.indexOf(kind) === i);
    this.hostile = drawn.map(({ make }) => this.#place(make));
    this.market.peers.push(...this.honest);
    this.market.spies.push(...this.hostile);

    const hasRoom = chance.maybe(0.8);
    const maxBytes = hasRoom ? ROOM_BYTES : LITTLE_ROOM_BYTES;
    const holdersUp = MAX_HUNG_LINES + drawn.filter(({ holdsUp }) => holdsUp).length;
    this.boundMs = SOON_MS + ROUNDS * REQUEST_TIMEOUT_MS * holdersUp;
    const peers = chance.shuffled([...this.honest, ...this.hostile]);
    const isListening = chance.maybe(0.5);
    const truth = {
      ledger: this.ledger,
      honest: new Map(this.honest.map((peer) => [peer.endpoint.host, peer])),
      hostileCount: this.hostile.length,
      maxBytes,
      boundMs: this.boundMs,
      hasRoom,
      knowsWitnesses:
        peers.every(({ usesWtxid }) => usesWtxid) &&
        drawn.filter(({ twistsWitnesses }) => twistsWitnesses).length < 2,
    };
    let overseer: Overseer | undefined;
    this.client = new SimClient(this.world, chance.fork(), {
      endpoint: { host: '91.10.20.30', port: PLAIN.network.port },
      options: {
        network: { ...PLAIN.network, hasPrivateNodes: false, dnsSeeds: [] },
        outboundCount: 8,
        connect: peers.map(({ endpoint }) => endpoint),
        follow: true,
        mempool: {
          fetchesTransactions: true,
          fetchesBlocks: true,
          maxBytes,
          maxAgeMs: 14 * 24 * 3_600_000,
          tellsSpentScripts: chance.maybe(0.5),
        },
      },
      isListening,
      newNode: (...all) => {
        const node = newNode === undefined ? new LightNode(...all) : newNode(...all);
        overseer = new Overseer(node, truth);
        return overseer;
      },
    });
    if (overseer === undefined) throw new Error('no client was made');
    this.overseer = overseer;
    this.description =
      `${this.honest.map(({ usesWtxid }) => (usesWtxid ? 'wtxid' : 'txid')).join(', ')}; ` +
      `hostile: ${drawn.map(({ name }) => name).join(', ')}; ` +
      `${hasRoom ? '' : 'little room, '}${isListening ? 'listening' : 'not listening'}`;
  }

  #place(make: (options: RelayOptions) => RelayPeer): RelayPeer {
    const { world, chance, ledger } = this;
    const peer = make({
      world,
      terrain: PLAIN,
      endpoint: this.#addresses.ofNewGroup(),
      chain: this.market.best,
      ledger,
      usesWtxid: chance.maybe(0.7),
      tellsAll: chance.maybe(0.3),
    });
    const route = {
      latencyMs: chance.int(1, 400),
      jitterMs: chance.pick([0, 5, 100]),
      bytesPerSecond: chance.pick([100_000, 1_000_000]),
    };
    world.place(peer.endpoint, peer, { route });
    return peer;
  }
}
