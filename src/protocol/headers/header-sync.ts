/** Bringing the header tree to the tip and keeping it there (Core: src/net_processing.cpp, ProcessHeadersMessage). */

import { HeaderRun } from '../../chain/header-run.ts';
import type { HeaderFault, HeaderTree, TreeChange, Verdict } from '../../chain/header-tree.ts';
import { workOfBits } from '../../chain/work.ts';
import type { Header } from '../../wire/header.ts';
import { INVENTORY, type InventoryItem } from '../../wire/inventory.ts';
import type { Message } from '../../wire/message.ts';
import { MAX_HEADERS_PER_MESSAGE } from '../../wire/messages/headers.ts';
import { PROTOCOL_VERSION } from '../../wire/protocol-version.ts';
import type { HeaderEvent } from '../events.ts';
import { earliest, type Machine, type Now } from '../machine.ts';
import type { Disconnect, PeerId, PeerInfo } from '../peer.ts';
import { describeChange } from './describe-change.ts';
import { ProgressMeter } from './progress-meter.ts';

export interface HeaderSyncOptions {
  /** Work below which a peer's whole chain is not believed to be the network's. */
  readonly minChainwork: bigint;
  /** Time that a peer has to answer getheaders. */
  readonly headersTimeoutMs: number;
  /** Time after which a peer that announced nothing is asked whether there is anything new. */
  readonly refreshIntervalMs: number;
}

/** Core allows two minutes for an answer, when it has other peers meanwhile; with one at a time that is too long. */
export const HEADER_SYNC_DEFAULTS: Omit<HeaderSyncOptions, 'minChainwork'> = {
  headersTimeoutMs: 30_000,
  refreshIntervalMs: 600_000,
};

/** A header too far ahead of our clock may be right a little later. */
const RETRY_TOO_NEW_MS = 60_000;

/** Blocks of the tip's work by which a branch may lag and still be kept. */
const BRANCH_DEPTH = 144n;

const NO_STOP = new Uint8Array(32);

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
  /** When the one getheaders on its way to this peer must be answered; undefined when there is none. */
  answerDueMs: number | undefined;
  /** When to ask again though nothing was announced. */
  refreshMs: number | undefined;
  /** Height that its last full answer ended at, of those that led here; -1 when there was none. */
  lastFullHeight: number;
  /** Whether it was asked to announce blocks by their headers. */
  sendsHeaders: boolean;
}

export class HeaderSync implements Machine<HeaderSyncInput, HeaderSyncOutput> {
  readonly #tree: HeaderTree;
  readonly #options: HeaderSyncOptions;
  readonly #peers = new Map<PeerId, PeerState>();
  readonly #progress = new ProgressMeter();
  /** The one peer asked while we are far behind: the same headers from several would be waste. */
  #syncPeer: PeerId | undefined;
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
    return earliest(
      ...Array.from(this.#peers.values(), (peer) => earliest(peer.answerDueMs, peer.refreshMs)),
    );
  }

