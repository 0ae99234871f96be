/** Bringing the header tree to the tip and keeping it there (Core: src/net_processing.cpp, ProcessHeadersMessage). */

import { equalBytes } from '../../bytes/hash.ts';
import { HeaderRun } from '../../chain/header-run.ts';
import type { HeaderTree } from '../../chain/header-tree.ts';
import { INVENTORY, type InventoryItem } from '../../wire/inventory.ts';
import { MAX_HEADERS_PER_MESSAGE } from '../../wire/messages/headers.ts';
import { NO_STOP } from '../../wire/messages/locator-request.ts';
import { PROTOCOL_VERSION } from '../../wire/protocol-version.ts';
import { earliest, type Machine, type Now, type Random } from '../machine.ts';
import type { Disconnect, PeerId } from '../peer.ts';
import { COST_OF } from '../peers/misbehaviour.ts';
import { AnswerQueue, type WaitingAnswer } from './answer-queue.ts';
import { Intake, type TakenAnswer } from './intake.ts';
import { judgeTooLittle, type Judgement } from './judge-answer.ts';
import { ProgressMeter } from './progress-meter.ts';
import type { HeaderSyncInput, HeaderSyncOptions, HeaderSyncOutput, Surroundings } from './sync-contract.ts';
import { RangeSync } from './range-sync.ts';
import { Settling } from './settling.ts';
import { BEHIND_TIMEOUT_MS, behindDueMs, REST_MS, type SyncPeer, SyncPeers } from './sync-peers.ts';
import { SyncSlot } from './sync-slot.ts';

/** A header too far ahead of our clock may be right a little later. */
const RETRY_TOO_NEW_MS = 60_000;

export class HeaderSync implements Machine<HeaderSyncInput, HeaderSyncOutput> {
  readonly #tree: HeaderTree;
  readonly #options: HeaderSyncOptions;
  readonly #surroundings: Surroundings;
  readonly #peers: SyncPeers;
  readonly #progress = new ProgressMeter();
  readonly #intake: Intake;
  /** Undefined where there are no anchors to go by. */
  readonly #ranges: RangeSync | undefined;
  readonly #waiting = new AnswerQueue();
  readonly #slot = new SyncSlot();
  readonly #settling = new Settling();
  #nowMs = 0;
  #isSynced = false;

  constructor(tree: HeaderTree, options: HeaderSyncOptions, surroundings: Surroundings, random: Random) {
    this.#tree = tree;
    this.#options = options;
    this.#surroundings = surroundings;
    this.#peers = new SyncPeers(surroundings.latencyMsOf);
    const { anchors, minChainwork } = options;
    this.#intake = new Intake(tree, { minChainwork, progress: this.#progress, random });
    this.#ranges = anchors && new RangeSync(anchors, tree, this.#intake, this.#peers);
  }

  /** Whether peers have served us their chains to the end. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Whether it waits for others before it calls itself synced: then whatever changes around it is worth a tick. */
  get isSettling(): boolean {
    return !this.#isSynced && this.#settling.isUnderWay;
  }

  /** The peer that is asked for the chain; undefined when there is none, or all are asked for what is new. */
  get syncPeer(): PeerId | undefined {
    return this.#slot.holder;
  }

  /** When the best chain last grew; undefined when it never did. */
  get grownMs(): number | undefined {
    return this.#intake.grownMs;
  }

  /** Height of the best header that a peer has shown us. */
  provenHeight(peer: PeerId): number | undefined {
    return this.#peers.get(peer)?.provenHeight;
  }

  handle(input: HeaderSyncInput, now: Now): HeaderSyncOutput[] {
    this.#nowMs = now.ms;
    const outputs = this.#take(input, now);
    outputs.push(...this.#fetchRanges(now), ...this.#fillSlot(now), ...this.#settle(now));
    return outputs;
  }

  #take(input: HeaderSyncInput, now: Now): HeaderSyncOutput[] {
    switch (input.type) {
      case 'peer-ready':
        return this.#addPeer(input, now);
      case 'peer-lost':
        this.#forget(input.peer);
        return [];
      case 'headers':
        return this.#receive(input.peer, input.headers, now);
      case 'inv':
        return this.#receiveInv(input.peer, input.items, now);
      case 'tick':
        return this.#tick(now);
    }
  }

  deadline(): number | undefined {
    const peers = Array.from(this.#peers, ([id, peer]) =>
      earliest(this.#answerDueMs(id, peer), peer.refreshMs, behindDueMs(peer)),
    );
    const slotMs = this.#othersWait() ? this.#slot.dueMs : undefined;
    const checkMs = this.#hasToCheck ? this.#nowMs : undefined;
    return earliest(
      ...peers,
      slotMs,
      checkMs,
      this.#ranges?.deadline(),
      this.#settleDueMs(),
      this.#nextRestedMs(),
    );
  }

  get #hasToCheck(): boolean {
    return !this.#waiting.isEmpty || (!this.#isSynced && this.#ranges?.hasToCheck === true);
  }

