/** The world around one node: a line to scripted peers, a clock that jumps to whatever is next, and a memory of it all. */
import { HeaderTree } from '../../src/chain/header-tree.ts';
import type { TreeChange } from '../../src/chain/tree-change.ts';
import { regtest } from '../../src/networks/regtest.ts';
import type { NodeEvent } from '../../src/protocol/events.ts';
import {
  LightNode,
  type LightNodeInput,
  type LightNodeOptions,
  type LightNodeOutput,
} from '../../src/protocol/light-node.ts';
import type { NodeFailure } from '../../src/protocol/node-failure.ts';
import type { Endpoint, PeerId } from '../../src/protocol/peer.ts';
import type { PeerMemory, RecordChange } from '../../src/protocol/peers/peer-memory.ts';
import type { Message } from '../../src/wire/message.ts';
import { FalseClock, seededRandom } from './false-time.ts';
import { nodeOptions } from './node-options.ts';
import type { PeerBehaviour, ScriptedPeer } from './scripted-peer.ts';

/** A minute of work with what is at hand, and not for ever. */
const MAX_STEPS = 100_000;

export interface WorldOptions extends Partial<LightNodeOptions> {
  /** Peers by the host they are called at. */
  readonly peers?: Readonly<Record<string, ScriptedPeer>>;
  /** What DNS seeds answer, by their name. */
  readonly seeds?: Readonly<Record<string, readonly string[]>>;
  readonly tree?: HeaderTree;
  readonly memory?: PeerMemory;
  readonly unixSeconds?: number;
  /** Milliseconds that a message takes from one end to the other. */
  readonly latencyMs?: number;
}

interface Arrival {
  readonly atMs: number;
  readonly input: LightNodeInput;
}

