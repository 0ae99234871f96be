/** Mined branches of signet, where the difficulty changes, judged by bitcoind and by us. */
import { test } from 'node:test';
import { fromHex } from '../../src/bytes/hex.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { signet } from '../../src/networks/signet.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Differential } from '../support/nodes/differential.ts';
import { HeaderNode } from '../support/nodes/header-node.ts';
import { OracleTree } from '../support/oracle-tree.ts';
import {
  recordedBranches,
  SIGNET_BRANCHES,
  SIGNET_NOW_SECONDS,
  type SignetBranchesName,
} from '../support/signet-branches.ts';

const skip = skipWithoutNodes('bitcoind');

for (const [name, what] of [
  ['offRealSignet', 'where the first period of the real signet ends'],
  // Our periods are all of 2,016 headers, so that only the oracle can be asked, and of us the new target alone.
  ['ofShortPeriods', 'through periods of four headers'],
] as const satisfies [SignetBranchesName, string][]) {
  test(`bitcoind and we agree on mined branches of signet ${what}`, { skip }, async (t) => {
    const { interval, args, trunk } = SIGNET_BRANCHES[name];
    const node = await HeaderNode.start(t, '-chain=signet', `-mocktime=${SIGNET_NOW_SECONDS}`, ...args);
    const trees = { tree: new HeaderTree(signet), treeOfRuns: new HeaderTree(signet) };
    const oracle = new OracleTree(signet, interval);
    const differential = new Differential(node, { oracle, ...(interval === 2016 ? trees : {}) });
    const headers = recordedBranches()[name].map(([hex]) => fromHex(hex));
    await differential.feed([...trunk, ...headers], SIGNET_NOW_SECONDS);
    await differential.compareTips();
    t.diagnostic(JSON.stringify(Object.fromEntries(differential.tally)));
  });
}