  /** Whether the chain is fetched from several peers at once, and nobody has the slot. */
  get #usesRanges(): boolean {
    return !this.#isSynced && this.#ranges?.isUsable === true;
  }

  #addPeer(
    { peer, info, isInbound }: HeaderSyncInput & { type: 'peer-ready' },
    now: Now,
  ): HeaderSyncOutput[] {
    this.#peers.join(peer, info, isInbound);
    if (!isInbound) this.#ranges?.join(peer, info.startHeight);
    if (this.#usesRanges) this.#slot.release();
    // Who called us may have come first, but one of our own choice comes before it.
    if (this.#holder?.isInbound === true && !isInbound) this.#slot.release();
    if (!this.#isSynced && !this.#settling.isUnderWay) return [];
    return isInbound && info.startHeight <= this.#tree.tip.height ? [] : this.#ask(peer, now);
  }

  /** Chooses whom to ask for the chain, when nobody is asked and nobody came to the end of one. */
  #fillSlot(now: Now): HeaderSyncOutput[] {
    if (this.#isSynced || this.#settling.isUnderWay) return [];
    if (this.#slot.holder !== undefined || this.#usesRanges) return [];
    const owes = (peer: PeerId): boolean => this.#ranges?.isAsked(peer) === true;
    const peer = this.#peers.best(now.ms, this.#tree.tip.height, owes);
    if (peer === undefined) return [];
    this.#giveSlot(peer, now);
    return this.#ask(peer, now);
  }

  #giveSlot(peer: PeerId, now: Now): void {
    this.#progress.start(now);
    this.#slot.give(peer, this.#peers.get(peer)?.info.startHeight ?? 0, this.#tree, now);
  }

  get #holder(): SyncPeer | undefined {
    return this.#slot.holder === undefined ? undefined : this.#peers.get(this.#slot.holder);
  }

  /**
   * Asks for the headers after one of ours.
   *
   * @param from hash of that header, which the tree may not have yet; by default the one below our tip, so that a peer
   * with the same tip has one header to answer with and shows that it is there.
   */
  #ask(peer: PeerId, now: Now, from?: Uint8Array): HeaderSyncOutput[] {
    const state = this.#peers.get(peer);
    if (state === undefined || state.askedMs !== undefined) return [];
    state.askedMs = now.ms;
    state.refreshMs = undefined;
    const { tip, baseHeight } = this.#tree;
    const start = from ?? this.#tree.hashAt(Math.max(baseHeight, tip.height - 1));
    state.askedFrom = start;
    const known = this.#tree.has(start)
      ? this.#tree.locator(start)
      : [start, ...this.#tree.locator(tip.hash)];
    const payload = { version: PROTOCOL_VERSION, locator: known, stop: NO_STOP };
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
    const ranges = this.#ranges?.isAsked(peer) === true ? this.#ranges : undefined;
    // Before we are synced nobody was asked to announce anything: what was not asked for says nothing of the peer's chain.
    if (!this.#isSynced && state.askedMs === undefined && ranges === undefined) return [];
    const run = HeaderRun.fromBytes(headers);
    if (ranges?.isMeant(peer, state, run, this.#isSynced)) {
      const { outputs, disconnect } = ranges.take(peer, run, now);
      return disconnect === undefined ? outputs : [this.#hangUp(peer, disconnect)];
    }
    const isWaiting = this.#waiting.has(peer);
    const isAhead = this.#mayAskAhead(peer, state, run);
    const answer = { peer, run, isAhead };
    if (!isWaiting && !isAhead) return this.#check(answer, state, now);
    this.#waiting.push(answer);
    if (!isAhead) return [];
    // What comes next is asked for before this is checked: the line need not wait for us.
    state.askedMs = undefined;
    return this.#ask(peer, now, run.hashAt(run.count - 1));
  }

  /** A full answer that goes on exactly from where it was asked will not be the last; with enough work it will be kept. */
  #mayAskAhead(peer: PeerId, { askedMs, askedFrom, presync }: SyncPeer, run: HeaderRun): boolean {
    return (
      !this.#isSynced &&
      this.#slot.holder === peer &&
      askedMs !== undefined &&
      askedFrom !== undefined &&
      presync === undefined &&
      run.count === MAX_HEADERS_PER_MESSAGE &&
      equalBytes(run.prevAt(0), askedFrom) &&
      this.#waiting.hasRoom &&
      this.#tree.tip.chainwork >= this.#options.minChainwork
    );
  }

  #fetchRanges(now: Now): HeaderSyncOutput[] {
    const requests = (this.#isSynced ? undefined : this.#ranges?.fetch(now)) ?? [];
    if (requests.some((output) => output.do === 'send')) this.#progress.start(now);
    return requests;
  }

  /** Checks what waits, a little at a time. */
  #checkNext(now: Now): HeaderSyncOutput[] {
    const first = this.#waiting.shift();
    const state = first && this.#peers.get(first.peer);
    if (first !== undefined && state !== undefined) return this.#check(first, state, now);
    return (this.#isSynced ? undefined : this.#ranges?.checkNext(now)) ?? [];
  }

  #check({ peer, run, isAhead }: WaitingAnswer, state: SyncPeer, now: Now): HeaderSyncOutput[] {
    const from = { peer, state, isSynced: this.#isSynced };
    // Without headers it is an answer, or nothing.
    if (run.count === 0 && state.askedMs === undefined) return [];
    const taken = run.count === 0 ? this.#intake.takeNone(from, now) : this.#intake.take(run, from, now);
    this.#ranges?.skipKnown();
    return this.#followTaken(taken, { peer, isAhead }, state, now);
  }

  #followTaken(
    { outputs, taken }: TakenAnswer,
    { peer, isAhead }: Pick<WaitingAnswer, 'peer' | 'isAhead'>,
    state: SyncPeer,
    now: Now,
  ): HeaderSyncOutput[] {
    if (taken.kind === 'old') return [...outputs];
    // An announcement whose parents we lack. If an answer is on its way, that will bring them.
    if (taken.kind === 'unconnected') return this.#ask(peer, now);
    if (!isAhead) state.askedMs = undefined;
    const followed =
      taken.kind === 'counting'
        ? this.#countOn(peer, state, taken.from, now)
        : this.#follow(taken, peer, state, now);
    return [...outputs, ...followed];
  }

  /** The work of its chain is being counted. Before we are synced only one peer at a time may take our time with that. */
  #countOn(peer: PeerId, state: SyncPeer, from: Uint8Array, now: Now): HeaderSyncOutput[] {
    if (!this.#isSynced && this.#slot.holder !== peer) {
      if (this.#slot.holder !== undefined || this.#usesRanges) {
        state.presync = undefined;
        state.reached = undefined;
        return [];
      }
      if (!this.#settling.isUnderWay) this.#giveSlot(peer, now);
    }
    return this.#ask(peer, now, from);
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
    if (!this.#isSynced && this.#slot.holder !== peer) {
      if (this.#mayLead(state)) {
        this.#settling.reset();
        // It is one of several that are asked for ranges.
        if (this.#usesRanges) state.reached = undefined;
        if (this.#usesRanges) return [];
        this.#giveSlot(peer, now);
      } else if (this.#slot.holder !== undefined) {
        // It will be asked again when the one that has the slot is done.
        state.reached = undefined;
        return [];
      }
    }
    return this.#ask(peer, now, state.reached?.hash);
  }

  /** Whether one that has more, but not the slot, gets it. */
  #mayLead({ isInbound, reached }: SyncPeer): boolean {
    const holder = this.#holder;
    // One that has brought nothing has no claim to it.
    if (holder !== undefined) return holder.reached === undefined && (holder.isInbound || !isInbound);
    // What we have, or what is worth less than it, is no reason to begin anew.
    const { chainwork } = this.#settling;
    return chainwork === undefined || (reached?.chainwork ?? 0n) > chainwork;
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
    const isTolerated = tooLittle?.reason === 'behind' && this.#settling.isUnderWay;
    if (tooLittle !== undefined && !isTolerated) return this.#refuse(peer, state, tooLittle, now);
    this.#peers.noteEnd(state, end.chainwork, { tipChainwork: this.#tree.tip.chainwork, nowMs: now.ms });
    if (!state.isInbound) state.refreshMs ??= now.ms + this.#options.refreshIntervalMs;
    const outputs: HeaderSyncOutput[] = [];
    if (!state.sendsHeaders) {
      state.sendsHeaders = true;
      outputs.push({ do: 'send', peer, message: { command: 'sendheaders', payload: {} } });
    }
    if (this.#isSynced) return outputs;
    this.#slot.release(peer);
    const isFirst = this.#settling.note(end.chainwork, now);
    return isFirst ? outputs.concat(this.#askOthers(now, Number.POSITIVE_INFINITY)) : outputs;
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
    const { areOthersComing } = this.#surroundings;
    if (this.#isSynced || !this.#settling.isOver(this.#isAnybodyAsked, areOthersComing, now)) return [];
    if ((this.#settling.chainwork ?? 0n) < this.#tree.tip.chainwork) {
      // Somebody had more, and has not come to the end of it.
      this.#settling.reset();
      return this.#fillSlot(now);
    }
    this.#isSynced = true;
    this.#slot.release();
    const event = { event: 'synced', tip: this.#tree.tip, seconds: this.#progress.seconds(now) } as const;
    return [{ do: 'report', event }];
  }

  #tick(now: Now): HeaderSyncOutput[] {
    const outputs: HeaderSyncOutput[] = [];
    for (const [peer, state] of this.#peers) {
      if (isDue(this.#answerDueMs(peer, state), now)) {
        const seconds = Math.round((now.ms - (this.#owesSinceMs(peer, state) ?? now.ms)) / 1000);
        const detail = `no answer to getheaders in ${seconds} s`;
        outputs.push(...this.#refuse(peer, state, { reason: 'headers-timeout', detail }, now));
      } else if (isDue(behindDueMs(state), now)) {
        const detail = `its chain has had less work than ours for ${BEHIND_TIMEOUT_MS / 60_000} min`;
        outputs.push(this.#hangUp(peer, { reason: 'behind', detail }));
      } else if (isDue(state.refreshMs, now)) {
        outputs.push(...this.#ask(peer, now));
      }
    }
    const { holder, dueMs } = this.#slot;
    if (holder !== undefined && this.#othersWait() && isDue(dueMs, now)) {
      const detail = 'it took too long for the whole chain while others were ready';
      outputs.push(this.#hangUp(holder, { reason: 'too-slow', detail }));
    }
    return outputs.concat(this.#checkNext(now));
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
    const isOpen = isStall && !this.#isSynced && !this.#settling.isUnderWay && !this.#usesRanges;
    if (!isKept) return [this.#hangUp(peer, disconnect), ...(isOpen ? this.#askOthers(now) : [])];
    state.askedMs = undefined;
    state.reached = undefined;
    state.presync = undefined;
    this.#ranges?.leave(peer);
    if (!state.isInbound) this.#ranges?.join(peer, state.info.startHeight);
    state.restsUntilMs = now.ms + REST_MS;
    if (this.#isSynced && !state.isInbound) state.refreshMs = now.ms + REST_MS;
    this.#slot.release(peer);
    const complaint = { do: 'complain', peer, disconnect } as const;
    return [complaint, ...(isOpen ? this.#askOthers(now) : [])];
  }

  /** Whether another peer could take the place of the one that is asked. */
  #othersWait(): boolean {
    return !this.#isSynced && this.#peers.areOthersThan(this.#slot.holder);
  }

  #answerDueMs(peer: PeerId, state: SyncPeer): number | undefined {
    const { headersTimeoutMs, impatientTimeoutMs } = this.#options;
    const sinceMs = this.#owesSinceMs(peer, state);
    return sinceMs === undefined
      ? undefined
      : sinceMs + (this.#othersWait() ? impatientTimeoutMs : headersTimeoutMs);
  }

  /** Since when a peer owes us an answer. */
  #owesSinceMs(peer: PeerId, { askedMs }: SyncPeer): number | undefined {
    return earliest(askedMs, this.#isSynced ? undefined : this.#ranges?.owesSinceMs(peer));
  }

  get #isAnybodyAsked(): boolean {
    return this.#peers.isAnybodyAsked || this.#usesRanges;
  }

  #settleDueMs(): number | undefined {
    return this.#isSynced ? undefined : this.#settling.dueMs(this.#isAnybodyAsked);
  }

  /** When somebody could be given the slot that is free. */
  #nextRestedMs(): number | undefined {
    if (this.#usesRanges) return this.#peers.nextRestMs(this.#nowMs);
    if (this.#isSynced || this.#slot.holder !== undefined || this.#settling.isUnderWay) return undefined;
    return this.#peers.nextRestedMs(this.#tree.tip.height);
  }

  /** The peer is asked nothing more; that it is gone will be an input of its own. */
  #hangUp(peer: PeerId, disconnect: Disconnect): HeaderSyncOutput {
    this.#forget(peer);
    return { do: 'hang-up', peer, disconnect };
  }

  #forget(peer: PeerId): void {
    this.#peers.delete(peer);
    this.#ranges?.leave(peer);
    this.#slot.release(peer);
    this.#waiting.forget(peer);
  }
}

function isDue(deadlineMs: number | undefined, now: Now): boolean {
  return deadlineMs !== undefined && now.ms >= deadlineMs;
}
