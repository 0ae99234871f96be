/** Where a new store begins when not at genesis: at a built-in anchor (docs/decisions/0011-starting-at-an-anchor.md). */

import { type ChainBase, chainBaseAt, chainBaseOf } from './chain/chain-base.ts';
import type { Network } from './networks/network.ts';
import { HeaderStore } from './store/header-store.ts';
import type { KeyValue } from './store/key-value.ts';
import type { ChainStart } from './store/chain-start.ts';

/**
 * Where a store that is to begin at a height begins: at the highest anchor at or below it; at genesis below the first.
 *
 * @throws {RangeError} when the height is no whole number from 0 on.
 * @throws {TypeError} when the chainwork at the network's anchors is not known.
 */
export function resolveStart(network: Network, height: number): ChainStart {
  if (!Number.isSafeInteger(height) || height < 0)
    throw new RangeError(`start is ${height}, not a whole number from 0 on`);
  if (network.anchors?.hasTargets !== true) {
    const message = `start: ${network.name} can begin at genesis only, for chainwork is known for mainnet's anchors only`;
    throw new TypeError(message);
  }
  return { base: chainBaseAt(network, height) };
}

/** Opens the headers in a database as they are, or as they are to begin. Throws what {@link HeaderStore.open} does. */
export function openHeaderStore(
  database: KeyValue,
  network: Network,
  start?: ChainStart,
): Promise<HeaderStore> {
  const baseOf = (hash: Uint8Array): ChainBase | undefined => chainBaseOf(network, hash);
  return HeaderStore.open(database, network.name, { start, baseOf });
}
