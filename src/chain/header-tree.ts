/** All headers that keep the rules: the best chain and its side branches (Core: src/validation.cpp, AcceptBlockHeader). */

import { equalBytes } from '../bytes/hash.ts';
import { fromHex, toDisplayHex } from '../bytes/hex.ts';
import type { Network } from '../networks/network.ts';
import { BestChain } from './best-chain.ts';
import { medianTimePast } from './branch.ts';
import { checkInBranch, type HeaderRule } from './check-header.ts';
import { compactHex } from './compact-target.ts';
import { type Attachment, GrowingBranch } from './growing-branch.ts';
import { HeaderRun } from './header-run.ts';
import { locatorHeights } from './locator.ts';
import { ProofOfWork } from './proof-of-work.ts';
import { RefusedHashes } from './refused-hashes.ts';
import { type SideHeader, SideHeaders } from './side-headers.ts';
import { WorkMeter } from './work.ts';

/** Side headers kept by default: about 20 MB. Where it is reached, the branches with the least work go. */
const MAX_SIDE_HEADERS = 100_000;

/** A header named by height and hash (32 bytes in wire order). */
export interface ChainPoint {
  readonly height: number;
  readonly hash: Uint8Array;
}

/** The last header of the best chain. */
export interface ChainTip extends ChainPoint {
  /** Expected hashes from genesis on. */
  readonly chainwork: bigint;
}

/** A header of a run that breaks a rule. */
export interface HeaderFault {
  /** Its position in the run. */
  readonly index: number;
  readonly rule: HeaderRule;
  /** The numbers that show it. */
  readonly detail: string;
}

/** What the rules say about a run whose parent is known. */
export interface Verdict {
  readonly run: HeaderRun;
  /** How many of the first headers the tree has already. */
  readonly known: number;
  /** How many of the first headers keep every rule, those already known included. */
  readonly valid: number;
  /** What is wrong with the header after these; undefined when they are all. */
  readonly fault: HeaderFault | undefined;
  /** Height of the last valid header; of the run's parent when there is none. */
  readonly height: number;
  /** Chainwork of the last valid header; of the run's parent when there is none. */
  readonly chainwork: bigint;
  /** Headers from the best chain, as it is now, to the last valid one; 0 when none of them is new. */
  readonly branchLength: number;
}

/** What a run did to the tree: everything that a store or a listener must know. */
export interface TreeChange {
  /** The last header that the best chain had before and has still; the old tip when it only grew. */
  readonly fork: ChainPoint;
  /** Hashes that left the best chain for a side branch, newest first. */
  readonly removed: readonly Uint8Array[];
  /** Hashes now on the best chain above the fork, oldest first. */
  readonly added: readonly Uint8Array[];
  /** The first ones of `added` that were on a side branch before, oldest first. */
  readonly promoted: readonly Uint8Array[];
  /** The other ones of `added`, which are new, as 80-byte headers. */
  readonly appended: Uint8Array;
  /** New headers that stay on a side branch, oldest first. */
  readonly branched: readonly {
    readonly hash: Uint8Array;
    readonly bytes: Uint8Array;
    readonly height: number;
  }[];
  /** Hashes of side headers that were dropped to stay within bounds. */
  readonly forgotten: readonly Uint8Array[];
  readonly tip: ChainTip;
}

/** The end of a branch, as bitcoind's getchaintips lists them. */
export interface BranchTip extends ChainTip {
  /** Headers since it left the best chain; 0 for the best chain itself. */
  readonly branchLength: number;
}

export class HeaderTree {
  readonly network: Network;
  /** Side headers that are kept; where there are more, the branches with the least work are forgotten. */
  readonly maxSideHeaders: number;
  readonly #best = new BestChain();
  readonly #side = new SideHeaders();
  readonly #refused = new RefusedHashes();
  readonly #proof: ProofOfWork;
  readonly #work = new WorkMeter();
  #attached: { verdict: Verdict; place: Attachment } | undefined;

