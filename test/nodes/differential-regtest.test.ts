/** Trees of mined headers grown at random near the boundaries of the rules: bitcoind, our tree and an oracle must say the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import type { Network } from '../../src/networks/network.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { below } from '../../src/protocol/peers/chance.ts';
import { SEEDS } from '../support/differential-effort.ts';
import { seededRandom } from '../support/false-time.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Differential } from '../support/nodes/differential.ts';
import { HeaderNode, type NodeReason } from '../support/nodes/header-node.ts';
import { type CoreReason, OracleTree } from '../support/oracle-tree.ts';
import { growTrunk, HeaderWalk, type Step } from '../support/oracle-walk.ts';
import { askInBranches, submitInRuns } from '../support/tree-judge.ts';

const skip = skipWithoutNodes('bitcoind');

/** How often a walk begins again at the end of the trunk, and the headers that come until then while the clock stands still. */
const ROUNDS = 8;
const ROUND_HEADERS = 100;

/** Headers of regtest that share a target, for bitcoind: a day of ten minutes. For us they are 2,016, as everywhere. */
const REGTEST_INTERVAL = 144;

interface Walk {
  readonly network: Network;
  /** Height of the last header about which nothing is wrong. */
  readonly trunkHeight: number;
  readonly args: readonly string[];
  /** Whether only the oracle can be compared. */
  readonly withoutTree?: boolean;
  readonly reached: readonly (NodeReason | 'accepted')[];
}

const ALWAYS = [
  'accepted',
  'prev-blk-not-found',
  'high-hash',
  'bad-diffbits',
  'time-too-old',
  'time-too-new',
] as const;

const WALKS: Readonly<Record<string, Walk>> = {
  'where versions become too low': {
    network: { ...regtest, versionHeights: { bip34: 6, bip66: 10, bip65: 14 } },
    trunkHeight: 3,
    args: ['bip34@6', 'dersig@10', 'cltv@14'].map((at) => `-testactivationheight=${at}`),
    reached: [...ALWAYS, 'bad-version'],
  },
  'where a period ends': {
    network: regtest,
    trunkHeight: 2013,
    args: [],
    reached: [...ALWAYS, 'bad-version'],
  },
  'where a period ends under BIP 94': {
    network: { ...regtest, bip94: true },
    trunkHeight: 2013,
    args: ['-test=bip94'],
    reached: [...ALWAYS, 'bad-version', 'time-timewarp-attack'],
  },
  // BIP 94's only rule on regtest is the one for starts of periods, and no network of ours has such short ones.
  'where a short period ends under BIP 94': {
    network: { ...regtest, bip94: true },
    trunkHeight: REGTEST_INTERVAL - 3,
    args: ['-test=bip94'],
    withoutTree: true,
    reached: [...ALWAYS, 'bad-version', 'time-timewarp-attack'],
  },
};

for (const [where, { network, trunkHeight, args, withoutTree = false, reached }] of Object.entries(WALKS)) {
  test(`bitcoind and we agree on random trees of regtest ${where}`, { skip }, async (t) => {
    const node = await HeaderNode.start(t, '-chain=regtest', ...args);
    const oracle = new OracleTree(network, REGTEST_INTERVAL);
    const trees = { tree: new HeaderTree(network), treeOfRuns: new HeaderTree(network) };
    const differential = new Differential(node, { oracle, ...(withoutTree ? {} : trees) });
    const feed = async (
      headers: readonly Uint8Array[],
      nowSeconds: number,
      said?: readonly (CoreReason | undefined)[],
    ): Promise<void> => {
      await node.setTime(nowSeconds);
      await differential.feed(headers, nowSeconds, said);
    };
    const trunk = growTrunk(oracle, trunkHeight, () => 600);
    const start = oracle.best;
    await feed(trunk, start.time);
    const treeOfTrunk = new HeaderTree(network);
    submitInRuns(treeOfTrunk, trunk, [], start.time);
    for (let seed = 1; seed <= SEEDS; seed++) {
      const walk = new HeaderWalk({ oracle, start, seed });
      const random = seededRandom(seed);
      const judged: Step[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        walk.rewind();
        const nowSeconds = start.time + below(50_000, random);
        const steps = Array.from({ length: ROUND_HEADERS }, () => walk.next(nowSeconds));
        const headers = steps.map(({ bytes }) => bytes);
        const said = steps.map(({ reason }) => reason);
        await feed(headers, nowSeconds, said);
        judged.push(...steps);
        // Once more, when what was too new is not any longer: the rest is what it was.
        if (said.includes('time-too-new')) await feed(headers, nowSeconds + 3);
      }
      if (!withoutTree) askInBranches(treeOfTrunk, judged);
    }
    await differential.compareTips();
    const { tally } = differential;
    t.diagnostic(JSON.stringify(Object.fromEntries(tally)));
    // A walk that never reaches a rule says nothing of it.
    assert.deepEqual([...tally.keys()].toSorted(), [...reached].toSorted());
  });
}
