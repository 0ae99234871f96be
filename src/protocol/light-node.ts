/** The whole client as one machine: it owns the others and hands each of them what is theirs. */

import type { HeaderTree } from '../chain/header-tree.ts';
import type { TreeChange } from '../chain/tree-change.ts';
import type { Network } from '../networks/network.ts';
import type { Message } from '../wire/message.ts';
import type { NodeEvent } from './events.ts';
import {
  HEADER_SYNC_DEFAULTS,
  HeaderSync,
  type HeaderSyncInput,
  type HeaderSyncOutput,
} from './headers/header-sync.ts';
import { earliest, type Machine, type Now, type Random } from './machine.ts';
import type { Disconnect, Endpoint, PeerId } from './peer.ts';
import { describeGivingUp, type NodeFailure } from './node-failure.ts';
import { DialPlan, type DialPlanInput, type DialPlanOutput } from './peers/dial-plan.ts';
import { answerGetHeaders } from './serve/header-server.ts';
import {
  Session,
  SESSION_DEFAULTS,
  type SessionInput,
  type SessionOptions,
  type SessionOutput,
} from './session/session.ts';

export interface LightNodeOptions extends Partial<SessionOptions> {
  readonly network: Network;
  readonly userAgent: string;
  /** Peers to call and no others; empty to discover some. */
  readonly connect: readonly Endpoint[];
  /** Peers to call first. */
  readonly addPeers: readonly Endpoint[];
  /** Whether to ask the network's DNS seeds, unless `connect` says whom to call. */
  readonly usesDnsSeeds: boolean;
  /** Whether to call anybody at all. */
  readonly isDialling: boolean;
  /** Connections to keep: one peer is asked at a time, and the others are ready to take its place. */
  readonly outboundCount: number;
  /** Whether to stay when the tip is reached. */
  readonly follow: boolean;
  /** Work below which a chain is not believed to be the network's. */
  readonly minChainwork: bigint;
  /** Time without a new header after which a synchronisation is given up; not when following. */
  readonly progressTimeoutMs: number;
  readonly headersTimeoutMs?: number;
  readonly refreshIntervalMs?: number;
}

export type LightNodeInput =
  | { readonly type: 'started' }
  /** Somebody called us. */
  | { readonly type: 'accepted'; readonly peer: PeerId; readonly endpoint: Endpoint }
  /** A call of ours was answered. */
  | { readonly type: 'connected'; readonly peer: PeerId }
  | { readonly type: 'received'; readonly peer: PeerId; readonly message: Message }
  /** The connection is gone, or never came to be. */
  | { readonly type: 'lost'; readonly peer: PeerId; readonly disconnect: Disconnect }
  | {
      readonly type: 'looked-up';
      readonly name: string;
      readonly addresses: readonly string[];
      readonly error?: string;
    }
  | { readonly type: 'tick' };

export type LightNodeOutput =
  | { readonly do: 'look-up'; readonly name: string }
  | { readonly do: 'dial'; readonly peer: PeerId; readonly endpoint: Endpoint }
  | { readonly do: 'send'; readonly peer: PeerId; readonly message: Message }
  /** Send headers of the best chain, as they are stored. */
  | {
      readonly do: 'send-headers';
      readonly peer: PeerId;
      readonly fromHeight: number;
      readonly count: number;
    }
  | { readonly do: 'hang-up'; readonly peer: PeerId }
  | { readonly do: 'persist'; readonly change: TreeChange }
  | { readonly do: 'report'; readonly event: NodeEvent }
  /** The work is done, or cannot be done. */
  | { readonly do: 'finish'; readonly failure?: NodeFailure };

interface Peer {
  readonly endpoint: Endpoint;
  readonly session: Session;
  readonly isOutbound: boolean;
  readonly nonce: bigint;
  isEstablished: boolean;
  /** Whether it has served us at least one header that we lacked, or its whole chain. */
  wasUseful: boolean;
}

export class LightNode implements Machine<LightNodeInput, LightNodeOutput> {
  readonly #options: LightNodeOptions;
  readonly #tree: HeaderTree;
  readonly #random: Random;
  readonly #headerSync: HeaderSync;
  readonly #dialPlan: DialPlan;
  readonly #peers = new Map<PeerId, Peer>();
  #lastPeerId = 0;
  #progressDueMs: number | undefined;
  #isFinished = false;

