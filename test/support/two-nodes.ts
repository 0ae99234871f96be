/** Two whole nodes on one false clock: one calls, the other is called and serves its headers. */
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { regtest } from '../../src/networks/regtest.ts';
import type { NodeEvent } from '../../src/protocol/events.ts';
import {
  LightNode,
  type LightNodeInput,
  type LightNodeOptions,
  type LightNodeOutput,
} from '../../src/protocol/light-node.ts';
import type { PeerId } from '../../src/protocol/peer.ts';
import type { Message } from '../../src/wire/message.ts';
import { FalseClock, seededRandom } from './false-time.ts';
import { nodeOptions } from './node-options.ts';
import type { HeadersChain } from './headers-chain.ts';
import { headersOf } from './messages.ts';

type End = 'caller' | 'called';

const LATENCY_MS = 40;
const ENDPOINT = { host: 'called', port: 1 };

export class TwoNodes {
  readonly clock: FalseClock = new FalseClock();
  readonly trees: Readonly<Record<End, HeaderTree>>;
  readonly events: Record<End, NodeEvent[]> = { caller: [], called: [] };
  hasCallerFinished = false;
  /** What the called one has on its disk. */
  stored: HeadersChain;
  readonly #nodes: Readonly<Record<End, LightNode>>;
  /** The name of the one connection at each end. */
  #peers: Partial<Record<End, PeerId>> = {};
  readonly #arrivals: { readonly atMs: number; readonly to: End; readonly input: LightNodeInput }[] = [];

  /** @param tree of the called one. */
  constructor(tree: HeaderTree, stored: HeadersChain, options: Partial<LightNodeOptions> = {}) {
    this.stored = stored;
    this.trees = { caller: new HeaderTree(regtest), called: tree };
    const caller = nodeOptions({ userAgent: '/caller/', connect: [ENDPOINT], usesDnsSeeds: false });
    const called = nodeOptions({
      userAgent: '/called/',
      usesDnsSeeds: false,
      isDialling: false,
      outboundCount: 0,
      follow: true,
    });
    this.#nodes = {
      caller: new LightNode(this.trees.caller, { ...caller, ...options }, seededRandom(1)),
      called: new LightNode(this.trees.called, called, seededRandom(2)),
    };
  }

  run(forMs: number): this {
    for (const end of ['called', 'caller'] as const) this.#feed(end, { type: 'started' });
    return this.runOn(forMs);
  }

  runOn(forMs: number): this {
    const endMs = this.clock.ms + forMs;
    while (!this.hasCallerFinished) {
      const arrivalMs = this.#arrivals[0]?.atMs ?? Number.POSITIVE_INFINITY;
      const due = (['caller', 'called'] as const).map(
        (end) => this.#nodes[end].deadline() ?? Number.POSITIVE_INFINITY,
      );
      const nextMs = Math.min(arrivalMs, ...due);
      if (nextMs > endMs) break;
      this.clock.advanceTo(nextMs);
      const arrival = nextMs === arrivalMs ? this.#arrivals.shift() : undefined;
      if (arrival !== undefined) this.#feed(arrival.to, arrival.input);
      else for (const end of ['caller', 'called'] as const) this.#feed(end, { type: 'tick' });
    }
    if (!this.hasCallerFinished) this.clock.advanceTo(endMs);
    return this;
  }

  #feed(end: End, input: LightNodeInput): void {
    for (const output of this.#nodes[end].handle(input, this.clock.now)) this.#perform(end, output);
  }

  #perform(end: End, output: LightNodeOutput): void {
    const other = end === 'caller' ? 'called' : 'caller';
    switch (output.do) {
      case 'dial':
        this.#peers = { caller: output.peer, called: this.#nodes.called.newPeerId() };
        this.#arrive('caller', { type: 'connected', peer: output.peer });
        this.#arrive('called', {
          type: 'accepted',
          peer: this.#peers.called ?? 0,
          endpoint: { host: 'caller', port: 2 },
        });
        return;
      case 'send':
        this.#receive(other, output.message);
        return;
      case 'send-headers': {
        const { fromHeight, count } = output;
        this.#receive(other, headersOf(this.stored.slice(fromHeight, fromHeight + count - 1)));
        return;
      }
      case 'hang-up':
        this.#arrive(other, {
          type: 'lost',
          peer: this.#peers[other] ?? 0,
          disconnect: { reason: 'connection-lost', detail: '' },
        });
        return;
      case 'report':
        this.events[end].push(output.event);
        return;
      case 'finish':
        this.hasCallerFinished ||= end === 'caller';
        return;
      case 'persist':
      case 'look-up':
      case 'save-peers':
      case 'save-scan':
        return;
    }
  }

  #receive(to: End, message: Message): void {
    this.#arrive(to, { type: 'received', peer: this.#peers[to] ?? 0, message });
  }

  #arrive(to: End, input: LightNodeInput): void {
    this.#arrivals.push({ atMs: this.clock.ms + LATENCY_MS, to, input });
  }
}