  #addPeer(peer: PeerId, info: PeerInfo, now: Now): HeaderSyncOutput[] {
    this.#progress.start(now);
    const unasked = { answerDueMs: undefined, refreshMs: undefined };
    this.#peers.set(peer, { info, ...unasked, lastFullHeight: -1, sendsHeaders: false });
    return this.#isSynced ? this.#ask(peer, now) : this.#fillSlot(now);
  }

  #fillSlot(now: Now): HeaderSyncOutput[] {
    if (this.#isSynced || this.#syncPeer !== undefined) return [];
    const next = this.#peers.keys().next();
    if (next.done === true) return [];
    this.#syncPeer = next.value;
    return this.#ask(next.value, now);
  }

  /**
   * Asks for the headers after one of ours.
   *
   * @param from hash of that header; by default the one below our tip, so that a peer with the same tip has one header
   * to answer with and shows that it is there.
   */
  #ask(peer: PeerId, now: Now, from?: Uint8Array): HeaderSyncOutput[] {
    const state = this.#peers.get(peer);
    if (state === undefined || state.answerDueMs !== undefined) return [];
    state.answerDueMs = now.ms + this.#options.headersTimeoutMs;
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
    if (!this.#isSynced && state.answerDueMs === undefined) return [];
    if (headers.length === 0) return this.#receiveNone(peer, state, now);
    const run = HeaderRun.of(headers);
    const verdict = this.#tree.check(run, now.unixSeconds);
    // An announcement whose parents we lack. If an answer is on its way, that will bring them.
    if (verdict === undefined) return this.#ask(peer, now);
    const { fault } = verdict;
    if (fault !== undefined && fault.rule !== 'time-too-new') {
      const detail = `header ${fault.index + 1} of ${run.count}: ${fault.detail}`;
      return [this.#hangUp(peer, { reason: fault.rule, detail })];
    }
    state.answerDueMs = undefined;
    if (this.#isEndless(verdict)) {
      const detail = `its branch of ${verdict.branchLength} headers has less work than our chain`;
      return [this.#hangUp(peer, { reason: 'low-work', detail })];
    }
    const connected = this.#isWorthKeeping(verdict) ? this.#connect(verdict, state, now) : [];
    return [...connected, ...this.#goOn(peer, state, verdict, now)];
  }

  /** A branch that outgrows what is kept of side branches, and still does not win: headers are cheap at little work. */
  #isEndless({ branchLength, chainwork }: Verdict): boolean {
    return branchLength > this.#tree.maxSideHeaders && chainwork <= this.#tree.tip.chainwork;
  }

  /** A branch that ends far below our tip cannot win with this peer (Core: GetAntiDoSWorkThreshold). */
  #isWorthKeeping({ run, chainwork }: Verdict): boolean {
    if (run.count === MAX_HEADERS_PER_MESSAGE) return true;
    const { height, chainwork: tipChainwork } = this.#tree.tip;
    return chainwork >= tipChainwork - BRANCH_DEPTH * workOfBits(this.#tree.bitsAt(height));
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

  #goOn(peer: PeerId, state: PeerState, verdict: Verdict, now: Now): HeaderSyncOutput[] {
    const { run, valid, known, fault, height } = verdict;
    if (fault !== undefined) {
      state.refreshMs = now.ms + RETRY_TOO_NEW_MS;
      const message = `a header was put off: ${fault.detail}`;
      const warning = { event: 'warning', code: fault.rule as 'time-too-new', message } as const;
      return [{ do: 'report', event: warning }, ...this.#reachEnd(peer, state, verdict, now)];
    }
    if (run.count < MAX_HEADERS_PER_MESSAGE) return this.#reachEnd(peer, state, verdict, now);
    // Headers that we have may come again after a reorganisation, but not the same ones for ever.
    if (valid === known && height <= state.lastFullHeight) {
      return [
        this.#hangUp(peer, { reason: 'headers-repeated', detail: `the same headers up to ${height} again` }),
      ];
    }
    state.lastFullHeight = height;
    return this.#ask(peer, now, run.hashAt(run.count - 1));
  }

  #receiveNone(peer: PeerId, state: PeerState, now: Now): HeaderSyncOutput[] {
    if (state.answerDueMs === undefined) return [];
    state.answerDueMs = undefined;
    const { tip } = this.#tree;
    // A peer that is still busy with its own start answers so, and so does one that is behind us.
    if (!this.#isSynced && state.info.startHeight > tip.height) {
      const detail = `no headers above ${tip.height}, though it claims ${state.info.startHeight}`;
      return [this.#hangUp(peer, { reason: 'headers-refused', detail })];
    }
    return this.#reachEnd(peer, state, tip, now);
  }

  /**
   * The peer has no more headers for us.
   *
   * @param end the last one it has, and why there are no more, if that is our clock.
   */
  #reachEnd(
    peer: PeerId,
    state: PeerState,
    { chainwork, fault }: { readonly chainwork: bigint; readonly fault?: HeaderFault | undefined },
    now: Now,
  ): HeaderSyncOutput[] {
    const { minChainwork, refreshIntervalMs } = this.#options;
    state.lastFullHeight = -1;
    if (!this.#isSynced && chainwork < minChainwork) {
      // With a clock that is slow, every chain looks as if it ended too early.
      if (fault !== undefined) return [this.#hangUp(peer, { reason: fault.rule, detail: fault.detail })];
      const detail = `its whole chain has work 0x${chainwork.toString(16)}, 0x${minChainwork.toString(16)} needed`;
      return [this.#hangUp(peer, { reason: 'low-work', detail })];
    }
    state.refreshMs ??= now.ms + refreshIntervalMs;
    const outputs: HeaderSyncOutput[] = [];
    if (!state.sendsHeaders) {
      state.sendsHeaders = true;
      outputs.push({ do: 'send', peer, message: { command: 'sendheaders', payload: {} } });
    }
    if (this.#isSynced) return outputs;
    this.#isSynced = true;
    this.#syncPeer = undefined;
    const { tip } = this.#tree;
    const event = { event: 'synced', tip, seconds: this.#progress.seconds(now) } as const;
    outputs.push({ do: 'report', event });
    for (const other of this.#peers.keys()) if (other !== peer) outputs.push(...this.#ask(other, now));
    return outputs;
  }

  #tick(now: Now): HeaderSyncOutput[] {
    const outputs: HeaderSyncOutput[] = [];
    for (const [peer, state] of this.#peers) {
      if (state.answerDueMs !== undefined && now.ms >= state.answerDueMs) {
        const detail = `no answer to getheaders in ${this.#options.headersTimeoutMs / 1000} s`;
        outputs.push(this.#hangUp(peer, { reason: 'headers-timeout', detail }));
      } else if (state.refreshMs !== undefined && now.ms >= state.refreshMs) {
        outputs.push(...this.#ask(peer, now));
      }
    }
    return outputs;
  }

  /** The peer is asked nothing more; that it is gone will be an input of its own. */
  #hangUp(peer: PeerId, disconnect: Disconnect): HeaderSyncOutput {
    this.#peers.delete(peer);
    return { do: 'hang-up', peer, disconnect };
  }
}
