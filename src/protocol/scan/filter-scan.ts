/**
 * Finds all blocks that touch some scripts without telling anybody which scripts those are: filters of all blocks are matched
 * here (BIP 157, BIP 158), and only the blocks whose filters match are fetched. Blocks are looked at in the order of the chain.
 */

import { hashKey } from '../../bytes/hash-key.ts';
import type { TreeChange } from '../../chain/tree-change.ts';
import { segmentLast } from '../../filters/filter-segment.ts';
import { BASIC_FILTER_TYPE, filterHash, FilterMatcher } from '../../filters/index.ts';
import type { Block } from '../../wire/block.ts';
import { INVENTORY, type InventoryItem } from '../../wire/inventory.ts';
import type { MessageOf } from '../../wire/message.ts';
import { earliest, type Machine, type Now } from '../machine.ts';
import type { PeerId } from '../peer.ts';
import { badFilter, FilterBacking } from './filter-backing.ts';
import { FilterFetch } from './filter-fetch.ts';
import { History } from './history.ts';
import { ScanBlocks } from './scan-blocks.ts';
import type { ScanInput, ScanMessage, ScanOptions, ScanOutput, ScanSurroundings } from './scan-contract.ts';
import { ScanPace, type ScanPosition } from './scan-pace.ts';
import { Stretch } from './stretch.ts';

/** Stretches of blocks that are under way at a time, a thousand blocks each at most. */
const MAX_STRETCHES = 4;
/** Time that a peer has for each filter. */
const FILTER_TIMEOUT_MS = 15_000;

export class FilterScan implements Machine<ScanInput, ScanOutput> {
  readonly #options: ScanOptions;
  readonly #surroundings: ScanSurroundings;
  readonly #excludes: (filter: Uint8Array, blockHash: Uint8Array) => boolean;
  readonly #backing: FilterBacking;
  readonly #filters = new FilterFetch(FILTER_TIMEOUT_MS);
  readonly #blocks: ScanBlocks;
  readonly #history: History;
  readonly #pace: ScanPace;
  /** In ascending order, without gaps; the first is the one that is looked at. */
  #stretches: Stretch[] = [];
  /** Lowest height that was not looked at. */
  #next: number;
  /** Lowest height that is in no stretch. */
  #planned: number;
  #isOpen = false;
  /** Whether it was told that all up to the tip was looked at. */
  #isAtTip = false;
  #isFinished = false;

  constructor(options: ScanOptions, surroundings: ScanSurroundings) {
    const { fromHeight, resumed } = options;
    this.#options = options;
    this.#surroundings = surroundings;
    // What nobody can read excludes nothing.
    const matcher = new FilterMatcher(options.scripts);
    this.#excludes = (filter, blockHash) => matcher.matches(filter, blockHash) === 'none';
    this.#backing = new FilterBacking(options, surroundings, this.#excludes);
    this.#blocks = new ScanBlocks(surroundings.holdersOf);
    this.#history = new History(options.scripts, resumed);
    this.#next = Math.max(fromHeight, (resumed?.scannedHeight ?? -1) + 1);
    this.#planned = this.#next;
    this.#pace = new ScanPace(options.stallTimeoutMs);
  }

