/**
 * Time-warped chains, on networks with the rules of mainnet and of testnet4 and targets that cost nothing. A period whose last
 * header is far ahead of all others makes the next one easy, and that may begin where time stood before: mainnet allows it,
 * testnet4 does not (BIP 94). An oracle that shares no code with the client says which chains keep the rules.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/hex.ts';
import { AnchorTable } from '../../src/networks/anchor-table.ts';
import { mainnet } from '../../src/networks/mainnet.ts';
import type { Network } from '../../src/networks/network.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { testnet4 } from '../../src/networks/testnet4.ts';
import { COST_OF } from '../../src/protocol/peers/misbehaviour.ts';
import { decode } from '../../src/wire/codec.ts';
import { header } from '../../src/wire/header.ts';
import { mineFields } from '../support/oracle-miner.ts';
import { type CoreReason, OracleTree } from '../support/oracle-tree.ts';
import { Addresses } from './addresses.ts';
import { type Block, Chain, Terrain } from './chains.ts';
import { Chance } from './chance.ts';
import { SimClient } from './client.ts';
import { HonestPeer } from './honest-peer.ts';
import { World } from './world.ts';

const MINUTE_MS = 60_000;
/** Heights of the last headers of the first two periods. */
const [FIRST_END, SECOND_END] = [2015, 4031];
/** Over four times two weeks: a period that takes longer makes no more difference. */
const FAR_AHEAD_SECONDS = 60 * 86_400;
const GAP_SECONDS = 1;
/** Blocks after the second period: of work 32 where time went its way, of work 2 where it was warped. */
const HONEST_COUNT = 10;
const MORE_WORK = 170;
const LESS_WORK = 100;

const CHEAP = {
  genesisHeaderHex: regtest.genesisHeaderHex,
  genesisHash: regtest.genesisHash,
  powLimit: regtest.powLimit,
  powLimitBits: regtest.powLimitBits,
  versionHeights: regtest.versionHeights,
  presync: { commitmentPeriod: 7, bufferSize: 150 },
  dnsSeeds: [],
};

/** A network, what was mined on it, and what the oracle says of it. */
class Warped {
  readonly terrain: Terrain;
  readonly honest: Chain;
  readonly #oracle: OracleTree;
  readonly #stem: Chain;

  constructor(network: Network) {
    this.terrain = new Terrain({ ...network, ...CHEAP });
    this.#oracle = new OracleTree(this.terrain.network);
    const genesis = this.terrain.trunk(0);
    this.#stem = this.#grown(genesis, SECOND_END - 1, () => GAP_SECONDS);
    this.honest = this.#grown(this.#stem, SECOND_END + HONEST_COUNT, () => GAP_SECONDS);
  }