export class NodeWorld {
  readonly clock: FalseClock;
  readonly tree: HeaderTree;
  readonly node: LightNode;
  readonly changes: TreeChange[] = [];
  readonly events: NodeEvent[] = [];
  readonly dialled: string[] = [];
  readonly sent: { readonly host: string; readonly message: Message }[] = [];
  readonly lookedUp: string[] = [];
  readonly saved: RecordChange[] = [];
  /** How it ended; undefined while it goes on. */
  end: { readonly failure: NodeFailure | undefined } | undefined;
  readonly #options: WorldOptions;
  readonly #lines = new Map<PeerId, { readonly host: string; readonly behaviour: PeerBehaviour }>();
  #arrivals: Arrival[] = [];

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.clock = new FalseClock(options.unixSeconds);
    this.tree = options.tree ?? new HeaderTree(regtest);
    const isDiscovering = options.seeds !== undefined || options.memory !== undefined;
    const named = isDiscovering ? [] : Object.keys(options.peers ?? {});
    const connect = named.map((host): Endpoint => ({ host, port: 1 }));
    this.node = new LightNode(
      this.tree,
      nodeOptions({ connect, ...options }),
      seededRandom(),
      options.memory,
    );
  }

  /** Starts the node and lets the world run until the node has finished, nothing is left to happen, or time is up. */
  run(forMs: number = 3_600_000): this {
    this.#feed({ type: 'started' });
    return this.runOn(forMs);
  }

  /** Lets it run on. */
  runOn(forMs: number): this {
    const endMs = this.clock.ms + forMs;
    for (let steps = 0; this.end === undefined; steps++) {
      if (steps > MAX_STEPS) throw new Error('it never comes to rest');
      const arrival = this.#arrivals[0];
      const dueMs = this.node.deadline() ?? Number.POSITIVE_INFINITY;
      if (Math.min(arrival?.atMs ?? Number.POSITIVE_INFINITY, dueMs) > endMs) break;
      if (arrival !== undefined && arrival.atMs <= dueMs) this.#deliver(arrival);
      else this.#tick(dueMs);
    }
    if (this.end === undefined) this.clock.advanceTo(endMs);
    return this;
  }

  /** Has a connected peer say something of its own accord. */
  say(host: string, ...messages: readonly Message[]): this {
    for (const [peer, line] of this.#lines) {
      if (line.host !== host) continue;
      for (const message of messages) this.#feed({ type: 'received', peer, message });
    }
    return this;
  }

  /** Cuts the line to a peer. */
  cut(host: string): this {
    for (const [peer, line] of this.#lines) if (line.host === host) this.#lose(peer, 0);
    return this;
  }

  /** Names of the events, progress left out. */
  get story(): string[] {
    return this.events.flatMap((event) => {
      if (event.event === 'progress') return [];
      if (event.event === 'peer-disconnected') return [`${event.endpoint.host}: ${event.disconnect.reason}`];
      if (event.event === 'peer-connected') return [`${event.endpoint.host}: connected`];
      return [event.event];
    });
  }

  #tick(dueMs: number): void {
    this.clock.advanceTo(dueMs);
    this.#feed({ type: 'tick' });
    const next = this.node.deadline();
    if (next !== undefined && next <= this.clock.ms) throw new Error('due again at the same moment');
  }

  #deliver(arrival: Arrival): void {
    this.#arrivals.shift();
    this.clock.advanceTo(arrival.atMs);
    if (arrival.input.type === 'lost') this.#forget(arrival.input.peer);
    this.#feed(arrival.input);
  }

  #feed(input: LightNodeInput): void {
    for (const output of this.node.handle(input, this.clock.now)) this.#perform(output);
  }

  #perform(output: LightNodeOutput): void {
    if (this.end !== undefined) throw new Error(`${output.do} after the end`);
    switch (output.do) {
      case 'look-up': {
        this.lookedUp.push(output.name);
        const addresses = this.#options.seeds?.[output.name] ?? [];
        this.#arrive(100, { type: 'looked-up', name: output.name, addresses });
        return;
      }
      case 'dial':
        this.#dial(output.peer, output.endpoint);
        return;
      case 'send':
        this.#send(output.peer, output.message);
        return;
      case 'hang-up':
        this.#forget(output.peer);
        return;
      case 'persist':
        this.changes.push(output.change);
        return;
      case 'report':
        this.events.push(output.event);
        return;
      case 'finish':
        this.end = { failure: output.failure };
        return;
      case 'save-peers':
        this.saved.push(output.change);
        return;
      case 'send-headers':
      case 'save-scan':
        return;
    }
  }

  #dial(peer: PeerId, { host }: Endpoint): void {
    this.dialled.push(host);
    const behaviour: PeerBehaviour = this.#options.peers?.[host]?.() ?? {
      unreachable: 'connect-timeout',
      answer: () => [],
    };
    if (behaviour.unreachable !== undefined) {
      const waitMs = behaviour.unreachable === 'connect-timeout' ? 10_000 : 1;
      this.#arrive(waitMs, {
        type: 'lost',
        peer,
        disconnect: { reason: behaviour.unreachable, detail: 'refused' },
      });
      return;
    }
    this.#lines.set(peer, { host, behaviour });
    this.#arrive(2 * this.#latencyMs, { type: 'connected', peer });
  }

  #send(peer: PeerId, message: Message): void {
    const line = this.#lines.get(peer);
    if (line === undefined) throw new Error(`${message.command} to peer ${peer}, which is not connected`);
    this.sent.push({ host: line.host, message });
    const answer = line.behaviour.answer(message);
    const afterMs = 2 * this.#latencyMs + (line.behaviour.delayMs ?? 0);
    if (answer === 'hang-up') this.#lose(peer, afterMs);
    else for (const reply of answer) this.#arrive(afterMs, { type: 'received', peer, message: reply });
  }

  #lose(peer: PeerId, afterMs: number): void {
    const disconnect = { reason: 'connection-lost', detail: 'the peer closed the connection' } as const;
    this.#arrive(afterMs, { type: 'lost', peer, disconnect });
  }

  /** Nothing comes any more over a line that is gone. */
  #forget(peer: PeerId): void {
    this.#lines.delete(peer);
    this.#arrivals = this.#arrivals.filter(({ input }) => !('peer' in input && input.peer === peer));
  }

  #arrive(afterMs: number, input: LightNodeInput): void {
    this.#arrivals.push({ atMs: this.clock.ms + afterMs, input });
    // Stable: what was sent first arrives first.
    this.#arrivals.sort((a, b) => a.atMs - b.atMs);
  }

  get #latencyMs(): number {
    return this.#options.latencyMs ?? 50;
  }
}
