/**
 * A client that is killed at any moment, while it starts, syncs and changes branches: what it had told of is there, what is
 * there is a chain that its peer had, and the next client goes on from it.
 *
 * HEADLIGHT_KILLS=n kills so many; HEADLIGHT_KILL_SEED=n draws the same moments again.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromDisplayHex, fromHex } from '../src/bytes/hex.ts';
import { HeaderChain } from '../src/header-chain.ts';
import { LightClient } from '../src/light-client.ts';
import { mainnet } from '../src/networks/mainnet.ts';
import type { Network } from '../src/networks/network.ts';
import { regtest } from '../src/networks/regtest.ts';
import { verifyChain } from '../src/verify-chain.ts';
import { HEADER_SIZE_BYTES } from '../src/wire/header.ts';
import { Chance } from './sim/chance.ts';
import { announceTip, ChangingChain, keepingUpWith } from './support/changing-chain.ts';
import { readFixture } from './support/repository.ts';
import { MAINNET_FILE } from './support/stores.ts';
import { SyncingChild } from './support/syncing-child.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { WirePeer } from './support/wire-peer.ts';

const KILLS = numberFrom('HEADLIGHT_KILLS') ?? 20;
const SEED = numberFrom('HEADLIGHT_KILL_SEED') ?? Math.floor(Math.random() * 1_000_000);
/** Clients that use the same store, one after the other. */
const KILLS_PER_STORE = 7;
/** Headers that the peer begins with: five messages of them. */
const START_HEIGHT = 9_000;

/** When a client is killed. */
interface Moment {
  /** Height that the client is to reach; undefined where it may be killed while it starts. */
  readonly height?: number;
  /** Changes of the peer's chain that it is to live through once it is synced; with none it is killed before. */
  readonly changes: number;
  /** Milliseconds after that. */
  readonly afterMs: number;
}

/** What clients sync, and when they are killed. */
interface Plan {
  readonly network: Network;
  readonly chain: ChangingChain;
  /** Whether the peer's chain changes. */
  readonly changes: boolean;
  readonly draw: (chance: Chance, storedHeight: number) => Moment;
}

/** A chain that grows and is reorganised all the time. */
function restless(): Plan {
  return {
    network: regtest,
    chain: ChangingChain.mined(START_HEIGHT),
    changes: true,
    draw: (chance) =>
      chance.maybe(0.4)
        ? { changes: 0, afterMs: chance.int(0, 300) }
        : { changes: chance.int(1, 6), afterMs: chance.int(0, 50) },
  };
}

/** A chain whose anchors are built in, so that many parts of it are under way at once. */
function anchored(): Plan {
  const chain = new ChangingChain(fromHex(mainnet.genesisHeaderHex));
  chain.become(0, readFixture('headers', MAINNET_FILE).subarray(HEADER_SIZE_BYTES));
  return {
    network: mainnet,
    chain,
    changes: false,
    draw: (chance, storedHeight) => ({
      height: storedHeight + chance.int(0, 9_000),
      changes: 0,
      afterMs: chance.int(0, 40),
    }),
  };
}

test(`of ${KILLS} clients killed at any moment each leaves a store that the next one goes on with`, async (t) => {
  t.diagnostic(`HEADLIGHT_KILL_SEED=${SEED}`);
  const chance = new Chance(SEED);
  for (let done = 0, store = 0; done < KILLS; done += KILLS_PER_STORE, store++) {
    const plan = store % 3 === 1 ? anchored() : restless();
    await new Lives(t, plan, chance.fork()).play(Math.min(KILLS_PER_STORE, KILLS - done));
  }
  t.diagnostic(JSON.stringify(counts));
});

/** How far the store was when clients were killed: else nobody knows whether anything was tried. */
const counts = { empty: 0, asTold: 0, aheadOfTold: 0, atThePeersTip: 0, withSideBranches: 0 };

/** Clients that live one after the other on one store. */
class Lives {
  readonly #t: TestContext;
  readonly #plan: Plan;
  readonly #chance: Chance;
  readonly #datadir: string;
  readonly #chain: ChangingChain;
  /** Height that the store is known to have. */
  #height = 0;

  constructor(t: TestContext, plan: Plan, chance: Chance) {
    this.#t = t;
    this.#plan = plan;
    this.#chain = plan.chain;
    this.#chance = chance;
    this.#datadir = temporaryFolder(t);
  }

