/** All headers that keep the rules: the best chain and its side branches (Core: src/validation.cpp, AcceptBlockHeader). */

import type { Network } from '../networks/network.ts';
import { BestChain } from './best-chain.ts';
import type { ChainBase } from './chain-base.ts';
import { rootOf } from './chain-root.ts';
import { checkInBranch } from './check-header.ts';
import { type Attachment, GrowingBranch, RULES_DEPTH } from './growing-branch.ts';
import { HeaderRun } from './header-run.ts';
import { leastMedianTimePast } from './least-median.ts';
import { locatorHeights } from './locator.ts';
import { ProofOfWork } from './proof-of-work.ts';
import { RefusedHashes } from './refused-hashes.ts';
import { faultInItself } from './run-fault.ts';
import { type SideHeader, SideHeaders } from './side-headers.ts';
import type { BranchTip, ChainTip, ForkPoint, TreeChange } from './tree-change.ts';
import type { Verdict } from './verdict.ts';
import { WorkMeter } from './work.ts';
import { WorkSum } from './work-sum.ts';

/** Side headers kept by default: about 80 MB. Where it is reached, the branches with the least work go. */
const MAX_SIDE_HEADERS = 100_000;

export interface HeaderTreeOptions {
  /** Where the chain begins when not at genesis. */
  readonly base?: ChainBase | undefined;
  /** Side headers that are kept. Default: 100,000. */
  readonly maxSideHeaders?: number | undefined;
}

export class HeaderTree {
  readonly network: Network;
  /** Side headers that are kept; where there are more, the branches with the least work are forgotten. */
  readonly maxSideHeaders: number;
  /** Where the chain begins; undefined when at genesis. */
  readonly base: ChainBase | undefined;
  readonly #best: BestChain;
  readonly #side = new SideHeaders();
  readonly #refused = new RefusedHashes();
  readonly #proof: ProofOfWork;
  readonly #work = new WorkMeter();
  #attached: { verdict: Verdict; place: Attachment } | undefined;

  /**
   * A tree that holds the network's genesis, or the base that is given.
   *
   * @param options.base believed as it is; it must be the last header of a period.
   * @throws {RangeError} when it is not.
   */
  constructor(network: Network, { base, maxSideHeaders = MAX_SIDE_HEADERS }: HeaderTreeOptions = {}) {
    this.network = network;
    this.base = base;
    this.maxSideHeaders = maxSideHeaders;
    this.#proof = new ProofOfWork(network.powLimit);
    this.#best = new BestChain(rootOf(network, base));
  }

  /** Height that the chain begins at: 0 for genesis, else that of the base. */
  get baseHeight(): number {
    return this.#best.rootHeight;
  }

  /** Lowest height whose header is known: genesis, or the one above the base. */
  get firstHeight(): number {
    return this.#best.firstHeight;
  }

  get tip(): ChainTip {
    const { height, chainwork } = this.#best;
    return { height, hash: this.hashAt(height), chainwork };
  }

  /**
   * Time at a height of the best chain, Unix seconds, as its miner gave it. The base's own is not known: then it is
   * genesis's, which was earlier.
   */
  timeAt(height: number): number {
    return this.#best.timeAt(height);
  }

  /** Hash at a height of the best chain, from {@link baseHeight} to the tip. */
  hashAt(height: number): Uint8Array {
    return this.#best.hashAt(height).slice();
  }

  /**
   * Median time past at a height of the best chain, Unix seconds; the lowest that it can be where it is not known, for
   * the base and the ten headers above it.
   */
  medianTimeAt(height: number): number {
    const timeAt = (below: number): number => this.#best.timeAt(below);
    const bitsAt = (below: number): number => this.#best.bitsAt(below);
    const least = leastMedianTimePast({ height, baseHeight: this.firstHeight, timeAt, bitsAt });
    return least ?? this.#best.timeAt(this.baseHeight);
  }

