/** What a store holds, without reading more of it than the record of its tip. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toDisplayHex } from './bytes/hex.ts';
import { compactHex } from './chain/compact-target.ts';
import { difficultyOf } from './chain/difficulty.ts';
import { chainworkHex } from './chain/work.ts';
import { describeFileRepair, HeaderChain, headersFolder } from './header-chain.ts';
import type { Network } from './networks/network.ts';
import { HeaderStore } from './store/header-store.ts';
import { LevelKeyValue } from './store/level.ts';
import type { TipRecord } from './store/records.ts';
import { StoreError } from './store/store-error.ts';

export interface ChainStatus {
  readonly network: Network['name'];
  /** Folder of the headers. */
  readonly folder: string;
  readonly height: number;
  readonly hash: string;
  /** Time of the tip, Unix seconds. */
  readonly blockTime: number;
  readonly bits: string;
  readonly difficulty: number;
  readonly chainwork: string;
  /** Work below which the network's chain is not believed to be complete, 64 hexadecimal digits. */
  readonly minChainwork: string;
  /** Bytes on disk. */
  readonly sizeBytes: number;
  /** What had to be repaired first; undefined when nothing had. */
  readonly repair: string | undefined;
}

/**
 * Looks at the store of a network.
 *
 * @throws {StoreError} `store-missing` when there is none, or another of its codes.
 */
export async function readStatus(network: Network, datadir: string): Promise<ChainStatus> {
  const { tip, repair } = await readTip(network, datadir);
  const folder = headersFolder(datadir, network.name);
  return {
    network: network.name,
    folder,
    height: tip.height,
    hash: toDisplayHex(tip.hash),
    blockTime: tip.time,
    bits: compactHex(tip.bits),
    difficulty: difficultyOf(tip.bits),
    chainwork: chainworkHex(tip.chainwork),
    minChainwork: chainworkHex(network.minChainwork),
    sizeBytes: await sizeOf(folder),
    repair,
  };
}

async function readTip(
  network: Network,
  datadir: string,
): Promise<{ tip: TipRecord; repair: string | undefined }> {
  const folder = headersFolder(datadir, network.name);
  let wasRepaired = false;
  if (LevelKeyValue.exists(folder)) {
    const database = await LevelKeyValue.open(folder);
    wasRepaired = database.wasRepaired;
    try {
      const tip = await (await HeaderStore.open(database, network.name)).tip();
      if (tip !== undefined && !wasRepaired) return { tip, repair: undefined };
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
    return { tip, repair: chain.repair ?? (wasRepaired ? describeFileRepair(tip.height) : undefined) };
  } finally {
    await chain.close();
  }
}

async function sizeOf(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
