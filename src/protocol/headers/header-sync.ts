/** Bringing the header tree to the tip and keeping it there (Core: src/net_processing.cpp, ProcessHeadersMessage). */

import { HeaderRun } from '../../chain/header-run.ts';
import type { HeaderTree } from '../../chain/header-tree.ts';
import type { Verdict } from '../../chain/verdict.ts';
import { INVENTORY, type InventoryItem } from '../../wire/inventory.ts';
import { NO_STOP } from '../../wire/messages/locator-request.ts';
import { PROTOCOL_VERSION } from '../../wire/protocol-version.ts';
import { earliest, type Machine, type Now } from '../machine.ts';
import type { Disconnect, PeerId } from '../peer.ts';
import { COST_OF } from '../peers/misbehaviour.ts';
import { describeChange } from './describe-change.ts';
import {
  type AnswerContext,
  isOldAnswer,
  isWorthKeeping,
  judgeAnswer,
  judgeEmptyAnswer,
  judgeFault,
  judgeTooLittle,
  type Judgement,
} from './judge-answer.ts';
import { ProgressMeter } from './progress-meter.ts';
import type { HeaderSyncInput, HeaderSyncOptions, HeaderSyncOutput, Surroundings } from './sync-contract.ts';
import {
  BEHIND_TIMEOUT_MS,
  behindDueMs,
  noteProof,
  REST_MS,
  type SyncPeer,
  SyncPeers,
} from './sync-peers.ts';

/** A header too far ahead of our clock may be right a little later. */
const RETRY_TOO_NEW_MS = 60_000;

/** Time that one peer may take for the whole synchronisation while others wait: this, and a little for each header. */
const SYNC_TIMEOUT_MS = 15 * 60_000;
const SYNC_TIMEOUT_MS_PER_HEADER = 1;

/**
 * When some chain came to its end, the time for connections under way to come about, and for the peers that are asked
 * whether they have a better one to answer: a little longer than one may take while others wait.
 */
const COMING_TIMEOUT_MS = 5_000;
const ASKED_TIMEOUT_MS = 15_000;

/** Mean time between blocks: how many headers may be missing at most is told by the clock, not by a peer. */
const SPACING_SECONDS = 600;

export class HeaderSync implements Machine<HeaderSyncInput, HeaderSyncOutput> {
  readonly #tree: HeaderTree;
  readonly #options: HeaderSyncOptions;
  readonly #surroundings: Surroundings;
  readonly #peers: SyncPeers;
  readonly #progress = new ProgressMeter();
  /** The one peer asked while we are far behind: the same headers from several would be waste. */
  #syncPeer: PeerId | undefined;
  /** When that one must be done, if others wait. */
  #syncDueMs = Number.POSITIVE_INFINITY;
  /** When some peer came to the end of its chain, and the work of that: now the others are asked if they know better. */
  #ended: { readonly ms: number; readonly chainwork: bigint } | undefined;
  #isSynced = false;
  #grownMs: number | undefined;

  constructor(tree: HeaderTree, options: HeaderSyncOptions, surroundings: Surroundings) {
    this.#tree = tree;
    this.#options = options;
    this.#surroundings = surroundings;
    this.#peers = new SyncPeers(surroundings.latencyMsOf);
  }

  /** Whether peers have served us their chains to the end. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Whether it waits for others before it calls itself synced: then whatever changes around it is worth a tick. */
  get isSettling(): boolean {
    return !this.#isSynced && this.#ended !== undefined;
  }

  /** The peer that is asked for the chain; undefined when there is none, or all are asked for what is new. */
  get syncPeer(): PeerId | undefined {
    return this.#syncPeer;
  }

  /** When the best chain last grew; undefined when it never did. */
  get grownMs(): number | undefined {
    return this.#grownMs;
  }

  /** Height of the best header that a peer has shown us. */
  provenHeight(peer: PeerId): number | undefined {
    return this.#peers.get(peer)?.provenHeight;
  }

  handle(input: HeaderSyncInput, now: Now): HeaderSyncOutput[] {
    return this.#take(input, now).concat(this.#settle(now));
  }

