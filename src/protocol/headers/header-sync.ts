/** Bringing the header tree to the tip and keeping it there (Core: src/net_processing.cpp, ProcessHeadersMessage). */

import { HeaderRun } from '../../chain/header-run.ts';
import type { HeaderTree } from '../../chain/header-tree.ts';
import type { Verdict } from '../../chain/verdict.ts';
import type { TreeChange } from '../../chain/tree-change.ts';
import type { Header } from '../../wire/header.ts';
import { INVENTORY, type InventoryItem } from '../../wire/inventory.ts';
import type { Message } from '../../wire/message.ts';
import { NO_STOP } from '../../wire/messages/locator-request.ts';
import { PROTOCOL_VERSION } from '../../wire/protocol-version.ts';
import type { HeaderEvent } from '../events.ts';
import { earliest, type Machine, type Now } from '../machine.ts';
import type { Disconnect, PeerId, PeerInfo } from '../peer.ts';
import { describeChange } from './describe-change.ts';
import {
  type AnswerContext,
  isWorthKeeping,
  judgeAnswer,
  judgeEmptyAnswer,
  judgeFault,
  type Judgement,
  type Reached,
} from './judge-answer.ts';
import { ProgressMeter } from './progress-meter.ts';

export interface HeaderSyncOptions {
  /** Work below which a peer's whole chain is not believed to be the network's. */
  readonly minChainwork: bigint;
  /** Time that a peer has to answer getheaders. */
  readonly headersTimeoutMs: number;
  /** The same, when another peer is ready to take its place. */
  readonly impatientTimeoutMs: number;
  /** Time after which a peer that announced nothing is asked whether there is anything new. */
  readonly refreshIntervalMs: number;
}

/** Core allows two minutes for an answer, when it has other peers meanwhile; with one at a time that is too long. */
export const HEADER_SYNC_DEFAULTS: Omit<HeaderSyncOptions, 'minChainwork'> = {
  headersTimeoutMs: 30_000,
  impatientTimeoutMs: 12_000,
  refreshIntervalMs: 600_000,
};

/** A header too far ahead of our clock may be right a little later. */
const RETRY_TOO_NEW_MS = 60_000;

/** Time after which a peer whose chain stays behind ours is given up (Core: CHAIN_SYNC_TIMEOUT). */
const BEHIND_TIMEOUT_MS = 20 * 60_000;

/** Time that one peer may take for the whole synchronisation while others wait: this, and a little for each header. */
const SYNC_TIMEOUT_MS = 15 * 60_000;
const SYNC_TIMEOUT_MS_PER_HEADER = 1;

export type HeaderSyncInput =
  | { readonly type: 'peer-ready'; readonly peer: PeerId; readonly info: PeerInfo }
  | { readonly type: 'peer-lost'; readonly peer: PeerId }
  | { readonly type: 'headers'; readonly peer: PeerId; readonly headers: readonly Header[] }
  | { readonly type: 'inv'; readonly peer: PeerId; readonly items: readonly InventoryItem[] }
  | { readonly type: 'tick' };

export type HeaderSyncOutput =
  | { readonly do: 'send'; readonly peer: PeerId; readonly message: Message }
  | { readonly do: 'hang-up'; readonly peer: PeerId; readonly disconnect: Disconnect }
  | { readonly do: 'persist'; readonly change: TreeChange }
  | { readonly do: 'report'; readonly event: HeaderEvent };

interface PeerState {
  readonly info: PeerInfo;
  /** When the one getheaders on its way to this peer was sent; undefined when there is none. */
  askedMs: number | undefined;
  /** When to ask again though nothing was announced. */
  refreshMs: number | undefined;
  /** Where its last full answer ended, while those after it are asked for. */
  reached: Reached | undefined;
  /** Whether it was asked to announce blocks by their headers. */
  sendsHeaders: boolean;
  /** Since when its chain has had less work than ours; undefined when it has not. */
  behindSinceMs: number | undefined;
  /** When we last said that a header of its was put off. */
  warnedMs: number | undefined;
}

export class HeaderSync implements Machine<HeaderSyncInput, HeaderSyncOutput> {
  readonly #tree: HeaderTree;
  readonly #options: HeaderSyncOptions;
  readonly #peers = new Map<PeerId, PeerState>();
  readonly #progress = new ProgressMeter();
  /** The one peer asked while we are far behind: the same headers from several would be waste. */
  #syncPeer: PeerId | undefined;
  /** When that one must be done, if others wait. */
  #syncDueMs = Number.POSITIVE_INFINITY;
  #isSynced = false;

  constructor(tree: HeaderTree, options: HeaderSyncOptions) {
    this.#tree = tree;
    this.#options = options;
  }

