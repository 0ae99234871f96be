/** The part of the synchronisation that goes by anchors: who is asked, what became of it, and when it is of no use. */

import { equalBytes } from '../../bytes/hash.ts';
import type { HeaderRun } from '../../chain/header-run.ts';
import type { HeaderTree } from '../../chain/header-tree.ts';
import type { HeaderFault } from '../../chain/verdict.ts';
import type { AnchorTable } from '../../networks/anchor-table.ts';
import { MAX_HEADERS_PER_MESSAGE } from '../../wire/messages/headers.ts';
import type { Now } from '../machine.ts';
import type { Disconnect, PeerId } from '../peer.ts';
import { AnchoredRanges, type RangeRequest } from './anchored-ranges.ts';
import type { Intake } from './intake.ts';
import type { HeaderSyncOutput } from './sync-contract.ts';
import { noteProof, type SyncPeer, type SyncPeers } from './sync-peers.ts';

export class RangeSync {
  readonly #tree: HeaderTree;
  readonly #intake: Intake;
  readonly #peers: SyncPeers;
  readonly #ranges: AnchoredRanges;
  #hasWarned = false;

  constructor(anchors: AnchorTable, tree: HeaderTree, intake: Intake, peers: SyncPeers) {
    this.#tree = tree;
    this.#intake = intake;
    this.#peers = peers;
    this.#ranges = new AnchoredRanges(anchors, tree);
  }

  /** Whether there is something to fetch or to check, and somebody to fetch it from. */
  get isUsable(): boolean {
    return this.#ranges.isUsable;
  }

  /** Whether {@link checkNext} has something to do. */
  get hasToCheck(): boolean {
    return this.#ranges.hasWhole;
  }

  /** When {@link fetch} will have something to ask, though nothing happens. */
  deadline(): number | undefined {
    return this.#ranges.deadline();
  }

  /** Since when a peer owes an answer. */
  owesSinceMs(peer: PeerId): number | undefined {
    return this.#ranges.owesSinceMs(peer);
  }

  join(peer: PeerId, claimedHeight: number): void {
    this.#ranges.join(peer, claimedHeight);
  }

  leave(peer: PeerId): void {
    this.#ranges.leave(peer);
  }

  /** Whether a peer has yet to answer something, be it of use or not. */
  isAsked(peer: PeerId): boolean {
    return this.#ranges.isAsked(peer);
  }

  /** Whether an answer of a peer that {@link isAsked} is to that, not to what it was asked besides. */
  isMeant(peer: PeerId, { askedMs, askedFrom }: SyncPeer, run: HeaderRun, isSynced: boolean): boolean {
    // A peer answers in order.
    if (!isSynced) return askedMs === undefined || (this.#ranges.askedMs(peer) ?? 0) <= askedMs;
    if (run.count === 0) return false;
    const prev = run.prevAt(0);
    if (this.#ranges.isAskedFrom(peer, prev)) return true;
    if (askedMs !== undefined && askedFrom !== undefined && equalBytes(prev, askedFrom)) return false;
    // One that lacks an anchor answers from further down; what is new when we are synced is never that much.
    return run.count === MAX_HEADERS_PER_MESSAGE;
  }

  /** Takes an answer. @returns why its sender is to be dropped, when it is. */
  take(
    peer: PeerId,
    run: HeaderRun,
    now: Now,
  ): { readonly outputs: HeaderSyncOutput[]; readonly disconnect?: Disconnect } {
    const { answer, next } = this.#ranges.take(peer, run, now);
    const detail = 'headers of a range are not linked to each other';
    if (answer === 'broken') return { outputs: [], disconnect: { reason: 'not-continuous', detail } };
    return { outputs: next === undefined ? [] : [toSend(next)] };
  }

  /** What is to be asked now, and word of it when that cannot be asked of anybody. */
  fetch(now: Now): HeaderSyncOutput[] {
    const isFree = (peer: PeerId): boolean => {
      const state = this.#peers.get(peer);
      return state !== undefined && state.askedMs === undefined && state.restsUntilMs <= now.ms;
    };
    return [...this.#ranges.requests(isFree, now).map(toSend), ...this.#warnOfDispute()];
  }

  /** The tree has grown by other means. */
  skipKnown(): void {
    this.#ranges.skipKnown();
  }

  /** Takes the next range in order of height into the tree: the same checks as for headers from anywhere. */
  checkNext(now: Now): HeaderSyncOutput[] {
    const whole = this.#ranges.takeWhole();
    const outputs: HeaderSyncOutput[] = [];
    for (const run of whole?.runs ?? []) {
      const verdict = this.#tree.check(run, now.unixSeconds);
      if (verdict === undefined || verdict.fault !== undefined)
        return [...outputs, ...this.#giveUp(verdict?.fault)];
      const peer = whole?.peer as PeerId;
      const state = this.#peers.get(peer);
      outputs.push(...this.#intake.connect(verdict, { peer, state, isSynced: false }, now));
      if (state !== undefined) noteProof(state, verdict);
    }
    return outputs;
  }

  /** The peer gave what the anchors demand, so it is not to blame. */
  #giveUp(fault: HeaderFault | undefined): HeaderSyncOutput[] {
    this.#ranges.giveUp();
    // With our clock it is the same without anchors, and said there.
    if (fault?.rule === 'time-too-new') return [];
    const broken = fault === undefined ? 'their parent is not known' : `${fault.rule}: ${fault.detail}`;
    return this.#warn(`headers between two built-in hashes break a rule (${broken})`);
  }

  #warnOfDispute(): HeaderSyncOutput[] {
    const height = this.#ranges.disputedHeight;
    if (height === undefined) return [];
    return this.#warn(`no peer has the built-in hash at height ${height}, though some claim to be beyond it`);
  }

  #warn(what: string): HeaderSyncOutput[] {
    if (this.#hasWarned) return [];
    this.#hasWarned = true;
    const message = `${what}: headers are asked for one message after the other`;
    return [{ do: 'report', event: { event: 'warning', code: 'anchors-unusable', message } }];
  }
}

function toSend({ peer, payload }: RangeRequest): HeaderSyncOutput {
  return { do: 'send', peer, message: { command: 'getheaders', payload } };
}
