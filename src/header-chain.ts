/** The header chain of one network: a tree in memory and its store, in step with each other. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { equalBytes } from './bytes/hash.ts';
import { fromDisplayHex, toDisplayHex } from './bytes/hex.ts';
import { MEDIAN_TIME_SPAN } from './chain/median-time.ts';
import { HeaderRun } from './chain/header-run.ts';
import { HeaderTree } from './chain/header-tree.ts';
import { chainworkHex } from './chain/work.ts';
import { openHeaderStore, resolveStart } from './chain-start.ts';
import { describeFields, type HeaderInfo } from './header-info.ts';
import type { Network, NetworkName } from './networks/network.ts';
import type { ChainStart } from './store/chain-start.ts';
import type { HeaderStore } from './store/header-store.ts';
import type { KeyValue } from './store/key-value.ts';
import { LevelKeyValue } from './store/level.ts';
import { MemoryKeyValue } from './store/memory.ts';
import { restore } from './store/restore.ts';
import { StoreError } from './store/store-error.ts';

/** The last header of the best chain; the hash in display order. */
export interface Tip {
  readonly height: number;
  readonly hash: string;
  /** Expected hashes from genesis on, 64 hexadecimal digits. */
  readonly chainwork: string;
}

export interface OpenOptions {
  readonly network: Network;
  /** Folder that holds a folder for each network; nothing is kept on disk without it. */
  readonly datadir: string | undefined;
  /** Whether a store that is not there is made; else its absence is an error. */
  readonly create: boolean;
  /**
   * Height that a new store begins at, rather than at genesis: the highest built-in anchor at or below it. One that is
   * there must have begun at the same; without this it may have begun anywhere. On mainnet only.
   */
  readonly start?: number | undefined;
}

/** Pauses between looks at a store that is behind the tree, and how many: far more than a commit takes. */
const BEHIND_PAUSE_MS = 10;
const MAX_LOOKS = 100;

/** Headers from which on it is worth a few milliseconds to have LevelDB let go of the files that they were read from: 8 MB. */
const MANY_HEADERS = 100_000;

/** The folder of a network's headers. */
export function headersFolder(datadir: string, network: NetworkName): string {
  return join(datadir, network, 'headers');
}

export class HeaderChain {
  readonly network: Network;
  readonly tree: HeaderTree;
  readonly store: HeaderStore;
  /** What was mended when the store was opened, in one sentence; undefined when nothing was. */
  readonly repair: string | undefined;
  /** Resolves when what the tree has now is in the store too. */
  #written: () => Promise<void> = () => Promise.resolve();

  private constructor(tree: HeaderTree, store: HeaderStore, repair: string | undefined) {
    this.network = tree.network;
    this.tree = tree;
    this.store = store;
    this.repair = repair;
  }

  /**
   * Opens a chain. Checksums are verified and the links between the chunks of the store; not the links between all
   * headers nor the rules, which were checked before they were stored: that is what {@link verifyChain} is for.
   *
   * @throws {StoreError} with any of its codes.
   * @throws {RangeError | TypeError} when `start` is no height, or the network has no anchors to begin at.
   */
  static async open({ network, datadir, create, start: height }: OpenOptions): Promise<HeaderChain> {
    const start = height === undefined ? undefined : resolveStart(network, height);
    if (datadir === undefined) return HeaderChain.#load(network, new MemoryKeyValue(), { start });
    const folder = headersFolder(datadir, network.name);
    if (!create && !LevelKeyValue.exists(folder)) {
      const message = `there are no ${network.name} headers in ${datadir}: run "headlight sync" or "headlight import" first`;
      throw new StoreError('store-missing', message);
    }
    const database = await LevelKeyValue.open(folder);
    try {
      return await HeaderChain.#load(network, database, { start, wasRepaired: database.wasRepaired });
    } catch (error) {
      if (!LevelKeyValue.isDamage(error)) throw error;
    }
    return HeaderChain.#load(network, await LevelKeyValue.openRepaired(folder), { start, wasRepaired: true });
  }