  handle(input: ScanInput, now: Now): ScanOutput[] {
    if (this.#isFinished) return [];
    const outputs = this.#take(input, now);
    return this.#isOpen ? this.#proceed(outputs, now) : outputs;
  }

  deadline(): number | undefined {
    if (!this.#isOpen || this.#isFinished) return undefined;
    return earliest(
      this.#backing.deadline(),
      this.#filters.deadline(),
      this.#blocks.deadline(),
      this.#history.deadline(),
      this.#isAtTip ? undefined : this.#pace.deadline(),
    );
  }

  /** What is to be written before the end. */
  stop(): ScanOutput[] {
    return this.#history.save(this.#scanned, this.#backing.takeSegments());
  }

  #take(input: ScanInput, now: Now): ScanOutput[] {
    switch (input.type) {
      case 'synced':
        if (this.#isOpen) return [];
        this.#isOpen = true;
        return [...this.#history.tellStored(), this.#pace.start(this.#position, now)];
      case 'peer-lost':
        this.#backing.peerLost(input.peer);
        this.#filters.peerLost(input.peer);
        this.#blocks.peerLost(input.peer, now);
        return [];
      case 'message':
        return this.#isOpen ? this.#receive(input.peer, input.message, now) : [];
      case 'chain-changed':
        return this.#follow(input.change, now);
      case 'tick':
        return [];
    }
  }

  #receive(peer: PeerId, message: ScanMessage, now: Now): ScanOutput[] {
    switch (message.command) {
      case 'cfcheckpt':
        return this.#backing.receiveCheckpoints(peer, message);
      case 'cfheaders':
        return this.#backing.receiveHeaders(peer, message);
      case 'cfilter':
        return this.#receiveFilter(peer, message, now);
      case 'block':
        return this.#receiveBlock(peer, message.payload, now);
      case 'notfound':
        this.#receiveNotFound(peer, message.payload.items, now);
        return [];
    }
  }

  #receiveFilter(peer: PeerId, { payload }: MessageOf<'cfilter'>, now: Now): ScanOutput[] {
    const { filterType, blockHash, filter } = payload;
    const height = this.#surroundings.chain.heightOf(blockHash);
    if (filterType !== BASIC_FILTER_TYPE) return [];
    const ofDispute = height === undefined ? undefined : this.#backing.receiveFilter(peer, height, filter);
    if (ofDispute !== undefined) {
      this.#heard(peer, now);
      return ofDispute;
    }
    const stretch = this.#filters.receive(peer, height, now);
    if (stretch === undefined) return [];
    this.#heard(peer, now);
    if (stretch === 'unneeded' || height === undefined) return [];
    if (!stretch.isRightFilter(height, filterHash(filter))) return this.#receiveOther(peer, height, stretch);
    this.#pace.moved(now);
    const isClear = this.#excludes(filter, blockHash);
    stretch.set(height, isClear ? 'clear' : 'block');
    return [];
  }

  /** The filter of a block is not the one that it should be. */
  #receiveOther(peer: PeerId, height: number, stretch: Stretch): ScanOutput[] {
    if (!this.#backing.isBacker(peer, height)) {
      // It has not told the hash, and may be right where those who have are wrong.
      stretch.set(height, 'block');
      this.#filters.bar(peer, stretch);
      return [];
    }
    stretch.set(height, 'filter');
    this.#backing.expel(peer);
    return [badFilter(peer, `the filter at height ${height} is not the one that it told the hash of`)];
  }

