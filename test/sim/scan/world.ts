/** A scan among simulated peers, on a false clock that jumps to whatever is next. */
import { hashKey } from '../../../src/bytes/hash-key.ts';
import type { PeerId } from '../../../src/protocol/peer.ts';
import type { NodeFailure } from '../../../src/protocol/node-failure.ts';
import { FilterScan } from '../../../src/protocol/scan/filter-scan.ts';
import {
  type FilterServer,
  isOfScan,
  type ScanInput,
  type ScanOptions,
  type ScanOutput,
  type ScanSurroundings,
} from '../../../src/protocol/scan/scan-contract.ts';
import type { Block } from '../../../src/wire/block.ts';
import { headerHash } from '../../../src/wire/header.ts';
import type { CFHeadersPayload } from '../../../src/wire/messages/compact-filters.ts';
import type { Message } from '../../../src/wire/message.ts';
import { keyOf, type ScanBlock } from '../../support/scan-blocks.ts';
import { MadeBestChain } from '../../support/scan-chain.ts';
import { FalseClock } from '../../support/false-time.ts';
import type { Chance } from '../chance.ts';
import { Violation } from '../client.ts';
import { describeMessage, describeNews, nameOf } from './describe.ts';
import { EventQueue } from '../event-queue.ts';
import { Overseer } from './overseer.ts';
import { type Nature, type PeerWorld, ScanPeer } from './peer.ts';
import { Saved } from './saved.ts';

export type WorldOptions = Omit<ScanOptions, 'resumed' | 'savedSegments'>;
export type NewScan = (options: ScanOptions, surroundings: ScanSurroundings) => FilterScan;

/** Things that may happen in one simulation: more than that is no life but a loop. */
const MAX_STEPS = 300_000;
/** Time after which a peer that was lost may be called again, mean. */
const BACK_MS = 8_000;

export class ScanWorld implements PeerWorld {
  readonly chance: Chance;
  readonly clock = new FalseClock();
  readonly trace: string[] | undefined;
  readonly chain: MadeBestChain;
  readonly overseer: Overseer;
  readonly saved: Saved;
  readonly peers: ScanPeer[] = [];
  readonly #options: WorldOptions;
  readonly #newScan: NewScan;
  readonly #queue = new EventQueue();
  readonly #startMs = this.clock.ms;
  /** All blocks that there ever were. */
  readonly #blocks = new Map<string, ScanBlock>();
  readonly #connected = new Map<PeerId, ScanPeer>();
  #lastId = 0;
  #scan: FilterScan | undefined;
  #isOpen = false;
  #run = 0;
  /** Until when it is said that more peers are coming. */
  comingUntilMs = 0;
  #steps = 0;
  /** How the run ended; undefined while it goes on. */
  outcome: { readonly failure: NodeFailure | undefined } | undefined;
  /** When a block was last looked at, or the chain changed. */
  movedMs = this.clock.ms;

  constructor(
    chance: Chance,
    {
      tip,
      options,
      isTraced,
      newScan,
    }: { tip: ScanBlock; options: WorldOptions; isTraced: boolean; newScan?: NewScan | undefined },
  ) {
    this.chance = chance;
    this.#options = options;
    this.#newScan = newScan ?? ((...all) => new FilterScan(...all));
    this.trace = isTraced ? [] : undefined;
    this.chain = new MadeBestChain(tip);
    for (let block: ScanBlock | undefined = tip; block !== undefined; block = block.parent)
      this.#blocks.set(keyOf(block), block);
    this.overseer = new Overseer(options, this.chain);
    this.saved = new Saved(options.fromHeight);
  }

  get ms(): number {
    return this.clock.ms;
  }

  get passedMs(): number {
    return this.clock.ms - this.#startMs;
  }

  get isRunning(): boolean {
    return this.#scan !== undefined;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  after(ms: number, act: () => void): void {
    this.#queue.add(this.ms + Math.max(0, Math.ceil(ms)), act);
  }

  note(text: () => string): void {
    this.trace?.push(`${this.passedMs} ms: ${text()}`);
  }

  addPeer(nature: Nature): void {
    this.peers.push(new ScanPeer(nature, this.chain.last, this));
  }