  /** A tree that holds the network's genesis. */
  constructor(network: Network, { maxSideHeaders = MAX_SIDE_HEADERS }: { maxSideHeaders?: number } = {}) {
    this.network = network;
    this.maxSideHeaders = maxSideHeaders;
    this.#proof = new ProofOfWork(network.powLimit);
    const genesis = HeaderRun.fromBytes(fromHex(network.genesisHeaderHex));
    this.#best.push(genesis.hashAt(0), genesis.timeAt(0), genesis.bitsAt(0));
  }

  get tip(): ChainTip {
    const { height, chainwork } = this.#best;
    return { height, hash: this.hashAt(height), chainwork };
  }

  /** Time at a height of the best chain, Unix seconds, as its miner gave it. */
  timeAt(height: number): number {
    return this.#best.timeAt(height);
  }

  /** Hash at a height of the best chain, from 0 to the tip. */
  hashAt(height: number): Uint8Array {
    return this.#best.hashAt(height).slice();
  }

  /** Median time past at a height of the best chain, Unix seconds. */
  medianTimeAt(height: number): number {
    const timeAt = (below: number): number => this.#best.timeAt(below);
    const bitsAt = (below: number): number => this.#best.bitsAt(below);
    return medianTimePast({ height, baseHeight: 0, timeAt, bitsAt });
  }

  /** Compact target at a height of the best chain. */
  bitsAt(height: number): number {
    return this.#best.bitsAt(height);
  }

  /** Expected hashes from genesis to a height of the best chain. */
  chainworkAt(height: number): bigint {
    return this.#best.chainworkAt(height);
  }

  /** Height of a hash on the best chain; undefined for any other. */
  heightOf(hash: Uint8Array): number | undefined {
    return this.#best.heightOf(hash);
  }

  /** Whether the header is in the tree, on the best chain or off it. */
  has(hash: Uint8Array): boolean {
    return this.#best.heightOf(hash) !== undefined || this.#side.get(hash) !== undefined;
  }

  /**
   * A locator from a header downwards on its own branch, genesis last.
   *
   * @param from a hash in the tree.
   */
  locator(from: Uint8Array): Uint8Array[] {
    const place = this.#find(from);
    if (place === undefined) throw new RangeError('locator: the header is not in the tree');
    const { forkHeight, side } = place;
    return locatorHeights(forkHeight + side.length).map(
      (height) => side[height - forkHeight - 1]?.hash.slice() ?? this.hashAt(height),
    );
  }

