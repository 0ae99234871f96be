/** Mined branches of signet with the reason for which bitcoind refused each header: fixtures/headers/signet-branches.json. */
import { signet } from '../../src/networks/signet.ts';
import { headerAt } from './mine.ts';
import type { NodeReason } from './nodes/header-node.ts';
import { OracleTree } from './oracle-tree.ts';
import { readFixture } from './repository.ts';

/** What all clocks show: later than every real header that the branches begin at. */
export const SIGNET_NOW_SECONDS = 1_800_000_000;

/** Height of the last header of the first period. */
const PERIOD_END = 2015;

export interface SignetBranches {
  /** Headers that share a target. */
  readonly interval: number;
  /** How bitcoind is told of it. */
  readonly args: readonly string[];
  /** The real headers above genesis that the branches leave. */
  readonly trunk: readonly Uint8Array[];
}

export type SignetBranchesName = 'offRealSignet' | 'ofShortPeriods';

export const SIGNET_BRANCHES: Readonly<Record<SignetBranchesName, SignetBranches>> = {
  offRealSignet: { interval: 2016, args: [], trunk: realSignet() },
  // Two weeks are a period, however many blocks that is: bitcoind takes the time for a block on a signet of one's own, with a
  // challenge that anybody meets. Genesis and the easiest target are those of the default one.
  ofShortPeriods: {
    interval: 4,
    args: ['-signetchallenge=51', `-signetblocktime=${(14 * 24 * 60 * 60) / 4}`],
    trunk: [],
  },
};

/** A header, hexadecimal, and why it was refused. */
export type RecordedHeader = readonly [hex: string, refused: NodeReason | null];

export type RecordedBranches = Readonly<Record<SignetBranchesName, readonly RecordedHeader[]>>;

export function recordedBranches(): RecordedBranches {
  const text = new TextDecoder().decode(readFixture('headers', 'signet-branches.json'));
  return JSON.parse(text) as RecordedBranches;
}

/** An oracle that has the trunk. */
export function oracleOf({ interval, trunk }: SignetBranches): OracleTree {
  const oracle = new OracleTree(signet, interval);
  for (const header of trunk) oracle.submit(header, SIGNET_NOW_SECONDS);
  return oracle;
}

function realSignet(): Uint8Array[] {
  const run = readFixture('headers', 'signet-0-2016.headers');
  return Array.from({ length: PERIOD_END }, (_, i) => headerAt(run, i + 1));
}
