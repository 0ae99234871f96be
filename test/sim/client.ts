/** A real client in a simulated world. What it asks for is done, and each thing is checked that must hold whatever happens. */
import { concat } from '../../src/bytes/concat.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import type { NodeEvent } from '../../src/protocol/events.ts';
import type { Machine, Now, Random } from '../../src/protocol/machine.ts';
import {
  LightNode,
  type LightNodeInput,
  type LightNodeOptions,
  type LightNodeOutput,
} from '../../src/protocol/light-node.ts';
import type { NodeFailure } from '../../src/protocol/node-failure.ts';
import {
  type ConnectionInfo,
  type Disconnect,
  type Endpoint,
  endpointText,
  type PeerId,
} from '../../src/protocol/peer.ts';
import { networkGroup } from '../../src/protocol/peers/network-group.ts';
import { PeerMemory } from '../../src/protocol/peers/peer-memory.ts';
import { encodeHeaders } from '../../src/wire/header.ts';
import type { Message } from '../../src/wire/message.ts';
import { nodeOptions } from '../support/node-options.ts';
import { Replica } from '../support/replica.ts';
import type { Chain } from './chains.ts';
import type { Chance } from './chance.ts';
import type { LineEnd, LineOwner, SimMessage } from './line.ts';
import { describeInput, describeOutput } from './describe.ts';
import { RangeWatch } from './range-watch.ts';
import type { World } from './world.ts';

/** What is run: a node, or something in its place that a test has changed. */
export interface ClientNode extends Machine<LightNodeInput, LightNodeOutput> {
  newPeerId(): PeerId;
  connections(now: Now): ConnectionInfo[];
}

export interface ClientOptions {
  readonly endpoint: Endpoint;
  readonly options: Partial<LightNodeOptions>;
  /** What an earlier run remembered of peers. */
  readonly records?: ReadonlyMap<string, Uint8Array>;
  /** What an earlier run stored of a chain. */
  readonly stored?: Chain | undefined;
  /** Whether a header may be stored while the tree has less work than a chain must have. */
  readonly mayStore?: (hash: Uint8Array) => boolean;
  /** Whether others can call it. */
  readonly isListening?: boolean;
  readonly newNode?: (
    tree: HeaderTree,
    options: LightNodeOptions,
    random: Random,
    memory: PeerMemory,
  ) => ClientNode;
}

/** A promise that the client broke, in words. */
export class Violation extends Error {}

/** An end of a connection, as the client was told of it or brought it about. */
export interface Parting {
  readonly endpoint: Endpoint;
  readonly disconnect: Disconnect;
}

/**
 * What one input may cause: a call for each free place, a few messages to each peer, and no more.
 */
const MAX_OUTPUTS = 200;
/** A getheaders, a ping, an address message: what is said of our own accord to one peer, for each minute and at once. */
const MAX_SAID_PER_MINUTE = 12;
const MAX_SAID_AT_ONCE = 40;
/** Ticks that nothing but time explains, for each minute and at once. */
const MAX_TICKS_PER_MINUTE = 200;
const MAX_TICKS_AT_ONCE = 1_000;
/** Ticks with no time between them: each checks one of the answers that wait. */
const MAX_TICKS_IN_A_ROW = 110;
/** Calls beyond those for the connections to keep: one more when the tip is stale, and one to test an address. */
const MAX_EXTRA_CALLS = 2;

