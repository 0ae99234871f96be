/** Changes of branch, however deep: whoever follows sees one `reorg`, then the new blocks, and the store has them. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { requiredBits } from '../src/chain/required-bits.ts';
import type { ClientEvent } from '../src/client-events.ts';
import { endpointText } from '../src/endpoint.ts';
import { HeaderChain } from '../src/header-chain.ts';
import type { LightClientOptions } from '../src/light-client-options.ts';
import type { Network } from '../src/networks/network.ts';
import { regtest } from '../src/networks/regtest.ts';
import { verifyChain } from '../src/verify-chain.ts';
import { ArrayBranch } from './support/array-branch.ts';
import { announceTip, ChangingChain, keepingUpWith } from './support/changing-chain.ts';
import { concatenated } from './support/concatenated.ts';
import { Follower } from './support/follower.ts';
import { headerAt } from './support/mine.ts';
import { GENESIS, HARD_BITS, mineHeader, timeOf, TWO_TARGETS } from './support/mine-network.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { WirePeer } from './support/wire-peer.ts';

type ChainEvent = Extract<ClientEvent, { event: 'block' | 'reorg' }>;

/** What a reader of the client's events gets of them, as far as they concern the chain. */
class Reader {
  readonly events: ChainEvent[] = [];
  readonly ended: Promise<void>;

  constructor(events: AsyncIterable<ClientEvent>) {
    this.ended = this.#read(events);
  }

  async #read(events: AsyncIterable<ClientEvent>): Promise<void> {
    for await (const event of events)
      if (event.event === 'block' || event.event === 'reorg') this.events.push(event);
  }
}

/** A client with a store that follows a peer, another client that follows that one, and what is read of both. */
async function followers(
  t: TestContext,
  peer: WirePeer,
  options: LightClientOptions,
): Promise<{ first: Follower; second: Follower; reader: Reader }> {
  const first = await Follower.start(t, { ...options, connect: [peer.address], listen: '127.0.0.1:0' });
  const reader = new Reader(first.client.events());
  await first.event('synced');
  const { listening } = first.client;
  assert.ok(listening !== undefined);
  const { network = regtest } = options;
  const second = await Follower.start(t, { network, connect: [endpointText(listening)] });
  await second.event('synced');
  return { first, second, reader };
}

function chainEvents(events: readonly ClientEvent[]): ChainEvent[] {
  return events.filter((event): event is ChainEvent => event.event === 'block' || event.event === 'reorg');
}

/** Asserts that events tell of one change of branch, and of nothing else. */
function assertOneReorg(
  events: readonly ChainEvent[],
  chain: ChangingChain,
  forkHeight: number,
  removed: readonly string[],
): void {
  const [reorg, ...blocks] = events;
  assert.ok(reorg?.event === 'reorg', JSON.stringify(reorg));
  const added = chain.hashes(forkHeight + 1);
  assert.deepEqual(reorg.fork, { height: forkHeight, hash: chain.hashAt(forkHeight) });
  assert.deepEqual(reorg.removed, removed);
  assert.deepEqual(reorg.added, added);
  assert.deepEqual(
    blocks.map((block) => (block.event === 'block' ? [block.height, block.hash] : block.event)),
    added.map((hash, i) => [forkHeight + 1 + i, hash]),
  );
}

/** Opens the store again, compares it with the chain and checks every rule. */
async function assertStored(
  datadir: string,
  network: Network,
  chain: ChangingChain,
  gone: readonly string[],
): Promise<void> {
  const stored = await HeaderChain.open({ network, datadir, create: false });
  assert.equal(stored.repair, undefined);
  assert.deepEqual([stored.tip.height, stored.tip.hash], [chain.height, chain.tip]);
  assert.ok(Buffer.from(chain.slice(0)).equals(await stored.store.read(0, chain.height + 1)));
  for (const hash of gone) assert.equal((await stored.header(hash))?.confirmations, -1, hash);
  const { validHeight, sideHeaders, fault } = await verifyChain(stored);
  assert.deepEqual([validHeight, sideHeaders, fault], [chain.height, gone.length, undefined]);
  await stored.close();
}

test('a reorganisation of 1, 6, 100 and 2,016 blocks is one event to whoever follows, and the blocks after it', async (t) => {
  const datadir = temporaryFolder(t);
  const chain = ChangingChain.mined(2_500);
  const peer = await WirePeer.listen(t, keepingUpWith(chain));
  const { first, second, reader } = await followers(t, peer, { network: regtest, datadir });
  const gone: string[] = [];
  for (const depth of [1, 6, 100, 2_016]) {
    const forkHeight = chain.height - depth;
    const removed = chain.hashes(forkHeight + 1).toReversed();
    const counts = [first, second].map(({ events }) => chainEvents(events).length);
    chain.replace(depth, depth + 1);
    const { tip } = chain;
    announceTip(peer, chain);
    for (const [i, follower] of [first, second].entries()) {
      await follower.event('block', ({ hash }) => hash === tip);
      assertOneReorg(chainEvents(follower.events).slice(counts[i]), chain, forkHeight, removed);
    }
    gone.push(...removed);
  }
  await first.client.stop();
  await reader.ended;
  assert.deepEqual(reader.events, chainEvents(first.events));
  await assertStored(datadir, regtest, chain, gone);
});

/** Retargets, and has no easy blocks. */
const RETARGETING: Network = { ...TWO_TARGETS, minDifficultyBlocks: false };

/** Headers with the bits that their own past asks for. */
function mineRetargeting(past: Uint8Array, count: number, gapSeconds: number): Uint8Array {
  const headers = Array.from({ length: past.length / 80 }, (_, i) => headerAt(past, i));
  const branch = new ArrayBranch(headers.map((header) => ({ time: timeOf(header), bits: bitsOf(header) })));
  for (let i = 0; i < count; i++) {
    const parent = headers.at(-1) as Uint8Array;
    const time = timeOf(parent) + gapSeconds;
    const bits = requiredBits(branch, time, RETARGETING);
    headers.push(mineHeader(parent, { gapSeconds, bits }));
    branch.push({ time, bits });
  }
  return concatenated(...headers.slice(-count));
}

function bitsOf(header: Uint8Array): number {
  return new DataView(header.buffer, header.byteOffset).getUint32(72, true);
}

test('a shorter branch that a retarget has made heavier takes the place of a longer one', async (t) => {
  const datadir = temporaryFolder(t);
  const chain = new ChangingChain(GENESIS);
  chain.become(0, mineRetargeting(GENESIS, 2_050, 600));
  const peer = await WirePeer.listen(t, keepingUpWith(chain));
  const { first, second, reader } = await followers(t, peer, { network: RETARGETING, datadir });
  const removed = chain.hashes(1_001).toReversed();
  chain.become(1_000, mineRetargeting(chain.slice(0, 1_000), 1_040, 60));
  assert.ok(chain.height < 2_050 && bitsOf(chain.slice(2_016, 2_016)) < HARD_BITS);
  const { tip } = chain;
  announceTip(peer, chain);
  for (const follower of [first, second]) {
    await follower.event('block', ({ hash }) => hash === tip);
    assertOneReorg(chainEvents(follower.events), chain, 1_000, removed);
  }
  await first.client.stop();
  await reader.ended;
  assert.deepEqual(reader.events, chainEvents(first.events));
  await assertStored(datadir, RETARGETING, chain, removed);
});
