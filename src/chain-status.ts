/** What a store holds, without reading more of it than the record of its tip, or what its client says of it. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toDisplayHex } from './bytes/hex.ts';
import type { ChainBase } from './chain/chain-base.ts';
import { compactHex } from './chain/compact-target.ts';
import { difficultyOf } from './chain/difficulty.ts';
import { chainworkHex } from './chain/work.ts';
import { openHeaderStore } from './chain-start.ts';
import { describeFileRepair, HeaderChain, headersFolder } from './header-chain.ts';
import { askLiveView, type LiveTip, type LiveView } from './live-view.ts';
import type { Network } from './networks/network.ts';
import { isLocked, openSavedPeers, peersFolder } from './saved-peers.ts';
import { LevelKeyValue } from './store/level.ts';
import type { TipRecord } from './store/records.ts';
import { StoreError } from './store/store-error.ts';

export interface ChainStatus {
  readonly network: Network['name'];
  /** Folder of the headers. */
  readonly folder: string;
  readonly height: number;
  readonly hash: string;
  /** Height that the chain was verified from: 0 for genesis, else that of a built-in anchor. */
  readonly startHeight: number;
  /** Time of the tip, Unix seconds; undefined while that is the anchor that the chain begins at. */
  readonly blockTime: number | undefined;
  /** Compact target of the tip; of the header after it while that is the anchor that the chain begins at. */
  readonly bits: string;
  readonly difficulty: number;
  readonly chainwork: string;
  /** Work below which the network's chain is not believed to be complete, 64 hexadecimal digits. */
  readonly minChainwork: string;
  /** Bytes of headers on disk. */
  readonly sizeBytes: number;
  /** Addresses of peers that are known; undefined when the address book cannot be read. */
  readonly knownPeers: number | undefined;
  /** Peers that are connected; undefined when no client runs there. */
  readonly connectedPeers: number | undefined;
  /** The process of the client that has the store open, and told all this; undefined when none does. */
  readonly pid: number | undefined;
  /** What had to be repaired first; undefined when nothing had. */
  readonly repair: string | undefined;
}

/**
 * Looks at the store of a network. While a client has it open, that one is asked.
 *
 * @throws {StoreError} `store-missing` when there is none, or another of its codes.
 */
export async function readStatus(network: Network, datadir: string): Promise<ChainStatus> {
  const { tip, startHeight, repair, view } = await readTipOrAsk(network, datadir);
  const { height, hash, blockTime, bits, chainwork } = tip;
  const folder = headersFolder(datadir, network.name);
  return {
    network: network.name,
    folder,
    height,
    hash,
    startHeight,
    blockTime: blockTime ?? undefined,
    bits,
    difficulty: difficultyOf(Number.parseInt(bits, 16)),
    chainwork,
    minChainwork: chainworkHex(network.minChainwork),
    sizeBytes: await sizeOf(folder),
    knownPeers: view === undefined ? await countKnown(network, datadir) : view.known.length,
    connectedPeers: view?.connections.length,
    pid: view?.pid,
    repair,
  };
}

interface Found {
  readonly tip: LiveTip;
  readonly startHeight: number;
  readonly repair: string | undefined;
  /** Undefined when the store itself was read. */
  readonly view: LiveView | undefined;
}

async function readTipOrAsk(network: Network, datadir: string): Promise<Found> {
  try {
    const { tip, base, repair } = await readTip(network, datadir);
    const { height, hash, time, bits, chainwork } = tip;
    const shown = { hash: toDisplayHex(hash), bits: compactHex(bits), chainwork: chainworkHex(chainwork) };
    const blockTime = height === base?.height ? null : time;
    return { tip: { height, ...shown, blockTime }, startHeight: base?.height ?? 0, repair, view: undefined };
  } catch (error) {
    const view = isLocked(error) ? await askLiveView(datadir, network.name) : undefined;
    if (view === undefined) throw error;
    return { tip: view.tip, startHeight: view.startHeight, repair: undefined, view };
  }
}

/** Trouble with the book is no reason to say nothing of the headers. */
async function countKnown(network: Network, datadir: string): Promise<number | undefined> {
  try {
    if (!LevelKeyValue.exists(peersFolder(datadir, network.name))) return 0;
    const { memory, store } = await openSavedPeers(network, datadir);
    await store.close();
    return memory.book.counts.new + memory.book.counts.tried;
  } catch {
    return undefined;
  }
}

interface StoredTip {
  readonly tip: TipRecord;
  readonly base: ChainBase | undefined;
  readonly repair: string | undefined;
}

async function readTip(network: Network, datadir: string): Promise<StoredTip> {
  const folder = headersFolder(datadir, network.name);
  let wasRepaired = false;
  if (LevelKeyValue.exists(folder)) {
    const database = await LevelKeyValue.open(folder);
    wasRepaired = database.wasRepaired;
    try {
      const store = await openHeaderStore(database, network);
      const tip = await store.tip();
      if (tip !== undefined && !wasRepaired) return { tip, base: store.base, repair: undefined };
    } catch (error) {
      if (!LevelKeyValue.isDamage(error)) throw error;
    } finally {
      await database.close();
    }
  }
  // Missing or damaged: opening it all says so, or mends it.
  const chain = await HeaderChain.open({ network, datadir, create: false });
  try {
    const tip = await chain.store.tip();
    if (tip === undefined) throw new StoreError('store-read-failed', 'the record of the tip is missing');
    const isEmpty = tip.height === chain.startHeight;
    const repair = chain.repair ?? (wasRepaired ? describeFileRepair(isEmpty) : undefined);
    return { tip, base: chain.store.base, repair };
  } finally {
    await chain.close();
  }
}

async function sizeOf(folder: string): Promise<number> {
  // While a client runs there, files come and go.
  const sizeOfFile = (name: string): Promise<number> =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    );
  const sizes = await Promise.all((await readdir(folder)).map(sizeOfFile));
  return sizes.reduce((sum, size) => sum + size, 0);
}
