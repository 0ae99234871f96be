/** Blocks fetched from simulated peers: honest ones, slow ones, and those that do whatever they like. */
import assert from 'node:assert/strict';
import { type HashKey, hashKey } from '../../src/bytes/hash-key.ts';
import { BLOCK_DOWNLOAD_DEFAULTS, BlockDownload } from '../../src/protocol/blocks/block-download.ts';
import type { PeerId } from '../../src/protocol/peer.ts';
import type { Block } from '../../src/wire/block.ts';
import { Chance } from '../sim/chance.ts';
import { EventQueue } from '../sim/event-queue.ts';
import { blocksAskedIn } from './block-holders.ts';
import { FalseClock } from './false-time.ts';
import { mineBlock, type MinedBlock, stray, withWitness } from './transactions.ts';

/**
 * - `honest`: answers all, in order.
 * - `leaving`: the same, until its connection is lost; another comes in its place.
 * - `silent`: answers nothing.
 * - `lacking`: has none of the blocks, and says so.
 * - `gappy`: lacks some, and says nothing of those.
 * - `unordered`: answers all, in any order.
 * - `forger`: answers with blocks whose transactions or witnesses were changed.
 * - `babbler`: answers with blocks that it was not asked for, again and again, and sometimes with the right one.
 */
export type DownloadPeerKind =
  'honest' | 'leaving' | 'silent' | 'lacking' | 'gappy' | 'unordered' | 'forger' | 'babbler';

export interface DownloadPeerTraits {
  readonly kind: DownloadPeerKind;
  /** Way from it to us or back. */
  readonly latencyMs: number;
  /** Time that a block takes on its line. */
  readonly blockMs: number;
}

interface DownloadPeer extends DownloadPeerTraits {
  readonly id: PeerId;
  /** Until when its line is taken. */
  busyUntilMs: number;
  /** Asked for and not answered, as far as that can be told of its kind. */
  readonly owed: Set<HashKey>;
}

const OTHER_KINDS: readonly DownloadPeerKind[] = [
  'honest',
  'leaving',
  'silent',
  'lacking',
  'gappy',
  'unordered',
  'forger',
  'babbler',
];
/** Longer than anything here may take. */
const END_MS = 4 * 3_600_000;
const MAX_STEPS = 50_000;

const chain = chainWithWitnesses(60);
const byKey = new Map(chain.map((block) => [hashKey(block.hash), block]));

function chainWithWitnesses(count: number): MinedBlock[] {
  const made: MinedBlock[] = [];
  for (let height = 1; height <= count; height++) {
    const parent = made.at(-1)?.bytes;
    const transactions = [stray(2 * height), withWitness(stray(2 * height + 1), Uint8Array.of(height))];
    made.push(mineBlock(transactions, { height, ...(parent === undefined ? {} : { parent }) }));
  }
  return made;
}

export class DownloadWorld {
  readonly #clock = new FalseClock();
  readonly #events = new EventQueue();
  readonly #chance: Chance;
  readonly #download: BlockDownload;
  readonly #peers = new Map<PeerId, DownloadPeer>();
  readonly #missing: Map<HashKey, MinedBlock>;
  readonly #startMs = this.#clock.ms;
  readonly #joined: DownloadPeerTraits[] = [];
  #tickMs: number | undefined;
  #refusedCount = 0;
  #askedCount = 0;

  constructor(seed: number, { blockCount }: { readonly blockCount: number }) {
    this.#chance = new Chance(seed);
    this.#download = new BlockDownload({ holdersOf: () => Array.from(this.#peers.keys()) });
    const wanted = chain.slice(0, blockCount);
    this.#missing = new Map(wanted.map((block) => [hashKey(block.hash), block]));
    for (const block of wanted) this.#download.want(block, this.#clock.now);
  }

  /** One honest peer, however slow, among others of all kinds, and changes of mind on our side. */
  static withOneHonestPeer(seed: number): DownloadWorld {
    const chance = new Chance(seed);
    const world = new DownloadWorld(seed, { blockCount: chance.int(1, chain.length) });
    const others = Array.from({ length: chance.int(0, 8) }, () => chance.pick(OTHER_KINDS));
    for (const kind of chance.shuffled(['honest' as const, ...others])) world.join(traitsOf(kind, chance));
    for (let i = chance.int(0, 5); i > 0; i--) world.#plan(chance.pause(5_000), () => world.#changeMind());
    return world;
  }

  get missingHeights(): number[] {
    return Array.from(this.#missing.values(), ({ height }) => height);
  }

  get kinds(): DownloadPeerKind[] {
    return this.#joined.map(({ kind }) => kind);
  }

  get description(): string {
    return this.#joined.map(({ kind, blockMs }) => `${kind} (${blockMs} ms)`).join(', ');
  }

  /** Blocks that were told to be forged. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /** Requests, one for each block and peer. */
  get askedCount(): number {
    return this.#askedCount;
  }

  get elapsedMs(): number {
    return this.#clock.ms - this.#startMs;
  }

  join(traits: DownloadPeerTraits): void {
    this.#joined.push(traits);
    const id = this.#joined.length;
    this.#peers.set(id, { ...traits, id, busyUntilMs: 0, owed: new Set() });
    if (traits.kind === 'leaving') this.#plan(this.#chance.pause(10_000), () => this.#replace(id));
  }

  /** Until all blocks have come, or nothing more can be expected to happen. */
  play(): void {
    this.#ask();
    for (let steps = 0; this.#missing.size > 0 && this.elapsedMs < END_MS; steps++) {
      assert.ok(steps < MAX_STEPS, 'something goes round in circles');
      const { nextMs } = this.#events;
      if (nextMs === undefined) return;
      this.#clock.advanceTo(nextMs);
      this.#events.take()?.();
      this.#ask();
    }
  }

  #plan(inMs: number, act: () => void): void {
    this.#events.add(this.#clock.ms + inMs, act);
  }