  /** Closes the database when it cannot be used. */
  static async #load(
    network: Network,
    database: KeyValue,
    { start, wasRepaired = false }: { start: ChainStart | undefined; wasRepaired?: boolean },
  ): Promise<HeaderChain> {
    try {
      const store = await openHeaderStore(database, network, start);
      const tree = new HeaderTree(network, { base: store.base });
      const report = await restore(store, tree);
      if (tree.tip.height - tree.baseHeight >= MANY_HEADERS) await database.trim?.();
      return new HeaderChain(tree, store, describeRepair(report, wasRepaired, tree));
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  get tip(): Tip {
    const { height, hash, chainwork } = this.tree.tip;
    return { height, hash: toDisplayHex(hash), chainwork: chainworkHex(chainwork) };
  }

  /** Height that the chain was verified from: 0 for genesis, else that of the built-in anchor that it begins at. */
  get startHeight(): number {
    return this.tree.baseHeight;
  }

  /** Lowest height whose header is known: an anchor's own is not. */
  get firstHeight(): number {
    return this.tree.firstHeight;
  }

  /** Whoever changes the tree before the store says how to wait for the store. */
  writtenBy(written: () => Promise<void>): void {
    this.#written = written;
  }

  /**
   * A stored header.
   *
   * @param which a height of the best chain, or the hash, in display order, of any header, also one off the best chain.
   * @returns undefined when there is no such header.
   * @throws {RangeError | TypeError} when it is neither a height nor a hash.
   */
  async header(which: number | string): Promise<HeaderInfo | undefined> {
    if (typeof which === 'number') {
      assertWhole('header: which', which);
      return (await this.headers(which, 1))[0];
    }
    if (typeof which !== 'string' || !/^[0-9a-f]{64}$/i.test(which))
      throw new TypeError(`header: which is ${JSON.stringify(which)}, not a height or 64 hexadecimal digits`);
    const hash = fromDisplayHex(which);
    const { found } = await this.#inStep(() => this.#findByHash(hash));
    return found;
  }

  /**
   * Headers of the best chain from a height on; fewer than `count` where it ends, and where it begins above that height.
   * What is said of them is true at one and the same moment.
   *
   * @throws {RangeError} when an argument is no whole number from 0 on.
   */
  async headers(fromHeight: number, count: number): Promise<HeaderInfo[]> {
    assertWhole('headers: fromHeight', fromHeight);
    assertWhole('headers: count', count);
    const first = Math.max(fromHeight, this.firstHeight);
    return this.#inStep(() => this.#readHeaders(first, fromHeight + count - first));
  }

  /** Repeats a look at tree and store until they agree: the tree is ahead while the disk is at work. */
  async #inStep<T>(look: () => Promise<T | undefined>): Promise<T> {
    for (let looks = 1; looks <= MAX_LOOKS; looks++) {
      await this.#written();
      const found = await look();
      if (found !== undefined) return found;
      await sleep(BEHIND_PAUSE_MS);
    }
    throw new StoreError('store-read-failed', 'the store does not hold the headers that it should');
  }

  /** Undefined when the store does not hold what the tree does. */
  async #readHeaders(fromHeight: number, count: number): Promise<HeaderInfo[] | undefined> {
    const run = HeaderRun.fromBytes(await this.store.read(fromHeight, count));
    // No waiting from here on: this is the one moment.
    const { tree } = this;
    const { height: tipHeight } = tree.tip;
    if (run.count !== Math.max(0, Math.min(count, tipHeight - fromHeight + 1))) return undefined;
    const infos: HeaderInfo[] = [];
    for (let i = 0; i < run.count; i++) {
      const height = fromHeight + i;
      if (!equalBytes(run.hashAt(i), tree.hashAt(height))) return undefined;
      infos.push({
        height,
        ...describeFields(run.bytesAt(i)),
        medianTime: this.#medianTimeAt(height),
        chainwork: chainworkHex(tree.chainworkAt(height)),
        confirmations: tipHeight - height + 1,
      });
    }
    return infos;
  }

  /** Undefined while not all the times that it is taken of are known. */
  #medianTimeAt(height: number): number | undefined {
    const { tree } = this;
    const isKnown = tree.firstHeight === 0 || height - tree.firstHeight + 1 >= MEDIAN_TIME_SPAN;
    return isKnown ? tree.medianTimeAt(height) : undefined;
  }

  /** Undefined when the store does not hold what the tree does. */
  async #findByHash(hash: Uint8Array): Promise<{ found: HeaderInfo | undefined } | undefined> {
    const { tree } = this;
    const height = tree.heightOf(hash);
    if (height !== undefined && height < tree.firstHeight) return { found: undefined };
    if (height !== undefined) {
      const found = (await this.#readHeaders(height, 1))?.[0];
      return found?.hash === toDisplayHex(hash) ? { found } : undefined;
    }
    const side = await this.store.readSide(hash);
    const isInStep = tree.heightOf(hash) === undefined && (side !== undefined || !tree.has(hash));
    if (side === undefined || !isInStep) return isInStep ? { found: undefined } : undefined;
    const elsewhere = { medianTime: undefined, chainwork: undefined, confirmations: -1 };
    return { found: { height: side.height, ...describeFields(side.header), ...elsewhere } };
  }

  async close(): Promise<void> {
    await this.store.close();
  }
}

/** What to say when LevelDB's files had to be mended and the headers in them are whole, or gone. */
export function describeFileRepair(isEmpty: boolean): string {
  const outcome = isEmpty
    ? 'nothing could be saved, all headers will be fetched again'
    : 'no header was lost';
  return `the store was damaged and has been repaired; ${outcome}`;
}

function describeRepair(
  report: Awaited<ReturnType<typeof restore>>,
  wasRepaired: boolean,
  { tip: { height }, baseHeight }: HeaderTree,
): string | undefined {
  const isEmpty = height === baseHeight;
  if (wasRepaired && (report === undefined || isEmpty)) return describeFileRepair(isEmpty);
  if (report === undefined) return undefined;
  const { claimedHeight, sideHeadersDropped } = report;
  const lost =
    claimedHeight === undefined || claimedHeight <= height
      ? ''
      : `, headers up to ${claimedHeight} will be fetched again`;
  const side =
    sideHeadersDropped === 0 ? '' : `, ${sideHeadersDropped} damaged records of side branches were dropped`;
  return `the store was damaged and has been repaired: it is good up to height ${height}${lost}${side}`;
}

function assertWhole(argument: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`${argument} is ${value}, not a whole number from 0 on`);
}
