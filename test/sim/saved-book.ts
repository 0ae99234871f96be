/** What an earlier run of a client would have written down of peers. */
import type { Now } from '../../src/protocol/machine.ts';
import type { Endpoint } from '../../src/protocol/peer.ts';
import { networkGroup } from '../../src/protocol/peers/network-group.ts';
import { PeerMemory } from '../../src/protocol/peers/peer-memory.ts';
import { FULL_NODE } from '../support/messages.ts';
import type { Chance } from './chance.ts';

/** @param others addresses that others told, and that nobody ever reached. */
export function savedBook(
  peers: readonly Endpoint[],
  others: readonly Endpoint[],
  { chance, now }: { readonly chance: Chance; readonly now: Now },
): Map<string, Uint8Array> {
  if (peers.length === 0) return new Map();
  const memory = PeerMemory.restore([], { separatesPrivate: false }, chance.random, now);
  const tell = (endpoint: Endpoint, source: Endpoint): void => {
    const seenSeconds = now.unixSeconds - chance.int(3600, 5 * 86_400);
    memory.book.add([{ endpoint, services: FULL_NODE, seenSeconds }], networkGroup(source.host, false), now);
  };
  for (const endpoint of peers) {
    // By whom it was told first decides on its place; it may have been told more than once.
    for (let i = 0; memory.book.get(endpoint) === undefined && i < 100; i++)
      tell(endpoint, chance.pick(peers));
    if (chance.maybe(0.5)) memory.book.noteSuccess(endpoint, FULL_NODE, now);
  }
  for (const endpoint of others) tell(endpoint, chance.pick(others));
  if (chance.maybe(0.3)) memory.setAnchors(chance.sample(peers, 2));
  return new Map(memory.takeChanges()?.put);
}
