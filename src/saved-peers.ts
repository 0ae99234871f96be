/** What earlier runs remembered of peers, as it is on disk beside the headers. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Network, NetworkName } from './networks/network.ts';
import { systemClock } from './io/clock.ts';
import { systemRandom } from './io/random.ts';
import { PeerMemory } from './protocol/peers/peer-memory.ts';
import type { KeyValue } from './store/key-value.ts';
import { LevelKeyValue } from './store/level.ts';
import { PeerStore } from './store/peer-store.ts';
import { StoreError } from './store/store-error.ts';

/** Whoever only looks at the peers has them open for less than this. */
const LOCK_PATIENCE_MS = 1_500;
const LOCK_PAUSE_MS = 50;

/** The folder of everything about a network: where a running client can be asked what it knows. */
export function networkFolder(datadir: string, network: NetworkName): string {
  return join(datadir, network);
}

/** The folder of what is known of a network's peers. */
export function peersFolder(datadir: string, network: NetworkName): string {
  return join(networkFolder(datadir, network), 'peers');
}

export interface SavedPeers {
  readonly memory: PeerMemory;
  readonly store: PeerStore;
  /** Whether LevelDB's own files were damaged. */
  readonly wasRepaired: boolean;
  readonly recordCount: number;
  /** Records that are damaged or say nothing that could be understood; the next commit deletes them. */
  readonly uselessCount: number;
}

/** An empty memory, for a client that saves nothing. */
export function newMemory({ hasPrivateNodes }: Network): PeerMemory {
  return PeerMemory.restore([], { separatesPrivate: hasPrivateNodes }, systemRandom, systemClock());
}

/**
 * Opens what was saved of a network's peers, or makes a place for it. Only one process can have it open.
 *
 * @param open for tests: what opens the database in the folder.
 * @throws {StoreError} with any of its codes but `store-missing`.
 */
export async function openSavedPeers(
  network: Network,
  datadir: string,
  open: (folder: string) => Promise<LevelKeyValue> = openWhenFree,
): Promise<SavedPeers> {
  const database = await open(peersFolder(datadir, network.name));
  try {
    return { ...(await load(database, network)), wasRepaired: database.wasRepaired };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function load(database: KeyValue, network: Network): Promise<Omit<SavedPeers, 'wasRepaired'>> {
  const store = await PeerStore.open(database, network.name);
  const { records, damaged } = await store.load();
  const separatesPrivate = network.hasPrivateNodes;
  const memory = PeerMemory.restore(records, { separatesPrivate }, systemRandom, systemClock());
  return {
    memory,
    store,
    recordCount: records.length + damaged,
    uselessCount: damaged + memory.skipped,
  };
}

/** Opens the database in a folder; where another process has it, it is waited for a moment. */
export async function openWhenFree(folder: string): Promise<LevelKeyValue> {
  const endMs = performance.now() + LOCK_PATIENCE_MS;
  for (;;) {
    try {
      return await LevelKeyValue.open(folder);
    } catch (error) {
      if (!isLocked(error) || performance.now() >= endMs) throw error;
    }
    await sleep(LOCK_PAUSE_MS);
  }
}

/** Whether another process has it open. */
export function isLocked(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'store-locked';
}