  /** The ends of all branches, the best chain's first, then by work. */
  tips(): BranchTip[] {
    const side = this.#side.leaves().map((leaf) => {
      const path = this.#side.pathTo(leaf);
      const { height, hash, chainwork } = leaf;
      return { height, hash: hash.slice(), chainwork, branchLength: path.length };
    });
    return [
      { ...this.tip, branchLength: 0 },
      ...side.toSorted((a, b) => (a.chainwork > b.chainwork ? -1 : 1)),
    ];
  }

  /**
   * Checks headers against every rule. The tree stays as it is, but for a memory of what was refused.
   *
   * @param nowSeconds our clock, Unix seconds: a header may be two hours ahead of it.
   * @returns undefined when nothing is wrong with the headers in themselves and their parent is not known.
   */
  check(run: HeaderRun, nowSeconds: number): Verdict | undefined {
    const held = this.#countKnown(run);
    let fault = this.#faultInItself(run, held);
    const end = fault?.index ?? run.count;
    const known = Math.min(held, end);
    if (known === run.count && known > 0) return this.#nothingNew(run);
    const parent = known > 0 ? run.hashAt(known - 1) : run.count > 0 ? run.prevAt(0) : undefined;
    const place = parent && this.#find(parent);
    if (parent === undefined || place === undefined) {
      if (parent !== undefined && fault?.index !== 0 && this.#refused.has(parent)) {
        this.#refused.addAll(run, 0, end);
        fault = { index: 0, rule: 'bad-prevblk', detail: 'its parent was refused before' };
      }
      return fault && { run, known: 0, valid: 0, fault, height: -1, chainwork: 0n, branchLength: 0 };
    }
    const branch = new GrowingBranch(this.#best, place, run, known, this.network);
    let chainwork = this.#chainworkOf(place);
    let valid = known;
    for (; valid < end; valid++) {
      const fields = run.fieldsAt(valid);
      const broken = checkInBranch(fields, branch, this.network, nowSeconds);
      if (broken !== undefined) {
        fault = { index: valid, ...broken };
        if (broken.rule !== 'time-too-new') this.#refused.addAll(run, valid, end);
        break;
      }
      branch.extend();
      chainwork += this.#work.of(fields.bits);
    }
    const { height } = branch;
    const verdict = { run, known, valid, fault, height, chainwork, branchLength: height - place.forkHeight };
    this.#attached = { verdict, place };
    return verdict;
  }

  /**
   * Takes in the headers that a verdict found valid.
   *
   * @param verdict the last one that {@link check} gave.
   * @returns undefined when there was nothing new among them.
   */
  connect(verdict: Verdict): TreeChange | undefined {
    const attached = this.#attached;
    this.#attached = undefined;
    if (verdict.valid <= verdict.known) return undefined;
    if (attached?.verdict !== verdict) throw new TypeError('connect: not the verdict of the last check');
    const { place } = attached;
    const isOnTip = place.side.length === 0 && place.forkHeight === this.#best.height;
    return isOnTip ? this.#extend(verdict) : this.#branch(verdict, place);
  }

  /** Puts back headers of the best chain, next above the tip, that were checked before they were stored. */
  restoreBest(run: HeaderRun): void {
    this.#attached = undefined;
    this.#pushRun(run, 0, run.count);
  }

  /**
   * Puts back a side header that was checked before it was stored.
   *
   * @returns false when it has no place: its parent is not in the tree, it is there already, or it has more work than
   * the best chain, which it would then belong to.
   */
  restoreSide(bytes: Uint8Array): boolean {
    const run = HeaderRun.fromBytes(bytes);
    const parent = this.#pointOf(run.prevAt(0));
    if (parent === undefined || this.has(run.hashAt(0))) return false;
    if (parent.chainwork + this.#work.of(run.bitsAt(0)) > this.#best.chainwork) return false;
    this.#attached = undefined;
    this.#addSide(run, 0, parent.height + 1, parent.chainwork);
    return true;
  }

  /** Height and chainwork of a header in the tree. */
  #pointOf(hash: Uint8Array): { readonly height: number; readonly chainwork: bigint } | undefined {
    const height = this.#best.heightOf(hash);
    return height === undefined
      ? this.#side.get(hash)
      : { height, chainwork: this.#best.chainworkAt(height) };
  }

  /** The verdict on headers that the tree has, without a walk along what may be a long branch. */
  #nothingNew(run: HeaderRun): Verdict {
    const { count } = run;
    const { height, chainwork } = this.#pointOf(run.hashAt(count - 1)) ?? { height: -1, chainwork: 0n };
    return { run, known: count, valid: count, fault: undefined, height, chainwork, branchLength: 0 };
  }

  #countKnown(run: HeaderRun): number {
    let known = 0;
    while (known < run.count && this.has(run.hashAt(known))) known++;
    return known;
  }

  /** The first fault that shows without the branch: rules about each header alone, and the links between them. */
  #faultInItself(run: HeaderRun, known: number): HeaderFault | undefined {
    for (let index = 0; index < run.count; index++) {
      if (index > 0 && !equalBytes(run.prevAt(index), run.hashAt(index - 1))) {
        return { index, rule: 'not-continuous', detail: 'its parent is not the header before it' };
      }
      if (index < known) continue;
      const rule = this.#proof.fault(run.hashAt(index), run.bitsAt(index));
      if (rule !== undefined) return { index, rule, detail: describeProof(rule, run, index) };
    }
    return undefined;
  }

  /** Where a branch ends whose last header has this hash. */
  #find(hash: Uint8Array): Attachment | undefined {
    const height = this.#best.heightOf(hash);
    if (height !== undefined) return { forkHeight: height, side: [] };
    const last = this.#side.get(hash);
    if (last === undefined) return undefined;
    const side = this.#side.pathTo(last);
    return { forkHeight: last.height - side.length, side };
  }

  #chainworkOf({ forkHeight, side }: Attachment): bigint {
    return side.at(-1)?.chainwork ?? this.#best.chainworkAt(forkHeight);
  }

  #extend({ run, known, valid }: Verdict): TreeChange {
    const fork = this.tip;
    this.#pushRun(run, known, valid);
    return {
      fork,
      removed: [],
      added: hashesOf(run, known, valid),
      promoted: [],
      appended: run.slice(known, valid),
      branched: [],
      forgotten: [],
      tip: this.tip,
    };
  }

  #branch({ run, known, valid, chainwork }: Verdict, place: Attachment): TreeChange {
    // First seen wins: the same work is not enough.
    if (chainwork > this.#best.chainwork) return this.#reorganise(run, known, valid, place);
    let height = place.forkHeight + place.side.length;
    let parentWork = this.#chainworkOf(place);
    const branched = [];
    for (let i = known; i < valid; i++) {
      height++;
      parentWork = this.#addSide(run, i, height, parentWork);
      branched.push({ hash: run.hashAt(i), bytes: run.bytesAt(i), height });
    }
    const forgotten = this.#shrink(run.hashAt(valid - 1));
    const nothing = { removed: [], added: [], promoted: [], appended: new Uint8Array(0) };
    return { ...nothing, fork: this.tip, branched, forgotten, tip: this.tip };
  }

  #reorganise(run: HeaderRun, known: number, valid: number, { forkHeight, side }: Attachment): TreeChange {
    const removed = this.#demoteAbove(forkHeight);
    for (const header of side) {
      this.#side.delete(header.hash);
      this.#best.push(header.hash, header.time, header.bits);
    }
    this.#pushRun(run, known, valid);
    const promoted = side.map(({ hash }) => hash);
    return {
      fork: { height: forkHeight, hash: this.hashAt(forkHeight) },
      removed,
      added: [...promoted, ...hashesOf(run, known, valid)],
      promoted,
      appended: run.slice(known, valid),
      branched: [],
      forgotten: this.#shrink(this.tip.hash),
      tip: this.tip,
    };
  }

  /** Moves the best chain's headers above a height to the side; returns their hashes, newest first. */
  #demoteAbove(forkHeight: number): Uint8Array[] {
    const removed: Uint8Array[] = [];
    let chainwork = this.#best.chainworkAt(forkHeight);
    for (let height = forkHeight + 1; height <= this.#best.height; height++) {
      const [time, bits] = [this.#best.timeAt(height), this.#best.bitsAt(height)];
      const [hash, prev] = [this.hashAt(height), this.hashAt(height - 1)];
      chainwork += this.#work.of(bits);
      this.#side.add({ hash, prev, height, time, bits, chainwork });
      removed.push(hash);
    }
    this.#best.truncate(forkHeight);
    return removed.toReversed();
  }

  #pushRun(run: HeaderRun, first: number, end: number): void {
    for (let i = first; i < end; i++) this.#best.push(run.hashAt(i), run.timeAt(i), run.bitsAt(i));
  }

  /** Returns the chainwork of the header added. */
  #addSide(run: HeaderRun, index: number, height: number, parentWork: bigint): bigint {
    const [time, bits] = [run.timeAt(index), run.bitsAt(index)];
    const chainwork = parentWork + this.#work.of(bits);
    // Copies, for a side header outlives the message it came in; `slice` would make none of a Buffer.
    const [hash, prev] = [new Uint8Array(run.hashAt(index)), new Uint8Array(run.prevAt(index))];
    this.#side.add({ hash, prev, height, time, bits, chainwork });
    return chainwork;
  }

  /** A tenth more than needed is forgotten, so that a flood is not sorted again for each header. */
  #shrink(spared: Uint8Array): Uint8Array[] {
    if (this.#side.size <= this.maxSideHeaders) return [];
    const forgotten: SideHeader[] = this.#side.shrinkTo(Math.floor(0.9 * this.maxSideHeaders), spared);
    return forgotten.map(({ hash }) => hash);
  }
}

function hashesOf(run: HeaderRun, first: number, end: number): Uint8Array[] {
  return Array.from({ length: end - first }, (_, i) => run.hashAt(first + i));
}

function describeProof(rule: 'bad-target' | 'high-hash', run: HeaderRun, index: number): string {
  const bits = compactHex(run.bitsAt(index));
  if (rule === 'bad-target') return `bits ${bits} are no target that the network allows`;
  return `hash ${toDisplayHex(run.hashAt(index))} is above the target of bits ${bits}`;
}
