/** An honest full node, as far as a light client sees one. The hostile ones are made from it by changing one thing each. */
import type { Disconnect, Endpoint } from '../../src/protocol/peer.ts';
import { encodeHeaders } from '../../src/wire/header.ts';
import { addressV2Of, type Host, ipOf, parseHost } from '../../src/wire/host.ts';
import { INVENTORY, type InventoryItem } from '../../src/wire/inventory.ts';
import type { Message, MessageOf } from '../../src/wire/message.ts';
import type { LocatorRequestPayload } from '../../src/wire/messages/locator-request.ts';
import type { VersionPayload } from '../../src/wire/messages/version.ts';
import { FULL_NODE, pingOf, pongOf, VERACK, versionOf } from '../support/messages.ts';
import type { Chance } from './chance.ts';
import type { Block, Chain, Terrain } from './chains.ts';
import type { LineEnd, LineOwner, SimMessage } from './line.ts';
import type { World } from './world.ts';

/** An address as nodes tell each other. */
export interface Gossip {
  readonly endpoint: Endpoint;
  readonly services?: bigint;
  /** Unix seconds. */
  readonly time: number;
}

export interface PeerOptions {
  readonly world: World;
  readonly terrain: Terrain;
  readonly endpoint: Endpoint;
  readonly chain: Chain;
  /** Addresses that it may tell of. */
  readonly known?: readonly Endpoint[];
  /** The chain that the client's anchors were taken from, up to the last of them; undefined when it has none. */
  readonly anchored?: Chain | undefined;
}

/** What a peer knows of one connection of its own. */
export interface Caller {
  readonly line: LineEnd;
  version: VersionPayload | undefined;
  isReady: boolean;
  wantsHeaders: boolean;
  wantsAddrV2: boolean;
  wasToldAddresses: boolean;
  /** The best block that the other side is known to have. */
  last: Block | undefined;
}

/** Core: PING_INTERVAL, TIMEOUT_INTERVAL, AVG_ADDRESS_BROADCAST_INTERVAL, MAX_ADDR_TO_SEND, and 23 % of what it knows. */
const PING_INTERVAL_MS = 120_000;
const SILENCE_MS = 20 * 60_000;
const GOSSIP_INTERVAL_MS = 30_000;
const MAX_ADDRESSES = 1000;
/** Blocks that are announced by their headers (Core: MAX_BLOCKS_TO_ANNOUNCE). */
const MAX_ANNOUNCED = 8;

export class HonestPeer implements LineOwner {
  readonly endpoint: Endpoint;
  readonly callers: Map<LineEnd, Caller> = new Map();
  chain: Chain;
  known: readonly Endpoint[];
  protected readonly world: World;
  protected readonly terrain: Terrain;
  protected readonly chance: Chance;

  constructor({ world, terrain, endpoint, chain, known = [] }: PeerOptions) {
    this.world = world;
    this.terrain = terrain;
    this.endpoint = endpoint;
    this.chain = chain;
    this.known = known;
    this.chance = world.chance.fork();
  }

  /** Whether it speaks of transactions by wtxid (BIP 339). */
  protected get usesWtxid(): boolean {
    return true;
  }

  /** Calls somebody who listens. */
  call(to: Endpoint): void {
    this.world.dial(this, { host: this.endpoint.host, port: this.chance.int(20_000, 60_000) }, to);
  }

  opened(line: LineEnd): void {
    const caller: Caller = {
      line,
      version: undefined,
      isReady: false,
      wantsHeaders: false,
      wantsAddrV2: false,
      wasToldAddresses: false,
      last: undefined,
    };
    this.callers.set(line, caller);
    if (line.isCaller) line.send(this.version(caller));
  }

  received(line: LineEnd, message: SimMessage): void {
    const caller = this.callers.get(line);
    if (caller !== undefined && message.command !== 'unknown') this.take(caller, message);
  }

  lost(line: LineEnd, _disconnect: Disconnect): void {
    this.callers.delete(line);
  }

  /** A new block, or a better branch, has reached this node. */
  adopt(chain: Chain): void {
    if (chain.tip.work <= this.chain.tip.work) return;
    this.chain = chain;
    for (const caller of this.callers.values()) if (caller.isReady) this.announce(caller);
  }

  protected take(caller: Caller, message: Message): void {
    const { line } = caller;
    if (message.command === 'version') this.receiveVersion(caller, message);
    else if (message.command === 'sendaddrv2') caller.wantsAddrV2 = true;
    else if (message.command === 'sendheaders') caller.wantsHeaders = true;
    else if (message.command === 'verack') this.#receiveVerack(caller);
    else if (message.command === 'ping') line.send(pongOf(message.payload.nonce ?? 0n));
    else if (!caller.isReady) return;
    else if (message.command === 'getheaders') this.answerGetHeaders(caller, message.payload);
    else if (message.command === 'getaddr') this.#receiveGetAddr(caller);
    else if (message.command === 'getdata') this.answerGetData(caller, message.payload.items);
    else if (message.command === 'mempool') this.answerMempool(caller);
  }

