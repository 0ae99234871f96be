/** A header sync on a false clock, with peers that exist only by their numbers. */
import { HeaderTree } from '../../src/chain/header-tree.ts';
import type { Network } from '../../src/networks/network.ts';
import { regtest } from '../../src/networks/regtest.ts';
import type { HeaderEvent } from '../../src/protocol/events.ts';
import { HeaderSync } from '../../src/protocol/headers/header-sync.ts';
import type {
  HeaderSyncInput,
  HeaderSyncOptions,
  HeaderSyncOutput,
} from '../../src/protocol/headers/sync-contract.ts';
import type { PeerId, PeerInfo } from '../../src/protocol/peer.ts';
import type { Message } from '../../src/wire/message.ts';
import type { LocatorRequestPayload } from '../../src/wire/messages/locator-request.ts';
import { FalseClock, seededRandom } from './false-time.ts';
import { fill, type HeadersChain } from './headers-chain.ts';
import { headersOf } from './messages.ts';

export interface FixtureOptions extends Partial<HeaderSyncOptions> {
  readonly network?: Network;
  /** What the tree holds at first; genesis alone by default. */
  readonly chain?: HeadersChain;
  readonly unixSeconds?: number;
  readonly maxSideHeaders?: number;
  /** Measured round trips, by peer. */
  readonly latenciesMs?: ReadonlyMap<PeerId, number>;
}

/** More than any one input makes due at once. */
const MAX_TICKS = 100;

export class HeaderSyncFixture {
  readonly clock: FalseClock;
  readonly tree: HeaderTree;
  readonly sync: HeaderSync;
  /** Whether somebody could be called in the place of a peer that is dropped. */
  canReplace = true;
  /** Whether connections are under way. */
  areOthersComing = false;

  constructor(options: FixtureOptions = {}) {
    const { network = regtest, chain, unixSeconds, maxSideHeaders, latenciesMs, ...rest } = options;
    this.clock = new FalseClock(unixSeconds);
    this.tree = new HeaderTree(network, maxSideHeaders === undefined ? {} : { maxSideHeaders });
    if (chain !== undefined) fill(this.tree, chain);
    const times = { headersTimeoutMs: 30_000, impatientTimeoutMs: 12_000, refreshIntervalMs: 600_000 };
    this.sync = new HeaderSync(
      this.tree,
      { minChainwork: 0n, anchors: undefined, ...times, ...rest },
      {
        latencyMsOf: (peer) => latenciesMs?.get(peer),
        canReplace: () => this.canReplace,
        areOthersComing: () => this.areOthersComing,
      },
      seededRandom(),
    );
  }

  /** What it does at once, and about what is due at once. */
  handle(input: HeaderSyncInput): HeaderSyncOutput[] {
    const outputs = this.sync.handle(input, this.clock.now);
    for (let ticks = 0; (this.sync.deadline() ?? Number.POSITIVE_INFINITY) <= this.clock.ms; ticks++) {
      if (ticks > MAX_TICKS) throw new Error('a deadline stays in the past');
      outputs.push(...this.sync.handle({ type: 'tick' }, this.clock.now));
    }
    return outputs;
  }

  ready(peer: PeerId, info: Partial<PeerInfo> = {}, isInbound: boolean = false): HeaderSyncOutput[] {
    const ordinary = { version: 70016, services: 9n, userAgent: '', startHeight: 0 };
    return this.handle({ type: 'peer-ready', peer, info: { ...ordinary, ...info }, isInbound });
  }

  lost(peer: PeerId): HeaderSyncOutput[] {
    return this.handle({ type: 'peer-lost', peer });
  }

  /** @param headers 80 bytes each. */
  headers(peer: PeerId, headers: Uint8Array): HeaderSyncOutput[] {
    return this.handle({ type: 'headers', peer, headers: headersOf(headers).payload.headers });
  }

  inv(peer: PeerId, { payload }: Message & { command: 'inv' }): HeaderSyncOutput[] {
    return this.handle({ type: 'inv', peer, items: payload.items });
  }

  tick(): HeaderSyncOutput[] {
    return this.handle({ type: 'tick' });
  }

  /** Lets time pass to the next deadline, and ticks. */
  tickWhenDue(): HeaderSyncOutput[] {
    const due = this.sync.deadline();
    if (due === undefined) throw new Error('nothing is due');
    this.clock.advanceTo(due);
    return this.tick();
  }

  /** Answers as a peer with a chain would, until it has no more to give; returns all that came of it. */
  serve(peer: PeerId, chain: HeadersChain, first: readonly HeaderSyncOutput[]): HeaderSyncOutput[] {
    const all: HeaderSyncOutput[] = [];
    let asked = requests(first, peer);
    while (asked.length > 0) {
      const outputs = asked.flatMap((request) => this.headers(peer, chain.answer(request)));
      all.push(...outputs);
      asked = requests(outputs, peer);
    }
    return all;
  }

  /** The same for several peers at once, who answer in turns, each its oldest request. */
  serveAll(
    chains: ReadonlyMap<PeerId, HeadersChain>,
    first: readonly HeaderSyncOutput[],
  ): HeaderSyncOutput[] {
    const all: HeaderSyncOutput[] = [];
    const asked = new Map(Array.from(chains.keys(), (peer) => [peer, requests(first, peer)]));
    for (let isDone = false; !isDone;) {
      isDone = true;
      for (const [peer, chain] of chains) {
        const request = asked.get(peer)?.shift();
        if (request === undefined) continue;
        isDone = false;
        const outputs = this.headers(peer, chain.answer(request));
        all.push(...outputs);
        for (const [other, queue] of asked) queue.push(...requests(outputs, other));
      }
    }
    return all;
  }

  /** A fixture brought to the tip of a chain by peer 1. */
  static synced(chain: HeadersChain, options: FixtureOptions = {}): HeaderSyncFixture {
    const fixture = new HeaderSyncFixture(options);
    fixture.serve(1, chain, fixture.ready(1, { startHeight: chain.height }));
    if (!fixture.sync.isSynced) throw new Error('not synced');
    return fixture;
  }
}

/** What getheaders ask for, of all peers or of one. */
export function requests(outputs: readonly HeaderSyncOutput[], peer?: PeerId): LocatorRequestPayload[] {
  return outputs.flatMap((output) =>
    output.do === 'send' &&
    output.message.command === 'getheaders' &&
    (peer === undefined || output.peer === peer)
      ? [output.message.payload]
      : [],
  );
}

export function reported(outputs: readonly HeaderSyncOutput[]): HeaderEvent[] {
  return outputs.flatMap((output) => (output.do === 'report' ? [output.event] : []));
}

/** Reasons of hanging up, by peer. */
export function hangUps(outputs: readonly HeaderSyncOutput[]): (readonly [PeerId, string])[] {
  return outputs.flatMap((output) =>
    output.do === 'hang-up' ? [[output.peer, output.disconnect.reason] as const] : [],
  );
}
