/** Address books on disk with known addresses in them. */

import { systemClock } from '../../src/io/clock.ts';
import type { Network } from '../../src/networks/network.ts';
import { regtest } from '../../src/networks/regtest.ts';
import type { Endpoint } from '../../src/protocol/peer.ts';
import { openSavedPeers } from '../../src/saved-peers.ts';

export interface SavedAddress {
  readonly endpoint: Endpoint;
  /** Seconds since somebody saw it. Default: 60. */
  readonly agoSeconds?: number;
  readonly services?: bigint;
  /** Whether a call to it came to a handshake. */
  readonly isTried?: boolean;
}

/** Saves addresses as an earlier run would have, each told by a source of its own. */
export async function saveBook(
  datadir: string,
  addresses: readonly SavedAddress[],
  network: Network = regtest,
): Promise<void> {
  const { memory, store } = await openSavedPeers(network, datadir);
  const now = systemClock();
  addresses.forEach(({ endpoint, agoSeconds = 60, services = 9n, isTried = false }, i) => {
    const seenSeconds = now.unixSeconds - agoSeconds;
    memory.book.add([{ endpoint, services, seenSeconds }], `source-${i}`, now);
    if (isTried) memory.book.noteSuccess(endpoint, services, now);
  });
  const change = memory.takeChanges();
  if (change !== undefined) await store.commit(change);
  await store.close();
}

/** So many different addresses that nobody has. */
export function privateAddresses(count: number): SavedAddress[] {
  return Array.from({ length: count }, (_, i) => ({
    endpoint: { host: `10.${i >> 8}.${i & 0xff}.1`, port: 18_444 },
  }));
}