  /** Whether some peer has served us its chain to the end. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  handle(input: HeaderSyncInput, now: Now): HeaderSyncOutput[] {
    switch (input.type) {
      case 'peer-ready':
        return this.#addPeer(input.peer, input.info, now);
      case 'peer-lost':
        this.#peers.delete(input.peer);
        if (this.#syncPeer === input.peer) this.#syncPeer = undefined;
        return this.#fillSlot(now);
      case 'headers':
        return this.#receive(input.peer, input.headers, now);
      case 'inv':
        return this.#receiveInv(input.peer, input.items, now);
      case 'tick':
        return this.#tick(now);
    }
  }

  deadline(): number | undefined {
    const peers = Array.from(this.#peers.values(), (peer) =>
      earliest(this.#answerDueMs(peer), peer.refreshMs, behindDueMs(peer)),
    );
    return earliest(...peers, this.#othersWait() ? this.#syncDueMs : undefined);
  }

  #addPeer(peer: PeerId, info: PeerInfo, now: Now): HeaderSyncOutput[] {
    this.#progress.start(now);
    const unasked = {
      askedMs: undefined,
      refreshMs: undefined,
      behindSinceMs: undefined,
      warnedMs: undefined,
    };
    this.#peers.set(peer, { info, ...unasked, reached: undefined, sendsHeaders: false });
    return this.#isSynced ? this.#ask(peer, now) : this.#fillSlot(now);
  }

  #fillSlot(now: Now): HeaderSyncOutput[] {
    if (this.#isSynced || this.#syncPeer !== undefined) return [];
    const next = this.#peers.entries().next();
    if (next.done === true) return [];
    const [peer, { info }] = next.value;
    const missing = Math.max(0, info.startHeight - this.#tree.tip.height);
    this.#syncPeer = peer;
    this.#syncDueMs = now.ms + SYNC_TIMEOUT_MS + SYNC_TIMEOUT_MS_PER_HEADER * missing;
    return this.#ask(peer, now);
  }

  /**
   * Asks for the headers after one of ours.
   *
   * @param from hash of that header; by default the one below our tip, so that a peer with the same tip has one header
   * to answer with and shows that it is there.
   */
  #ask(peer: PeerId, now: Now, from?: Uint8Array): HeaderSyncOutput[] {
    const state = this.#peers.get(peer);
    if (state === undefined || state.askedMs !== undefined) return [];
    state.askedMs = now.ms;
    state.refreshMs = undefined;
    const start = from ?? this.#tree.hashAt(Math.max(0, this.#tree.tip.height - 1));
    const payload = { version: PROTOCOL_VERSION, locator: this.#tree.locator(start), stop: NO_STOP };
    return [{ do: 'send', peer, message: { command: 'getheaders', payload } }];
  }

  /** Announced by inv: the peer would rather not send headers, or there were too many (rule of BIP 130). */
  #receiveInv(peer: PeerId, items: readonly InventoryItem[], now: Now): HeaderSyncOutput[] {
    if (!this.#isSynced) return [];
    const last = items.findLast(({ type }) => type === INVENTORY.BLOCK);
    return last === undefined || this.#tree.has(last.hash) ? [] : this.#ask(peer, now);
  }

