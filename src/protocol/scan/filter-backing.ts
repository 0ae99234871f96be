/**
 * Decides which filters can be relied on: those that enough peers say the same of, and no others. Where too few have an
 * opinion, or they differ, the block itself is looked at (docs/decisions/0016-scanning.md).
 */

import { equalBytes } from '../../bytes/hash.ts';
import { type HashKey, hashKey } from '../../bytes/hash-key.ts';
import type { FilterSegment } from '../../filters/filter-segment.ts';
import { BASIC_FILTER_TYPE } from '../../filters/index.ts';
import type { MessageOf } from '../../wire/message.ts';
import type { FetchedBlock } from '../blocks/block-download.ts';
import { earliest, type Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import { Checkpoints } from './checkpoints.ts';
import { FilterCase } from './filter-case.ts';
import type { FilterDisputes } from './filter-disputes.ts';
import { FilterLog } from './filter-log.ts';
import type { FilterVote } from './filter-vote.ts';
import type { FilterServer, ScanOptions, ScanOutput, ScanSurroundings } from './scan-contract.ts';
import { SilentPeers } from './silent-peers.ts';
import type { Stretch } from './stretch.ts';

/** Time that a peer has to answer: it looks up what it has computed long before. */
const ANSWER_TIMEOUT_MS = 10_000;
/** The same at the tip: a node says nothing when it has not made the newest filter yet, and is asked again soon. */
const TIP_TIMEOUT_MS = 5_000;
/** Blocks below the tip that may be new to a peer. */
const TIP_DEPTH = 3;
/** Time that is waited for more peers, where some may come. */
const PATIENCE_MS = 15_000;
/** Time at the start that is waited for more than have to agree, while others are called: the first two shall not decide alone. */
const OPENING_MS = 5_000;
/** Opinions with which nobody else is waited for. */
const MANY_OPINIONS = 3;
/** Peers that are asked for their opinion. */
const MAX_OPINIONS = 8;
/** Blocks that may fail to show who lies before it is only asked whether that matters. */
const MAX_UNDECIDED = 3;
/** Blocks that are looked at because one who said otherwise has left without showing its filter, before such are passed over. */
const MAX_ABSENT = 200;

/** Too few peers have an opinion: more may come, or nobody is about to. */
export type Shortage = 'waiting' | 'hopeless';

export class FilterBacking {
  readonly #options: ScanOptions;
  readonly #surroundings: ScanSurroundings;
  readonly #checkpoints = new Checkpoints();
  readonly #silent = new SilentPeers();
  readonly #log: FilterLog;
  #cases: FilterCase[] = [];
  /** Blocks that may still be looked at for want of opinions. */
  #unbackedLeft: number;
  #isOpen = false;
  /** Until when others are waited for at the start; undefined when that is over. */
  #openingEndsMs: number | undefined;
  #shortage: Shortage | undefined;
  #decisionCount = 0;
  /** Disputes in which the block did not show who lies. */
  #undecidedCount = 0;
  /** Blocks to be looked at because somebody who said otherwise has left. */
  #absentCount = 0;
  readonly #excludes: (filter: Uint8Array, blockHash: Uint8Array) => boolean;
  #hasWarned = { disputed: false, unbacked: false };
  /** Last blocks of stretches that peers were asked about before the chain changed. */
  readonly #formerStops = new Set<HashKey>();

  /** @param excludes whether a filter excludes what is looked for. */
  constructor(
    options: ScanOptions,
    surroundings: ScanSurroundings,
    excludes: (filter: Uint8Array, blockHash: Uint8Array) => boolean,
  ) {
    this.#excludes = excludes;
    this.#options = options;
    this.#surroundings = surroundings;
    this.#unbackedLeft = options.maxUnbacked;
    this.#log = new FilterLog(options.savedSegments);
  }

  /** Whether too few peers have an opinion on filters; undefined when there are enough. */
  get shortage(): Shortage | undefined {
    return this.#shortage;
  }

  /** Peers to ask for filters. */
  get servers(): FilterServer[] {
    return this.#surroundings.filterServers().filter(({ peer }) => !this.#silent.isQuiet(peer));
  }

  begin(stretch: Stretch, now: Now): void {
    if (!this.#isOpen) this.#openingEndsMs = now.ms + OPENING_MS;
    this.#isOpen = true;
    this.#cases.push(
      new FilterCase(stretch, this.#surroundings.chain.hashAt(stretch.last).slice(), now.ms + PATIENCE_MS),
    );
  }

  /** Blocks that are to show who lies. */
  get disputedHeights(): number[] {
    return this.#cases.flatMap(({ disputes }) => disputes?.blockHeights ?? []);
  }

  /** Filter headers that were relied on since this was last asked. */
  takeSegments(): FilterSegment[] {
    return this.#log.take();
  }

  /** New blocks may be looked at whoever has an opinion of them. */
  allow(count: number): void {
    this.#unbackedLeft += count;
  }

  /** The blocks above a height are other ones now. @param next lowest height that was not looked at. */
  reorganised(forkHeight: number, next: number): void {
    for (const { stretch, stopHash, isByBlocks } of this.#cases) {
      // What was not looked at may still be.
      if (isByBlocks) this.#unbackedLeft += Math.max(0, stretch.last - Math.max(next, stretch.first) + 1);
      this.#formerStops.add(hashKey(stopHash));
    }
    this.#cases = [];
    this.#checkpoints.forgetAbove(forkHeight);
    this.#log.cutAbove(forkHeight, this.#surroundings.chain);
  }

  proceed(now: Now): ScanOutput[] {
    this.#silent.wake(now);
    if (this.#openingEndsMs !== undefined && now.ms >= this.#openingEndsMs) this.#openingEndsMs = undefined;
    const outputs = this.#dropLate(now);
    const { servers } = this;
    this.#shortage = undefined;
    this.#askForCheckpoints(servers, outputs, now);
    this.#cases = this.#cases.filter(
      ({ stretch, disputes }) => !stretch.isOver || disputes?.isOver === false,
    );
    for (const one of this.#cases) {
      if (!one.isDecided) {
        this.#gather(one, servers, outputs, now);
        if (one.isDecided) this.#decisionCount++;
      }
      if (one.disputes?.isOver === false) this.#settle(one.disputes, outputs, now);
      else if (one.isDecided) this.#rescue(one, servers, outputs);
    }
    return outputs;
  }

  /**
   * Nobody has sent the filters that are wanted, for long: as far as that is possible the blocks are looked at in their place.
   *
   * @returns whether some will be.
   */
  giveUpFilters(outputs: ScanOutput[]): boolean {
    const before = this.#unbackedLeft;
    for (const one of this.#cases)
      if (one.isDecided && lacksFilters(one)) this.#lookAtBlocks(one, false, outputs);
    return this.#unbackedLeft !== before;
  }

  /** How often it was decided which filters can be relied on. */
  get decisionCount(): number {
    return this.#decisionCount;
  }

  /** A peer sends something that it was asked for before. */
  heard(peer: PeerId, now: Now): void {
    this.#checkpoints.heard(peer, now.ms + ANSWER_TIMEOUT_MS);
    for (const one of this.#cases) {
      const isOpen = one.disputes !== undefined;
      one.heard(peer, now.ms + (isOpen ? ANSWER_TIMEOUT_MS : this.#timeoutMs(one.stretch.last)));
    }
  }

  receiveCheckpoints(peer: PeerId, { payload }: MessageOf<'cfcheckpt'>): ScanOutput[] {
    if (payload.filterType !== BASIC_FILTER_TYPE) return [];
    const taken = this.#checkpoints.receive(peer, payload.stopHash, payload.filterHeaders);
    if (taken === undefined) return [];
    this.#silent.spoke(peer);
    return taken.fault === undefined ? [] : [this.#badHeader(peer, taken.fault)];
  }

  receiveHeaders(peer: PeerId, { payload }: MessageOf<'cfheaders'>): ScanOutput[] {
    if (payload.filterType !== BASIC_FILTER_TYPE) return [];
    const { stopHash, previousHeader: previous, filterHashes: hashes } = payload;
    const one = this.#cases.find((other) => !other.isDecided && equalBytes(other.stopHash, stopHash));
    if (one?.vote.isAsked(peer) !== true) return [];
    const fault = one.vote.receive(peer, { previous, hashes });
    // It may be the answer to an earlier request, which began at another height: the right one is still to come.
    if (fault !== undefined && this.#formerStops.has(hashKey(stopHash))) return [];
    this.#silent.spoke(peer);
    return fault === undefined ? [] : [this.#badHeader(peer, fault)];
  }

  /** @returns undefined when the filter has nothing to do with a dispute. */
  receiveFilter(peer: PeerId, height: number, filter: Uint8Array): ScanOutput[] | undefined {
    const one = this.#cases.find(({ stretch }) => stretch.has(height));
    const taken = one?.disputes?.at(height)?.receive(peer, filter);
    if (taken === undefined) return undefined;
    this.#silent.spoke(peer);
    return taken.fault === undefined ? [] : [this.#badFilter(peer, taken.fault)];
  }

  blockCame(block: FetchedBlock): void {
    for (const { disputes } of this.#cases) disputes?.blockCame(block);
  }

  /** Whether a peer has told the hash that the filter of a block is held against. */
  isBacker(peer: PeerId, height: number): boolean {
    return this.#cases.some(({ stretch, vote }) => stretch.has(height) && vote.has(peer));
  }

  /** A peer has been proven to lie, and is about to be hung up on: it has no say in anything. */
  expel(peer: PeerId): void {
    for (const one of this.#cases) one.expel(peer);
  }

  peerLost(peer: PeerId): void {
    this.#checkpoints.peerLost(peer);
    this.#silent.peerLost(peer);
    for (const one of this.#cases) one.peerLost(peer);
  }

  deadline(): number | undefined {
    const cases = this.#cases.map((one) => one.deadline());
    return earliest(this.#checkpoints.deadline(), this.#silent.deadline(), this.#openingEndsMs, ...cases);
  }

  /**
   * Whoever lets a request pass is left alone for a while, and after some of these for good; and at once who does not show a
   * filter that it told the hash of, since it has that.
   */
  #dropLate(now: Now): ScanOutput[] {
    const late = new Set([
      ...this.#checkpoints.takeLate(now),
      ...this.#cases.flatMap((one) => one.takeLate(now)),
    ]);
    const mute = this.#cases.flatMap(({ disputes }) => disputes?.takeMute(now) ?? []);
    const useless = Array.from(late).filter((peer) => {
      for (const one of this.#cases) if (!one.isDecided) one.vote.withdraw(peer);
      return this.#silent.note(peer, now) === 'useless';
    });
    const detail = 'it offers compact filters, and does not answer when asked for them';
    return Array.from(new Set([...mute, ...useless]), (peer) => ({
      do: 'hang-up',
      peer,
      disconnect: { reason: 'filters-timeout', detail },
    }));
  }

  #askForCheckpoints(servers: readonly FilterServer[], outputs: ScanOutput[], now: Now): void {
    const { chain } = this.#surroundings;
    const ends = this.#cases
      .filter(({ isWhole, isDecided }) => isWhole && !isDecided)
      .map(({ stretch }) => stretch.last);
    for (const { peer, provenHeight } of servers) {
      const needed = Math.max(0, ...ends.filter((height) => height <= provenHeight));
      if (this.#checkpoints.isAsked(peer) || this.#checkpoints.heightOf(peer) >= needed) continue;
      const stopHeight = Math.min(chain.tip.height, provenHeight);
      const stopHash = chain.hashAt(stopHeight).slice();
      this.#checkpoints.ask(peer, stopHeight, stopHash, now.ms + this.#timeoutMs(needed));
      const payload = { filterType: BASIC_FILTER_TYPE, stopHash };
      outputs.push({ do: 'send', peer, message: { command: 'getcfcheckpt', payload } });
    }
  }

  #gather(one: FilterCase, servers: readonly FilterServer[], outputs: ScanOutput[], now: Now): void {
    const { stretch, vote } = one;
    const able = servers.filter(({ provenHeight }) => provenHeight >= stretch.last);
    const isPending = one.isWhole && able.some(({ peer }) => this.#checkpoints.heightOf(peer) < stretch.last);
    for (const { peer } of able.slice(0, MAX_OPINIONS)) {
      const ends = this.#checkpoints.endsOf(peer, stretch.first, stretch.last);
      if (!vote.has(peer) && (ends !== undefined || !one.isWhole)) vote.add(peer, ends);
    }
    if (!isPending && this.#relyOnSaved(one)) return;
    const mayAsk = (peer: PeerId): boolean => able.some((server) => server.peer === peer);
    for (const peer of vote.ask(mayAsk, now.ms + this.#timeoutMs(stretch.last))) {
      const { stopHash } = one;
      const payload = { filterType: BASIC_FILTER_TYPE, startHeight: stretch.first, stopHash };
      outputs.push({ do: 'send', peer, message: { command: 'getcfheaders', payload } });
    }
    const { opinionsNeeded } = this.#options;
    const isEnough = vote.opinionCount >= opinionsNeeded;
    // Both are asked each time: what is over must not be waited for.
    const isPatient = one.isPatient(now);
    const isTired = one.isTired(vote.toldCount >= opinionsNeeded, isPending || !vote.isTold, now);
    // Those who have not shown the last block yet may soon.
    const isTold = vote.isTold && !isPending && able.length === servers.length;
    if (isEnough && (isTold || isTired) && !this.#isEarly(vote)) {
      one.decide();
      if (one.disputes === undefined)
        this.#log.add(stretch, vote.common, vote.opinionCount, this.#surroundings.chain);
      return;
    }
    if (isEnough || (isPending && isPatient)) return;
    const mayMoreCome =
      this.#silent.count > 0 || able.length < servers.length || this.#surroundings.areOthersComing();
    if (!mayMoreCome || !isPatient) this.#lookAtBlocks(one, mayMoreCome, outputs);
  }

  #isEarly(vote: FilterVote): boolean {
    const isOpening = this.#openingEndsMs !== undefined && this.#surroundings.areOthersComing();
    return isOpening && this.#options.opinionsNeeded > 1 && vote.toldCount < MANY_OPINIONS;
  }

  /** Filter headers that an earlier run relied on are an opinion like any other, where the peers' checkpoints agree with it. */
  #relyOnSaved({ stretch, vote, decideBy }: FilterCase): boolean {
    const ends = vote.commonEnds;
    const check = ends && this.#log.checkOf(stretch, ends);
    if (check === undefined || vote.opinionCount + 1 < this.#options.opinionsNeeded) return false;
    decideBy(check);
    return true;
  }

  #lookAtBlocks(one: FilterCase, mayMoreCome: boolean, outputs: ScanOutput[]): void {
    const { chain } = this.#surroundings;
    // Of the stretches above some may be paid for already: whichever is the first to be known.
    const paid = this.#cases.filter((other) => other.isByBlocks && other.stretch.first > one.stretch.first);
    const paidCount = paid.reduce((sum, { stretch }) => sum + stretch.count, 0);
    const remaining = chain.tip.height - one.stretch.first + 1 - paidCount;
    // All or nothing: what is begun and cannot be finished helps nobody.
    if (remaining > this.#unbackedLeft) {
      this.#shortage = mayMoreCome ? 'waiting' : 'hopeless';
      return;
    }
    this.#unbackedLeft -= one.stretch.count;
    one.decideByBlocks();
    if (this.#hasWarned.unbacked) return;
    this.#hasWarned.unbacked = true;
    const message =
      `fewer than ${this.#options.opinionsNeeded} peers agree on filters from height ${one.stretch.first} on: ` +
      'the blocks themselves are fetched and looked at';
    outputs.push({ do: 'report', event: { event: 'warning', code: 'filters-unbacked', message } });
  }

  /** Filters that are known and that nobody serves any more are of no use. */
  #rescue(one: FilterCase, servers: readonly FilterServer[], outputs: ScanOutput[]): void {
    const isServed = servers.some(({ provenHeight }) => provenHeight >= one.stretch.last);
    const mayMoreCome = this.#silent.count > 0 || this.#surroundings.areOthersComing();
    if (isServed || mayMoreCome || !lacksFilters(one)) return;
    this.#lookAtBlocks(one, mayMoreCome, outputs);
  }

  #settle(disputes: FilterDisputes, outputs: ScanOutput[], now: Now): void {
    const { chain } = this.#surroundings;
    const settling = {
      opinionsNeeded: this.#options.opinionsNeeded,
      isFutile: this.#undecidedCount >= MAX_UNDECIDED,
      absentLeft: Math.max(0, MAX_ABSENT - this.#absentCount),
      excludes: this.#excludes,
      hashAt: (height: number) => chain.hashAt(height),
      timeoutMs: ANSWER_TIMEOUT_MS,
    };
    const { liars, requests, undecidedCount, absentCount } = disputes.settle(settling, now);
    for (const { members, detail } of liars)
      for (const peer of members) outputs.push(this.#badFilter(peer, detail));
    for (const request of requests) outputs.push({ do: 'send', ...request });
    this.#undecidedCount += undecidedCount;
    this.#absentCount += absentCount;
    if (undecidedCount === 0 || this.#hasWarned.disputed) return;
    this.#hasWarned.disputed = true;
    const message =
      'peers disagree on filters, and the blocks do not show who is right: what any of them does not exclude is looked at';
    outputs.push({ do: 'report', event: { event: 'warning', code: 'filters-disputed', message } });
  }

  #badHeader(peer: PeerId, detail: string): ScanOutput {
    this.expel(peer);
    return { do: 'hang-up', peer, disconnect: { reason: 'bad-filter-header', detail } };
  }

  #badFilter(peer: PeerId, detail: string): ScanOutput {
    this.expel(peer);
    return badFilter(peer, detail);
  }

  #timeoutMs(height: number): number {
    return height > this.#surroundings.chain.tip.height - TIP_DEPTH ? TIP_TIMEOUT_MS : ANSWER_TIMEOUT_MS;
  }
}

/** Whether filters that are known have not come. */
function lacksFilters({ stretch }: FilterCase): boolean {
  return stretch.firstRun('filter', 1) !== undefined || stretch.firstRun('asked', 1) !== undefined;
}

export function badFilter(peer: PeerId, detail: string): ScanOutput {
  return { do: 'hang-up', peer, disconnect: { reason: 'bad-filter', detail } };
}
