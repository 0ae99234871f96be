/** Bringing the header tree to the tip and keeping it there (Core: src/net_processing.cpp, ProcessHeadersMessage). */

import { equalBytes } from '../../bytes/hash.ts';
import { HeaderRun } from '../../chain/header-run.ts';
import type { HeaderTree } from '../../chain/header-tree.ts';
import { INVENTORY, type InventoryItem } from '../../wire/inventory.ts';
import { MAX_HEADERS_PER_MESSAGE } from '../../wire/messages/headers.ts';
import { earliest, type Machine, type Now, type Random } from '../machine.ts';
import type { Disconnect, PeerId } from '../peer.ts';
import { COST_OF } from '../peers/misbehaviour.ts';
import { AnswerQueue, type WaitingAnswer } from './answer-queue.ts';
import { FirstSync } from './first-sync.ts';
import { HeaderRequests } from './header-requests.ts';
import { Intake, type TakenAnswer } from './intake.ts';
import { judgeTooLittle, type Judgement } from './judge-answer.ts';
import { ProgressMeter } from './progress-meter.ts';
import type { HeaderSyncInput, HeaderSyncOptions, HeaderSyncOutput, Surroundings } from './sync-contract.ts';
import { RangeSync } from './range-sync.ts';
import { BEHIND_TIMEOUT_MS, behindDueMs, REST_MS, type SyncPeer, SyncPeers } from './sync-peers.ts';

/** A header too far ahead of our clock may be right a little later. */
const RETRY_TOO_NEW_MS = 60_000;

export class HeaderSync implements Machine<HeaderSyncInput, HeaderSyncOutput> {
  readonly #tree: HeaderTree;
  readonly #options: HeaderSyncOptions;
  readonly #surroundings: Surroundings;
  readonly #peers: SyncPeers;
  readonly #requests: HeaderRequests;
  readonly #intake: Intake;
  /** Undefined where there are no anchors to go by. */
  readonly #ranges: RangeSync | undefined;
  readonly #first: FirstSync;
  readonly #waiting = new AnswerQueue();
  #nowMs = 0;

  constructor(tree: HeaderTree, options: HeaderSyncOptions, surroundings: Surroundings, random: Random) {
    this.#tree = tree;
    this.#options = options;
    this.#surroundings = surroundings;
    const { latencyMsOf, areOthersComing } = surroundings;
    const { anchors, minChainwork } = options;
    const progress = new ProgressMeter();
    const peers = new SyncPeers(latencyMsOf);
    const requests = new HeaderRequests(tree, peers);
    this.#intake = new Intake(tree, { minChainwork, progress, random });
    const ranges = anchors && new RangeSync(anchors, tree, this.#intake, peers);
    this.#first = new FirstSync({ tree, peers, requests, ranges, progress, areOthersComing });
    this.#peers = peers;
    this.#requests = requests;
    this.#ranges = ranges;
  }

  /** Whether peers have served us their chains to the end. */
  get isSynced(): boolean {
    return this.#first.isOver;
  }

  /** Whether it waits for others before it calls itself synced: then whatever changes around it is worth a tick. */
  get isSettling(): boolean {
    return this.#first.isSettling;
  }

  /** The peer that is asked for the chain; undefined when there is none, or all are asked for what is new. */
  get syncPeer(): PeerId | undefined {
    return this.#first.leader;
  }

  /** When the best chain last grew; undefined when it never did. */
  get grownMs(): number | undefined {
    return this.#intake.grownMs;
  }

  /** Height of the best header that a peer has shown us. */
  provenHeight(peer: PeerId): number | undefined {
    return this.#peers.get(peer)?.provenHeight;
  }

  /** Height up to which a peer is known to have our best chain: of what it has beyond it has shown nothing, or another branch. */
  sharedHeight(peer: PeerId): number | undefined {
    const hash = this.#peers.get(peer)?.provenHash;
    if (hash === undefined) return undefined;
    const height = this.#tree.heightOf(hash);
    if (height !== undefined || !this.#tree.has(hash)) return height;
    // The last blocks are listed one by one, so that this is where the branch begins, or not far below.
    for (const ancestor of this.#tree.locator(hash)) {
      const shared = this.#tree.heightOf(ancestor);
      if (shared !== undefined) return shared;
    }
    return undefined;
  }

  handle(input: HeaderSyncInput, now: Now): HeaderSyncOutput[] {
    this.#nowMs = now.ms;
    return [...this.#take(input, now), ...this.#first.goOn(now)];
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
    const hasToCheck = !this.#waiting.isEmpty || this.#first.hasToCheck;
    return earliest(...peers, hasToCheck ? this.#nowMs : undefined, this.#first.deadline(this.#nowMs));
  }

  #addPeer(input: HeaderSyncInput & { type: 'peer-ready' }, now: Now): HeaderSyncOutput[] {
    const { peer, info, isInbound } = input;
    this.#peers.join(peer, info, isInbound);
    this.#first.join(peer, input);
    if (!this.isSynced && !this.isSettling) return [];
    return isInbound && info.startHeight <= this.#tree.tip.height ? [] : this.#requests.ask(peer, now);
  }

  /** Announced by inv: the peer would rather not send headers, or there were too many (rule of BIP 130). */
  #receiveInv(peer: PeerId, items: readonly InventoryItem[], now: Now): HeaderSyncOutput[] {
    if (!this.isSynced) return [];
    const last = items.findLast(({ type }) => type === INVENTORY.BLOCK);
    return last === undefined || this.#tree.has(last.hash) ? [] : this.#requests.ask(peer, now);
  }

  #receive(peer: PeerId, headers: Uint8Array, now: Now): HeaderSyncOutput[] {
    const state = this.#peers.get(peer);
    if (state === undefined) return [];
    const ranges = this.#ranges?.isAsked(peer) === true ? this.#ranges : undefined;
    // Before we are synced nobody was asked to announce anything: what was not asked for says nothing of the peer's chain.
    if (!this.isSynced && state.askedMs === undefined && ranges === undefined) return [];
    const run = HeaderRun.fromBytes(headers);
    if (ranges?.isMeant(peer, state, run, this.isSynced)) {
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
    return this.#requests.ask(peer, now, run.hashAt(run.count - 1));
  }

  /** A full answer that goes on exactly from where it was asked will not be the last; with enough work it will be kept. */
  #mayAskAhead(peer: PeerId, { askedMs, askedFrom, presync }: SyncPeer, run: HeaderRun): boolean {
    return (
      !this.isSynced &&
      this.syncPeer === peer &&
      askedMs !== undefined &&
      askedFrom !== undefined &&
      presync === undefined &&
      run.count === MAX_HEADERS_PER_MESSAGE &&
      equalBytes(run.prevAt(0), askedFrom) &&
      this.#waiting.hasRoom &&
      this.#tree.tip.chainwork >= this.#options.minChainwork
    );
  }

  /** Checks what waits, a little at a time. */
  #checkNext(now: Now): HeaderSyncOutput[] {
    const first = this.#waiting.shift();
    const state = first && this.#peers.get(first.peer);
    if (first !== undefined && state !== undefined) return this.#check(first, state, now);
    return this.#first.checkNext(now);
  }