export class SimClient implements LineOwner {
  readonly endpoint: Endpoint;
  readonly tree: HeaderTree;
  readonly memory: PeerMemory;
  readonly node: ClientNode;
  readonly options: LightNodeOptions;
  readonly events: NodeEvent[] = [];
  readonly partings: Parting[] = [];
  readonly dialled: Endpoint[] = [];
  readonly records: Map<string, Uint8Array>;
  readonly replica: Replica;
  /** How it ended; undefined while it goes on. */
  end: { readonly failure: NodeFailure | undefined } | undefined;
  /** The most that was seen of each. */
  readonly most = { outputs: 0, connections: 0, sideHeaders: 0, book: 0 };
  /** Connections that are up, or on their way. */
  readonly #ends = new Map<PeerId, LineEnd>();
  readonly #ids = new Map<LineEnd, PeerId>();
  readonly #world: World;
  readonly #isListening: boolean;
  readonly #ranges: RangeWatch | undefined;
  readonly #mayStore: (hash: Uint8Array) => boolean;
  #wakeMs = Number.POSITIVE_INFINITY;
  #ticks = 0;
  #inputs = 0;
  #ticksInARow = 0;
  #isOff = false;

  constructor(
    world: World,
    chance: Chance,
    { endpoint, options, records, stored, mayStore, isListening = false, newNode }: ClientOptions,
  ) {
    this.#world = world;
    this.endpoint = endpoint;
    this.options = nodeOptions(options);
    this.#isListening = isListening;
    const { network } = this.options;
    const random = chance.random;
    this.records = new Map(records);
    this.tree = new HeaderTree(network);
    this.replica = new Replica(network);
    if (stored !== undefined) this.#restore(stored);
    const { anchors } = this.options;
    this.#ranges = anchors && new RangeWatch(anchors);
    this.#mayStore = mayStore ?? (() => true);
    const separatesPrivate = network.hasPrivateNodes;
    this.memory = PeerMemory.restore(this.records, { separatesPrivate }, random, world.now);
    const make = newNode ?? ((...all) => new LightNode(...all));
    this.node = make(this.tree, this.options, random, this.memory);
    if (isListening) world.place(endpoint, this);
  }

