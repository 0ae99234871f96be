/** A regtest with anchors, so that stores and trees can begin above genesis: every header has the same work. */
import { type ChainBase, chainBaseAt } from '../../src/chain/chain-base.ts';
import { HeaderRun } from '../../src/chain/header-run.ts';
import { AnchorTable } from '../../src/networks/anchor-table.ts';
import type { Network } from '../../src/networks/network.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { HEADER_SIZE_BYTES } from '../../src/wire/header.ts';
import { mine } from './mine.ts';

const COUNT = 5_700;
const ANCHOR_HEIGHTS = [2_015, 4_031] as const;

/** Headers of heights 1 to 5,700. */
export const MINED: Uint8Array = mine(COUNT);

const run = HeaderRun.fromBytes(MINED);

export const ANCHORED: Network = {
  ...regtest,
  anchors: AnchorTable.of(
    ANCHOR_HEIGHTS.map((height) => ({ height, hash: run.hashAt(height - 1) })),
    ANCHOR_HEIGHTS.map(() => regtest.powLimitBits),
  ),
};

/** The two anchors as places to begin at. */
export const LOW_BASE: ChainBase = baseAt(ANCHOR_HEIGHTS[0]);
export const HIGH_BASE: ChainBase = baseAt(ANCHOR_HEIGHTS[1]);

/** The header of a height from 1 on. */
export function minedAt(height: number): Uint8Array {
  return minedFrom(height, 1);
}

/** So many headers from a height on, 80 bytes each. */
export function minedFrom(height: number, count: number): Uint8Array {
  return MINED.subarray((height - 1) * HEADER_SIZE_BYTES, (height - 1 + count) * HEADER_SIZE_BYTES);
}

export function minedHashAt(height: number): Uint8Array {
  return run.hashAt(height - 1);
}

function baseAt(height: number): ChainBase {
  const base = chainBaseAt(ANCHORED, height);
  if (base === undefined) throw new Error(`no anchor at ${height}`);
  return base;
}
