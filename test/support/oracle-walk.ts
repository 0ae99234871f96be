/**
 * Trees of headers that grow at random near the boundaries of all rules: forks of forks, wrong and right bits, times a second to
 * either side of a limit, versions about to be forbidden, children of what was refused. An oracle says what becomes of each.
 */
import type { Network } from '../../src/networks/network.ts';
import type { Random } from '../../src/protocol/machine.ts';
import { below } from '../../src/protocol/peers/chance.ts';
import { seededRandom } from './false-time.ts';
import { mineBadly, mineFields, type MinedFields } from './oracle-miner.ts';
import { type CoreReason, oracleHash, type OracleHeader, type OracleTree } from './oracle-tree.ts';
import { referenceTarget, referenceWork } from './reference-rules.ts';

/** Seconds by which a header may be ahead of the clock. */
const FUTURE_SECONDS = 7200;
/** Hashes that a header of a walk may cost in the mean. */
const MAX_WORK = 4096n;
/** Headers on which a walk goes on growing, more often than on any other. */
const RECENT = 12;
/** Version of headers about which nothing else is wrong. */
const GOOD_VERSION = 0x20000000;

export interface WalkOptions {
  /** Keeps what is accepted; walks may share one. */
  readonly oracle: OracleTree;
  /** Where the walk begins: a header of the oracle, genesis by default. */
  readonly start?: OracleHeader;
  readonly seed: number;
  /** Versions that headers may have; those that are too low at some heights are what it is about. */
  readonly versions?: readonly number[];
  /** Whether times up to the future limit and beyond occur. */
  readonly goesAhead?: boolean;
  /** What a header must name as its merkle root; random bytes unless told otherwise. */
  readonly merkleRoot?: (height: number, salt: number) => Uint8Array;
}

/**
 * Headers about which nothing is wrong, from genesis up to a height.
 *
 * @param gapAt seconds after the parent, by height.
 */
export function growTrunk(
  oracle: OracleTree,
  height: number,
  gapAt: (height: number) => number,
  merkleRoot: WalkOptions['merkleRoot'] = (at) => saltBytes(0, at),
): Uint8Array[] {
  const trunk: Uint8Array[] = [];
  let parent = oracle.genesis;
  while (parent.height < height) {
    const time = parent.time + gapAt(parent.height + 1);
    const bits = oracle.requiredBits(parent, time);
    const fields = { version: GOOD_VERSION, prev: parent.hash, time, bits };
    const root = merkleRoot(parent.height + 1, 0);
    const bytes = mineFields({ ...fields, merkleRoot: root }, oracle.network.powLimit);
    const reason = oracle.submit(bytes, time);
    if (reason !== undefined) throw new Error(`${reason} in the trunk`);
    parent = oracle.get(oracleHash(bytes)) as OracleHeader;
    trunk.push(bytes);
  }
  return trunk;
}

/** By how much the first header of the second period is ahead of its time. */
export const AHEAD_SECONDS: number = 1_000_000;

/**
 * Gaps of a trunk of two periods: mostly two minutes, so that the target must fall, now and then so many that a testnet's block
 * may be easy; and a second period that takes less than no time, because its first header is far ahead of the others.
 */
export function unevenGapAt(height: number): number {
  if (height === 2016) return AHEAD_SECONDS;
  if (height === 2017) return 120 - AHEAD_SECONDS;
  return height % 5 === 0 ? 1300 : 120;
}

/** A header of the walk and what the oracle said of it. */
export interface Step {
  readonly bytes: Uint8Array;
  readonly reason: CoreReason | undefined;
}

export class HeaderWalk {
  readonly #oracle: OracleTree;
  readonly #network: Network;
  readonly #random: Random;
  readonly #versions: readonly number[];
  readonly #goesAhead: boolean;
  readonly #merkleRoot: (height: number, salt: number) => Uint8Array;
  readonly #start: OracleHeader;
  /** All that were accepted since the walk last began. */
  #grown: OracleHeader[] = [];
  #lastRefused = '00'.repeat(32);
  #salt = 0;

  constructor({ oracle, start = oracle.genesis, seed, ...options }: WalkOptions) {
    this.#oracle = oracle;
    this.#network = oracle.network;
    this.#random = seededRandom(seed);
    this.#versions = options.versions ?? [0, 1, 2, 3, 4, 0x7fffffff];
    this.#goesAhead = options.goesAhead ?? true;
    this.#merkleRoot = options.merkleRoot ?? ((_, salt) => saltBytes(seed, salt));
    this.#start = start;
    this.rewind();
  }