  constructor(tree: HeaderTree, options: LightNodeOptions, random: Random) {
    this.#options = options;
    this.#tree = tree;
    this.#random = random;
    const times = { ...HEADER_SYNC_DEFAULTS, ...definedOnly(options) };
    const { headersTimeoutMs, refreshIntervalMs } = times;
    this.#headerSync = new HeaderSync(tree, {
      minChainwork: options.minChainwork,
      headersTimeoutMs,
      impatientTimeoutMs: Math.min(headersTimeoutMs, times.impatientTimeoutMs),
      refreshIntervalMs,
    });
    const { connect, addPeers, network } = options;
    const dnsSeeds = options.usesDnsSeeds ? network.dnsSeeds : [];
    const plan = {
      connect,
      addPeers,
      dnsSeeds,
      port: network.port,
      outboundCount: options.outboundCount,
      isPersistent: options.follow,
    };
    this.#dialPlan = new DialPlan(plan, random);
  }

  /** A name for a connection that is about to be made or was accepted. */
  newPeerId(): PeerId {
    return ++this.#lastPeerId;
  }

  handle(input: LightNodeInput, now: Now): LightNodeOutput[] {
    if (this.#isFinished) return [];
    const outputs = this.#take(input, now);
    // Whatever else was to be done for the same reason is not worth doing any more.
    return this.#isFinished
      ? outputs.slice(0, outputs.findIndex((output) => output.do === 'finish') + 1)
      : outputs;
  }

  #take(input: LightNodeInput, now: Now): LightNodeOutput[] {
    switch (input.type) {
      case 'started':
        if (this.#options.isDialling && !this.#options.follow) {
          this.#progressDueMs = now.ms + this.#options.progressTimeoutMs;
        }
        return this.#plan({ type: 'started' }, now);
      case 'accepted':
        this.#addPeer(input.peer, input.endpoint, { isOutbound: false, isNamed: false });
        return this.#session(input.peer, { type: 'connected' }, now);
      case 'connected':
        return this.#session(input.peer, { type: 'connected' }, now);
      case 'received':
        return this.#session(input.peer, { type: 'received', message: input.message }, now);
      case 'lost':
        return this.#remove(input.peer, input.disconnect, now);
      case 'looked-up':
        return this.#takeAddresses(input, now);
      case 'tick':
        return this.#tick(now);
    }
  }

  #takeAddresses(input: LightNodeInput & { type: 'looked-up' }, now: Now): LightNodeOutput[] {
    const { name, addresses } = input;
    const planned = this.#plan({ type: 'looked-up', name, addresses }, now);
    const isAskedAgain = planned.some((output) => output.do === 'look-up');
    return isAskedAgain ? planned : [...warnOfSeed(input), ...planned];
  }

  deadline(): number | undefined {
    if (this.#isFinished) return undefined;
    const sessions = Array.from(this.#peers.values(), ({ session }) => session.deadline());
    const due = earliest(
      ...sessions,
      this.#headerSync.deadline(),
      this.#dialPlan.deadline(),
      this.#progressDueMs,
    );
    return due === Number.POSITIVE_INFINITY ? undefined : due;
  }

  #tick(now: Now): LightNodeOutput[] {
    if (this.#progressDueMs !== undefined && now.ms >= this.#progressDueMs) {
      const seconds = this.#options.progressTimeoutMs / 1000;
      const message = `no new header came for ${seconds} s (at height ${this.#tree.tip.height})`;
      return this.#finish({ code: 'no-progress', message });
    }
    const peers = Array.from(this.#peers.keys());
    return peers
      .flatMap((peer) => this.#session(peer, { type: 'tick' }, now))
      .concat(this.#sync({ type: 'tick' }, now), this.#plan({ type: 'tick' }, now));
  }

  #addPeer(
    id: PeerId,
    endpoint: Endpoint,
    { isOutbound, isNamed }: { isOutbound: boolean; isNamed: boolean },
  ): void {
    const nonce = this.#random();
    const handshake = {
      isOutbound,
      needsServices: isOutbound && !isNamed,
      userAgent: this.#options.userAgent,
      startHeight: this.#tree.tip.height,
      nonce,
      isOwnNonce: (other: bigint) => Array.from(this.#peers.values()).some((peer) => peer.nonce === other),
    };
    const session = new Session(
      { ...SESSION_DEFAULTS, ...definedOnly(this.#options) },
      handshake,
      this.#random,
    );
    this.#peers.set(id, { endpoint, session, isOutbound, nonce, isEstablished: false, wasUseful: false });
  }

  #session(id: PeerId, input: SessionInput, now: Now): LightNodeOutput[] {
    const outputs = this.#peers.get(id)?.session.handle(input, now) ?? [];
    return outputs.flatMap((output) => this.#fromSession(id, output, now));
  }

  #fromSession(id: PeerId, output: SessionOutput, now: Now): LightNodeOutput[] {
    switch (output.do) {
      case 'send':
        return [{ do: 'send', peer: id, message: output.message }];
      case 'hang-up':
        return this.#hangUp(id, output.disconnect, now);
      case 'establish': {
        const peer = this.#peers.get(id);
        if (peer === undefined) return [];
        peer.isEstablished = true;
        const event = { event: 'peer-connected', endpoint: peer.endpoint, info: output.info } as const;
        const asked = peer.isOutbound
          ? this.#sync({ type: 'peer-ready', peer: id, info: output.info }, now)
          : [];
        return [{ do: 'report', event }, ...asked];
      }
      case 'pass-on':
        return this.#route(id, output.message, now);
    }
  }

  /** Hands a message to the one machine that it concerns. Those that concern none yet are passed over. */
  #route(id: PeerId, message: Message, now: Now): LightNodeOutput[] {
    if (message.command === 'headers') {
      return this.#sync({ type: 'headers', peer: id, headers: message.payload.headers }, now);
    }
    if (message.command === 'inv')
      return this.#sync({ type: 'inv', peer: id, items: message.payload.items }, now);
    if (message.command === 'getheaders') {
      return [{ do: 'send-headers', peer: id, ...answerGetHeaders(message.payload, this.#tree) }];
    }
    return [];
  }

  #sync(input: HeaderSyncInput, now: Now): LightNodeOutput[] {
    return this.#headerSync.handle(input, now).flatMap((output) => {
      if ('peer' in input) this.#noteUse(input.peer, output, now);
      if (output.do === 'hang-up') return this.#hangUp(output.peer, output.disconnect, now);
      const isDone = output.do === 'report' && output.event.event === 'synced' && !this.#options.follow;
      return isDone ? [output, ...this.#finish()] : [output];
    });
  }

  #noteUse(id: PeerId, output: HeaderSyncOutput, now: Now): void {
    // A peer is asked to announce what is new when it has given all that it has.
    const isAllGiven = output.do === 'send' && output.message.command === 'sendheaders';
    const isUse = output.do === 'persist' || isAllGiven;
    const peer = this.#peers.get(id);
    if (!isUse || peer === undefined) return;
    peer.wasUseful = true;
    if (this.#progressDueMs !== undefined) this.#progressDueMs = now.ms + this.#options.progressTimeoutMs;
  }

  #hangUp(id: PeerId, disconnect: Disconnect, now: Now): LightNodeOutput[] {
    return [{ do: 'hang-up', peer: id }, ...this.#remove(id, disconnect, now)];
  }

  #remove(id: PeerId, disconnect: Disconnect, now: Now): LightNodeOutput[] {
    const peer = this.#peers.get(id);
    if (peer === undefined) return [];
    this.#peers.delete(id);
    const { endpoint, isOutbound, isEstablished, wasUseful } = peer;
    const outputs: LightNodeOutput[] = [
      { do: 'report', event: { event: 'peer-disconnected', endpoint, disconnect } },
    ];
    if (isEstablished && isOutbound) outputs.push(...this.#sync({ type: 'peer-lost', peer: id }, now));
    if (isOutbound) outputs.push(...this.#plan({ type: 'lost', endpoint, disconnect, wasUseful }, now));
    return outputs;
  }

  #plan(input: DialPlanInput, now: Now): LightNodeOutput[] {
    if (!this.#options.isDialling) return [];
    return this.#dialPlan.handle(input, now).flatMap((output) => this.#fromPlan(output));
  }

  #fromPlan(output: DialPlanOutput): LightNodeOutput[] {
    switch (output.do) {
      case 'look-up':
        return [output];
      case 'dial': {
        const peer = this.newPeerId();
        this.#addPeer(peer, output.endpoint, { isOutbound: true, isNamed: output.isNamed });
        return [{ do: 'dial', peer, endpoint: output.endpoint }];
      }
      case 'give-up':
        return this.#finish(describeGivingUp(output.tried, this.#options));
    }
  }

  #finish(failure?: NodeFailure): LightNodeOutput[] {
    this.#isFinished = true;
    return [failure === undefined ? { do: 'finish' } : { do: 'finish', failure }];
  }
}

function warnOfSeed({ name, error }: LightNodeInput & { type: 'looked-up' }): LightNodeOutput[] {
  if (error === undefined) return [];
  const message = `DNS seed ${name} gave no address: ${error}`;
  return [{ do: 'report', event: { event: 'warning', code: 'seed-failed', message } }];
}

/** Without the keys whose value is undefined, which would hide a default. */
function definedOnly<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const defined = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as { [K in keyof T]: Exclude<T[K], undefined> };
}
