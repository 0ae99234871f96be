/** What the synchronisation knows of each peer, and which of them is asked first. */

import type { Verdict } from '../../chain/verdict.ts';
import { earliest } from '../machine.ts';
import type { PeerId, PeerInfo } from '../peer.ts';
import type { Reached } from './judge-answer.ts';
import type { Presync } from './presync.ts';

/** Peers that may stay though their chain is behind ours (Core: MAX_OUTBOUND_PEERS_TO_PROTECT_FROM_DISCONNECT). */
const MAX_PROTECTED = 4;

/** Time after which a peer whose chain stays behind ours is given up (Core: CHAIN_SYNC_TIMEOUT). */
export const BEHIND_TIMEOUT_MS: number = 20 * 60_000;

/** Time for which a peer that gave nothing is left alone, when it cannot be replaced. */
export const REST_MS = 10_000;

export interface SyncPeer {
  readonly info: PeerInfo;
  /** Whether it called us: then it is asked when there is nobody else, and nothing is expected of it. */
  readonly isInbound: boolean;
  /** When the one getheaders on its way to this peer was sent; undefined when there is none. */
  askedMs: number | undefined;
  /** Hash of the header after which it was last asked. */
  askedFrom: Uint8Array | undefined;
  /** The count of its chain's work, while that is not known to be enough for the chain to be stored. */
  presync: Presync | undefined;
  /** When to ask again though nothing was announced. */
  refreshMs: number | undefined;
  /** Where its last full answer ended, while those after it are asked for. */
  reached: Reached | undefined;
  /** Whether it was asked to announce blocks by their headers. */
  sendsHeaders: boolean;
  /** Since when its chain has had less work than ours, and the work that we had then; undefined when it has not. */
  behindSinceMs: number | undefined;
  behindChainwork: bigint;
  /** Whether it may be behind for ever, since it once was not: a block that only we have heard of proves nothing. */
  isProtected: boolean;
  /** When we last said that a header of its was put off. */
  warnedMs: number | undefined;
  /** Chainwork of the best header that it has shown us: no claim, it was checked. */
  provenChainwork: bigint;
  /** Height of that header. */
  provenHeight: number | undefined;
  /** Hash of it. */
  provenHash: Uint8Array | undefined;
  /** Whether it has given its chain to the end. */
  hasEnded: boolean;
  /** When it may be asked for the chain again, after it gave nothing. */
  restsUntilMs: number;
}

export class SyncPeers extends Map<PeerId, SyncPeer> {
  readonly #latencyMsOf: (peer: PeerId) => number | undefined;

  /** @param latencyMsOf the measured round trip of a peer; undefined before the first. */
  constructor(latencyMsOf: (peer: PeerId) => number | undefined) {
    super();
    this.#latencyMsOf = latencyMsOf;
  }

  join(peer: PeerId, info: PeerInfo, isInbound: boolean): void {
    this.set(peer, {
      info,
      isInbound,
      askedMs: undefined,
      askedFrom: undefined,
      presync: undefined,
      refreshMs: undefined,
      reached: undefined,
      sendsHeaders: false,
      behindSinceMs: undefined,
      behindChainwork: 0n,
      isProtected: false,
      warnedMs: undefined,
      provenChainwork: 0n,
      provenHeight: undefined,
      provenHash: undefined,
      hasEnded: false,
      restsUntilMs: 0,
    });
  }

  /** The peers that we chose ourselves. */
  *chosen(): Iterable<readonly [PeerId, SyncPeer]> {
    for (const entry of this) if (!entry[1].isInbound) yield entry;
  }

  /** Whether peers of our choice are there beside one; without one, whether there are several. */
  areOthersThan(one: PeerId | undefined): boolean {
    let count = 0;
    for (const [peer] of this.chosen()) if (peer !== one) count++;
    return count > (one === undefined ? 1 : 0);
  }

  /** Whether an answer is awaited: of those that called us only when there is nobody else. */
  get isAnybodyAsked(): boolean {
    const chosen = Array.from(this.chosen(), ([, state]) => state);
    const counted = chosen.length > 0 ? chosen : Array.from(this.values());
    return counted.some(({ askedMs }) => askedMs !== undefined);
  }

