/**
 * What a client remembers of peers, on disk where that is possible. It is worth little, for it can be learnt again: a
 * book that is damaged is set aside, and whatever is wrong with it keeps no client from its work.
 */

import type { Network } from './networks/network.ts';
import type { PeerMemory, RecordChange } from './protocol/peers/peer-memory.ts';
import { isLocked, newMemory, openSavedPeers, peersFolder, type SavedPeers } from './saved-peers.ts';
import { putBack, removeOldest, setAside } from './set-aside.ts';
import type { LevelKeyValue } from './store/level.ts';

/** Books that were set aside and are kept, for whoever wants to know what happened. */
const MAX_SET_ASIDE = 3;
/** So few records may be damaged without a word. */
const FEW_RECORDS = 3;

/** What is to be said of the book. */
export interface BookWarning {
  readonly code: 'peers-set-aside' | 'peers-not-saved' | 'peers-damaged';
  readonly message: string;
}

export interface PeerBook {
  readonly memory: PeerMemory;
  readonly warning: BookWarning | undefined;
  /** Writes what changed; undefined when the book is forgotten with the client. */
  readonly save: ((change: RecordChange) => Promise<void>) | undefined;
  close(): Promise<void>;
}

export interface PeerBookOptions {
  readonly network: Network;
  /** Folder that holds a folder for each network; undefined for a book that is not saved. */
  readonly datadir: string | undefined;
  /** For tests: what opens the database in a folder. */
  readonly openDatabase?: (folder: string) => Promise<LevelKeyValue>;
}

/** Opens the saved book, or begins a new one; never rejects. */
export async function openPeerBook({ network, datadir, openDatabase }: PeerBookOptions): Promise<PeerBook> {
  if (datadir === undefined) return unsavedBook(network, undefined);
  const open = (): Promise<Opened> => attempt(network, datadir, openDatabase);
  const found = await open();
  switch (found.kind) {
    case 'good':
      return savedBook(found.saved, warnOfLosses(found.saved));
    case 'in-use':
      return unsavedBook(network, found.why);
    case 'bad':
      return beginAnew(network, peersFolder(datadir, network.name), found.why, open);
  }
}

async function beginAnew(
  network: Network,
  folder: string,
  why: string,
  open: () => Promise<Opened>,
): Promise<PeerBook> {
  let aside: string;
  try {
    aside = setAside(folder);
  } catch {
    return unsavedBook(network, why);
  }
  const fresh = await open();
  if (fresh.kind !== 'good') {
    // The fault is not in the book but in the disk, which may be full: what was there is kept for better days.
    putBack(aside, folder);
    return unsavedBook(network, fresh.why);
  }
  removeOldest(folder, MAX_SET_ASIDE);
  const message = `the saved peers were set aside in ${aside} and are gathered anew: ${why}`;
  return savedBook(fresh.saved, { code: 'peers-set-aside', message });
}

type Opened =
  | { readonly kind: 'good'; readonly saved: SavedPeers }
  /** Another process has it open. */
  | { readonly kind: 'in-use'; readonly why: string }
  | { readonly kind: 'bad'; readonly why: string };

async function attempt(
  network: Network,
  datadir: string,
  openDatabase?: PeerBookOptions['openDatabase'],
): Promise<Opened> {
  try {
    const saved = await openSavedPeers(network, datadir, openDatabase);
    const why = faultOf(saved);
    if (why === undefined) return { kind: 'good', saved };
    await saved.store.close();
    return { kind: 'bad', why };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: isLocked(error) ? 'in-use' : 'bad', why };
  }
}

/** Why a book that could be read is not to be used all the same. */
function faultOf({ wasRepaired, recordCount, uselessCount }: SavedPeers): string | undefined {
  if (wasRepaired) return 'the files of its database were damaged';
  if (2 * uselessCount > recordCount) return `${uselessCount} of ${recordCount} records were damaged`;
  return undefined;
}

function warnOfLosses({ recordCount, uselessCount }: SavedPeers): BookWarning | undefined {
  if (uselessCount <= FEW_RECORDS || uselessCount <= recordCount / 10) return undefined;
  const message = `${uselessCount} of ${recordCount} records of saved peers were damaged and are dropped`;
  return { code: 'peers-damaged', message };
}

function savedBook({ memory, store }: SavedPeers, warning: BookWarning | undefined): PeerBook {
  return { memory, warning, save: (change) => store.commit(change), close: () => store.close() };
}

/** @param why it cannot be saved; undefined when it was not to be. */
function unsavedBook(network: Network, why: string | undefined): PeerBook {
  const message = `what is learnt of peers is not saved in this run: ${why}`;
  const warning = why === undefined ? undefined : ({ code: 'peers-not-saved', message } as const);
  return { memory: newMemory(network), warning, save: undefined, close: () => Promise.resolve() };
}
