/** The lowest header of a chain in memory: genesis, or a base of which the header itself is not known. */

import { fromHex } from '../bytes/hex.ts';
import type { Network } from '../networks/network.ts';
import type { ChainBase } from './chain-base.ts';
import { HeaderRun } from './header-run.ts';
import { startsPeriod } from './required-bits.ts';
import { workOfBits } from './work.ts';

export interface ChainRoot {
  readonly height: number;
  /** Whether its header is known: not that of a base. */
  readonly isKnown: boolean;
  /** 32 bytes, wire order. */
  readonly hash: Uint8Array;
  /** Expected hashes from genesis to it, itself included. */
  readonly chainwork: bigint;
  /** Unix seconds; of a base some time before it. */
  readonly time: number;
  /** Compact target; of a base that of the header after it. */
  readonly bits: number;
}

/**
 * @param base where the chain begins; undefined for the network's genesis.
 * @throws {RangeError} when the base is not the last of a period: the next retarget could not be checked.
 */
export function rootOf({ genesisHeaderHex }: Network, base: ChainBase | undefined): ChainRoot {
  const genesis = HeaderRun.fromBytes(fromHex(genesisHeaderHex));
  const [time, bits] = [genesis.timeAt(0), genesis.bitsAt(0)];
  if (base === undefined)
    return { height: 0, isKnown: true, hash: genesis.hashAt(0), chainwork: workOfBits(bits), time, bits };
  const { height, hash, chainwork, nextBits } = base;
  if (!startsPeriod(height + 1)) throw new RangeError(`base: height ${height} is not the last of a period`);
  return { height, isKnown: false, hash, chainwork, time, bits: nextBits };
}
