/**
 * Filter headers, and what scans found, on disk where that is possible: one database beside the headers. All of it can be had
 * again: what is damaged is mended, or set aside and begun anew, and whatever is wrong with it keeps no scan from its work.
 */

import { join } from 'node:path';
import type { Network, NetworkName } from './networks/network.ts';
import { isLocked, networkFolder, openWhenFree } from './saved-peers.ts';
import { putBack, removeOldest, setAside } from './set-aside.ts';
import { FilterHeaderStore } from './store/filter-header-store.ts';
import type { KeyRange, KeyValue } from './store/key-value.ts';
import { agreeOnLayout, type Layout } from './store/layout.ts';
import { LevelKeyValue } from './store/level.ts';
import { MemoryKeyValue } from './store/memory.ts';
import { type ScanProgress, ScanStore } from './store/scan-store.ts';
import { StoreError } from './store/store-error.ts';

/** What the database is; a version that lays it out in another way has a higher number. */
export const FILTERS_LAYOUT: Layout = { name: 'saved filters', version: 1 };
/** Databases that were set aside and are kept: each may have 30 MB. */
const MAX_SET_ASIDE = 1;
/** All keys are of ASCII. */
const ALL_KEYS: KeyRange = { gte: '', lt: '\u007f' };

/** What is to be said of it. */
export interface FiltersWarning {
  readonly code: 'filters-repaired' | 'filters-set-aside' | 'filters-not-saved';
  readonly message: string;
}

export interface SavedFilters {
  readonly headers: FilterHeaderStore;
  /** Whether the next run will find what is written; else it is in memory. */
  readonly isSaved: boolean;
  readonly warning: FiltersWarning | undefined;
  /** @param id from `scanId`. */
  scan(id: string): ScanStore;
  /** How far the scans say that they came, by id. */
  scans(): Promise<Map<string, ScanProgress>>;
  close(): Promise<void>;
}

export interface SavedFiltersOptions {
  readonly network: Network;
  /** Folder that holds a folder for each network; undefined for what is forgotten at the end. */
  readonly datadir: string | undefined;
  /** For tests: what opens the database in a folder. */
  readonly openDatabase?: (folder: string) => Promise<LevelKeyValue>;
}

/** The folder of a network's filter headers and scans. */
export function filtersFolder(datadir: string, network: NetworkName): string {
  return join(networkFolder(datadir, network), 'filters');
}

/** Opens what was saved, or begins anew; never rejects. Only one process can have it open: the others use memory. */
export async function openSavedFilters(options: SavedFiltersOptions): Promise<SavedFilters> {
  const { network, datadir, openDatabase = openWhenFree } = options;
  if (datadir === undefined) return inMemory(undefined);
  const folder = filtersFolder(datadir, network.name);
  const open = (): Promise<Opened> => attempt(folder, network, openDatabase);
  const found = await open();
  switch (found.kind) {
    case 'good':
      return found.saved;
    case 'not-ours':
      return inMemory(found.why);
    case 'bad':
      return beginAnew(folder, found.why, open);
  }
}

type Opened =
  | { readonly kind: 'good'; readonly saved: SavedFilters }
  /** Another process has it open, or another version wrote it, or it is another network's: it is left alone. */
  | { readonly kind: 'not-ours'; readonly why: string }
  | { readonly kind: 'bad'; readonly why: string };

async function attempt(
  folder: string,
  network: Network,
  openDatabase: (folder: string) => Promise<LevelKeyValue>,
): Promise<Opened> {
  try {
    const database = await openSound(folder, network, openDatabase);
    return { kind: 'good', saved: savedIn(database, true, warnOfRepair(database)) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: isLocked(error) || isForeign(error) ? 'not-ours' : 'bad', why };
  }
}

/** Opens a database of which all tables can be read, mended where they could not. */
async function openSound(
  folder: string,
  network: Network,
  openDatabase: (folder: string) => Promise<LevelKeyValue>,
): Promise<LevelKeyValue> {
  try {
    return await checked(await openDatabase(folder), network);
  } catch (error) {
    if (!LevelKeyValue.isDamage(error)) throw error;
  }
  return checked(await LevelKeyValue.openRepaired(folder), network);
}

/**
 * Reads all keys, since LevelDB notices damage inside a table only when it reads it, and could be in the middle of a write by
 * then. What the values hold, their checksums tell when they are asked for.
 */
async function checked(database: LevelKeyValue, network: Network): Promise<LevelKeyValue> {
  try {
    await agreeOnLayout(database, network.name, FILTERS_LAYOUT);
    const keys = database.keys(ALL_KEYS)[Symbol.asyncIterator]();
    while ((await keys.next()).done !== true);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function beginAnew(folder: string, why: string, open: () => Promise<Opened>): Promise<SavedFilters> {
  let aside: string;
  try {
    aside = setAside(folder);
  } catch {
    return inMemory(why);
  }
  const fresh = await open();
  if (fresh.kind !== 'good') {
    // The fault is not in the files but in the disk, which may be full: what was there is kept for better days.
    putBack(aside, folder);
    return inMemory(fresh.why);
  }
  removeOldest(folder, MAX_SET_ASIDE);
  const message = `the saved filter headers and scans were set aside in ${aside} and are begun anew: ${why}`;
  return { ...fresh.saved, warning: { code: 'filters-set-aside', message } };
}

/** @param why it cannot be saved; undefined when it was not to be. */
function inMemory(why: string | undefined): SavedFilters {
  const message = `filter headers and what the scan finds are not saved in this run: ${why}`;
  const warning = why === undefined ? undefined : ({ code: 'filters-not-saved', message } as const);
  return savedIn(new MemoryKeyValue(), false, warning);
}

function savedIn(database: KeyValue, isSaved: boolean, warning: FiltersWarning | undefined): SavedFilters {
  return {
    headers: new FilterHeaderStore(database),
    isSaved,
    warning,
    scan: (id) => new ScanStore(database, id),
    scans: () => ScanStore.list(database),
    close: () => database.close(),
  };
}

function warnOfRepair({ wasRepaired }: LevelKeyValue): FiltersWarning | undefined {
  if (!wasRepaired) return undefined;
  const message =
    'the saved filter headers and scans were damaged and have been repaired: what is missing will be fetched again';
  return { code: 'filters-repaired', message };
}

function isForeign(error: unknown): boolean {
  const code = error instanceof StoreError ? error.code : undefined;
  return code === 'store-newer-layout' || code === 'store-other-network';
}