  start(): this {
    this.#feed({ type: 'started' });
    if (this.#isListening) this.#feed({ type: 'listening', endpoint: this.endpoint });
    return this;
  }

  /** Ends it as a user would; what it remembers is in `records` then. */
  stop(): void {
    for (const output of this.node.handle({ type: 'stopping' }, this.#world.now)) {
      if (output.do !== 'save-peers' && output.do !== 'hang-up')
        throw new Violation(`${output.do} when it was told to stop`);
      this.#perform(output);
    }
    this.#switchOff();
  }

  opened(end: LineEnd): void {
    if (this.#isOff) {
      end.close();
      return;
    }
    const known = this.#ids.get(end);
    if (known !== undefined) {
      this.#feed({ type: 'connected', peer: known });
      return;
    }
    const peer = this.node.newPeerId();
    this.#keep(peer, end);
    this.#feed({ type: 'accepted', peer, endpoint: end.remote });
  }

  received(end: LineEnd, message: SimMessage): void {
    const peer = this.#ids.get(end);
    // The byte stream passes over what nobody knows.
    if (peer === undefined || message.command === 'unknown') return;
    if (message.command === 'headers') this.#ranges?.answered(peer, message.payload.headers);
    this.#feed({ type: 'received', peer, message });
    this.#checkTalk(end);
  }

  lost(end: LineEnd, disconnect: Disconnect): void {
    const peer = this.#ids.get(end);
    if (peer === undefined) return;
    this.#forget(peer);
    this.#feed({ type: 'lost', peer, disconnect });
  }

  /** Whether it said that its anchors were of no use. */
  get hasDoubtedAnchors(): boolean {
    return this.events.some((event) => event.event === 'warning' && event.code === 'anchors-unusable');
  }

  /** The lines it has, by the host at the other side. */
  lineTo(host: string): LineEnd | undefined {
    return Array.from(this.#ends.values()).find(({ remote }) => remote.host === host);
  }

  get connections(): ConnectionInfo[] {
    return this.node.connections(this.#world.now);
  }

  #feed(input: LightNodeInput): void {
    if (this.#isOff) return;
    this.#inputs++;
    this.#world.note(() => `${this.endpoint.host} <- ${describeInput(input)}`);
    const workBefore = this.tree.tip.chainwork;
    const outputs = this.node.handle(input, this.#world.now);
    this.#checkStored(outputs);
    for (const output of outputs) this.#perform(output);
    if (this.tree.tip.chainwork < workBefore) throw new Violation('the best chain got worse');
    this.#checkBounds(outputs);
    this.#setTimer();
  }

  #setTimer(): void {
    const dueMs = this.#isOff ? undefined : this.node.deadline();
    if (dueMs === undefined || dueMs >= this.#wakeMs) return;
    if (Number.isNaN(dueMs)) throw new Violation('the deadline is not a number');
    this.#wakeMs = dueMs;
    this.#world.plan(dueMs, () => this.#wake(dueMs));
  }

  #wake(plannedMs: number): void {
    if (this.#isOff || plannedMs !== this.#wakeMs) return;
    this.#wakeMs = Number.POSITIVE_INFINITY;
    const dueMs = this.node.deadline();
    if (dueMs === undefined || dueMs > this.#world.ms) {
      this.#setTimer();
      return;
    }
    this.#ticks++;
    this.#feed({ type: 'tick' });
    const nextMs = this.node.deadline();
    const isAtOnce = !this.#isOff && nextMs !== undefined && nextMs <= this.#world.ms;
    this.#ticksInARow = isAtOnce ? this.#ticksInARow + 1 : 0;
    if (isAtOnce && this.#ticksInARow > MAX_TICKS_IN_A_ROW)
      throw new Violation(`after a tick the next was due ${this.#world.ms - nextMs} ms ago`);
    const allowed =
      MAX_TICKS_AT_ONCE + (this.#world.passedMs / 60_000) * MAX_TICKS_PER_MINUTE + this.#inputs - this.#ticks;
    if (this.#ticks > allowed)
      throw new Violation(`${this.#ticks} ticks in ${this.#world.passedMs / 1000} s`);
  }

  #perform(output: LightNodeOutput): void {
    this.#world.note(() => `${this.endpoint.host} -> ${describeOutput(output)}`);
    if (this.end !== undefined && output.do !== 'save-peers')
      throw new Violation(`${output.do} after the end`);
    switch (output.do) {
      case 'look-up':
        this.#world.lookUp(output.name, (answer) =>
          this.#feed({ type: 'looked-up', name: output.name, ...answer }),
        );
        return;
      case 'dial':
        this.#dial(output.peer, output.endpoint);
        return;
      case 'send':
        this.#send(output.peer, output.message);
        return;
      case 'send-headers':
        this.#sendHeaders(output.peer, output.fromHeight, output.count);
        return;
      case 'hang-up':
        this.#end(output.peer, 'hang-up').close();
        this.#forget(output.peer);
        return;
      case 'persist':
        this.replica.apply(output.change);
        return;
      case 'save-peers':
        for (const [key, value] of output.change.put) this.records.set(key, value);
        for (const key of output.change.remove) this.records.delete(key);
        return;
      // No client of this world scans.
      case 'save-scan':
        return;
      case 'report':
        this.events.push(output.event);
        if (output.event.event === 'peer-disconnected') this.partings.push(output.event);
        return;
      case 'finish':
        this.end = { failure: output.failure };
        // What runs it stops it then.
        this.stop();
        return;
    }
  }

  #send(peer: PeerId, message: Message): void {
    if (message.command === 'getheaders') {
      const fault = this.#ranges?.ask(peer, message.payload, {
        tipHeight: this.tree.tip.height,
        ms: this.#world.ms,
      });
      if (fault !== undefined) throw new Violation(fault);
    }
    this.#end(peer, message.command).send(message);
  }

  /** As it is put back from disk. */
  #restore({ blocks, tip }: Chain): void {
    const run = HeaderRun.fromBytes(encodeHeaders(blocks.slice(1).map(({ header }) => header)));
    const verdict = run.count === 0 ? undefined : this.tree.check(run, tip.header.time);
    const change = verdict && this.tree.connect(verdict);
    if (change !== undefined) this.replica.apply(change);
  }

  #dial(peer: PeerId, endpoint: Endpoint): void {
    const isThere = Array.from(this.#ends.values()).some(
      ({ isCaller, remote }) => isCaller && endpointText(remote) === endpointText(endpoint),
    );
    if (isThere) throw new Violation(`it calls ${endpointText(endpoint)} twice at a time`);
    this.dialled.push(endpoint);
    this.#keep(peer, this.#world.dial(this, this.endpoint, endpoint));
  }

  #end(peer: PeerId, what: string): LineEnd {
    const end = this.#ends.get(peer);
    if (end === undefined) throw new Violation(`${what} to peer ${peer}, which is not there`);
    return end;
  }

