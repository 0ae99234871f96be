/** A million headers that are worth next to nothing: they cost time, and neither memory nor disk. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { toDisplayHex, toHex } from '../../src/bytes/hex.ts';
import { AnchorTable } from '../../src/networks/anchor-table.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { mineFields } from '../support/oracle-miner.ts';
import { oracleHash } from '../support/oracle-tree.ts';
import { decode } from '../../src/wire/codec.ts';
import { header } from '../../src/wire/header.ts';
import { Addresses } from './addresses.ts';
import { type Block, Chain, Terrain } from './chains.ts';
import { Chance } from './chance.ts';
import { SimClient } from './client.ts';
import { HonestPeer } from './honest-peer.ts';
import { Endless } from './hostile/endless.ts';
import { World } from './world.ts';

const MINUTE_MS = 60_000;
const MILLION = 1_000_000;
/** Memory that may be in use more than before: compilers and collectors take that much, the headers would be 72 MB. */
const MAX_GROWTH = 4_000_000;
const SAMPLE = 100_000;
/** A header of these bits is worth a hundred and thirty thousand of the easiest. */
const HARD_BITS = 0x1e3fffff;
const HONEST_COUNT = 8;
const START = 1_600_000_000;

/** A network whose blocks are hard, but for those that are late. */
function lopsided(): { readonly terrain: Terrain; readonly honest: Chain } {
  const fields = { version: 0x20000000, merkleRoot: new Uint8Array(32), bits: HARD_BITS };
  const mined = (prev: string, time: number): Uint8Array =>
    mineFields({ ...fields, prev, time }, regtest.powLimit);
  const genesis = mined('00'.repeat(32), START);
  const terrain = new Terrain({
    ...regtest,
    genesisHeaderHex: toHex(genesis),
    genesisHash: toDisplayHex(Buffer.from(oracleHash(genesis), 'hex')),
    noRetarget: false,
  });
  const blocks: Block[] = [terrain.trunk(0).tip];
  for (let i = 1; i <= HONEST_COUNT; i++) {
    const parent = blocks.at(-1) as Block;
    blocks.push(terrain.register(decode(header, mined(parent.key, START + 600 * i)), parent));
  }
  return { terrain, honest: new Chain(blocks) };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const { terrain, honest } = lopsided();

for (const hasAnchors of [false, true]) {
  const name = hasAnchors ? 'with anchors' : 'without anchors';
  test(`a chain of low work without end leaves nothing behind, and the best chain is found (${name})`, () => {
    const chance = new Chance(3);
    const world = new World(chance.fork(), { unixSeconds: START + 1201 * MILLION + 86_400 });
    const addresses = new Addresses(chance, terrain.network.port);
    const common = { world, terrain, chain: honest };
    const endless = new Endless({ ...common, endpoint: addresses.ofNewGroup() });
    world.place(endless.endpoint, endless, { route: { latencyMs: 1, jitterMs: 0, bytesPerSecond: 1e8 } });
    const late = new HonestPeer({ ...common, endpoint: addresses.ofNewGroup() });
    const slow = { latencyMs: 2_000, jitterMs: 0, bytesPerSecond: 1e6 };
    world.place(late.endpoint, late, { route: slow, reach: 'refused' });
    const heights = [2, 4, 6];
    const anchors = heights.map((height) => ({ height, hash: honest.at(height).hash }));
    const client = new SimClient(world, chance, {
      endpoint: { host: '91.10.20.30', port: terrain.network.port },
      options: {
        network: terrain.network,
        outboundCount: 2,
        connect: [endless.endpoint, late.endpoint],
        anchors: hasAnchors ? AnchorTable.of(anchors) : undefined,
        minChainwork: honest.tip.work,
        progressTimeoutMs: 24 * 60 * MINUTE_MS,
      },
    });
    if (hasAnchors) endless.most = MILLION / 5;
    let before = 0;
    let most = 0;
    endless.onGiven = (count) => {
      if (count === SAMPLE) before = memoryInUse();
      else if (count % SAMPLE === 0) most = Math.max(most, memoryInUse());
      assert.equal(client.tree.tip.height, 0);
      assert.equal(client.replica.side.size, 0);
    };
    client.start();
    world.run(20 * MINUTE_MS, () => endless.given >= endless.most);
    assert.equal(endless.given, endless.most, 'all of it was looked at');
    assert.ok(most - before < MAX_GROWTH, `${most - before} bytes more`);
    assert.equal(client.replica.best.length, 1, 'nothing is stored');
    world.setReach(late.endpoint, 'open');
    world.run(20 * MINUTE_MS, () => client.end !== undefined);
    assert.deepEqual(client.end, { failure: undefined });
    assert.equal(toHex(client.tree.tip.hash), honest.tip.key);
    assert.equal(client.replica.side.size, 0);
  });
}