  #check({ peer, run, isAhead }: WaitingAnswer, state: SyncPeer, now: Now): HeaderSyncOutput[] {
    const from = { peer, state, isSynced: this.isSynced };
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
    if (taken.kind === 'unconnected') return this.#requests.ask(peer, now);
    if (!isAhead) state.askedMs = undefined;
    const followed =
      taken.kind === 'counting'
        ? this.#countOn(peer, state, taken.from, now)
        : this.#follow(taken, peer, state, now);
    return [...outputs, ...followed];
  }

  /** The work of its chain is being counted. */
  #countOn(peer: PeerId, state: SyncPeer, from: Uint8Array, now: Now): HeaderSyncOutput[] {
    if (this.#first.mayCount(peer, now)) return this.#requests.ask(peer, now, from);
    state.presync = undefined;
    state.reached = undefined;
    return [];
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
    if (this.#first.mayGoOn(peer, state, now)) return this.#requests.ask(peer, now, state.reached?.hash);
    state.reached = undefined;
    return [];
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
    const tooLittle = this.isSynced ? undefined : judgeTooLittle(end, this.#tree, this.#options.minChainwork);
    // Where another has given its chain, one that is behind may just not have heard of the last block.
    const isTolerated = tooLittle?.reason === 'behind' && this.isSettling;
    if (tooLittle !== undefined && !isTolerated) return this.#refuse(peer, state, tooLittle, now);
    this.#peers.noteEnd(state, end.chainwork, { tipChainwork: this.#tree.tip.chainwork, nowMs: now.ms });
    if (!state.isInbound) state.refreshMs ??= now.ms + this.#options.refreshIntervalMs;
    const outputs: HeaderSyncOutput[] = [];
    if (!state.sendsHeaders) {
      state.sendsHeaders = true;
      outputs.push({ do: 'send', peer, message: { command: 'sendheaders', payload: {} } });
    }
    return outputs.concat(this.#first.noteEnd(peer, end.chainwork, now));
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
        outputs.push(...this.#requests.ask(peer, now));
      }
    }
    const slow = this.#first.slowLeader(now);
    if (slow !== undefined) {
      const detail = 'it took too long for the whole chain while others were ready';
      outputs.push(this.#hangUp(slow, { reason: 'too-slow', detail }));
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
    const isOpen = isStall && this.#first.isOneByOne;
    if (!isKept) return [this.#hangUp(peer, disconnect), ...(isOpen ? this.#requests.askOthers(now) : [])];
    state.askedMs = undefined;
    state.reached = undefined;
    state.presync = undefined;
    state.restsUntilMs = now.ms + REST_MS;
    if (this.isSynced && !state.isInbound) state.refreshMs = now.ms + REST_MS;
    this.#first.rest(peer, state);
    const complaint = { do: 'complain', peer, disconnect } as const;
    return [complaint, ...(isOpen ? this.#requests.askOthers(now) : [])];
  }

  #answerDueMs(peer: PeerId, state: SyncPeer): number | undefined {
    const { headersTimeoutMs, impatientTimeoutMs } = this.#options;
    const sinceMs = this.#owesSinceMs(peer, state);
    if (sinceMs === undefined) return undefined;
    return sinceMs + (this.#first.othersWait ? impatientTimeoutMs : headersTimeoutMs);
  }

  /** Since when a peer owes us an answer. */
  #owesSinceMs(peer: PeerId, { askedMs }: SyncPeer): number | undefined {
    return earliest(askedMs, this.#first.owesSinceMs(peer));
  }

  /** The peer is asked nothing more; that it is gone will be an input of its own. */
  #hangUp(peer: PeerId, disconnect: Disconnect): HeaderSyncOutput {
    this.#forget(peer);
    return { do: 'hang-up', peer, disconnect };
  }

  #forget(peer: PeerId): void {
    this.#peers.delete(peer);
    this.#first.leave(peer);
    this.#waiting.forget(peer);
  }
}

function isDue(deadlineMs: number | undefined, now: Now): boolean {
  return deadlineMs !== undefined && now.ms >= deadlineMs;
}
