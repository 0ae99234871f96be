/** A chain that grows and is reorganised while it is scanned, and what there is to be found on each of its branches. */

import assert from 'node:assert/strict';
import { type HashKey, hashKey } from '../../src/bytes/hash-key.ts';
import { equalBytes } from '../../src/bytes/hash.ts';
import { toHex } from '../../src/bytes/hex.ts';
import type { ChainPoint } from '../../src/chain/tree-change.ts';
import type { BlockPayments, Payment } from '../../src/ledger/payment.ts';
import { encodeBlockPayments } from '../../src/ledger/payment-record.ts';
import type { ScanChange, StoredScan } from '../../src/store/scan-store.ts';
import { Chance } from '../sim/chance.ts';

interface Block extends ChainPoint {
  /** What was found in it, or in the last block before it that had something. */
  readonly lastFound: Found | undefined;
}

interface Found {
  /** So many, with this one. */
  readonly count: number;
  readonly payments: BlockPayments;
  readonly before: Found | undefined;
}

/** All chance is from the seed: the same steps come again. */
export class ScannedChain {
  readonly fromHeight: number;
  readonly #chance: Chance;
  /** All blocks that there ever were, by hash. */
  readonly #blocks = new Map<HashKey, Block>();
  /** The chain as it is now, from the block below the scan's first one on. */
  readonly #chain: Block[] = [];

  /** @param fromHeight of the scan; above 0. */
  constructor(seed: number, fromHeight: number) {
    this.fromHeight = fromHeight;
    this.#chance = new Chance(seed);
    this.#add({ height: fromHeight - 1, hash: this.#chance.bytes(32), lastFound: undefined });
  }

  /** Where the scan is after the steps so far. */
  get tip(): ChainPoint {
    const { height, hash } = this.#tip;
    return { height, hash };
  }

  /** The next thing that happens to the chain, as what a scan would commit. */
  step(): ScanChange {
    const chance = this.#chance;
    const depth = chance.maybe(0.3) ? this.#depth() : 0;
    const isReorganised = depth > 0;
    const hadFound = (this.#tip.lastFound?.payments.height ?? 0) > this.#tip.height - depth;
    this.#chain.splice(this.#chain.length - depth);
    const fork = this.#tip.height;
    this.#grow(depth + this.#growth());
    // A scan may go back further than it must, and need not say so where there is nothing to go back for.
    const isTold = isReorganised && (hadFound || chance.maybe(0.5));
    const keepUpTo = isTold ? fork - (chance.maybe(0.2) ? chance.int(0, 5) : 0) : undefined;
    const added = this.found(this.tip).filter(({ height }) => height > (keepUpTo ?? fork));
    return { keepUpTo, added, progress: { fromHeight: this.fromHeight, scanned: this.tip } };
  }

  /** What there is to be found on the chain that ends with a block. */
  found(point: ChainPoint): BlockPayments[] {
    const found: BlockPayments[] = [];
    for (let link = this.#blockOf(point).lastFound; link !== undefined; link = link.before)
      found.push(link.payments);
    return found.toReversed();
  }

  /** How many blocks of it have something, and which is the last, as a key. */
  lastFound(point: ChainPoint): { count: number; last: HashKey | undefined } {
    const { count = 0, payments } = this.#blockOf(point).lastFound ?? {};
    return { count, last: payments && hashKey(payments.hash) };
  }

  /** Whether the chain has a block now. */
  has({ height, hash }: ChainPoint): boolean {
    const block = this.#chain[height - this.fromHeight + 1];
    return block !== undefined && equalBytes(block.hash, hash);
  }

  get #tip(): Block {
    return this.#chain.at(-1) as Block;
  }

  #blockOf({ height, hash }: ChainPoint): Block {
    const block = this.#blocks.get(hashKey(hash));
    if (block?.height !== height) throw new Error('there never was such a block');
    return block;
  }

  /** Of a reorganisation; the block below the scan's first one stays. */
  #depth(): number {
    const few = this.#chance.int(2, 12);
    const depths = [
      [4, 1],
      [2, few],
      [1, 150],
    ] as const;
    return Math.min(this.#chance.weighted(depths), this.#chain.length - 1);
  }

  #growth(): number {
    const [few, some] = [this.#chance.int(1, 5), this.#chance.int(6, 60)];
    return this.#chance.weighted([
      [5, few],
      [2, some],
      [1, 120],
    ]);
  }

  #grow(count: number): void {
    for (let i = 0; i < count; i++) {
      const height = this.#tip.height + 1;
      const hash = this.#chance.bytes(32);
      const before = this.#tip.lastFound;
      const payments = this.#chance.maybe(0.15) ? madePayments(this.#chance, { height, hash }) : undefined;
      const lastFound = payments ? { count: (before?.count ?? 0) + 1, payments, before } : before;
      this.#add({ height, hash, lastFound });
    }
  }

  #add(block: Block): void {
    this.#chain.push(block);
    this.#blocks.set(hashKey(block.hash), block);
  }
}

/** Payments of any kind in a block: no ledger would make head or tail of them. */
export function madePayments(chance: Chance, { height, hash }: ChainPoint): BlockPayments {
  const count = chance.int(1, 3);
  const payments = Array.from({ length: count }, (_, i) => madePayment(chance, i));
  return { height, hash, blockTime: chance.int(1, 2 ** 32 - 1), payments };
}

function madePayment(chance: Chance, index: number): Payment {
  const script = chance.bytes(chance.int(1, 35));
  const valueSats = BigInt(chance.int(0, 2_100_000_000_000_000));
  const outpoint = { txid: chance.bytes(32), vout: chance.int(0, 3) };
  return {
    txid: chance.bytes(32),
    index,
    received: [{ vout: chance.int(0, 9), valueSats, script }],
    spent: chance.maybe(0.4) ? [{ vin: 0, ...outpoint, valueSats, script }] : [],
    unknownSpends: chance.maybe(0.1) ? [{ vin: 1, ...outpoint, script }] : [],
  };
}

/** What a scan has, as a text that can be compared. */
export function scanText(blocks: readonly BlockPayments[], { height, hash }: ChainPoint): string {
  const lines = blocks.map((block) => `${block.height} ${toHex(encodeBlockPayments(block))}`);
  return [...lines, `scanned ${height} ${toHex(hash)}`].join('\n');
}

export function storedText({ blocks, progress }: StoredScan): string {
  return scanText(blocks, progress.scanned);
}

/** Fails when anything that is stored is not true of the chain that it names. */
export function assertTrue(
  { blocks, progress, points }: StoredScan,
  chain: ScannedChain,
  what: string,
): void {
  const { scanned } = progress;
  assert.equal(scanText(blocks, scanned), scanText(chain.found(scanned), scanned), what);
  let count = 0;
  for (const point of points) {
    while ((blocks[count]?.height ?? Infinity) <= point.height) count++;
    const last = blocks[count - 1];
    // All blocks before are those of its chain, since each was made with those before it.
    assert.deepEqual(
      { count, last: last && hashKey(last.hash) },
      chain.lastFound(point),
      `${what}, height ${point.height}`,
    );
  }
}