  /** A peer has given its chain to the end. Being behind begins anew when it comes to where we were. */
  noteEnd(
    state: SyncPeer,
    chainwork: bigint,
    { tipChainwork, nowMs }: { tipChainwork: bigint; nowMs: number },
  ): void {
    state.hasEnded = true;
    if (state.isInbound) return;
    if (chainwork >= tipChainwork) {
      state.behindSinceMs = undefined;
      const protectedCount = Array.from(this.values()).filter(({ isProtected }) => isProtected).length;
      state.isProtected ||= protectedCount < MAX_PROTECTED;
    } else if (state.behindSinceMs === undefined || chainwork >= state.behindChainwork) {
      state.behindSinceMs = nowMs;
      state.behindChainwork = tipChainwork;
    }
  }

  /** Whether a peer of our choice, other than one, could be asked now. */
  hasOther(than: PeerId | undefined, nowMs: number): boolean {
    for (const [peer, { restsUntilMs }] of this.chosen())
      if (peer !== than && restsUntilMs <= nowMs) return true;
    return false;
  }

  /**
   * The peer to ask for the chain: one of our choice, who owes us nothing, the most work proven, the shortest round trip;
   * who was there first wins a tie. Those who called us come last, and only when they claim to have more than we do.
   *
   * @param owes whether a peer has yet to answer something else.
   */
  best(nowMs: number, tipHeight: number, owes: (peer: PeerId) => boolean): PeerId | undefined {
    let best: readonly [PeerId, SyncPeer] | undefined;
    for (const entry of this) {
      const [, state] = entry;
      if (state.restsUntilMs > nowMs || !isCandidate(state, tipHeight)) continue;
      if (best === undefined || this.#isBetter(entry, best, owes)) best = entry;
    }
    return best?.[0];
  }

  /** When the next of those that are left alone has rested. */
  nextRestMs(nowMs: number): number | undefined {
    const resting = Array.from(this.values()).filter(({ restsUntilMs }) => restsUntilMs > nowMs);
    return earliest(...resting.map(({ restsUntilMs }) => restsUntilMs));
  }

  /** When the next of those that {@link best} chooses from has rested. */
  nextRestedMs(tipHeight: number): number | undefined {
    const resting = Array.from(this.values()).filter((state) => isCandidate(state, tipHeight));
    return earliest(...resting.map(({ restsUntilMs }) => restsUntilMs));
  }

  #isBetter(
    [peer, state]: readonly [PeerId, SyncPeer],
    [other, otherState]: readonly [PeerId, SyncPeer],
    owes: (peer: PeerId) => boolean,
  ): boolean {
    if (state.isInbound !== otherState.isInbound) return otherState.isInbound;
    if (owes(peer) !== owes(other)) return owes(other);
    if (state.provenChainwork !== otherState.provenChainwork)
      return state.provenChainwork > otherState.provenChainwork;
    return this.#latencyOf(peer) < this.#latencyOf(other);
  }

  #latencyOf(peer: PeerId): number {
    return this.#latencyMsOf(peer) ?? Number.POSITIVE_INFINITY;
  }
}

/** Those who called us come into question only when they claim to have more than we do. */
function isCandidate({ askedMs, isInbound, info }: SyncPeer, tipHeight: number): boolean {
  return askedMs === undefined && !(isInbound && info.startHeight <= tipHeight);
}

/** Notes the best header that a peer has shown us. */
export function noteProof(state: SyncPeer, { run, valid, height, chainwork }: Verdict): void {
  if (valid === 0 || chainwork <= state.provenChainwork) return;
  state.provenChainwork = chainwork;
  state.provenHeight = height;
  state.provenHash = run.hashAt(valid - 1).slice();
}

/** When a peer is given up whose chain stays behind ours. */
export function behindDueMs({ behindSinceMs, isProtected }: SyncPeer): number | undefined {
  return behindSinceMs === undefined || isProtected ? undefined : behindSinceMs + BEHIND_TIMEOUT_MS;
}