  /** Begins again where the walk began, so that it grows more branches there. */
  rewind(): void {
    this.#grown = [this.#start];
  }

  /** The next header, as it may come when all clocks show this time. */
  next(nowSeconds: number): Step {
    const lot = this.#below(100);
    if (lot < 3) return this.#orphan(nowSeconds);
    const parent = this.#parent();
    const time = this.#time(parent, nowSeconds);
    const bits = this.#bits(parent, time);
    const version = this.#below(6) === 0 ? this.#pick(this.#versions) : GOOD_VERSION;
    return this.#submit(this.#fields(parent, { time, bits, version }), nowSeconds, lot < 6);
  }

  #parent(): OracleHeader {
    const grown = this.#grown;
    const lot = this.#below(10);
    if (lot < 5) return grown.at(-1) as OracleHeader;
    if (lot < 9) return this.#pick(grown.slice(-RECENT));
    return this.#pick(grown);
  }

  #time(parent: OracleHeader, nowSeconds: number): number {
    const periodStart = this.#oracle.periodStart(parent);
    const latest = nowSeconds + FUTURE_SECONDS;
    const median = this.#oracle.median(parent);
    const startsPeriod = (parent.height + 1) % this.#oracle.interval === 0;
    const anchors = [
      median,
      parent.time,
      parent.time + 1200,
      ...(this.#goesAhead ? [latest] : []),
      periodStart.time,
      ...(startsPeriod ? [parent.time - 600, parent.time - 600, parent.time - 7200] : []),
    ];
    const lot = this.#below(10);
    // Otherwise the tree would hardly grow: most of what lies at a boundary is refused.
    if (lot < 4) return Math.min(Math.max(parent.time, median) + 1 + this.#below(1800), latest);
    if (lot === 4) return clampTime(parent.time - 10_000 + this.#below(20_000));
    return clampTime(this.#pick(anchors) + this.#below(5) - 2);
  }

  #bits(parent: OracleHeader, time: number): number {
    const required = this.#oracle.requiredBits(parent, time);
    if (this.#below(8) !== 0) return required;
    const limitBits = this.#network.powLimitBits;
    const chosen = this.#pick([
      parent.bits,
      limitBits,
      required - 1,
      required + 1,
      sameTargetOf(required),
      // Negative, zero, over 256 bits, and a little easier than allowed.
      (required | 0x00800000) >>> 0,
      required & 0xff000000,
      0xff123456,
      sameTargetOf(limitBits) + 1,
      // What the 20-minute rule or a retarget would ask for on another branch.
      this.#pick(this.#grown).bits,
    ]);
    return this.#isAffordable(chosen) ? chosen : required;
  }

  /** A header on one that was refused, or on none at all. */
  #orphan(nowSeconds: number): Step {
    const prev = this.#below(2) === 0 ? this.#lastRefused : oracleHash(saltBytes(1, this.#salt));
    const merkleRoot = this.#merkleRoot(1, ++this.#salt);
    const bits = this.#network.powLimitBits;
    return this.#submit({ version: GOOD_VERSION, prev, merkleRoot, time: nowSeconds, bits }, nowSeconds);
  }

  #fields(parent: OracleHeader, fields: Pick<MinedFields, 'version' | 'time' | 'bits'>): MinedFields {
    const merkleRoot = this.#merkleRoot(parent.height + 1, ++this.#salt);
    return { prev: parent.hash, merkleRoot, ...fields };
  }

  #submit(fields: MinedFields, nowSeconds: number, isBad = false): Step {
    const bytes = (isBad ? mineBadly : mineFields)(fields, this.#network.powLimit);
    const hash = oracleHash(bytes);
    const reason = this.#oracle.submit(bytes, nowSeconds);
    const kept = this.#oracle.get(hash);
    if (kept === undefined) this.#lastRefused = hash;
    else this.#grown.push(kept);
    return { bytes, reason };
  }

  #isAffordable(bits: number): boolean {
    return referenceTarget(bits, this.#network.powLimit) === undefined || referenceWork(bits) <= MAX_WORK;
  }

  #below(count: number): number {
    return below(count, this.#random);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T;
  }
}

/** The same target, or nearly, written with one byte more. */
function sameTargetOf(bits: number): number {
  return ((((bits >>> 24) + 1) << 24) | ((bits & 0x007fffff) >>> 8)) >>> 0;
}

function clampTime(time: number): number {
  return Math.min(Math.max(time, 0), 0xffffffff);
}

function saltBytes(seed: number, salt: number): Uint8Array {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, seed, true);
  view.setUint32(4, salt, true);
  return bytes;
}