  async play(count: number): Promise<void> {
    const { network, changes } = this.#plan;
    const peer = await WirePeer.listen(this.#t, keepingUpWith(this.#chain), network.magic);
    const newChild = (): SyncingChild =>
      new SyncingChild(this.#t, { datadir: this.#datadir, peer: peer.address, network: network.name });
    let next = newChild();
    for (let i = 0; i < count; i++) {
      const child = next;
      const moment = this.#plan.draw(this.#chance, this.#height);
      await this.#live(child, moment, peer);
      // It gets ready while what the last one left is looked at.
      next = newChild();
      await this.#examine(child, i === 0 || !changes).catch((cause: Error) => {
        const which = `client ${i} of ${network.name}, killed at ${JSON.stringify(moment)}`;
        throw new Error(`${which}: ${cause.message}\n${child.describe()}`, { cause });
      });
      if (changes && this.#chance.maybe(0.3)) this.#change();
    }
    await next.kill();
    await this.#end(peer);
  }

  async #live(child: SyncingChild, { height, changes, afterMs }: Moment, peer: WirePeer): Promise<void> {
    await child.go();
    if (height !== undefined)
      await child.told((news) => news.event === 'synced' || (news.height ?? -1) >= height);
    if (changes > 0) await child.told(({ event }) => event === 'synced');
    for (let i = 1; i <= changes; i++) {
      this.#change();
      announceTip(peer, this.#chain);
      if (i < changes) await sleep(this.#chance.int(0, 30));
    }
    await sleep(afterMs);
    await child.kill();
  }

  /** The peer's chain grows, or becomes another one with more work. */
  #change(): void {
    const depth = this.#chance.weighted([
      [6, 0],
      [5, this.#chance.int(1, 6)],
      [3, this.#chance.int(7, 150)],
      [1, this.#chance.int(500, 2_016)],
    ]);
    this.#chain.replace(depth, depth + this.#chance.int(1, 5));
  }

  #open(): Promise<HeaderChain> {
    return HeaderChain.open({ network: this.#plan.network, datadir: this.#datadir, create: true });
  }

  /** Opens the store that a killed client has left. */
  async #examine({ news }: SyncingChild, isOneBranch: boolean): Promise<void> {
    const chain = await this.#open();
    try {
      const { tip } = chain;
      // That a database was being made when its maker died is no damage to any header.
      if (this.#height > 0) assert.equal(chain.repair, undefined);
      assert.equal(this.#chain.heightOf(tip.hash), tip.height, 'it is a chain that the peer had');
      // Else progress may be on a branch that has not won yet.
      const told = news.filter(({ event }) => isOneBranch || event !== 'progress');
      const toldHeight = Math.max(0, ...told.map(({ height }) => height ?? 0));
      // On regtest all headers have the same work.
      assert.ok(tip.height >= toldHeight, `it has height ${tip.height}, ${toldHeight} was told`);
      assert.ok(tip.height >= this.#height, `it has height ${tip.height}, and had ${this.#height}`);
      for (const { hash } of news)
        assert.ok(hash === undefined || chain.tree.has(fromDisplayHex(hash)), `${hash} is there`);
      const { validHeight, sideHeaders, fault } = await verifyChain(chain);
      assert.deepEqual({ validHeight, fault }, { validHeight: tip.height, fault: undefined });
      this.#height = tip.height;
      if (tip.height === 0) counts.empty++;
      else if (tip.height > toldHeight) counts.aheadOfTold++;
      else counts.asTold++;
      if (tip.hash === this.#chain.tip) counts.atThePeersTip++;
      if (sideHeaders > 0) counts.withSideBranches++;
    } finally {
      await chain.close();
    }
  }

  /** The last client lives until it is done. */
  async #end(peer: WirePeer): Promise<void> {
    const { network } = this.#plan;
    const where = { network, datadir: this.#datadir, minChainwork: 0n };
    const client = new LightClient({ ...where, connect: [peer.address], follow: false });
    await client.start();
    const { height, hash } = await client.synced();
    await client.ended();
    assert.deepEqual([height, hash], [this.#chain.height, this.#chain.tip]);
    const chain = await this.#open();
    assert.ok(Buffer.from(this.#chain.slice(0)).equals(await chain.store.read(0, height + 1)));
    await chain.close();
  }
}

function numberFrom(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} is ${text}, no whole number`);
  return value;
}