  /** Something that was asked for came: what was asked for after it takes longer. */
  #heard(peer: PeerId, now: Now): void {
    this.#backing.heard(peer, now);
    this.#filters.heard(peer, now);
  }

  #receiveBlock(peer: PeerId, block: Block, now: Now): ScanOutput[] {
    const outcome = this.#blocks.receive(peer, block, now);
    if (outcome.kind === 'fetched') {
      this.#pace.moved(now);
      this.#heard(peer, now);
      this.#backing.blockCame(outcome.block);
    }
    if (outcome.kind !== 'refused') return [];
    this.#backing.expel(peer);
    const detail = `${outcome.rule}: ${outcome.detail}`;
    return [{ do: 'hang-up', peer, disconnect: { reason: 'bad-block', detail } }];
  }

  #receiveNotFound(peer: PeerId, items: readonly InventoryItem[], now: Now): void {
    for (const { type, hash } of items)
      if (type === INVENTORY.WITNESS_BLOCK) this.#blocks.notFound(peer, hashKey(hash), now);
  }

  #follow({ fork, removed, added }: TreeChange, now: Now): ScanOutput[] {
    if (this.#isOpen) this.#backing.allow(added.length);
    this.#pace.moved(now);
    if (removed.length === 0) return [];
    this.#stretches = [];
    this.#filters.forgetAll();
    this.#blocks.forgetAll();
    this.#backing.reorganised(fork.height, this.#next);
    const isUndone = this.#next > fork.height + 1;
    this.#next = Math.max(this.#options.fromHeight, Math.min(this.#next, fork.height + 1));
    this.#planned = this.#next;
    const undone = isUndone ? this.#history.undoAbove(fork.height) : [];
    // What was not told yet need not be taken back.
    return this.#isOpen ? undone : [];
  }

  #proceed(outputs: ScanOutput[], now: Now): ScanOutput[] {
    for (const peer of this.#filters.takeLate(now)) {
      const detail = `no filter came for ${FILTER_TIMEOUT_MS / 1000} s`;
      outputs.push({ do: 'hang-up', peer, disconnect: { reason: 'filters-timeout', detail } });
    }
    if (this.#isStuckAtFilters(now) && this.#backing.giveUpFilters(outputs)) this.#pace.moved(now);
    const decisionsBefore = this.#backing.decisionCount;
    let before: number;
    do {
      before = this.#next;
      this.#plan(now);
      outputs.push(...this.#backing.proceed(now));
      this.#ask(outputs, now);
      this.#lookAt(outputs);
    } while (this.#next !== before);
    if (this.#backing.decisionCount !== decisionsBefore) this.#pace.moved(now);
    this.#report(outputs, now);
    return outputs;
  }

  #plan(now: Now): void {
    const { height } = this.#surroundings.chain.tip;
    while (this.#stretches.length < MAX_STRETCHES && this.#planned <= height) {
      const stretch = new Stretch(this.#planned, Math.min(segmentLast(this.#planned), height));
      this.#planned = stretch.last + 1;
      this.#stretches.push(stretch);
      if (this.#options.usesFilters) this.#backing.begin(stretch, now);
      else stretch.setAll('block');
    }
  }

  #ask(outputs: ScanOutput[], now: Now): void {
    const { chain } = this.#surroundings;
    const hashAt = (height: number): Uint8Array => chain.hashAt(height);
    const asked = this.#filters.take(this.#stretches, this.#backing.servers, hashAt, now);
    for (const request of asked) outputs.push({ do: 'send', ...request });
    this.#blocks.want(this.#backing.disputedHeights, this.#stretches, this.#next, hashAt, now);
    for (const request of this.#blocks.take(now)) outputs.push({ do: 'send', ...request });
  }

  /** Looks at all blocks, one after another, that are ready to be looked at. */
  #lookAt(outputs: ScanOutput[]): void {
    for (let stretch = this.#stretches[0]; stretch !== undefined; stretch = this.#stretches[0]) {
      while (this.#next <= stretch.last) {
        const state = stretch.stateOf(this.#next);
        if (state === 'block') {
          const block = this.#blocks.takeHeld(this.#next);
          if (block === undefined) return;
          outputs.push(...this.#history.lookAt(block));
        } else if (state !== 'clear') return;
        this.#next++;
      }
      this.#stretches.shift();
      stretch.isOver = true;
    }
  }

  #report(outputs: ScanOutput[], now: Now): void {
    const { chain } = this.#surroundings;
    const { fromHeight, follow } = this.#options;
    // A copy: the chain may be another when it is read.
    const tip = { height: chain.tip.height, hash: chain.tip.hash.slice() };
    const fetchedBlocks = this.#blocks.fetchedCount;
    const isAtTip = this.#next > tip.height;
    if (!isAtTip) {
      this.#isAtTip = false;
      outputs.push(...this.#pace.report(this.#position, now));
      if (this.#history.isDue(now)) outputs.push(...this.stop());
      this.#reportStall(outputs, now);
      return;
    }
    if (this.#isAtTip && !this.#history.hasChanged(tip)) return;
    this.#isAtTip = true;
    outputs.push(...this.stop());
    const event = {
      event: 'scanned',
      fromHeight,
      tip,
      fetchedBlocks,
      ...this.#history.summary(tip),
      seconds: this.#pace.seconds(now),
    } as const;
    outputs.push({ do: 'report', event });
    if (follow) return;
    this.#isFinished = true;
    outputs.push({ do: 'finish' });
  }

  #isStuckAtFilters(now: Now): boolean {
    const isAtTip = this.#next > this.#surroundings.chain.tip.height;
    const waitsForBlocks = this.#blocks.isWaiting || this.#blocks.invalid !== undefined;
    return !isAtTip && !waitsForBlocks && this.#pace.isStalled(now);
  }

  #reportStall(outputs: ScanOutput[], now: Now): void {
    const { invalid } = this.#blocks;
    const { shortage } = this.#backing;
    const isHopeless = shortage === 'hopeless' || invalid !== undefined;
    if (!this.#pace.isStalled(now) && !(isHopeless && !this.#options.follow)) return;
    const failure = this.#pace.describe({
      invalid,
      isShort: shortage !== undefined,
      opinionsNeeded: this.#options.opinionsNeeded,
      serverCount: this.#backing.servers.length,
      isWaitingForBlocks: this.#blocks.isWaiting,
      next: this.#next,
    });
    if (this.#options.follow) {
      this.#pace.moved(now);
      outputs.push({
        do: 'report',
        event: { event: 'warning', code: 'scan-waiting', message: failure.message },
      });
      return;
    }
    this.#isFinished = true;
    outputs.push(...this.stop(), { do: 'finish', failure });
  }

  get #position(): ScanPosition {
    const { tip } = this.#surroundings.chain;
    const { fetchedCount: fetchedBlocks } = this.#blocks;
    return {
      fromHeight: this.#options.fromHeight,
      height: this.#next - 1,
      target: tip.height,
      fetchedBlocks,
    };
  }

  get #scanned(): { height: number; hash: Uint8Array } | undefined {
    const height = this.#next - 1;
    const { chain } = this.#surroundings;
    if (height < 0 || height > chain.tip.height) return undefined;
    return { height, hash: chain.hashAt(height).slice() };
  }
}
