/** Who is connected and which addresses are known, whether a client runs or not. */

import { systemClock } from './io/clock.ts';
import { askLiveView } from './live-view.ts';
import type { Network } from './networks/network.ts';
import { describeKnown, type KnownPeer, type PeerConnection } from './peer-list.ts';
import type { PeerMemory } from './protocol/peers/peer-memory.ts';
import { openSavedPeers, peersFolder } from './saved-peers.ts';
import { LevelKeyValue } from './store/level.ts';

export interface ReadPeersOptions {
  readonly network: Network;
  /** Folder that holds a folder for each network. */
  readonly datadir: string;
}

export interface PeerList {
  /** Whether a client runs here and told it, or it is what the last one has left. */
  readonly source: 'running' | 'stored';
  /** The process of the client that runs. */
  readonly pid: number | undefined;
  /** Where that client accepts connections, HOST:PORT. */
  readonly listening: string | undefined;
  /** None without a client that runs. */
  readonly connections: readonly PeerConnection[];
  readonly known: readonly KnownPeer[];
  /** What had to be repaired first; undefined when nothing had. */
  readonly repair: string | undefined;
}

/**
 * Asks the client that runs in a folder, or looks into its address book when none does. A folder without a book is one
 * in which no address is known; it stays as it is.
 *
 * @throws {StoreError} when the book cannot be read.
 */
export async function readPeers({ network, datadir }: ReadPeersOptions): Promise<PeerList> {
  const view = await askLiveView(datadir, network.name);
  if (view !== undefined) {
    const { pid, listening, connections, known } = view;
    const where = listening ?? undefined;
    return { source: 'running', pid, listening: where, connections, known, repair: undefined };
  }
  const nobody = { source: 'stored', pid: undefined, listening: undefined, connections: [] } as const;
  if (!LevelKeyValue.exists(peersFolder(datadir, network.name)))
    return { ...nobody, known: [], repair: undefined };
  const { memory, store, wasRepaired } = await openSavedPeers(network, datadir);
  await store.close();
  const repair = wasRepaired
    ? 'the saved peers were damaged; this is what could be saved of them'
    : undefined;
  return { ...nobody, known: listKnown(memory), repair };
}

/** All addresses of a memory. */
export function listKnown({ book }: PeerMemory): KnownPeer[] {
  const now = systemClock();
  return Array.from(book.entries(), (known) => describeKnown(known, book.isActive(known, now)));
}