  #receiveVerack(caller: Caller): void {
    if (caller.version === undefined || caller.isReady) return;
    caller.isReady = true;
    this.established(caller);
  }

  /** Only those who called are answered, and once. */
  #receiveGetAddr(caller: Caller): void {
    if (caller.line.isCaller || caller.wasToldAddresses) return;
    caller.wasToldAddresses = true;
    this.answerGetAddr(caller);
  }

  protected receiveVersion(caller: Caller, { payload }: MessageOf<'version'>): void {
    if (caller.version !== undefined) return;
    caller.version = payload;
    const { line } = caller;
    if (!line.isCaller) line.send(this.version(caller));
    if (this.usesWtxid) line.send({ command: 'wtxidrelay', payload: {} });
    line.send({ command: 'sendaddrv2', payload: {} });
    line.send(VERACK);
  }

  protected version(_caller: Caller): MessageOf<'version'> {
    return versionOf({
      time: BigInt(this.world.now.unixSeconds),
      nonce: this.chance.bits64(),
      startHeight: this.chain.height,
      services: FULL_NODE,
    });
  }

  protected established({ line }: Caller): void {
    line.send({ command: 'sendcmpct', payload: { announce: false, version: 2n } });
    line.send({ command: 'feefilter', payload: { feeRateSatsPerKvb: 1000n } });
    this.#keepUp(line, this.world.ms);
    this.#gossip(line);
  }

  protected answerGetHeaders(caller: Caller, request: LocatorRequestPayload): void {
    this.sendBlocks(caller, this.chain.answer(request, this.terrain));
  }

  /** It has nothing but headers. */
  protected answerGetData(_caller: Caller, _items: readonly InventoryItem[]): void {}

  protected answerMempool(_caller: Caller): void {}

  protected answerGetAddr(caller: Caller): void {
    const count = Math.min(MAX_ADDRESSES, Math.ceil(0.23 * this.known.length) + 3);
    this.tell(
      caller,
      this.chance.sample(this.known, count).map((endpoint) => this.gossipOf(endpoint)),
    );
  }

  /** By headers when the other side asked for that and can connect them, else by inv (BIP 130). */
  protected announce(caller: Caller): void {
    const { tip } = this.chain;
    const { last } = caller;
    const isNear = last !== undefined && this.chain.has(last) && tip.height - last.height <= MAX_ANNOUNCED;
    if (caller.wantsHeaders && isNear) this.sendBlocks(caller, this.chain.blocks.slice(last.height + 1));
    else
      caller.line.send({ command: 'inv', payload: { items: [{ type: INVENTORY.BLOCK, hash: tip.hash }] } });
  }

  /** Sends some blocks later, if the line is still there then. */
  protected sendBlocksLater(caller: Caller, blocks: readonly Block[], delayMs: number): void {
    this.world.after(delayMs, () => {
      if (this.callers.has(caller.line)) this.sendBlocks(caller, blocks);
    });
  }

  protected sendBlocks(caller: Caller, blocks: readonly Block[]): void {
    caller.last = blocks.at(-1) ?? caller.last;
    caller.line.send({
      command: 'headers',
      payload: { headers: encodeHeaders(blocks.map(({ header }) => header)) },
    });
  }

  protected gossipOf(endpoint: Endpoint): Gossip {
    return { endpoint, time: this.world.now.unixSeconds - this.chance.int(0, 10_800) };
  }

  /** Tells of addresses in one message, of the newer kind when the other side knows it. */
  protected tell({ line, wantsAddrV2 }: Caller, all: readonly Gossip[]): void {
    if (all.length === 0) return;
    const hosts = all.flatMap(({ endpoint, services = FULL_NODE, time }) => {
      const parsed = hostOf(endpoint);
      return parsed === undefined ? [] : [{ parsed, port: endpoint.port, services, time }];
    });
    if (wantsAddrV2) {
      const addresses = hosts.map(({ parsed, ...rest }) => ({ ...rest, ...addressV2Of(parsed) }));
      line.send({ command: 'addrv2', payload: { addresses } });
      return;
    }
    const addresses = hosts.flatMap(({ parsed, ...rest }) => {
      const ip = ipOf(parsed);
      return ip === undefined ? [] : [{ ...rest, ip }];
    });
    line.send({ command: 'addr', payload: { addresses } });
  }

  /** Does something again and again while a line is there. */
  protected repeat(line: LineEnd, pauseMs: () => number, act: () => void): void {
    this.world.after(pauseMs(), () => {
      if (!line.isOpen || !this.callers.has(line)) return;
      act();
      this.repeat(line, pauseMs, act);
    });
  }

  #keepUp(line: LineEnd, sinceMs: number): void {
    let heard = { count: line.got.messages, ms: sinceMs };
    this.repeat(
      line,
      () => PING_INTERVAL_MS,
      () => {
        const { ms } = this.world;
        if (line.got.messages > heard.count) heard = { count: line.got.messages, ms };
        if (ms - heard.ms < SILENCE_MS) line.send(pingOf(this.chance.bits64()));
        else this.hangUp(line);
      },
    );
  }

  /** A few addresses now and then, often a single one: its own first, then what others told. */
  #gossip(line: LineEnd): void {
    let endpoints: readonly Endpoint[] = [this.endpoint];
    this.repeat(
      line,
      () => this.chance.pause(GOSSIP_INTERVAL_MS),
      () => {
        const caller = this.callers.get(line);
        if (caller !== undefined)
          this.tell(
            caller,
            endpoints.map((endpoint) => this.gossipOf(endpoint)),
          );
        endpoints = this.chance.maybe(0.5) ? this.chance.sample(this.known, this.chance.int(0, 4)) : [];
      },
    );
  }

  protected hangUp(line: LineEnd): void {
    line.close();
    this.callers.delete(line);
  }
}

const HOSTS = new WeakMap<Endpoint, Host>();

/** The host of an endpoint that is told again and again. */
function hostOf(endpoint: Endpoint): Host | undefined {
  const known = HOSTS.get(endpoint) ?? parseHost(endpoint.host);
  if (known !== undefined) HOSTS.set(endpoint, known);
  return known;
}