  #ask(): void {
    const { now } = this.#clock;
    for (const { peer: id, message } of this.#download.take(now)) {
      const peer = this.#peers.get(id);
      assert.ok(peer !== undefined, 'who is gone is not asked');
      const keys = blocksAskedIn(message);
      this.#askedCount += keys.length;
      this.#answer(peer, keys);
    }
    assert.ok(this.#download.inFlightCount <= BLOCK_DOWNLOAD_DEFAULTS.maxInFlight);
    const dueMs = this.#download.deadline();
    if (this.#missing.size === 0 || dueMs === undefined) return;
    assert.ok(dueMs > now.ms, 'it is not due again at the same moment');
    if (this.#tickMs !== undefined && this.#tickMs > now.ms && this.#tickMs <= dueMs) return;
    this.#tickMs = dueMs;
    this.#events.add(dueMs, () => undefined);
  }

  #answer(peer: DownloadPeer, keys: readonly HashKey[]): void {
    const { kind, latencyMs } = peer;
    const { maxInFlightPerPeer, lateAfterMs } = BLOCK_DOWNLOAD_DEFAULTS;
    const isPrompt = kind === 'honest' && peer.blockMs + 2 * latencyMs < lateAfterMs;
    for (const key of keys) {
      assert.ok(!isPrompt || !peer.owed.has(key), 'nobody is asked again for what it is about to bring');
      peer.owed.add(key);
    }
    assert.ok(keys.length <= maxInFlightPerPeer);
    assert.ok(!isPrompt || peer.owed.size <= maxInFlightPerPeer);
    if (kind === 'silent') return;
    for (const key of kind === 'unordered' ? this.#chance.shuffled(keys) : keys) {
      if (kind === 'gappy' && this.#chance.maybe(0.3)) continue;
      peer.busyUntilMs = Math.max(peer.busyUntilMs, this.#clock.ms + latencyMs) + peer.blockMs;
      this.#events.add(peer.busyUntilMs + latencyMs, () => this.#deliver(peer, key));
    }
  }

  #deliver(peer: DownloadPeer, key: HashKey): void {
    if (!this.#peers.has(peer.id)) return;
    const { now } = this.#clock;
    peer.owed.delete(key);
    const block = byKey.get(key);
    assert.ok(block !== undefined);
    const { payload } = block.message;
    switch (peer.kind) {
      case 'lacking':
        return this.#download.notFound(peer.id, key, now);
      case 'forger':
        return this.#receive(peer, this.#forged(payload), true);
      case 'babbler':
        for (let i = this.#chance.int(1, 3); i > 0; i--)
          this.#receive(peer, this.#chance.pick(chain).message.payload, false);
        return this.#chance.maybe(0.3) ? this.#receive(peer, payload, false) : undefined;
      case 'honest':
      case 'leaving':
      case 'silent':
      case 'gappy':
      case 'unordered':
        return this.#receive(peer, payload, false);
    }
  }

  #receive(peer: DownloadPeer, block: Block, isForged: boolean): void {
    const outcome = this.#download.receive(peer.id, block, this.#clock.now);
    switch (outcome.kind) {
      case 'fetched': {
        assert.ok(!isForged, `${peer.kind}: a forged block was taken`);
        const { hash, height, header, transactions } = outcome.block;
        assert.ok(this.#missing.delete(hashKey(hash)), 'a block is fetched once');
        const expected = byKey.get(hashKey(hash));
        assert.deepEqual([height, header], [expected?.height, expected?.header]);
        assert.deepEqual(
          transactions.map(({ wtxid }) => wtxid),
          expected?.transactions.map(({ wtxid }) => wtxid),
        );
        return;
      }
      case 'refused':
        assert.ok(isForged, `${peer.kind}: ${outcome.rule}`);
        this.#refusedCount++;
        return this.#replace(peer.id);
      case 'invalid':
        return assert.fail(outcome.rule);
      case 'unwanted':
    }
  }

  /** Without its last transaction, or with another witness. */
  #forged({ header, transactions }: Block): Block {
    const last = transactions.at(-1);
    if (last === undefined || this.#chance.maybe(0.5))
      return { header, transactions: transactions.slice(0, -1) };
    const inputs = last.inputs.map((input) => ({ ...input, witness: [Uint8Array.of(0xff)] }));
    return { header, transactions: [...transactions.slice(0, -1), { ...last, inputs }] };
  }

  #replace(peer: PeerId): void {
    if (!this.#peers.delete(peer)) return;
    this.#download.peerLost(peer, this.#clock.now);
    if (this.#joined.length > 40) return;
    const traits = traitsOf(this.#chance.pick(OTHER_KINDS), this.#chance);
    this.#plan(this.#chance.pause(2_000), () => this.join(traits));
  }

  /** A block leaves the best chain, and may come back to it. */
  #changeMind(): void {
    if (this.#missing.size < 2) return;
    const block = this.#chance.pick(Array.from(this.#missing.values()));
    this.#download.forget(block.hash);
    if (this.#chance.maybe(0.5)) this.#missing.delete(hashKey(block.hash));
    else this.#download.want(block, this.#clock.now);
  }
}

function traitsOf(kind: DownloadPeerKind, chance: Chance): DownloadPeerTraits {
  const blockMs = chance.pick([1, 20, 500, 4_000, 9_000, 15_000, 50_000]);
  return { kind, latencyMs: chance.pick([1, 50, 400]), blockMs };
}
