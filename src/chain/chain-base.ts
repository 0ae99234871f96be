/** Where a chain may begin other than at genesis: at a built-in anchor, whose chainwork follows from the periods' targets. */

import { equalBytes } from '../bytes/hash.ts';
import { fromHex } from '../bytes/hex.ts';
import type { Anchor } from '../networks/anchor-table.ts';
import type { Network } from '../networks/network.ts';
import { HeaderRun } from './header-run.ts';
import { RETARGET_INTERVAL } from './required-bits.ts';
import { workOfBits } from './work.ts';

/** The header below the first one that is known. Of itself only this is known. */
export interface ChainBase extends Anchor {
  /** Expected hashes from genesis to it, itself included. */
  readonly chainwork: bigint;
  /** Compact target of the header after it. */
  readonly nextBits: number;
}

type Anchored = Pick<Network, 'anchors' | 'genesisHeaderHex'>;

/**
 * The highest built-in anchor at or below a height as a base; undefined below the first one, and where the network's
 * table has no targets: then the chainwork is not known.
 *
 * Every header of a period has its target, so a period's work is 2,016 times that of one header. This holds on networks
 * without blocks of the easiest target only, and only of such is a table with targets made.
 */
export function chainBaseAt({ anchors, genesisHeaderHex }: Anchored, height: number): ChainBase | undefined {
  if (!anchors?.hasTargets) return undefined;
  const last = anchors.indexBelow(height);
  if (last < 0) return undefined;
  let chainwork = 0n;
  let bits = HeaderRun.fromBytes(fromHex(genesisHeaderHex)).bitsAt(0);
  let firstHeight = 0;
  for (let index = 0; index <= last; index++) {
    const anchor = anchors.at(index);
    const count = anchor.height + 1 - firstHeight;
    if (count !== RETARGET_INTERVAL) return undefined;
    chainwork += BigInt(count) * workOfBits(bits);
    bits = anchors.nextBits(index) as number;
    firstHeight = anchor.height + 1;
  }
  return { ...anchors.at(last), chainwork, nextBits: bits };
}

/** The built-in anchor with this hash as a base; undefined where {@link chainBaseAt} has none. */
export function chainBaseOf(network: Anchored, hash: Uint8Array): ChainBase | undefined {
  const { anchors } = network;
  for (let index = 0; index < (anchors?.count ?? 0); index++) {
    const anchor = anchors?.at(index);
    if (anchor !== undefined && equalBytes(anchor.hash, hash)) return chainBaseAt(network, anchor.height);
  }
  return undefined;
}