  /** A run begins: peers are called, and after some time the headers are synced. */
  begin(syncedInMs: number): void {
    const run = ++this.#run;
    this.note(() => `run ${run}`);
    this.outcome = undefined;
    this.movedMs = this.ms;
    this.overseer.begin();
    const { chain, saved } = this;
    const resumed = saved.resume(chain);
    const surroundings: ScanSurroundings = {
      chain,
      holdersOf: (height) => this.#holdersOf(height),
      filterServers: () => this.#filterServers(),
      areOthersComing: () => this.ms < this.comingUntilMs,
    };
    this.#scan = this.#newScan(
      { ...this.#options, resumed, savedSegments: saved.segments(chain) },
      surroundings,
    );
    for (const peer of this.peers) this.#join(peer, peer.nature.joinsMs);
    this.after(syncedInMs, () => {
      if (run !== this.#run) return;
      this.#isOpen = true;
      this.#handle({ type: 'synced' });
    });
  }

  /** @param lost changes that do not reach the disk; undefined for an end in good order. */
  end(lost: number | undefined): void {
    const scan = this.#scan;
    this.note(() => `the run ends, ${lost === undefined ? 'in good order' : `killed, ${lost} lost`}`);
    if (scan !== undefined && lost === undefined) this.#perform(scan.stop());
    this.saved.lose(lost ?? 0);
    this.#scan = undefined;
    this.#isOpen = false;
    this.#run++;
    for (const peer of this.#connected.values()) peer.id = undefined;
    this.#connected.clear();
  }

  /** The best chain ends with another block from now on. */
  moveTo(tip: ScanBlock): void {
    for (let block = tip; !this.#blocks.has(keyOf(block)); block = block.parent as ScanBlock)
      this.#blocks.set(keyOf(block), block);
    const change = this.chain.moveTo(tip);
    this.note(
      () => `the chain ends at ${tip.height}, ${change.removed.length} removed above ${change.fork.height}`,
    );
    for (const peer of this.peers) peer.follow(tip);
    for (const [id, peer] of this.#connected) {
      if (peer.nature.showsAfterMs === 0) peer.shown = peer.tip;
      else
        this.after(peer.nature.showsAfterMs, () => {
          if (peer.id !== id) return;
          peer.shown = peer.tip;
          this.#handle({ type: 'tick' });
        });
    }
    this.overseer.chainChanged(change.fork.height);
    this.movedMs = this.ms;
    this.#handle({ type: 'chain-changed', change });
    this.#handle({ type: 'tick' });
  }

  deliver(peer: ScanPeer, id: PeerId, message: Message, isAnswer: boolean): void {
    if (peer.id !== id || this.#scan === undefined || !isOfScan(message)) return;
    this.note(() => `${nameOf(peer)} says ${this.#describe(message)}`);
    if (message.command === 'block') this.#noteBlock(message.payload);
    else if (message.command === 'cfheaders' && isAnswer) this.#noteLies(peer, message.payload);
    this.#handle({ type: 'message', peer: id, message });
  }

  /** Whatever happens next happens. Returns false when nothing will. */
  step(): boolean {
    if (++this.#steps > MAX_STEPS) throw new Violation('it goes on and on');
    const dueMs = this.#scan?.deadline();
    const { nextMs } = this.#queue;
    if (nextMs === undefined && dueMs === undefined) return false;
    if (dueMs !== undefined && (nextMs === undefined || dueMs <= nextMs)) {
      this.clock.advanceTo(dueMs);
      this.#handle({ type: 'tick' });
      const nowDueMs = this.#scan?.deadline();
      if (nowDueMs !== undefined && nowDueMs <= this.ms)
        throw new Violation(`a tick at ${this.passedMs} leaves a deadline ${this.ms - nowDueMs} ms ago`);
      return true;
    }
    this.clock.advanceTo(nextMs as number);
    this.#queue.take()?.();
    return true;
  }

  /** Lets things happen until a time from now, or until nothing more will. */
  pass(ms: number, isOver: () => boolean = () => false): void {
    const untilMs = this.ms + ms;
    // So that there is something to come to.
    this.after(ms, () => undefined);
    while (this.ms < untilMs && !isOver()) if (!this.step()) return;
  }

  #join(peer: ScanPeer, inMs: number): void {
    const run = this.#run;
    const join = (): void => {
      if (run !== this.#run || peer.isBanned || peer.id !== undefined) return;
      const id = ++this.#lastId;
      this.note(() => `${peer.nature.name} is connected as ${id}`);
      peer.connect(id);
      this.#connected.set(id, peer);
      this.#handle({ type: 'tick' });
      const { staysMs } = peer.nature;
      if (staysMs !== undefined) this.after(this.chance.pause(staysMs), () => this.#lose(id));
    };
    if (inMs === 0) join();
    else this.after(inMs, join);
  }

  #lose(id: PeerId): void {
    const peer = this.#connected.get(id);
    if (peer === undefined) return;
    this.note(() => `${nameOf(peer)} is lost`);
    this.#connected.delete(id);
    peer.id = undefined;
    this.overseer.peerLost(id);
    this.#join(peer, this.chance.pause(BACK_MS));
    this.#handle({ type: 'peer-lost', peer: id });
  }

  #handle(input: ScanInput): void {
    const scan = this.#scan;
    if (scan === undefined || this.outcome !== undefined) return;
    this.#perform(scan.handle(input, this.clock.now));
  }

  #perform(outputs: readonly ScanOutput[]): void {
    for (const output of outputs) {
      switch (output.do) {
        case 'send':
          this.#send(output.peer, output.message);
          break;
        case 'hang-up': {
          const peer = this.#connected.get(output.peer);
          const { reason, detail } = output.disconnect;
          if (peer === undefined) break;
          this.note(() => `hangs up on ${nameOf(peer)}: ${reason}: ${detail}`);
          this.overseer.hungUp(peer, reason, detail);
          peer.isBanned = reason !== 'filters-timeout';
          this.#lose(output.peer);
          break;
        }
        case 'report':
          this.note(() => `tells ${describeNews(output.event)}`);
          if (this.overseer.told(output.event)) this.movedMs = this.ms;
          break;
        case 'save-scan':
          this.note(
            () => `saves up to ${output.change.scanned?.height}, ${output.change.segments.length} segments`,
          );
          this.saved.write(output.change);
          this.overseer.saved(output.change, this.saved.blocks);
          break;
        case 'finish':
          this.note(() => `finishes: ${output.failure?.code ?? 'done'}: ${output.failure?.message ?? ''}`);
          this.overseer.finished(output.failure);
          this.outcome = { failure: output.failure };
          return;
      }
    }
  }

  #send(id: PeerId, message: Message): void {
    const peer = this.#connected.get(id);
    // One that was hung up on for what came before.
    if (peer === undefined) return;
    this.note(() => `asks ${nameOf(peer)} ${this.#describe(message)}`);
    this.overseer.sent(peer, id, message, this.ms);
    peer.receive(message, (hash) => this.#blocks.get(hashKey(hash)));
  }

  #holdersOf(height: number): PeerId[] {
    return this.#sorted(
      ({ nature }, provenHeight) => nature.blocks !== undefined && provenHeight >= height,
    ).map(([id]) => id);
  }

  #filterServers(): FilterServer[] {
    return this.#sorted(({ nature }) => nature.filters !== undefined).map(([peer, one]) => ({
      peer,
      provenHeight: one.provenHeight(this.chain.last),
    }));
  }

  #sorted(is: (peer: ScanPeer, provenHeight: number) => boolean): [PeerId, ScanPeer][] {
    return Array.from(this.#connected)
      .filter(([, peer]) => is(peer, peer.provenHeight(this.chain.last)))
      .toSorted(([, a], [, b]) => a.nature.latencyMs - b.nature.latencyMs);
  }

  #noteBlock(block: Block): void {
    const hash = headerHash(block.header);
    if (this.#blocks.get(hashKey(hash))?.block === block) this.overseer.blockCame(hash);
  }

  /** What the peer has just said may be a lie that anybody can see. */
  #noteLies(peer: ScanPeer, { stopHash, filterHashes }: CFHeadersPayload): void {
    const stop = this.#blocks.get(hashKey(stopHash));
    if (stop === undefined || !this.chain.has(stop) || peer.book.lie === undefined) return;
    for (
      let block: ScanBlock | undefined = stop;
      block !== undefined && block.height > stop.height - filterHashes.length;
      block = block.parent
    )
      if (peer.book.lie(block)?.isConvictable === true) this.overseer.lied(peer, block);
  }

  #describe(message: Message): string {
    return describeMessage(message, (hash) => {
      const block = this.#blocks.get(hashKey(hash));
      if (block === undefined) return 'unknown';
      return `${block.height}${this.chain.has(block) ? '' : ' (of a side branch)'}`;
    });
  }
}