  /** Anchors of what all chains have in common. */
  get anchors(): AnchorTable {
    const heights = [500, 1000, FIRST_END, 2500, SECOND_END - 1];
    return AnchorTable.of(heights.map((height) => ({ height, hash: this.#stem.at(height).hash })));
  }

  /** Latest time of any header. */
  get lastTime(): number {
    return this.#stem.tip.header.time + FAR_AHEAD_SECONDS;
  }

  /**
   * A chain whose second period ends late.
   *
   * @param backSeconds by how much the third begins before that.
   */
  warp(
    count: number,
    backSeconds: number,
  ): { readonly chain: Chain; readonly fault: CoreReason | undefined } {
    const late = this.#grown(this.#stem, SECOND_END, () => FAR_AHEAD_SECONDS);
    let fault: CoreReason | undefined;
    const chain = this.#grown(
      late,
      SECOND_END + count,
      (height) => (height === SECOND_END + 1 ? -backSeconds : GAP_SECONDS),
      (reason) => {
        if (reason !== 'prev-blk-not-found') fault = reason;
      },
    );
    return { chain, fault };
  }

  #grown(
    from: Chain,
    height: number,
    gapAt: (height: number) => number,
    onFault: (reason: CoreReason) => void = (reason) => assert.fail(reason),
  ): Chain {
    const { network } = this.terrain;
    const blocks: Block[] = [];
    for (let parent = from.tip; parent.height < height;) {
      const time = parent.header.time + gapAt(parent.height + 1);
      const known = this.#oracle.get(parent.key);
      // What was refused has no children that the rules say anything of: they are as easy as can be.
      const bits = known === undefined ? network.powLimitBits : this.#oracle.requiredBits(known, time);
      const fields = { version: 0x20000000, prev: parent.key, merkleRoot: new Uint8Array(32), time, bits };
      const bytes = mineFields(fields, network.powLimit);
      const reason = this.#oracle.submit(bytes, time);
      if (reason !== undefined) onFault(reason);
      parent = this.terrain.register(decode(header, bytes), parent);
      blocks.push(parent);
    }
    return new Chain([...from.blocks, ...blocks]);
  }
}

interface Wish {
  readonly hasAnchors?: boolean;
  readonly minChainwork?: bigint;
}

/** Connects a client to an honest peer and to one that serves a warped chain, and lets it come to its end. */
function sync(warped: Warped, chain: Chain, { hasAnchors = false, minChainwork = 0n }: Wish) {
  const chance = new Chance(7);
  const world = new World(chance.fork(), { unixSeconds: warped.lastTime + 3600 });
  const { terrain } = warped;
  const addresses = new Addresses(chance, terrain.network.port);
  const [honest, warper] = [warped.honest, chain].map((theirs) => {
    const peer = new HonestPeer({ world, terrain, endpoint: addresses.ofNewGroup(), chain: theirs });
    world.place(peer.endpoint, peer);
    return peer;
  }) as [HonestPeer, HonestPeer];
  const client = new SimClient(world, chance, {
    endpoint: { host: '91.10.20.30', port: terrain.network.port },
    options: {
      network: terrain.network,
      outboundCount: 2,
      connect: [honest.endpoint, warper.endpoint],
      anchors: hasAnchors ? warped.anchors : undefined,
      minChainwork,
    },
  }).start();
  world.run(5 * MINUTE_MS, () => client.end !== undefined);
  const blameOf = ({ endpoint: { host } }: HonestPeer): readonly string[] =>
    client.partings
      .filter(({ endpoint }) => endpoint.host === host)
      .map(({ disconnect: { reason } }) => reason)
      .filter((reason) => COST_OF[reason] === 'discourage');
  assert.deepEqual(blameOf(honest), [], 'the honest peer is not blamed');
  return { end: client.end, tip: toHex(client.tree.tip.hash), blame: blameOf(warper) };
}

const onMainnet = new Warped(mainnet);
const onTestnet4 = new Warped(testnet4);

function wishesFor({ honest }: Warped): readonly Wish[] {
  const minChainwork = honest.tip.work;
  return [{}, { hasAnchors: true }, { minChainwork }, { hasAnchors: true, minChainwork }];
}

const DONE = { failure: undefined };

test('with the rules of mainnet a warped chain with more work is followed', () => {
  const { chain, fault } = onMainnet.warp(MORE_WORK, FAR_AHEAD_SECONDS - 100);
  assert.equal(fault, undefined);
  assert.ok(chain.tip.work > onMainnet.honest.tip.work);
  for (const wish of wishesFor(onMainnet)) {
    const expected = { end: DONE, tip: chain.tip.key, blame: [] };
    assert.deepEqual(sync(onMainnet, chain, wish), expected, JSON.stringify(Object.keys(wish)));
  }
});

test('with the rules of mainnet a warped chain with more blocks and less work is not followed, and its peer not blamed', () => {
  const { chain } = onMainnet.warp(LESS_WORK, FAR_AHEAD_SECONDS - 100);
  assert.ok(chain.tip.work < onMainnet.honest.tip.work && chain.height > onMainnet.honest.height);
  for (const wish of wishesFor(onMainnet)) {
    const expected = { end: DONE, tip: onMainnet.honest.tip.key, blame: [] };
    assert.deepEqual(sync(onMainnet, chain, wish), expected, JSON.stringify(Object.keys(wish)));
  }
});

test('with the rules of testnet4 the same chain is refused, however much work it has, and its peer is', () => {
  for (const backSeconds of [FAR_AHEAD_SECONDS - 100, 601]) {
    const { chain, fault } = onTestnet4.warp(MORE_WORK, backSeconds);
    assert.equal(fault, 'time-timewarp-attack');
    assert.ok(chain.tip.work > onTestnet4.honest.tip.work);
    for (const wish of wishesFor(onTestnet4)) {
      const expected = { end: DONE, tip: onTestnet4.honest.tip.key, blame: ['time-timewarp-attack'] };
      assert.deepEqual(sync(onTestnet4, chain, wish), expected, JSON.stringify(Object.keys(wish)));
    }
  }
});

test('with the rules of testnet4 a period may begin ten minutes before the last one ended', () => {
  const { chain, fault } = onTestnet4.warp(MORE_WORK, 600);
  assert.equal(fault, undefined);
  for (const wish of wishesFor(onTestnet4)) {
    const expected = { end: DONE, tip: chain.tip.key, blame: [] };
    assert.deepEqual(sync(onTestnet4, chain, wish), expected, JSON.stringify(Object.keys(wish)));
  }
});