  /** Compact target at a height of the best chain; for the base that of the header after it. */
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
   * A locator from a header downwards on its own branch, genesis or the base last.
   *
   * @param from a hash in the tree.
   */
  locator(from: Uint8Array): Uint8Array[] {
    const last = this.#side.get(from);
    const height = last?.height ?? this.#best.heightOf(from);
    if (height === undefined) throw new RangeError('locator: the header is not in the tree');
    const side = this.#side.pathTo(last);
    const forkHeight = height - side.length;
    return locatorHeights(height, this.baseHeight).map(
      (listed) => side[listed - forkHeight - 1]?.hash.slice() ?? this.hashAt(listed),
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
    let fault = faultInItself(run, held, this.#proof);
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
      return fault && { run, known: 0, valid: 0, fault, height: -1, chainwork: 0n };
    }
    const branch = new GrowingBranch(this.#best, place, run, known, this.network);
    const work = new WorkSum(this.#chainworkOf(place));
    let valid = known;
    for (; valid < end; valid++) {
      const fields = run.fieldsAt(valid);
      const broken = checkInBranch(fields, branch, this.network, nowSeconds);
      if (broken !== undefined) {
        const isTemporary = broken.rule === 'time-too-new';
        if (!isTemporary) this.#refused.addAll(run, valid, end);
        // A fault that will not pass says more of the sender than one that may.
        if (!isTemporary || fault === undefined) fault = { index: valid, ...broken };
        break;
      }
      branch.extend();
      work.add(fields.bits);
    }
    const verdict = { run, known, valid, fault, height: branch.height, chainwork: work.total };
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
    const isOnTip = place.side.length === 0 && place.lowHeight === this.#best.height;
    return isOnTip ? this.#extend(verdict) : this.#branch(verdict, place);
  }

  /**
   * The header that the new ones of a verdict go on from.
   *
   * @param verdict the last one that {@link check} gave.
   */
  forkOf(verdict: Verdict): ForkPoint {
    if (this.#attached?.verdict !== verdict) throw new TypeError('forkOf: not the verdict of the last check');
    const { run, known } = verdict;
    const { place } = this.#attached;
    const branch = new GrowingBranch(this.#best, place, run, known, this.network);
    return {
      height: branch.height,
      hash: new Uint8Array(known > 0 ? run.hashAt(known - 1) : run.prevAt(0)),
      chainwork: this.#chainworkOf(place),
      bits: branch.bitsAt(branch.height),
      medianTime: leastMedianTimePast(branch) ?? this.#best.timeAt(this.baseHeight),
    };
  }

  /** Puts back headers of the best chain, next above the tip, that were checked before they were stored. */
  restoreBest(run: HeaderRun): void {
    this.#attached = undefined;
    this.#best.pushRun(run, 0, run.count);
  }

  /**
   * Puts back a side header that was checked before it was stored.
   *
   * @returns false when its parent is not in the tree, or it is there already.
   */
  restoreSide(bytes: Uint8Array): boolean {
    const run = HeaderRun.fromBytes(bytes);
    const parent = this.#pointOf(run.prevAt(0));
    if (parent === undefined || this.has(run.hashAt(0))) return false;
    this.#attached = undefined;
    this.#addSide(run, 0, parent.height + 1, parent.chainwork);
    return true;
  }

  /**
   * Makes the branch with the most work the best chain, when after a restoration it is not: what was lost may have been
   * the end of the best chain alone.
   *
   * @returns undefined when there was nothing to do.
   */
  adoptHeaviest(): TreeChange | undefined {
    let heaviest: SideHeader | undefined;
    for (const leaf of this.#side.leaves()) {
      if (leaf.chainwork > (heaviest?.chainwork ?? this.#best.chainwork)) heaviest = leaf;
    }
    if (heaviest === undefined) return undefined;
    this.#attached = undefined;
    return this.#reorganise(heaviest, heaviest.height, HeaderRun.fromBytes(new Uint8Array(0)));
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
    return { run, known: count, valid: count, fault: undefined, height, chainwork };
  }

  #countKnown(run: HeaderRun): number {
    let known = 0;
    while (known < run.count && this.has(run.hashAt(known))) known++;
    return known;
  }

  /** Where headers attach whose parent has this hash. */
  #find(hash: Uint8Array): Attachment | undefined {
    const height = this.#best.heightOf(hash);
    if (height !== undefined) return { lowHeight: height, side: [] };
    const last = this.#side.get(hash);
    if (last === undefined) return undefined;
    const side = this.#side.pathTo(last, RULES_DEPTH);
    return { lowHeight: last.height - side.length, side };
  }

  #chainworkOf({ lowHeight, side }: Attachment): bigint {
    return side.at(-1)?.chainwork ?? this.#best.chainworkAt(lowHeight);
  }

  #extend({ run, known, valid }: Verdict): TreeChange {
    const fork = this.tip;
    this.#best.pushRun(run, known, valid);
    let added: readonly Uint8Array[] | undefined;
    return {
      fork,
      removed: [],
      // During a synchronisation nobody asks for them.
      get added() {
        return (added ??= hashesOf(run, known, valid));
      },
      promoted: [],
      appended: run.slice(known, valid),
      branched: [],
      forgotten: [],
      tip: this.tip,
    };
  }

  #branch({ run, known, valid, chainwork }: Verdict, place: Attachment): TreeChange {
    // First seen wins: the same work is not enough.
    if (chainwork > this.#best.chainwork)
      return this.#reorganise(place.side.at(-1), place.lowHeight, run.part(known, valid));
    let height = place.lowHeight + place.side.length;
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

  /**
   * Makes a branch the best chain.
   *
   * @param last the last of its headers that is in the tree, off the best chain; undefined when there is none.
   * @param height where the branch leaves the best chain, in that case.
   * @param fresh headers on top of it.
   */
  #reorganise(last: SideHeader | undefined, height: number, fresh: HeaderRun): TreeChange {
    const side = this.#side.pathTo(last);
    const forkHeight = last === undefined ? height : last.height - side.length;
    const removed = this.#demoteAbove(forkHeight);
    for (const header of side) {
      this.#side.delete(header.hash);
      this.#best.push(header.hash, header.time, header.bits);
    }
    this.#best.pushRun(fresh, 0, fresh.count);
    const promoted = side.map(({ hash }) => hash);
    return {
      fork: { height: forkHeight, hash: this.hashAt(forkHeight) },
      removed,
      added: promoted.concat(hashesOf(fresh, 0, fresh.count)),
      promoted,
      appended: fresh.bytes,
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

  /** Returns the chainwork of the header added. */
  #addSide(run: HeaderRun, index: number, height: number, parentWork: bigint): bigint {
    const [time, bits] = [run.timeAt(index), run.bitsAt(index)];
    const chainwork = parentWork + this.#work.of(bits);
    // Copies, for a side header outlives the message it came in; `slice` would make none of a Buffer.
    const [hash, prev] = [new Uint8Array(run.hashAt(index)), new Uint8Array(run.prevAt(index))];
    this.#side.add({ hash, prev, height, time, bits, chainwork });
    return chainwork;
  }

  /**
   * Keeps the side headers within their bound. A tenth more than needed is forgotten, so that a flood is not sorted again
   * for each header. The branch that is growing goes last, but it goes too when it alone is too long.
   */
  #shrink(growing: Uint8Array): Uint8Array[] {
    if (this.#side.size <= this.maxSideHeaders) return [];
    const others = this.#side.shrinkTo(Math.floor(0.9 * this.maxSideHeaders), growing);
    const rest = this.#side.size > this.maxSideHeaders ? this.#side.shrinkTo(this.maxSideHeaders) : [];
    return others.concat(rest).map(({ hash }) => hash);
  }
}

function hashesOf(run: HeaderRun, first: number, end: number): Uint8Array[] {
  return Array.from({ length: end - first }, (_, i) => run.hashAt(first + i));
}
