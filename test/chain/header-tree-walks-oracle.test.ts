/**
 * The whole tree of headers against the slow rules, on random trees of mined headers where periods end: on networks with the
 * rules of real ones and targets that cost next to nothing. What no node can be asked, for want of work, is asked here.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/hex.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import type { Network } from '../../src/networks/network.ts';
import { below } from '../../src/protocol/peers/chance.ts';
import { SEEDS } from '../support/differential-effort.ts';
import { seededRandom } from '../support/false-time.ts';
import { TWO_TARGETS } from '../support/mine-network.ts';
import { ancestorAt, type CoreReason, OracleTree } from '../support/oracle-tree.ts';
import { AHEAD_SECONDS, growTrunk, HeaderWalk, type Step, unevenGapAt } from '../support/oracle-walk.ts';
import { assertSameTree } from '../support/replica.ts';
import { LATE } from '../support/tree.ts';
import { askInBranches, submitInRuns, submitToTree } from '../support/tree-judge.ts';

/** How often a walk begins again where it began, and the headers that come until then while the clock stands still. */
const ROUNDS = 3;
const ROUND_HEADERS = 100;

const PERIOD = 2016;
const ALWAYS = [
  'accepted',
  'bad-diffbits',
  'bad-version',
  'high-hash',
  'prev-blk-not-found',
  'time-too-new',
  'time-too-old',
];

interface Subject {
  readonly network: Network;
  /** Reasons that do not occur on every network. */
  readonly reached?: readonly CoreReason[];
}

const asMainnet: Network = { ...TWO_TARGETS, minDifficultyBlocks: false };
const asTestnet4: Network = { ...TWO_TARGETS, bip94: true };

const SUBJECTS: Readonly<Record<string, Subject>> = {
  mainnet: { network: asMainnet },
  testnet3: { network: TWO_TARGETS },
  testnet4: { network: asTestnet4, reached: ['time-timewarp-attack'] },
  'mainnet under BIP 54': {
    network: { ...asMainnet, bip54Height: 1 },
    reached: ['time-timewarp-attack', 'time-negative-interval'],
  },
};

for (const [name, { network, reached = [] }] of Object.entries(SUBJECTS)) {
  test(`with the rules of ${name} the tree and the oracle agree on random branches around the ends of periods`, (t) => {
    const versionHeights = { bip34: PERIOD + 2, bip66: PERIOD + 4, bip65: PERIOD + 6 };
    const oracle = new OracleTree({ ...network, versionHeights });
    const [tree, treeOfRuns, treeOfTrunk] = [1, 2, 3].map(() => new HeaderTree(oracle.network)) as [
      HeaderTree,
      HeaderTree,
      HeaderTree,
    ];
    const trunk = growTrunk(oracle, 2 * PERIOD - 3, unevenGapAt);
    const { best } = oracle;
    for (const one of [tree, treeOfRuns, treeOfTrunk]) submitInRuns(one, trunk, [], LATE);
    const tally = new Map<string, number>();
    // From the lower start grow side branches, until they have more work than the trunk.
    const starts = [ancestorAt(best, PERIOD - 3), best];
    for (const [i, start] of starts.entries()) {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const walk = new HeaderWalk({ oracle, start, seed: 2 * seed + i });
        const random = seededRandom(seed);
        const judged: Step[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          walk.rewind();
          const nowSeconds = start.time + below(2, random) * AHEAD_SECONDS + below(50_000, random);
          const steps = Array.from({ length: ROUND_HEADERS }, () => walk.next(nowSeconds));
          for (const { bytes, reason } of steps) {
            assert.equal(submitToTree(tree, bytes, nowSeconds), reason, `seed ${seed}, ${toHex(bytes)}`);
            tally.set(reason ?? 'accepted', (tally.get(reason ?? 'accepted') ?? 0) + 1);
          }
          judged.push(...steps);
          const reasons = steps.map(({ reason }) => reason);
          submitInRuns(
            treeOfRuns,
            steps.map(({ bytes }) => bytes),
            reasons,
            nowSeconds,
          );
        }
        askInBranches(treeOfTrunk, judged);
      }
    }
    assert.deepEqual(tipsOfTree(tree), tipsOfOracle(oracle));
    assert.equal(toHex(tree.tip.hash), oracle.best.hash);
    assertSameTree(treeOfRuns, tree);
    t.diagnostic(JSON.stringify(Object.fromEntries(tally)));
    // A walk that never reaches a rule says nothing of it.
    assert.deepEqual([...tally.keys()].toSorted(), [...ALWAYS, ...reached].toSorted());
  });
}

function tipsOfTree(tree: HeaderTree): string[] {
  return tree
    .tips()
    .map(({ hash, height, chainwork }) => `${height} ${toHex(hash)} ${chainwork}`)
    .toSorted();
}

function tipsOfOracle(oracle: OracleTree): string[] {
  return oracle
    .tips()
    .map(({ hash, height, chainwork }) => `${height} ${hash} ${chainwork}`)
    .toSorted();
}
