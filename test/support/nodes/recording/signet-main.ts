/**
 * Makes fixtures/headers/signet-branches.json anew: fixtures/README.md says what it is. Mining takes some minutes. Run with
 *   node scripts/clean-build.mjs tests && node build/test/support/nodes/recording/signet-main.js
 */
import { writeFileSync } from 'node:fs';
import { toHex } from '../../../../src/bytes/hex.ts';
import { BranchMiner } from '../../branch-miner.ts';
import { fixture } from '../../repository.ts';
import {
  oracleOf,
  type RecordedHeader,
  SIGNET_BRANCHES,
  SIGNET_NOW_SECONDS,
  type SignetBranches,
} from '../../signet-branches.ts';
import { HeaderNode } from '../header-node.ts';
import { branchesOffRealSignet, branchesOfShortPeriods } from './signet-branches.ts';

const { offRealSignet, ofShortPeriods } = SIGNET_BRANCHES;
const recorded = {
  offRealSignet: await record(offRealSignet, mined(offRealSignet, branchesOffRealSignet)),
  ofShortPeriods: await record(ofShortPeriods, mined(ofShortPeriods, branchesOfShortPeriods)),
};
const lines = Object.entries(recorded).map(
  ([name, headers]) =>
    `  "${name}": [\n${headers.map((header) => `    ${JSON.stringify(header)}`).join(',\n')}\n  ]`,
);
writeFileSync(fixture('headers', 'signet-branches.json'), `{\n${lines.join(',\n')}\n}\n`);

function mined(branches: SignetBranches, grow: typeof branchesOffRealSignet): Uint8Array[] {
  const oracle = oracleOf(branches);
  const miner = new BranchMiner(oracle, SIGNET_NOW_SECONDS);
  grow(miner, oracle.best, SIGNET_NOW_SECONDS);
  return miner.headers;
}

/** Asks bitcoind about them. */
async function record(
  { args, trunk }: SignetBranches,
  headers: readonly Uint8Array[],
): Promise<RecordedHeader[]> {
  const node = await HeaderNode.launch('-chain=signet', `-mocktime=${SIGNET_NOW_SECONDS}`, ...args);
  try {
    await node.submit(trunk);
    const reasons = await node.submit(headers);
    return headers.map((header, i) => [toHex(header), reasons[i] ?? null]);
  } finally {
    await node.dispose();
  }
}