  #sendHeaders(peer: PeerId, fromHeight: number, count: number): void {
    const end = this.#end(peer, 'headers');
    const stored = this.replica.best.slice(fromHeight, fromHeight + count);
    if (stored.length !== count || count > 2000)
      throw new Violation(`${count} headers from ${fromHeight} are not there`);
    end.send({ command: 'headers', payload: { headers: concat(stored.map((entry) => entry.header)) } });
  }

  #keep(peer: PeerId, end: LineEnd): void {
    this.#ends.set(peer, end);
    this.#ids.set(end, peer);
  }

  #forget(peer: PeerId): void {
    const end = this.#ends.get(peer);
    if (end !== undefined) this.#ids.delete(end);
    this.#ranges?.forget(peer);
    this.#ends.delete(peer);
  }

  #switchOff(): void {
    this.#isOff = true;
    for (const end of this.#ends.values()) end.close();
    this.#ends.clear();
    this.#ids.clear();
  }

  /** While the tree has too little work, only what is known to lead to enough is stored. */
  #checkStored(outputs: readonly LightNodeOutput[]): void {
    if (this.tree.tip.chainwork >= this.options.minChainwork) return;
    for (const output of outputs) {
      if (output.do !== 'persist') continue;
      const { added, branched, tip } = output.change;
      const hashes = [...added, ...branched.map(({ hash }) => hash)];
      if (!hashes.every((hash) => this.#mayStore(hash)))
        throw new Violation(`headers of a chain with too little work are stored, the tip at ${tip.height}`);
    }
  }

  /** Whatever comes in, what goes out is bounded, and so is what is kept. */
  #checkBounds(outputs: readonly LightNodeOutput[]): void {
    const { most, options } = this;
    const count = outputs.filter((output) => output.do !== 'report').length;
    most.outputs = Math.max(most.outputs, count);
    if (count > MAX_OUTPUTS) throw new Violation(`${count} outputs of one input`);
    most.sideHeaders = Math.max(most.sideHeaders, this.replica.side.size);
    if (this.#isOff || !outputs.some((output) => output.do === 'dial')) return;
    const ours = Array.from(this.#ends.values()).filter(({ isCaller }) => isCaller).length;
    if (ours > options.outboundCount + MAX_EXTRA_CALLS)
      throw new Violation(`${ours} connections at a time, ${options.outboundCount} wanted`);
    const groups = this.connections
      .filter(({ kind }) => kind === 'outbound')
      .map(({ endpoint }) => networkGroup(endpoint.host, options.network.hasPrivateNodes));
    if (new Set(groups).size !== groups.length) throw new Violation('two peers of one network group');
    const { counts } = this.memory.book;
    most.connections = Math.max(most.connections, this.#ends.size);
    most.book = Math.max(most.book, counts.new + counts.tried);
  }

  /** One word for each that was heard, and a few a minute of our own accord. */
  #checkTalk({ sent, got, remote }: LineEnd): void {
    const own = MAX_SAID_AT_ONCE + (this.#world.passedMs / 60_000) * MAX_SAID_PER_MINUTE;
    if (sent.messages > got.messages + own)
      throw new Violation(`${sent.messages} messages to ${remote.host}, which sent ${got.messages}`);
  }
}