  #receive(peer: PeerId, headers: readonly Header[], now: Now): HeaderSyncOutput[] {
    const state = this.#peers.get(peer);
    if (state === undefined) return [];
    // Before we are synced nobody was asked to announce anything: what was not asked for says nothing of the peer's chain.
    if (!this.#isSynced && state.askedMs === undefined) return [];
    if (headers.length === 0) return this.#receiveNone(peer, state, now);
    const run = HeaderRun.of(headers);
    const verdict = this.#tree.check(run, now.unixSeconds);
    // An announcement whose parents we lack. If an answer is on its way, that will bring them.
    if (verdict === undefined) return this.#ask(peer, now);
    const disconnect = judgeFault(verdict);
    if (disconnect !== undefined) return [this.#hangUp(peer, disconnect)];
    state.askedMs = undefined;
    const connected = isWorthKeeping(verdict, this.#tree) ? this.#connect(verdict, state, now) : [];
    const judgement = judgeAnswer(verdict, this.#contextOf(state));
    return connected.concat(this.#follow(judgement, peer, state, now));
  }

  #connect(verdict: Verdict, { info }: PeerState, now: Now): HeaderSyncOutput[] {
    const change = this.#tree.connect(verdict);
    if (change === undefined) return [];
    const outputs: HeaderSyncOutput[] = [{ do: 'persist', change }];
    const reported = this.#isSynced
      ? describeChange(change, this.#tree)
      : this.#progress.add(
          verdict.valid - verdict.known,
          { height: verdict.height, target: Math.max(verdict.height, info.startHeight) },
          now,
        );
    for (const event of reported) outputs.push({ do: 'report', event });
    return outputs;
  }

  #receiveNone(peer: PeerId, state: PeerState, now: Now): HeaderSyncOutput[] {
    if (state.askedMs === undefined) return [];
    state.askedMs = undefined;
    return this.#follow(judgeEmptyAnswer(this.#contextOf(state)), peer, state, now);
  }

  #contextOf({ info, reached }: PeerState): AnswerContext {
    return { tree: this.#tree, isSynced: this.#isSynced, claimedHeight: info.startHeight, reached };
  }

  #follow(judgement: Judgement, peer: PeerId, state: PeerState, now: Now): HeaderSyncOutput[] {
    switch (judgement.kind) {
      case 'refused':
        return [this.#hangUp(peer, judgement.disconnect)];
      case 'more':
        state.reached = judgement.last;
        return this.#ask(peer, now, judgement.last.hash);
      case 'end':
        state.reached = undefined;
        return [...this.#warn(judgement, state, now), ...this.#reachEnd(judgement, peer, state, now)];
    }
  }

  /** Says that a header was put off, not more often than it is asked for again. */
  #warn({ putOff }: Judgement & { kind: 'end' }, state: PeerState, now: Now): HeaderSyncOutput[] {
    if (putOff === undefined) return [];
    state.refreshMs = now.ms + RETRY_TOO_NEW_MS;
    if (state.warnedMs !== undefined && now.ms < state.warnedMs + RETRY_TOO_NEW_MS) return [];
    state.warnedMs = now.ms;
    const message = `a header was put off: ${putOff.detail}`;
    return [{ do: 'report', event: { event: 'warning', code: 'time-too-new', message } }];
  }

  /** The peer has no more headers for us. */
  #reachEnd(end: Judgement & { kind: 'end' }, peer: PeerId, state: PeerState, now: Now): HeaderSyncOutput[] {
    const { tip } = this.#tree;
    const tooLittle = this.#isSynced ? undefined : this.#tooLittle(end);
    if (tooLittle !== undefined) return [this.#hangUp(peer, tooLittle)];
    state.behindSinceMs = end.chainwork < tip.chainwork ? (state.behindSinceMs ?? now.ms) : undefined;
    state.refreshMs ??= now.ms + this.#options.refreshIntervalMs;
    const outputs: HeaderSyncOutput[] = [];
    if (!state.sendsHeaders) {
      state.sendsHeaders = true;
      outputs.push({ do: 'send', peer, message: { command: 'sendheaders', payload: {} } });
    }
    if (this.#isSynced) return outputs;
    this.#isSynced = true;
    this.#syncPeer = undefined;
    const event = { event: 'synced', tip, seconds: this.#progress.seconds(now) } as const;
    outputs.push({ do: 'report', event });
    for (const other of this.#peers.keys()) if (other !== peer) outputs.push(...this.#ask(other, now));
    return outputs;
  }

  /** Why the end of a peer's chain is not the end of a synchronisation. */
  #tooLittle({ chainwork, putOff }: Judgement & { kind: 'end' }): Disconnect | undefined {
    const { minChainwork } = this.#options;
    if (chainwork < minChainwork) {
      // With a clock that is slow, every chain looks as if it ended too early.
      if (putOff !== undefined) return { reason: 'time-too-new', detail: putOff.detail };
      const work = `0x${chainwork.toString(16)}, 0x${minChainwork.toString(16)} needed`;
      return { reason: 'low-work', detail: `its whole chain has work ${work}` };
    }
    if (chainwork >= this.#tree.tip.chainwork) return undefined;
    const { height } = this.#tree.tip;
    return { reason: 'behind', detail: `its chain has less work than ours, which is at height ${height}` };
  }

  #tick(now: Now): HeaderSyncOutput[] {
    const outputs: HeaderSyncOutput[] = [];
    for (const [peer, state] of this.#peers) {
      if (isDue(this.#answerDueMs(state), now)) {
        const seconds = Math.round((now.ms - (state.askedMs ?? now.ms)) / 1000);
        const detail = `no answer to getheaders in ${seconds} s`;
        outputs.push(this.#hangUp(peer, { reason: 'headers-timeout', detail }));
      } else if (isDue(behindDueMs(state), now)) {
        const detail = `its chain has had less work than ours for ${BEHIND_TIMEOUT_MS / 60_000} min`;
        outputs.push(this.#hangUp(peer, { reason: 'behind', detail }));
      } else if (isDue(state.refreshMs, now)) {
        outputs.push(...this.#ask(peer, now));
      }
    }
    if (this.#syncPeer !== undefined && this.#othersWait() && isDue(this.#syncDueMs, now)) {
      const detail = 'it took too long for the whole chain while others were ready';
      outputs.push(this.#hangUp(this.#syncPeer, { reason: 'too-slow', detail }));
    }
    return outputs;
  }

  /** Whether another peer could take the place of the one that is asked. */
  #othersWait(): boolean {
    return !this.#isSynced && this.#peers.size > 1;
  }

  #answerDueMs({ askedMs }: PeerState): number | undefined {
    const { headersTimeoutMs, impatientTimeoutMs } = this.#options;
    return askedMs === undefined
      ? undefined
      : askedMs + (this.#othersWait() ? impatientTimeoutMs : headersTimeoutMs);
  }

  /** The peer is asked nothing more; that it is gone will be an input of its own. */
  #hangUp(peer: PeerId, disconnect: Disconnect): HeaderSyncOutput {
    this.#peers.delete(peer);
    return { do: 'hang-up', peer, disconnect };
  }
}

function behindDueMs({ behindSinceMs }: PeerState): number | undefined {
  return behindSinceMs === undefined ? undefined : behindSinceMs + BEHIND_TIMEOUT_MS;
}

function isDue(deadlineMs: number | undefined, now: Now): boolean {
  return deadlineMs !== undefined && now.ms >= deadlineMs;
}
