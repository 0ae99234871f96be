/** The header chain of one network: a tree in memory and its store, in step with each other. */

import { join } from 'node:path';
import { fromDisplayHex, toDisplayHex } from './bytes/hex.ts';
import { HeaderRun } from './chain/header-run.ts';
import { HeaderTree } from './chain/header-tree.ts';
import { chainworkHex } from './chain/work.ts';
import { describeFields, type HeaderInfo } from './header-info.ts';
import type { Network, NetworkName } from './networks/network.ts';
import { HeaderStore } from './store/header-store.ts';
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
}

/** Of a store that is whole, but for the files it was in. */
export const NOTHING_LOST = 'the store was damaged and has been repaired; no header was lost';

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

  private constructor(tree: HeaderTree, store: HeaderStore, repair: string | undefined) {
    this.network = tree.network;
    this.tree = tree;
    this.store = store;
    this.repair = repair;
  }

  /**
   * Opens a chain, with all its links verified.
   *
   * @throws {StoreError} with any of its codes.
   */
  static async open({ network, datadir, create }: OpenOptions): Promise<HeaderChain> {
    if (datadir === undefined) return HeaderChain.#load(network, new MemoryKeyValue(), false);
    const folder = headersFolder(datadir, network.name);
    if (!create && !LevelKeyValue.exists(folder)) {
      const message = `there are no ${network.name} headers in ${datadir}: run "headlight sync" or "headlight import" first`;
      throw new StoreError('store-missing', message);
    }
    const database = await LevelKeyValue.open(folder);
    try {
      return await HeaderChain.#load(network, database, database.wasRepaired);
    } catch (error) {
      if (!LevelKeyValue.isDamage(error)) throw error;
    }
    return HeaderChain.#load(network, await LevelKeyValue.openRepaired(folder), true);
  }

  /** Closes the database when it cannot be used. */
  static async #load(network: Network, database: KeyValue, wasRepaired: boolean): Promise<HeaderChain> {
    try {
      const store = await HeaderStore.open(database, network.name);
      const tree = new HeaderTree(network);
      const report = await restore(store, tree);
      return new HeaderChain(tree, store, describeRepair(report, wasRepaired));
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  get tip(): Tip {
    const { height, hash, chainwork } = this.tree.tip;
    return { height, hash: toDisplayHex(hash), chainwork: chainworkHex(chainwork) };
  }

  /**
   * A stored header.
   *
   * @param which a height of the best chain, or the hash, in display order, of any header, also one off the best chain.
   * @returns undefined when there is no such header.
   */
  async header(which: number | string): Promise<HeaderInfo | undefined> {
    if (typeof which === 'number') return (await this.headers(which, 1))[0];
    const hash = fromDisplayHex(which);
    const height = this.tree.heightOf(hash);
    if (height !== undefined) return this.header(height);
    const side = await this.store.readSide(hash);
    if (side === undefined) return undefined;
    const elsewhere = { medianTime: undefined, chainwork: undefined, confirmations: -1 };
    return { height: side.height, ...describeFields(side.header), ...elsewhere };
  }

  /** Headers of the best chain from a height on; fewer than `count` where it ends. */
  async headers(fromHeight: number, count: number): Promise<HeaderInfo[]> {
    const run = HeaderRun.fromBytes(await this.store.read(fromHeight, count));
    return Array.from({ length: run.count }, (_, i) => {
      const height = fromHeight + i;
      return {
        height,
        ...describeFields(run.bytesAt(i)),
        medianTime: this.tree.medianTimeAt(height),
        chainwork: chainworkHex(this.tree.chainworkAt(height)),
        confirmations: this.tree.tip.height - height + 1,
      };
    });
  }

  async close(): Promise<void> {
    await this.store.close();
  }
}

function describeRepair(
  report: Awaited<ReturnType<typeof restore>>,
  wasRepaired: boolean,
): string | undefined {
  if (report === undefined) return wasRepaired ? NOTHING_LOST : undefined;
  const { height, claimedHeight, sideHeadersDropped } = report;
  const lost =
    claimedHeight === undefined || claimedHeight <= height
      ? ''
      : `, headers up to ${claimedHeight} will be fetched again`;
  const side =
    sideHeadersDropped === 0 ? '' : `, ${sideHeadersDropped} damaged records of side branches were dropped`;
  return `the store was damaged and has been repaired: it is good up to height ${height}${lost}${side}`;
}
