/**
 * Random trees of blocks on btcd's simnet, where retargets and the 20-minute rule work as on testnet3: what btcd says, which is a
 * second implementation of the rules by others, our tree and the oracle must say too.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toDisplayHex, toHex } from '../../src/bytes/hex.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import { BranchMiner } from '../support/branch-miner.ts';
import { SEEDS } from '../support/differential-effort.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { simnet, SimnetNode } from '../support/nodes/simnet-node.ts';
import { ancestorAt, oracleHash, OracleTree } from '../support/oracle-tree.ts';
import { AHEAD_SECONDS, growTrunk, HeaderWalk, unevenGapAt } from '../support/oracle-walk.ts';
import { LATE } from '../support/tree.ts';
import { submitToTree } from '../support/tree-judge.ts';

const skip = skipWithoutNodes('btcd');

const ROUNDS = 3;
const ROUND_HEADERS = 100;
const PERIOD = 2016;
const TWO_WEEKS_SECONDS = 14 * 24 * 60 * 60;

test('btcd and we agree on random branches around the ends of simnet’s periods', { skip }, async (t) => {
  const node = await SimnetNode.start(t);
  const { merkleRoot } = node;
  const oracle = new OracleTree(simnet);
  const tree = new HeaderTree(simnet);
  const tally = new Map<string, number>();
  const trunk = growTrunk(oracle, 2 * PERIOD - 3, unevenGapAt, merkleRoot);
  const { best } = oracle;
  assert.deepEqual(new Set(await node.submit(trunk)), new Set([undefined]));
  for (const header of trunk) assert.equal(submitToTree(tree, header, LATE), undefined);
  const starts = [ancestorAt(best, PERIOD - 3), best];
  for (const [i, start] of starts.entries()) {
    for (let seed = 1; seed <= SEEDS; seed++) {
      // btcd's clock cannot be set, and it asks for the future limit first of all: nothing goes ahead of ours, which is years
      // behind.
      const nowSeconds = start.time + 2 * AHEAD_SECONDS;
      const versions = [-1, -0x80000000, 0, 1, 2, 3, 4, 0x7fffffff];
      const walk = new HeaderWalk({
        oracle,
        start,
        seed: 2 * seed + i,
        merkleRoot,
        versions,
        goesAhead: false,
      });
      for (let round = 0; round < ROUNDS; round++) {
        walk.rewind();
        const steps = Array.from({ length: ROUND_HEADERS }, () => walk.next(nowSeconds));
        const answers = await node.submit(steps.map(({ bytes }) => bytes));
        for (const [j, { bytes, reason }] of steps.entries()) {
          const about = `seed ${seed}, ${toHex(bytes)}`;
          assert.equal(submitToTree(tree, bytes, nowSeconds), reason, about);
          // A child of what it does not know waits for its parent, without a word.
          assert.equal(answers[j], reason === 'prev-blk-not-found' ? undefined : reason, about);
          tally.set(reason ?? 'accepted', (tally.get(reason ?? 'accepted') ?? 0) + 1);
        }
      }
    }
  }
  const tips = await node.tips();
  const ours = tree.tips().map(({ height, hash }) => `${height} ${toDisplayHex(hash)}`);
  assert.deepEqual(ours.toSorted(), tips.toSorted());
  assert.equal(ours[0], tips[0], 'the best chain');
  assert.equal(toHex(tree.tip.hash), oracle.best.hash);
  t.diagnostic(JSON.stringify(Object.fromEntries(tally)));
  // A walk that never reaches a rule says nothing of it.
  const reached = [
    'accepted',
    'bad-diffbits',
    'bad-version',
    'high-hash',
    'prev-blk-not-found',
    'time-too-old',
  ];
  assert.deepEqual([...tally.keys()].toSorted(), reached);
});

test(
  'btcd and we agree on the target after periods a second longer or shorter than is counted',
  { skip },
  async (t) => {
    const node = await SimnetNode.start(t);
    const oracle = new OracleTree(simnet);
    const miner = new BranchMiner(oracle, LATE, node.merkleRoot);
    const { genesis } = oracle;
    // Two periods of a header every ten seconds, which end after a quarter of two weeks and after four times as much. Only a
    // header close to its parent shows the period's target, so that it is the one before that comes late.
    let last = genesis;
    const quarter = TWO_WEEKS_SECONDS / 4;
    for (const timespan of [quarter, 4 * TWO_WEEKS_SECONDS]) {
      const first = last.height === 0 ? last : miner.add(last);
      const late = first.time + timespan - 600;
      last = first;
      while (last.height % PERIOD !== PERIOD - 3) last = miner.add(last, { time: last.time + 10 });
      last = miner.add(last, { time: late });
      const ends = [-1, 1, 0].map((more) => miner.add(last, { time: first.time + timespan + more }));
      const targets = new Set<number>();
      for (const end of ends) {
        const { bits } = miner.add(end);
        for (const addedToBits of [-2, -1, 1]) {
          assert.equal(miner.addWrong(end, { addedToBits }), 'bad-diffbits');
        }
        targets.add(bits);
      }
      // A second less than a quarter is none less, and a second more than four times two weeks is none more.
      assert.equal(targets.size, 2);
      last = ends[2] as typeof last;
    }
    const tree = new HeaderTree(simnet);
    const answers = await node.submit(miner.headers);
    for (const [i, header] of miner.headers.entries()) {
      assert.equal(submitToTree(tree, header, LATE), answers[i], toHex(header));
      const isKept = oracle.get(oracleHash(header)) !== undefined;
      assert.equal(answers[i], isKept ? undefined : 'bad-diffbits', toHex(header));
    }
  },
);