  #take(input: HeaderSyncInput, now: Now): HeaderSyncOutput[] {
    switch (input.type) {
      case 'peer-ready':
        return this.#addPeer(input, now);
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
    const slotMs = this.#othersWait() ? this.#syncDueMs : undefined;
    return earliest(...peers, slotMs, this.#settleDueMs(), this.#nextRestedMs());
  }

  #addPeer(
    { peer, info, isInbound }: HeaderSyncInput & { type: 'peer-ready' },
    now: Now,
  ): HeaderSyncOutput[] {
    this.#peers.join(peer, info, isInbound);
    // Who called us may have come first, but one of our own choice comes before it.
    const holder = this.#syncPeer === undefined ? undefined : this.#peers.get(this.#syncPeer);
    if (holder?.isInbound === true && !isInbound) this.#syncPeer = undefined;
    if (!this.#isSynced && this.#ended === undefined) return this.#fillSlot(now);
    return isInbound && info.startHeight <= this.#tree.tip.height ? [] : this.#ask(peer, now);
  }

  /** Chooses whom to ask for the chain, when nobody is asked and nobody came to the end of one. */
  #fillSlot(now: Now): HeaderSyncOutput[] {
    if (this.#isSynced || this.#syncPeer !== undefined || this.#ended !== undefined) return [];
    const peer = this.#peers.best(now.ms, this.#tree.tip.height);
    if (peer === undefined) return [];
    this.#giveSlot(peer, now);
    return this.#ask(peer, now);
  }

  #giveSlot(peer: PeerId, now: Now): void {
    const claimedHeight = this.#peers.get(peer)?.info.startHeight ?? 0;
    const { height } = this.#tree.tip;
    const possible = Math.max(0, now.unixSeconds - this.#tree.timeAt(height)) / SPACING_SECONDS;
    const missing = Math.min(Math.max(0, claimedHeight - height), Math.ceil(possible));
    this.#progress.start(now);
    this.#syncPeer = peer;
    this.#syncDueMs = now.ms + SYNC_TIMEOUT_MS + SYNC_TIMEOUT_MS_PER_HEADER * missing;
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

  #receive(peer: PeerId, headers: Uint8Array, now: Now): HeaderSyncOutput[] {
    const state = this.#peers.get(peer);
    if (state === undefined) return [];
    // Before we are synced nobody was asked to announce anything: what was not asked for says nothing of the peer's chain.
    if (!this.#isSynced && state.askedMs === undefined) return [];
    if (headers.length === 0) return this.#receiveNone(peer, state, now);
    const run = HeaderRun.fromBytes(headers);
    const verdict = this.#tree.check(run, now.unixSeconds);
    // An announcement whose parents we lack. If an answer is on its way, that will bring them.
    if (verdict === undefined) return this.#ask(peer, now);
    const disconnect = judgeFault(verdict);
    if (disconnect !== undefined) return [this.#hangUp(peer, disconnect)];
    if (isOldAnswer(verdict, state.reached)) return [];
    state.askedMs = undefined;
    const connected = isWorthKeeping(verdict, this.#tree) ? this.#connect(verdict, state, now) : [];
    noteProof(state, verdict);
    const judgement = judgeAnswer(verdict, this.#contextOf(state));
    return connected.concat(this.#follow(judgement, peer, state, now));
  }

  #connect(verdict: Verdict, { info }: SyncPeer, now: Now): HeaderSyncOutput[] {
    const change = this.#tree.connect(verdict);
    if (change === undefined) return [];
    if (change.added.length > 0) this.#grownMs = now.ms;
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

  #receiveNone(peer: PeerId, state: SyncPeer, now: Now): HeaderSyncOutput[] {
    if (state.askedMs === undefined) return [];
    state.askedMs = undefined;
    return this.#follow(judgeEmptyAnswer(this.#contextOf(state)), peer, state, now);
  }

  #contextOf({ info, reached }: SyncPeer): AnswerContext {
    return { tree: this.#tree, isSynced: this.#isSynced, claimedHeight: info.startHeight, reached };
  }

  #follow(judgement: Judgement, peer: PeerId, state: SyncPeer, now: Now): HeaderSyncOutput[] {
    switch (judgement.kind) {
      case 'refused':
        return this.#refuse(peer, state, judgement.disconnect, now);
      case 'more':
        state.reached = judgement.last;
        return this.#askOn(peer, state, now);
      case 'end':
        state.reached = undefined;
        return [...this.#warn(judgement, state, now), ...this.#reachEnd(judgement, peer, state, now)];
    }
  }

  /** There is more. */
  #askOn(peer: PeerId, state: SyncPeer, now: Now): HeaderSyncOutput[] {
    if (!this.#isSynced && this.#syncPeer !== peer) {
      if (this.#mayLead(state)) {
        this.#ended = undefined;
        this.#giveSlot(peer, now);
      } else if (this.#syncPeer !== undefined) {
        // It will be asked again when the one that has the slot is done.
        state.reached = undefined;
        return [];
      }
    }
    return this.#ask(peer, now, state.reached?.hash);
  }

  /** Whether one that has more, but not the slot, gets it. */
  #mayLead({ isInbound, reached }: SyncPeer): boolean {
    const holder = this.#syncPeer === undefined ? undefined : this.#peers.get(this.#syncPeer);
    // One that has brought nothing has no claim to it.
    if (holder !== undefined) return holder.reached === undefined && (holder.isInbound || !isInbound);
    // What we have, or what is worth less than it, is no reason to begin anew.
    return this.#ended === undefined || (reached?.chainwork ?? 0n) > this.#ended.chainwork;
  }

  /** Says that a header was put off, not more often than it is asked for again. */
  #warn({ putOff }: Judgement & { kind: 'end' }, state: SyncPeer, now: Now): HeaderSyncOutput[] {
    if (putOff === undefined) return [];
    state.refreshMs = now.ms + RETRY_TOO_NEW_MS;
    if (state.warnedMs !== undefined && now.ms < state.warnedMs + RETRY_TOO_NEW_MS) return [];
    state.warnedMs = now.ms;
    const message = `a header was put off: ${putOff.detail}`;
    return [{ do: 'report', event: { event: 'warning', code: 'time-too-new', message } }];
  }

  /** The peer has no more headers for us. */
  #reachEnd(end: Judgement & { kind: 'end' }, peer: PeerId, state: SyncPeer, now: Now): HeaderSyncOutput[] {
    const tooLittle = this.#isSynced
      ? undefined
      : judgeTooLittle(end, this.#tree, this.#options.minChainwork);
    // Where another has given its chain, one that is behind may just not have heard of the last block.
    const isTolerated = tooLittle?.reason === 'behind' && this.#ended !== undefined;
    if (tooLittle !== undefined && !isTolerated) return this.#refuse(peer, state, tooLittle, now);
    this.#peers.noteEnd(state, end.chainwork, { tipChainwork: this.#tree.tip.chainwork, nowMs: now.ms });
    if (!state.isInbound) state.refreshMs ??= now.ms + this.#options.refreshIntervalMs;
    const outputs: HeaderSyncOutput[] = [];
    if (!state.sendsHeaders) {
      state.sendsHeaders = true;
      outputs.push({ do: 'send', peer, message: { command: 'sendheaders', payload: {} } });
    }
    if (this.#isSynced) return outputs;
    if (this.#syncPeer === peer) this.#syncPeer = undefined;
    if (this.#ended === undefined) {
      this.#ended = { ms: now.ms, chainwork: end.chainwork };
      return outputs.concat(this.#askOthers(now, Number.POSITIVE_INFINITY));
    }
    if (end.chainwork > this.#ended.chainwork) this.#ended = { ...this.#ended, chainwork: end.chainwork };
    return outputs;
  }

  /**
   * Asks those who have not given their chain.
   *
   * @param restedMs by when they must have rested.
   */
  #askOthers(now: Now, restedMs: number = now.ms): HeaderSyncOutput[] {
    const outputs: HeaderSyncOutput[] = [];
    for (const [peer, { hasEnded, isInbound, info, restsUntilMs }] of this.#peers) {
      const isPromising = !isInbound || info.startHeight > this.#tree.tip.height;
      if (!hasEnded && isPromising && restsUntilMs <= restedMs) outputs.push(...this.#ask(peer, now));
    }
    return outputs;
  }

  /** When some chain came to its end and the others had their say, we are synced. */
  #settle(now: Now): HeaderSyncOutput[] {
    const ended = this.#ended;
    if (this.#isSynced || ended === undefined) return [];
    if (now.ms < ended.ms + ASKED_TIMEOUT_MS && this.#peers.isAnybodyAsked) return [];
    if (now.ms < ended.ms + COMING_TIMEOUT_MS && this.#surroundings.areOthersComing()) return [];
    if (ended.chainwork < this.#tree.tip.chainwork) {
      // Somebody had more, and has not come to the end of it.
      this.#ended = undefined;
      return this.#fillSlot(now);
    }
    this.#isSynced = true;
    this.#syncPeer = undefined;
    const event = { event: 'synced', tip: this.#tree.tip, seconds: this.#progress.seconds(now) } as const;
    return [{ do: 'report', event }];
  }

  #tick(now: Now): HeaderSyncOutput[] {
    const outputs: HeaderSyncOutput[] = [];
    for (const [peer, state] of this.#peers) {
      if (isDue(this.#answerDueMs(state), now)) {
        const seconds = Math.round((now.ms - (state.askedMs ?? now.ms)) / 1000);
        const detail = `no answer to getheaders in ${seconds} s`;
        outputs.push(...this.#refuse(peer, state, { reason: 'headers-timeout', detail }, now));
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
    return outputs.concat(this.#fillSlot(now));
  }

  /**
   * What a peer gave, or did not give, is not what it was asked for. It is dropped, unless honest nodes do so too and
   * there is nobody else, or it called us and owes us nothing: then it is left alone for a while.
   */
  #refuse(peer: PeerId, state: SyncPeer, disconnect: Disconnect, now: Now): HeaderSyncOutput[] {
    const isStall = disconnect.reason === 'headers-timeout' || disconnect.reason === 'headers-refused';
    // One that is behind may be taking from us what it lacks.
    const isHonest = isStall || disconnect.reason === 'behind';
    const canSpare = this.#peers.hasOther(peer, now.ms) || this.#surroundings.canReplace();
    const isKept = state.isInbound ? COST_OF[disconnect.reason] !== 'discourage' : isHonest && !canSpare;
    // Whoever fails first may be followed by others like it: now all are asked, and the first to bring something leads.
    const isOpen = isStall && !this.#isSynced && this.#ended === undefined;
    if (!isKept) return [this.#hangUp(peer, disconnect), ...(isOpen ? this.#askOthers(now) : [])];
    state.askedMs = undefined;
    state.reached = undefined;
    state.restsUntilMs = now.ms + REST_MS;
    if (this.#isSynced && !state.isInbound) state.refreshMs = now.ms + REST_MS;
    if (this.#syncPeer === peer) this.#syncPeer = undefined;
    const complaint = { do: 'complain', peer, disconnect } as const;
    return [complaint, ...(isOpen ? this.#askOthers(now) : []), ...this.#fillSlot(now)];
  }

  /** Whether another peer could take the place of the one that is asked. */
  #othersWait(): boolean {
    return !this.#isSynced && this.#peers.areOthersThan(this.#syncPeer);
  }

  #answerDueMs({ askedMs }: SyncPeer): number | undefined {
    const { headersTimeoutMs, impatientTimeoutMs } = this.#options;
    return askedMs === undefined
      ? undefined
      : askedMs + (this.#othersWait() ? impatientTimeoutMs : headersTimeoutMs);
  }

  #settleDueMs(): number | undefined {
    if (this.#isSynced || this.#ended === undefined) return undefined;
    return this.#ended.ms + (this.#peers.isAnybodyAsked ? ASKED_TIMEOUT_MS : COMING_TIMEOUT_MS);
  }

  /** When somebody could be given the slot that is free. */
  #nextRestedMs(): number | undefined {
    if (this.#isSynced || this.#syncPeer !== undefined || this.#ended !== undefined) return undefined;
    return this.#peers.nextRestedMs(this.#tree.tip.height);
  }

  /** The peer is asked nothing more; that it is gone will be an input of its own. */
  #hangUp(peer: PeerId, disconnect: Disconnect): HeaderSyncOutput {
    this.#peers.delete(peer);
    return { do: 'hang-up', peer, disconnect };
  }
}

function isDue(deadlineMs: number | undefined, now: Now): boolean {
  return deadlineMs !== undefined && now.ms >= deadlineMs;
}
