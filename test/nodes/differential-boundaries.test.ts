/** Each boundary of the rules, to the second and the height, as bitcoind sees it on regtest and as we do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toDisplayHex } from '../../src/bytes/hex.ts';
import { HeaderTree } from '../../src/chain/header-tree.ts';
import type { Network } from '../../src/networks/network.ts';
import { regtest } from '../../src/networks/regtest.ts';
import type { MessageOf } from '../../src/wire/message.ts';
import { BranchMiner } from '../support/branch-miner.ts';
import { hashOf } from '../support/chains.ts';
import { headerAt, mine } from '../support/mine.ts';
import { skipWithoutNodes } from '../support/nodes/binaries.ts';
import { Differential } from '../support/nodes/differential.ts';
import { eventually } from '../support/nodes/eventually.ts';
import { HeaderNode } from '../support/nodes/header-node.ts';
import { OracleTree } from '../support/oracle-tree.ts';
import { growTrunk } from '../support/oracle-walk.ts';
import { submitToTree } from '../support/tree-judge.ts';
import { LATE } from '../support/tree.ts';
import { WirePeer } from '../support/wire-peer.ts';

const skip = skipWithoutNodes('bitcoind');

/** Height of the last header of the first period, as we count. For bitcoind's regtest it is the end of one of 144 too. */
const PERIOD_END = 2015;

test(
  'bitcoind and we draw every line at the same place, and name the same rule where several are broken',
  { skip },
  async (t) => {
    const network: Network = {
      ...regtest,
      bip94: true,
      versionHeights: { bip34: 2018, bip66: 2020, bip65: 2022 },
    };
    const heights = ['bip34@2018', 'dersig@2020', 'cltv@2022'].map((at) => `-testactivationheight=${at}`);
    const node = await HeaderNode.start(t, '-chain=regtest', '-test=bip94', ...heights);
    const oracle = new OracleTree(network);
    const trunk = growTrunk(oracle, PERIOD_END, () => 600);
    const last = oracle.best;
    const nowSeconds = last.time + 10_000;
    const miner = new BranchMiner(oracle, nowSeconds);
    const refused = (
      parent: typeof last,
      wishes: Parameters<BranchMiner['addWrong']>[1],
      reason: string,
    ): void => assert.equal(miner.addWrong(parent, wishes), reason, JSON.stringify(wishes));

    // BIP 94 looks at the first of a period, and at no other.
    const first = miner.add(last, { time: last.time - 600 });
    refused(last, { time: last.time - 601 }, 'time-timewarp-attack');
    const parent = last.parent as typeof last;
    miner.add(parent, { time: parent.time - 601 });
    const second = miner.add(first, { time: first.time - 601 });

    // The median of eleven.
    refused(first, { time: miner.median(first) }, 'time-too-old');
    miner.add(first, { time: miner.median(first) + 1 });
    refused(last, { time: miner.median(last) }, 'time-too-old');

    // Our clock.
    miner.add(first, { time: nowSeconds + 7200 });
    refused(first, { time: nowSeconds + 7201 }, 'time-too-new');

    // 20 minutes: on regtest the easiest target is the only one.
    miner.add(first, { time: first.time + 1200 });
    miner.add(first, { time: first.time + 1201 });
    for (const addedToBits of [-1, 1 - 0x100, 0x1000000 - 0x7f8000]) {
      refused(first, { time: first.time + 1201, addedToBits }, 'bad-diffbits');
    }

    // Versions, from the height on at which they become too low.
    let at = second;
    for (const lowest of [2, 2, 3, 3, 4, 4]) {
      refused(at, { version: lowest - 1 }, 'bad-version');
      refused(at, { version: 0 }, 'bad-version');
      miner.add(at, { version: 0x7fffffff });
      at = miner.add(at, { version: lowest });
    }
    assert.equal(at.height, 2023);
    miner.add(first, { version: 0 });

    // What comes first where several rules are broken.
    refused(at, { time: 0, addedToBits: -1, version: 0 }, 'bad-diffbits');
    refused(last, { time: miner.median(last), version: 0 }, 'time-too-old');
    refused(at, { time: nowSeconds + 7201, version: 0 }, 'time-too-new');

    const judges = {
      oracle: new OracleTree(network),
      tree: new HeaderTree(network),
      treeOfRuns: new HeaderTree(network),
    };
    const differential = new Differential(node, judges);
    await node.setTime(nowSeconds);
    await differential.feed([...trunk, ...miner.headers], nowSeconds);
    await differential.compareTips();
  },
);

test(
  'a start of a short period is one to bitcoind’s regtest under BIP 94, and not to ours',
  { skip },
  async (t) => {
    const network: Network = { ...regtest, bip94: true };
    const node = await HeaderNode.start(t, '-chain=regtest', '-test=bip94');
    const oracle = new OracleTree(network, 144);
    const trunk = growTrunk(oracle, 143, () => 600);
    const last = oracle.best;
    const miner = new BranchMiner(oracle, last.time);
    assert.equal(miner.addWrong(last, { time: last.time - 601 }), 'time-timewarp-attack');
    await node.setTime(last.time);
    const answers = await node.submit([...trunk, ...miner.headers]);
    assert.deepEqual(answers, [...trunk.map(() => undefined), 'time-timewarp-attack']);
    const tree = new HeaderTree(network);
    for (const header of [...trunk, ...miner.headers]) {
      assert.equal(submitToTree(tree, header, last.time), undefined);
    }
  },
);

test(
  'Bitcoin Knots cannot read a negative version, which we refuse for being too low',
  { skip },
  async (t) => {
    const node = await HeaderNode.start(t, '-chain=regtest');
    const oracle = new OracleTree(regtest);
    const miner = new BranchMiner(oracle, LATE);
    for (const version of [-1, -0x80000000, 0xe0000000 | 0]) {
      assert.equal(miner.addWrong(oracle.genesis, { version }), 'bad-version');
    }
    const tree = new HeaderTree(regtest);
    for (const header of miner.headers) assert.equal(submitToTree(tree, header, LATE), 'bad-version');
    assert.deepEqual(new Set(await node.submit(miner.headers)), new Set(['undecodable']));
  },
);

test(
  'of branches with the same work, bitcoind and we keep to the one that came first',
  { skip },
  async (t) => {
    for (const salts of [
      [1, 2],
      [2, 1],
    ]) {
      const node = await HeaderNode.start(t, '-chain=regtest', '-v2transport=0');
      const tree = new HeaderTree(regtest);
      const branches = salts.map((salt) => mine(3, { salt }));
      for (const branch of branches) {
        const headers = [0, 1, 2].map((index) => headerAt(branch, index));
        assert.deepEqual(new Set(await node.submit(headers)), new Set([undefined]));
        for (const header of headers) assert.equal(submitToTree(tree, header, LATE), undefined);
      }
      // Which header is its best, bitcoind shows only to those it calls: it asks them for what follows the best one's parent.
      const asked: MessageOf<'getheaders'>[] = [];
      const peer = await WirePeer.listen(t, async (connection) => {
        await connection.shakeHands();
        const request = await connection.next('getheaders');
        if (request !== undefined) asked.push(request);
      });
      await node.call('addnode', [peer.address, 'onetry']);
      await eventually('bitcoind asks for headers', () => asked.length > 0);
      const parentOfBest = toDisplayHex(asked[0]?.payload.locator[0] as Uint8Array);
      assert.equal(parentOfBest, hashOf(headerAt(branches[0] as Uint8Array, 1)));
      assert.equal(toDisplayHex(tree.hashAt(2)), parentOfBest);
    }
  },
);
